//! What the editor says, by language, as Fluent messages (`texts/en/*.ftl`): English is complete, and stands in for what another
//! language lacks.

use std::collections::BTreeMap;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::render::messages::{Part, Say};
pub(super) use said::{Said, said, tell};

mod said;

const ENGLISH: &[(&str, &str)] = &[
    ("en/templates.ftl", include_str!("texts/en/templates.ftl")),
    ("en/answers.ftl", include_str!("texts/en/answers.ftl")),
    ("en/errors.ftl", include_str!("texts/en/errors.ftl")),
    ("en/reports.ftl", include_str!("texts/en/reports.ftl")),
    ("en/words.ftl", include_str!("texts/en/words.ftl")),
];

type Bundle = FluentBundle<FluentResource>;

/// A language's messages; the binary's own files have no mistakes, as its tests prove.
fn bundle(language: &str, files: &[(&str, &str)]) -> (Bundle, Vec<String>) {
    let language = language.parse::<LanguageIdentifier>().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // Isolation marks would be in titles and attributes, too.
    bundle.set_use_isolating(false);
    let mut problems = Vec::new();
    for (name, text) in files {
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, errors)| {
            problems.extend(errors.iter().map(|error| format!("{name}: {error}")));
            resource
        });
        if let Err(errors) = bundle.add_resource(resource) {
            problems.extend(errors.iter().map(|error| format!("{name}: {error}")));
        }
    }
    (bundle, problems)
}

fn told(bundle: &Bundle, id: &str, parts: &BTreeMap<String, Part>) -> Option<(String, usize)> {
    let pattern = bundle.get_message(id)?.value()?;
    let mut arguments = FluentArgs::new();
    for (name, part) in parts {
        match part {
            Part::Text(text) => arguments.set(name.as_str(), text.as_str()),
            Part::Number(number) => arguments.set(name.as_str(), *number),
        }
    }
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
    Some((text, errors.len()))
}

/// What the editor says in English: so far its one language, whatever a user prefers.
pub(super) fn say() -> Say {
    let (english, problems) = bundle("en", ENGLISH);
    for problem in problems {
        tracing::error!(problem, "a message of the editor cannot be read");
    }
    Arc::new(move |id, parts| told(&english, id, parts).map(|(text, _)| text))
}

#[cfg(test)]
mod tests;
