//! The page links inside rich text: which pages a text needs (so that a caller loads all of them with one
//! query), and links by path turned into links by id when seed content is loaded.

use std::borrow::Cow;
use std::collections::HashSet;

use super::entity::escape;
use super::scan::{Tag, Token, tokens};

/// The ids of the pages that `html` links to, each once, in order of appearance.
pub fn page_ids(html: &str) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut seen = HashSet::new();
    if !html.contains("linktype") {
        return ids;
    }
    for token in tokens(html) {
        if let Token::Open(tag) = token
            && let Some(id) = page_id(&tag)
            && seen.insert(id)
        {
            ids.push(id);
        }
    }
    ids
}

/// The page that a tag links to: none for anything but `<a linktype="page" id="…">`.
pub(super) fn page_id(tag: &Tag<'_>) -> Option<i64> {
    if !tag.is("a") || tag.find("linktype")? != "page" {
        return None;
    }
    tag.find("id")?.parse().ok().filter(|id| *id > 0)
}

/// A thing that rich text refers to by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    Page,
    Image,
    Document,
}

/// What `html` refers to, each once, in order of appearance.
pub fn targets(html: &str) -> Vec<(Target, i64)> {
    let mut found = Vec::new();
    if !html.contains("linktype") && !html.contains("embedtype") {
        return found;
    }
    let mut seen = HashSet::new();
    for token in tokens(html) {
        if let Token::Open(tag) = token
            && let Some(target) = target(&tag)
            && seen.insert(target)
        {
            found.push(target);
        }
    }
    found
}

fn target(tag: &Tag<'_>) -> Option<(Target, i64)> {
    let target = if tag.is("a") {
        match tag.find("linktype")?.as_ref() {
            "page" => Target::Page,
            "document" => Target::Document,
            _ => return None,
        }
    } else if tag.is("embed") && tag.find("embedtype")? == "image" {
        Target::Image
    } else {
        return None;
    };
    Some((target, tag.find("id")?.parse().ok().filter(|id| *id > 0)?))
}

/// The addresses that `html` embeds: of `<embed embedtype="media" url="…"/>`.
pub fn embed_urls(html: &str) -> Vec<String> {
    if !html.contains("embedtype") {
        return Vec::new();
    }
    let urls = tokens(html).filter_map(|token| match token {
        Token::Open(tag) if tag.is("embed") && tag.find("embedtype")? == "media" => Some(tag.find("url")?.into_owned()),
        _ => None,
    });
    urls.collect()
}

/// Turns `<a linktype="page" path="/about/">` into `<a linktype="page" id="3">`.
///
/// Errors: the paths that `find` does not know, all of them.
pub fn resolve_paths<'a>(
    html: &'a str,
    find: &mut dyn FnMut(&str) -> Option<i64>,
) -> Result<Cow<'a, str>, Vec<String>> {
    if !html.contains("linktype") {
        return Ok(Cow::Borrowed(html));
    }
    let mut resolved = String::with_capacity(html.len());
    let mut missing = Vec::new();
    let mut copied = 0;
    let mut scan = tokens(html);
    loop {
        let start = scan.at;
        let Some(token) = scan.next() else { break };
        let Token::Open(tag) = token else { continue };
        if !tag.is("a") || tag.find("linktype").as_deref() != Some("page") {
            continue;
        }
        let Some(path) = tag.find("path") else { continue };
        match find(&path) {
            Some(id) => {
                resolved.push_str(&html[copied..start]);
                resolved.push_str("<a linktype=\"page\" id=\"");
                escape(&id.to_string(), &mut resolved);
                resolved.push_str("\">");
                copied = scan.at;
            }
            None => missing.push(path.into_owned()),
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    if copied == 0 {
        return Ok(Cow::Borrowed(html));
    }
    resolved.push_str(&html[copied..]);
    Ok(Cow::Owned(resolved))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_a_text_are_listed_once_each() {
        let html = r#"<a linktype="page" id="3">a</a><a id='7' linktype='page'>b</a><a linktype="page" id="3">c</a>
            <a linktype="document" id="9">d</a><a linktype="page" id="x">e</a><a href="/x/?linktype=page">f</a>"#;
        assert_eq!(page_ids(html), [3, 7]);
    }

    #[test]
    fn images_documents_and_embeds_are_found_beside_pages() {
        let html = r#"<a linktype="document" id="9">d</a><embed embedtype="image" id="5" alt=""/><a linktype="page" id="5">p</a>
            <embed embedtype="media" url="https://example.com/?a=1&amp;b=2"/><a linktype="document" id="9">again</a>"#;
        assert_eq!(targets(html), [(Target::Document, 9), (Target::Image, 5), (Target::Page, 5)]);
        assert_eq!(embed_urls(html), ["https://example.com/?a=1&b=2"]);
    }

    #[test]
    fn paths_become_ids_and_the_rest_stays() {
        let html = r#"<p>see <a linktype="page" path="/about/">us</a> or <a href="/x/">x</a></p>"#;
        let resolved = resolve_paths(html, &mut |path| (path == "/about/").then_some(12));
        assert_eq!(resolved.as_deref(), Ok(r#"<p>see <a linktype="page" id="12">us</a> or <a href="/x/">x</a></p>"#));
    }

    #[test]
    fn every_unknown_path_is_named() {
        let html = r#"<a linktype="page" path="/a/">a</a><a linktype="page" path="/b/">b</a>"#;
        assert_eq!(resolve_paths(html, &mut |_| None), Err(vec!["/a/".to_owned(), "/b/".to_owned()]));
    }
}
