//! What rich text may contain: the elements of each feature, their attributes, and safe addresses.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};

use crate::render::rich_text::entity::decode;
use crate::render::rich_text::feature::{Feature, Features};
use crate::render::rich_text::scan::Tag;

/// The longest part of somebody's markup that is quoted back to them.
const MAX_QUOTED_CHARS: usize = 40;
/// No address or description is longer.
const MAX_VALUE_BYTES: usize = 8192;
const MAX_FRAGMENT_BYTES: usize = 256;
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// Every element that some set of features allows, with those features (any one is enough; none: always).
const ELEMENTS: &[(&str, &[Feature])] = &[
    ("p", &[]),
    ("br", &[]),
    ("h1", &[Feature::H1]),
    ("h2", &[Feature::H2]),
    ("h3", &[Feature::H3]),
    ("h4", &[Feature::H4]),
    ("h5", &[Feature::H5]),
    ("h6", &[Feature::H6]),
    ("b", &[Feature::Bold]),
    ("strong", &[Feature::Bold]),
    ("i", &[Feature::Italic]),
    ("em", &[Feature::Italic]),
    ("ol", &[Feature::Ol]),
    ("ul", &[Feature::Ul]),
    ("li", &[Feature::Ol, Feature::Ul]),
    ("hr", &[Feature::Hr]),
    ("a", &[Feature::Link, Feature::DocumentLink]),
    ("embed", &[Feature::Image, Feature::Embed]),
    ("code", &[Feature::Code]),
    ("sup", &[Feature::Superscript]),
    ("sub", &[Feature::Subscript]),
    ("s", &[Feature::Strikethrough]),
    ("blockquote", &[Feature::Blockquote]),
];

/// An element that may stay.
pub(super) struct Element<'a> {
    pub name: &'static str,
    /// Name and raw value, in the order they were written.
    pub attributes: Vec<(&'static str, &'a str)>,
}

pub(super) struct Verdict<'a> {
    /// None: the tag goes, its content stays.
    pub element: Option<Element<'a>>,
    pub refusals: Vec<String>,
}

pub(super) fn is_void(name: &str) -> bool {
    matches!(name, "br" | "hr" | "embed")
}

fn is_allowed(needs: &[Feature], features: Features) -> bool {
    needs.is_empty() || needs.iter().any(|feature| features.contains(*feature))
}

fn attribute_names(element: &str) -> &'static [&'static str] {
    match element {
        "a" => &["href", "linktype", "id", "fragment"],
        "embed" => &["embedtype", "id", "alt", "format", "url"],
        // Draftail's key of a block: Wagtail keeps comments at their place with it.
        "p" | "li" | "blockquote" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => &["data-block-key"],
        _ => &[],
    }
}

/// The second wall: the same policy for ammonia, which reads the text as a browser does.
pub(super) fn ammonia(features: Features) -> Builder<'static> {
    let tags: HashSet<&str> =
        ELEMENTS.iter().filter(|(_, needs)| is_allowed(needs, features)).map(|(name, _)| *name).collect();
    let attributes: HashMap<&str, HashSet<&str>> =
        tags.iter().map(|tag| (*tag, attribute_names(tag).iter().copied().collect())).collect();
    let mut builder = Builder::empty();
    builder
        .tags(tags)
        .tag_attributes(attributes)
        .clean_content_tags(HashSet::from(["script", "style"]))
        .url_schemes(SCHEMES.into_iter().collect())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true);
    builder
}

/// Decides on one start tag.
pub(super) fn judge<'a>(tag: &Tag<'a>, features: Features) -> Verdict<'a> {
    let known = ELEMENTS.iter().find(|(name, _)| tag.is(name)).filter(|(_, needs)| is_allowed(needs, features));
    let Some((name, _)) = known else {
        return Verdict { element: None, refusals: vec![format!("<{}>", quoted(tag.name))] };
    };
    let mut attributes: Vec<(&'static str, &'a str)> = Vec::new();
    let mut refusals = Vec::new();
    for (key, raw) in tag.attributes() {
        let allowed = attribute_names(name).iter().find(|allowed| key.eq_ignore_ascii_case(allowed));
        match allowed {
            Some(allowed) if attributes.iter().any(|(taken, _)| taken == allowed) => {}
            Some(allowed) if raw.len() <= MAX_VALUE_BYTES && is_safe(allowed, &decode(raw)) => {
                attributes.push((allowed, raw))
            }
            Some(allowed) => refusals.push(format!("{allowed}=\"{}\" on <{name}>", quoted(raw))),
            None => refusals.push(format!("{} on <{name}>", quoted(key))),
        }
    }
    let complete = match *name {
        "a" => complete_link(&mut attributes, features, &mut refusals),
        "embed" => complete_embed(&attributes, features),
        _ => true,
    };
    if !complete && refusals.is_empty() {
        refusals.push(format!("<{name}> without a target"));
    }
    Verdict { element: complete.then_some(Element { name, attributes }), refusals }
}

fn is_safe(attribute: &str, value: &str) -> bool {
    let is_token = |longest: usize| {
        !value.is_empty()
            && value.len() <= longest
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    match attribute {
        "href" => is_safe_address(value),
        "url" => scheme(value).is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https")),
        "id" => value.parse::<i64>().is_ok_and(|id| id > 0),
        "linktype" => matches!(value, "page" | "document"),
        "embedtype" => matches!(value, "image" | "media"),
        "format" => is_token(64),
        "fragment" => is_fragment(value),
        "data-block-key" => is_token(32),
        "alt" => true,
        _ => false,
    }
}

/// An address is a reference to a page or document, or an external address; never both. What belongs to the other
/// kind goes, and is reported.
fn complete_link(attributes: &mut Vec<(&'static str, &str)>, features: Features, refusals: &mut Vec<String>) -> bool {
    let mut keep = |attributes: &mut Vec<(&'static str, &str)>, kept: &[&str]| {
        attributes.retain(|(key, _)| {
            let stays = kept.contains(key);
            if !stays {
                refusals.push(format!("{key} on <a>"));
            }
            stays
        });
    };
    let find = |attributes: &[(&str, &str)], name| attributes.iter().any(|(key, _)| *key == name);
    let target = attributes.iter().find(|(key, _)| *key == "linktype").map(|(_, value)| *value);
    match target {
        Some(kind) => {
            let is_document = kind == "document";
            keep(attributes, if is_document { &["linktype", "id"] } else { &["linktype", "id", "fragment"] });
            let needed = if is_document { Feature::DocumentLink } else { Feature::Link };
            find(attributes, "id") && features.contains(needed)
        }
        None => {
            keep(attributes, &["href"]);
            find(attributes, "href") && features.contains(Feature::Link)
        }
    }
}

fn complete_embed(attributes: &[(&'static str, &str)], features: Features) -> bool {
    let find = |name| attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    match find("embedtype") {
        Some("image") => find("id").is_some() && features.contains(Feature::Image),
        Some("media") => find("url").is_some() && features.contains(Feature::Embed),
        _ => false,
    }
}

/// What may stand behind `#`: no blanks and no markup.
fn is_fragment(value: &str) -> bool {
    let fits = |character: char| !character.is_whitespace() && !character.is_control() && !"<>\"`#".contains(character);
    !value.is_empty() && value.len() <= MAX_FRAGMENT_BYTES && value.chars().all(fits)
}

/// A relative address, an anchor, or one of the schemes of Wagtail's link chooser.
fn is_safe_address(address: &str) -> bool {
    match scheme(address) {
        Some(scheme) => SCHEMES.contains(&scheme.as_str()),
        None => !address.contains('\0'),
    }
}

/// The scheme of an address as a browser reads it: control characters and white space do not count.
fn scheme(address: &str) -> Option<String> {
    let end = address.find([':', '/', '?', '#'])?;
    if !address[end..].starts_with(':') {
        return None;
    }
    let significant = address[..end].chars().filter(|character| !character.is_control() && !character.is_whitespace());
    Some(significant.flat_map(char::to_lowercase).collect())
}

fn quoted(markup: &str) -> String {
    let shown: String = markup.chars().filter(|character| !character.is_control()).take(MAX_QUOTED_CHARS).collect();
    if markup.chars().count() > MAX_QUOTED_CHARS { shown + "…" } else { shown }
}
