//! What could be better about a page for people who hear it, or who search for it: read from its HTML alone, so that whoever
//! writes by a program is told as well as whoever writes in the editor.
//!
//! The rules have the names that axe-core gives them, and mean the same as far as that can be told without drawing the page.
//! What needs its look is told by words: a paragraph poses as a heading when it is short and all of it is bold, and a longer
//! paragraph follows.

use std::collections::BTreeSet;

use super::rich_text::entity;
use super::rich_text::scan::{Tag, Token, tokens};

/// Findings of one page that are told.
pub const MAX_FINDINGS: usize = 100;
/// Longest text that a finding quotes, in characters.
const MAX_QUOTE: usize = 80;
/// Longest paragraph that poses as a heading, in characters: longer ones are emphasised texts.
const MAX_HEADING: usize = 100;
/// Elements within elements that are followed; deeper ones are part of what they are in.
const MAX_DEPTH: usize = 512;

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// What is checked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule { $($(#[$doc])* $variant,)+ }

        impl Rule {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

rules! {
    AltTextQuality = "alt-text-quality",
    ButtonName = "button-name",
    EmptyHeading = "empty-heading",
    EmptyMetaDescription = "empty-meta-description",
    EmptyTableHeader = "empty-table-header",
    FrameTitle = "frame-title",
    HeadingOrder = "heading-order",
    ImageAlt = "image-alt",
    InputButtonName = "input-button-name",
    LinkName = "link-name",
    ParagraphAsHeading = "p-as-heading",
}

/// One place that could be better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: Rule,
    /// What stands there, as far as it helps to find it; may be empty.
    pub quote: String,
}

/// Checks the HTML of a whole page; the findings in the order of the page, at most [`MAX_FINDINGS`].
pub fn check(html: &str) -> Vec<Finding> {
    let mut page = Page { labelled: labelled(html), ..Page::default() };
    for token in tokens(html) {
        match token {
            Token::Text(text) => page.text(text),
            Token::Open(tag) => page.open(tag),
            Token::Close(name) => page.close(&name.to_ascii_lowercase()),
            Token::Ignored | Token::Code(_) => {}
        }
    }
    while let Some(last) = page.open.pop() {
        page.end(&last);
    }
    if !page.has_description {
        page.find(Rule::EmptyMetaDescription, "");
    }
    page.found
}

/// The ids that labels name.
fn labelled(html: &str) -> BTreeSet<String> {
    let labels = tokens(html).filter_map(|token| match token {
        Token::Open(tag) if tag.is("label") => tag.find("for"),
        _ => None,
    });
    labels.map(std::borrow::Cow::into_owned).collect()
}

/// An element that is not closed yet.
struct Open {
    name: String,
    /// Where its texts begin.
    seen_from: usize,
    named_from: usize,
    bold_from: usize,
    /// A name beside its content.
    own_name: bool,
    is_hidden: bool,
    /// A link that leads somewhere; a heading, by its level.
    is_link: bool,
    level: Option<u8>,
}

/// A paragraph that may pose as a heading: how deep it stands, and its text.
struct Bold {
    depth: usize,
    chars: usize,
    quote: String,
}

#[derive(Default)]
struct Page {
    open: Vec<Open>,
    /// All that is shown as text so far, and that with what names pictures.
    seen: String,
    named: String,
    /// Letters within bold text so far.
    bold: usize,
    level: Option<u8>,
    pending: Option<Bold>,
    has_description: bool,
    labelled: BTreeSet<String>,
    found: Vec<Finding>,
}

fn is_void(name: &str) -> bool {
    const VOID: [&str; 13] =
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
    VOID.contains(&name)
}

fn has_text(tag: Tag<'_>, attribute: &str) -> bool {
    tag.find(attribute).is_some_and(|value| !value.trim().is_empty())
}

/// A name that does not come from the content.
fn own_name(tag: Tag<'_>) -> bool {
    ["aria-label", "aria-labelledby", "title"].iter().any(|name| has_text(tag, name))
}

fn is_decoration(tag: Tag<'_>) -> bool {
    tag.find("role").is_some_and(|role| matches!(role.trim(), "presentation" | "none"))
}

/// Nobody sees or hears what is in it.
fn hides(tag: Tag<'_>, name: &str) -> bool {
    tag.find("hidden").is_some()
        || tag.find("aria-hidden").is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
        || matches!(name, "template" | "noscript")
}

fn level_of(tag: Tag<'_>, name: &str) -> Option<u8> {
    let said = tag.find("aria-level").and_then(|level| level.trim().parse().ok());
    match (name.as_bytes(), tag.find("role").as_deref().map(str::trim)) {
        (_, Some("heading")) => Some(said.unwrap_or(2)),
        (_, Some(_)) => None,
        ([b'h', level @ b'1'..=b'6'], None) => Some(said.unwrap_or(level - b'0')),
        _ => None,
    }
}

/// The name of a file, or an address, is no description of what an image shows.
fn says_nothing(alt: &str) -> bool {
    const ENDINGS: [&str; 13] = [
        ".apng", ".avif", ".gif", ".jfif", ".jpg", ".jpeg", ".pjp", ".pjpeg", ".png", ".svg", ".tif", ".tiff", ".webp",
    ];
    let alt = alt.to_lowercase();
    let is_address = ["http://", "https://", "www.", "_"].iter().any(|part| alt.contains(part));
    is_address || ENDINGS.iter().any(|ending| alt.ends_with(ending))
}

fn letters(text: &str) -> usize {
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

impl Page {
    fn find(&mut self, rule: Rule, text: &str) {
        if self.found.len() < MAX_FINDINGS {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            self.found.push(Finding { rule, quote: words.chars().take(MAX_QUOTE).collect() });
        }
    }

    fn is_hidden(&self) -> bool {
        self.open.last().is_some_and(|last| last.is_hidden)
    }

    fn is_within(&self, names: &[&str]) -> bool {
        self.open.iter().any(|open| names.contains(&open.name.as_str()))
    }

    fn text(&mut self, text: &str) {
        if self.is_hidden() || self.open.len() >= MAX_DEPTH {
            return;
        }
        let text = entity::decode(text);
        // The title of a drawing names it, and is not seen.
        if !self.is_within(&["svg"]) {
            self.seen.push_str(&text);
            self.seen.push(' ');
            if self.is_within(&["b", "strong"]) {
                self.bold += letters(&text);
            }
        }
        self.named.push_str(&text);
    }

    fn open(&mut self, tag: Tag<'_>) {
        let name = tag.name.to_ascii_lowercase();
        self.end_implied(&name);
        let is_hidden = self.is_hidden() || hides(tag, &name);
        if !is_hidden {
            self.check_tag(tag, &name);
        }
        if self.pending.as_ref().is_some_and(|bold| bold.depth == self.open.len() && name != "p") {
            self.pending = None;
        }
        if is_void(&name) || self.open.len() >= MAX_DEPTH {
            return;
        }
        let level = if is_hidden { None } else { level_of(tag, &name) };
        if let Some(level) = level {
            self.enter_heading(level);
        }
        let own_name = own_name(tag);
        self.open.push(Open {
            seen_from: self.seen.len(),
            named_from: self.named.len(),
            bold_from: self.bold,
            own_name,
            is_hidden,
            is_link: name == "a" && tag.find("href").is_some(),
            level,
            name,
        });
        if own_name && !is_hidden {
            // It names what it is in, too.
            self.named.push('*');
        }
    }

    /// Elements whose end tags HTML does not ask for.
    fn end_implied(&mut self, name: &str) {
        let ends = |last: &Open| match name {
            "p" => last.name == "p",
            "td" | "th" => matches!(last.name.as_str(), "td" | "th"),
            "tr" => matches!(last.name.as_str(), "td" | "th" | "tr"),
            _ => false,
        };
        while self.open.last().is_some_and(ends) {
            if let Some(last) = self.open.pop() {
                self.end(&last);
            }
        }
    }

    fn check_tag(&mut self, tag: Tag<'_>, name: &str) {
        match name {
            "img" => self.check_image(tag),
            "iframe" | "frame" if !own_name(tag) && !is_decoration(tag) => {
                self.find(Rule::FrameTitle, &tag.find("src").unwrap_or_default());
            }
            "input" => self.check_input(tag),
            "meta" if tag.find("name").is_some_and(|name| name.trim().eq_ignore_ascii_case("description")) => {
                self.has_description |= has_text(tag, "content");
            }
            _ => {}
        }
    }

    fn check_image(&mut self, tag: Tag<'_>) {
        if own_name(tag) {
            self.named.push('*');
        }
        match tag.find("alt") {
            Some(alt) if !alt.trim().is_empty() => {
                if says_nothing(alt.trim()) {
                    self.find(Rule::AltTextQuality, &alt);
                }
                self.named.push_str(&alt);
            }
            None if !own_name(tag) && !is_decoration(tag) => {
                self.find(Rule::ImageAlt, &tag.find("src").unwrap_or_default());
            }
            _ => {}
        }
    }

    fn check_input(&mut self, tag: Tag<'_>) {
        let kind = tag.find("type").unwrap_or_default().trim().to_ascii_lowercase();
        let value = tag.find("value");
        let is_named = match kind.as_str() {
            // Browsers name these themselves when they have no value at all.
            "submit" | "reset" => value.is_none_or(|value| !value.trim().is_empty()),
            "button" => value.is_some_and(|value| !value.trim().is_empty()),
            _ => return,
        };
        let is_labelled = tag.find("id").is_some_and(|id| self.labelled.contains(id.as_ref()));
        if !is_named && !is_labelled && !own_name(tag) && !self.is_within(&["label"]) {
            self.find(Rule::InputButtonName, &tag.find("name").unwrap_or_default());
        }
    }

    fn enter_heading(&mut self, level: u8) {
        // Which one comes first is the template's.
        if self.level.is_some_and(|before| level > before + 1) {
            self.find(Rule::HeadingOrder, &format!("h{} › h{level}", self.level.unwrap_or_default()));
        }
        self.level = Some(level);
    }

    fn close(&mut self, name: &str) {
        if !self.open.iter().any(|open| open.name == name) {
            return;
        }
        while let Some(last) = self.open.pop() {
            self.end(&last);
            if last.name == name {
                break;
            }
        }
    }

    /// What an element's content says of it.
    fn end(&mut self, last: &Open) {
        let depth = self.open.len();
        if self.pending.as_ref().is_some_and(|bold| bold.depth > depth) {
            self.pending = None;
        }
        if last.is_hidden {
            return;
        }
        let is_seen = !self.seen[last.seen_from..].trim().is_empty();
        let is_named = last.own_name || !self.named[last.named_from..].trim().is_empty();
        match last.name.as_str() {
            _ if last.level.is_some() && !is_named => self.find(Rule::EmptyHeading, &last.name),
            "button" if !is_named => self.find(Rule::ButtonName, ""),
            "a" if last.is_link && !is_named => self.find(Rule::LinkName, ""),
            "th" if !is_seen => self.find(Rule::EmptyTableHeader, ""),
            "p" => self.end_paragraph(last, depth),
            _ => {}
        }
    }

    fn end_paragraph(&mut self, last: &Open, depth: usize) {
        let text = self.seen[last.seen_from..].to_owned();
        let (chars, bold) = (letters(&text), self.bold - last.bold_from);
        if chars == 0 {
            return;
        }
        let is_bold = bold == chars;
        if let Some(before) = self.pending.take()
            && before.depth == depth
            && !is_bold
            && chars >= before.chars
        {
            self.find(Rule::ParagraphAsHeading, &before.quote);
        }
        if is_bold && chars <= MAX_HEADING {
            self.pending = Some(Bold { depth, chars, quote: text });
        }
    }
}

#[cfg(test)]
mod tests;
