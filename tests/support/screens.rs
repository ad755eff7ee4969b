//! The addresses of the editor that are asked for with GET, read from its source: what is forgotten in a test is told.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

/// Of the library, whose addresses are put together.
const BUILT: [&str; 4] =
    ["/admin/images/{id}/", "/admin/images/{id}/delete/", "/admin/documents/{id}/", "/admin/documents/{id}/delete/"];

fn sources(folder: &Path, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|found| found == "rs") {
            texts.push(std::fs::read_to_string(&path).expect("readable"));
        }
    }
}

/// `/admin/pages/{id}/edit/` and the like, in order.
///
/// # Panics
/// When the source has a route that this reader does not understand.
pub fn templates() -> Vec<String> {
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admin"), &mut texts);
    let route = Regex::new(r#"\.route\(\s*("[^"]*"|[A-Z_]+|&at\("[^"]*"\)),\s*only\(\s*get\("#).expect("an expression");
    let constant = Regex::new(r#"const ([A-Z_]+): &str = "(/admin/[^"]*)";"#).expect("an expression");
    let mut found: BTreeSet<String> = BUILT.map(str::to_owned).into();
    for text in &texts {
        for place in route.captures_iter(text) {
            let place = &place[1];
            if let Some(literal) = place.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                found.insert(literal.to_owned());
            } else if let Some(named) = constant.captures_iter(text).find(|named| &named[1] == place) {
                found.insert(named[2].to_owned());
            } else {
                assert!(place.starts_with("&at("), "a route is written otherwise: {place}");
            }
        }
    }
    assert!(found.len() > 60, "{found:?}");
    found.into_iter().collect()
}

/// The template that a path fits best: the one with the most words of its own.
pub fn template_of<'t>(templates: &'t [String], path: &str) -> Option<&'t str> {
    let parts: Vec<&str> = path.split(['?', '#']).next().unwrap_or_default().split('/').collect();
    let fits = |template: &&String| {
        let wanted: Vec<&str> = template.split('/').collect();
        let fit = |(one, part): (&&str, &&str)| one == part || (one.starts_with('{') && !part.is_empty());
        wanted.len() == parts.len() && wanted.iter().zip(&parts).all(fit)
    };
    let own = |template: &&String| template.split('/').filter(|part| !part.starts_with('{')).count();
    templates.iter().filter(fits).max_by_key(own).map(String::as_str)
}
