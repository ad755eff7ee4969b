//! Documents as browsers and feed readers read them, and what of an attack is alive in them.

use html5ever::tendril::TendrilSink as _;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use url::Url;

use super::Answer;

/// The word that every attack carries: no page of ours has it otherwise.
pub const MARK: &str = "planted";
/// What [`MARK`]`{{7*7}}` is where a template took it for its own.
const COUNTED: &str = "planted49";
/// Elements that our pages never have: what they load or run comes from elsewhere.
const FOREIGN: [&str; 8] = ["object", "embed", "applet", "base", "frame", "frameset", "portal", "foreignobject"];
/// Attributes whose value is an address.
const ADDRESSES: [&str; 11] =
    ["href", "src", "action", "formaction", "data", "poster", "background", "cite", "ping", "manifest", "longdesc"];
/// Of the servers of tests.
const OWN_HOSTS: [&str; 3] = ["site.test", "localhost", "127.0.0.1"];
/// The schemes that an address of ours may have; of all others, `javascript:` is the one that matters most.
const SCHEMES: [&str; 5] = ["http", "https", "mailto", "tel", "blob"];

struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Element {
    fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// All elements and all pieces of text, in no order that matters.
fn parts(document: &RcDom) -> (Vec<Element>, Vec<String>) {
    let (mut elements, mut texts) = (Vec::new(), Vec::new());
    let mut open: Vec<Handle> = vec![document.document.clone()];
    while let Some(node) = open.pop() {
        open.extend(node.children.borrow().iter().cloned());
        match &node.data {
            NodeData::Text { contents } => texts.push(contents.borrow().to_string()),
            NodeData::Element { name, attrs, template_contents, .. } => {
                open.extend(template_contents.borrow().iter().cloned());
                let text = |node: &Handle| match &node.data {
                    NodeData::Text { contents } => contents.borrow().to_string(),
                    _ => String::new(),
                };
                let pair = |at: &html5ever::Attribute| (at.name.local.to_string().to_lowercase(), at.value.to_string());
                elements.push(Element {
                    name: name.local.to_string().to_lowercase(),
                    attributes: attrs.borrow().iter().map(pair).collect(),
                    text: node.children.borrow().iter().map(text).collect(),
                });
            }
            _ => {}
        }
    }
    (elements, texts)
}

fn read(html: &str) -> (Vec<Element>, Vec<String>) {
    parts(&html5ever::parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(html))
}

/// What of an attack a browser would run, load or obey in a page; empty: nothing.
pub fn alive(html: &str) -> Vec<String> {
    let (elements, texts) = read(html);
    let mut found: Vec<String> = elements.iter().filter_map(judge).collect();
    found.extend(elements.iter().flat_map(|element| element.attributes.iter().filter_map(|one| obeyed(element, one))));
    let values = elements.iter().flat_map(|element| element.attributes.iter().map(|(_, value)| value));
    found.extend(
        texts.iter().chain(values).filter(|text| text.contains(COUNTED)).map(|text| format!("counted: {text}")),
    );
    found
}

/// An element that should not be.
fn judge(element: &Element) -> Option<String> {
    let Element { name, text, .. } = element;
    let is_wrong = match name.as_str() {
        "script" => !is_own_script(element),
        "style" => text.contains(MARK),
        "meta" => element.attribute("http-equiv").eq_ignore_ascii_case("refresh"),
        // Of SVG: they change attributes of others.
        "animate" | "set" | "animatetransform" => true,
        other => FOREIGN.contains(&other) || other.contains(MARK),
    };
    is_wrong.then(|| format!("<{name}>: {:?} {text:.80}", element.attributes))
}

/// A file of ours, data, or a script with the page's nonce that holds nothing of anybody's.
fn is_own_script(element: &Element) -> bool {
    let src = element.attribute("src");
    let is_data = matches!(element.attribute("type"), "application/json" | "application/ld+json");
    if is_data {
        return serde_json::from_str::<serde_json::Value>(&element.text).is_ok();
    }
    if !src.is_empty() {
        return src.starts_with('/') && !src.starts_with("//") && !src.contains(MARK) && element.text.is_empty();
    }
    !element.attribute("nonce").is_empty() && !element.text.contains(MARK)
}

/// An attribute that a browser obeys.
fn obeyed(element: &Element, (name, value): &(String, String)) -> Option<String> {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_:.".contains(c));
    let is_wrong = match name.as_str() {
        _ if !is_plain || name.contains(MARK) => true,
        name if name.starts_with("on") || name == "srcdoc" => true,
        "style" => value.contains(MARK) || value.contains("url("),
        "srcset" => value.split(',').any(|one| !is_safe(element, one.trim().split(' ').next().unwrap_or_default())),
        name if ADDRESSES.contains(&name) => !is_safe(element, value),
        _ => false,
    };
    is_wrong.then(|| format!("<{} {name}={value:?}>", element.name))
}

/// Whether an address runs nothing; and, but for links that somebody follows, asks nobody else for anything.
fn is_safe(element: &Element, address: &str) -> bool {
    let base = Url::parse("https://ours.example/").expect("an address");
    // Browsers leave out what `Url` leaves out: tabs, line ends, and spaces around it.
    let Ok(url) = base.join(address) else { return true };
    if url.scheme() == "data" {
        // `data:,` is no icon: browsers ask for none then.
        return (element.name == "img" && url.path().starts_with("image/")) || address == "data:,";
    }
    let is_theirs = url.host_str().is_some_and(|host| host.contains(MARK));
    SCHEMES.contains(&url.scheme()) && (element.name == "a" || !is_theirs)
}

/// The texts of a page and the values of its attributes.
pub fn shown(html: &str) -> Vec<String> {
    let (elements, mut texts) = read(html);
    texts.extend(elements.into_iter().flat_map(|element| element.attributes.into_iter().map(|(_, value)| value)));
    texts
}

/// The addresses of links, and of forms that only ask.
pub fn links(html: &str) -> Vec<String> {
    let (elements, _) = read(html);
    let is_link = |element: &Element| match element.name.as_str() {
        "a" | "iframe" => true,
        "form" => element.attribute("method").eq_ignore_ascii_case("get"),
        _ => false,
    };
    let address = |element: &Element| {
        ["href", "src", "action"].map(|name| element.attribute(name).to_owned()).into_iter().find(|it| !it.is_empty())
    };
    elements.iter().filter(|element| is_link(element)).filter_map(address).collect()
}

/// What is wrong with an XML document: it does not parse, or an attack became a part of it. What feeds call a
/// description, readers show as HTML.
pub fn alive_in_xml(xml: &str) -> Vec<String> {
    let document =
        xml5ever::driver::parse_document(RcDom::default(), xml5ever::driver::XmlParseOpts::default()).one(xml);
    let mut found: Vec<String> =
        document.errors.borrow().iter().map(|error| format!("not well-formed: {error}")).collect();
    let (elements, _) = parts(&document);
    for element in &elements {
        let is_theirs = element.name.contains(MARK) || element.name == "script";
        let odd = element.attributes.iter().any(|(name, _)| name.contains(MARK) || name.starts_with("on"));
        if is_theirs || odd {
            found.push(format!("<{}> {:?}", element.name, element.attributes));
        }
        found.extend(element.attributes.iter().filter(|one| one.0 == "href").filter_map(|one| obeyed(element, one)));
        if element.name == "description" {
            found.extend(alive(&element.text));
        }
    }
    found
}

/// What of an attack is alive in an answer, whatever it is: a page, a feed, data, a table, or the way elsewhere.
pub fn harm(answer: &Answer) -> Vec<String> {
    let kind = answer.header("content-type");
    let mut found = match kind.split(';').next().unwrap_or_default() {
        "text/html" => [alive(answer.text()), unguarded(answer.header("content-security-policy"))].concat(),
        kind if kind.ends_with("xml") => alive_in_xml(answer.text()),
        "text/csv" => formulas(answer.text()),
        _ => Vec::new(),
    };
    if !answer.body.is_empty() && answer.header("x-content-type-options") != "nosniff" {
        found.push(format!("{kind} without nosniff"));
    }
    let to = answer.header("location");
    let stays = to.is_empty() || (to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\"));
    if !stays && Url::parse(to).map_or(true, |url| !OWN_HOSTS.contains(&url.host_str().unwrap_or_default())) {
        found.push(format!("leads to {to}"));
    }
    found
}

/// What a page's policy lets run that it should not.
fn unguarded(policy: &str) -> Vec<String> {
    let scripts = policy.split(';').map(str::trim).find(|part| part.starts_with("script-src")).unwrap_or_default();
    let loose = ["'unsafe-inline'", "'unsafe-eval'", "data:", "*", "http:", "https:"];
    let mut found: Vec<String> = loose
        .iter()
        .filter(|word| scripts.split(' ').any(|part| part == **word))
        .map(|word| format!("script-src {word}"))
        .collect();
    for needed in ["default-src 'none'", "base-uri 'none'"] {
        if !policy.contains(needed) && !policy.contains("sandbox") {
            found.push(format!("no {needed} in {policy:?}"));
        }
    }
    found
}

/// Cells that a spreadsheet would calculate.
fn formulas(text: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.expect("it is CSV"));
    let cells: Vec<String> = rows.flat_map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>()).collect();
    cells.into_iter().filter(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])).collect()
}

/// As [`harm`], each with where it is.
pub fn harm_at(answer: &Answer, place: &str) -> Vec<String> {
    harm(answer).into_iter().map(|found| format!("{place} ({}): {found}", answer.status)).collect()
}

/// # Panics
/// When something of an attack is alive in the answer.
pub fn assert_harmless(answer: &Answer, place: &str) {
    assert_none(&harm_at(answer, place));
}

/// # Panics
/// When anything was found.
pub fn assert_none(found: &[String]) {
    let told: Vec<&str> = found.iter().map(String::as_str).take(40).collect();
    assert!(found.is_empty(), "{} places where an attack lives:\n  {}", found.len(), told.join("\n  "));
}
