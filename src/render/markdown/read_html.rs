//! HTML into a tree: the database form of rich text, or what a template made. Unknown elements are their content.

use super::build::{Builder, Line, Part, Run};
use super::tree::{Block, Inline, Style, Target};
use crate::render::rich_text::entity::decode;
use crate::render::rich_text::links::Reference;
use crate::render::rich_text::scan::{Tag, Token, tokens};

/// Elements whose content is nothing to read.
const SKIPPED: [&str; 12] = [
    "svg", "head", "template", "noscript", "button", "select", "textarea", "canvas", "object", "dialog", "datalist",
    "math",
];
/// Elements that stand within a line and are their content.
const TRANSPARENT: [&str; 20] = [
    "span", "u", "mark", "small", "abbr", "time", "cite", "dfn", "var", "ins", "label", "data", "bdi", "bdo", "ruby",
    "font", "picture", "output", "wbr", "big",
];
const VOID: [&str; 9] = ["br", "hr", "img", "embed", "input", "source", "track", "wbr", "meta"];

pub(super) fn read(html: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    let mut builder = Builder::new();
    reader.feed(html, &mut builder);
    reader.finish(&mut builder);
    builder.finish()
}

/// What has to be known between two tokens.
#[derive(Default)]
pub(super) struct Reader {
    /// The element that is left out, and how many of its name are open.
    skipped: Option<(String, usize)>,
    /// Language and text of the `<pre>` in hand.
    code: Option<(String, String)>,
    /// Whether the line in hand was begun by an element.
    in_line: bool,
}

impl Reader {
    pub fn feed(&mut self, html: &str, builder: &mut Builder) {
        for token in tokens(html) {
            if self.skips(&token) {
                continue;
            }
            match token {
                Token::Text(raw) => match &mut self.code {
                    Some((_, code)) => code.push_str(&decode(raw)),
                    None => builder.text(&decode(raw)),
                },
                Token::Open(tag) => self.open(&tag, builder),
                Token::Close(name) => self.close(name, builder),
                Token::Code(_) | Token::Ignored => {}
            }
        }
    }

    pub fn finish(&mut self, builder: &mut Builder) {
        if let Some((language, text)) = self.code.take() {
            end_code(language, &text, builder);
        }
    }

    fn skips(&mut self, token: &Token<'_>) -> bool {
        let Some((name, depth)) = &mut self.skipped else { return false };
        match token {
            Token::Open(tag) if tag.is(name) => *depth += 1,
            Token::Close(closed) if closed.eq_ignore_ascii_case(name) => *depth -= 1,
            _ => {}
        }
        if *depth == 0 {
            self.skipped = None;
        }
        true
    }

    fn open(&mut self, tag: &Tag<'_>, builder: &mut Builder) {
        let name = tag.name.to_ascii_lowercase();
        if let Some((language, code)) = &mut self.code {
            match name.as_str() {
                "br" => code.push('\n'),
                "code" if language.is_empty() => *language = language_of(tag),
                _ => {}
            }
            return;
        }
        let hidden = tag.find("hidden").is_some() || tag.find("aria-hidden").is_some_and(|value| value == "true");
        if SKIPPED.contains(&name.as_str()) || (hidden && !VOID.contains(&name.as_str())) {
            self.skipped = Some((name, 1));
            return;
        }
        if let Some(run) = run_of(&name) {
            return builder.start_run(run);
        }
        match name.as_str() {
            "a" => builder.start_run(link(tag)),
            "br" => builder.inline(Inline::Break),
            "img" => {
                if let Some(src) = tag.find("src") {
                    let alt = tag.find("alt").unwrap_or_default().into_owned();
                    builder.inline(Inline::Image { target: Target::Url(src.into_owned()), alt });
                }
            }
            "embed" => self.embed(tag, builder),
            "iframe" | "video" | "audio" => {
                if let Some(source) = tag.find("data-url").or_else(|| tag.find("src")) {
                    let title = tag.find("title").filter(|title| !title.is_empty()).unwrap_or_else(|| source.clone());
                    let words = vec![Inline::Text(title.into_owned())];
                    builder.inline(Inline::Link(Target::Url(source.into_owned()), words));
                }
            }
            "q" => builder.text("“"),
            "input" | "source" | "track" | "meta" => {}
            transparent if TRANSPARENT.contains(&transparent) => {}
            _ => self.open_block(&name, tag, builder),
        }
    }

    fn open_block(&mut self, name: &str, tag: &Tag<'_>, builder: &mut Builder) {
        self.in_line = false;
        match name {
            "p" => {
                builder.start_line(Line::Paragraph);
                self.in_line = true;
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                builder.start_line(Line::Heading(name.as_bytes()[1] - b'0'));
                self.in_line = true;
            }
            "ul" | "menu" => builder.open(Part::List { ordered: false }),
            "ol" => builder.open(Part::List { ordered: true }),
            "li" => {
                builder.close_within(Part::Item, Part::List { ordered: false });
                builder.open(Part::Item);
            }
            "blockquote" => builder.open(Part::Quote),
            "table" => builder.open(Part::Table),
            "tr" => {
                builder.close_within(Part::Row, Part::Table);
                builder.open(Part::Row);
            }
            "td" | "th" => {
                builder.close_within(Part::Cell, Part::Row);
                builder.open(Part::Cell);
            }
            "hr" => {
                builder.end_line();
                builder.block(Block::Rule);
            }
            "pre" => {
                builder.end_line();
                self.code = Some((language_of(tag), String::new()));
            }
            "dt" | "summary" => {
                builder.start_line(Line::Paragraph);
                builder.start_run(Run::Styled(Style::Bold));
            }
            _ => builder.end_line(),
        }
    }

    /// An image or media between paragraphs is a paragraph of its own.
    fn embed(&self, tag: &Tag<'_>, builder: &mut Builder) {
        let (target, alt) = match Reference::of(tag) {
            Some(Reference::Image { id, format, alt }) => (Target::Image { id, format: format.into_owned() }, alt),
            Some(Reference::Media { url }) => (Target::Media(url.into_owned()), "".into()),
            _ => return,
        };
        let alone = !self.in_line && builder.is_at_root();
        if alone {
            builder.end_line();
        }
        builder.inline(Inline::Image { target, alt: alt.into_owned() });
        if alone {
            builder.end_line();
        }
    }

    fn close(&mut self, name: &str, builder: &mut Builder) {
        let name = name.to_ascii_lowercase();
        if name == "pre" {
            return self.finish(builder);
        }
        if self.code.is_some() {
            return;
        }
        if let Some(run) = run_of(&name) {
            return builder.end_run(&run);
        }
        match name.as_str() {
            "a" => builder.end_run(&Run::Unlinked),
            "q" => builder.text("”"),
            "ul" | "ol" | "menu" => builder.close(Part::List { ordered: false }),
            "li" => builder.close_within(Part::Item, Part::List { ordered: false }),
            "blockquote" => builder.close(Part::Quote),
            "table" => builder.close(Part::Table),
            "tr" => builder.close_within(Part::Row, Part::Table),
            "td" | "th" => builder.close_within(Part::Cell, Part::Row),
            "dt" | "summary" => {
                builder.end_run(&Run::Styled(Style::Bold));
                builder.end_line();
            }
            inline if VOID.contains(&inline) || TRANSPARENT.contains(&inline) => {}
            "iframe" | "video" | "audio" => {}
            _ => {
                builder.end_line();
                self.in_line = false;
            }
        }
    }
}

fn run_of(name: &str) -> Option<Run> {
    Some(match name {
        "b" | "strong" => Run::Styled(Style::Bold),
        "i" | "em" => Run::Styled(Style::Italic),
        "s" | "del" | "strike" => Run::Styled(Style::Strikethrough),
        "sup" => Run::Styled(Style::Superscript),
        "sub" => Run::Styled(Style::Subscript),
        "code" | "kbd" | "samp" | "tt" => Run::Code,
        _ => return None,
    })
}

fn link(tag: &Tag<'_>) -> Run {
    match Reference::of(tag) {
        Some(Reference::Page { id, fragment }) => {
            Run::Link(Target::Page { id, fragment: fragment.unwrap_or_default().into_owned() })
        }
        Some(Reference::Document(id)) => Run::Link(Target::Document(id)),
        Some(_) => Run::Unlinked,
        None => tag.find("href").map_or(Run::Unlinked, |href| Run::Link(Target::Url(href.into_owned()))),
    }
}

/// The word behind `language-` in a class, as Markdown processors write it.
fn language_of(tag: &Tag<'_>) -> String {
    let class = tag.find("class").unwrap_or_default();
    let named = class.split_ascii_whitespace().find_map(|class| class.strip_prefix("language-"));
    let fits =
        |name: &&str| name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-_#".contains(&b));
    named.filter(fits).or(tag.find("data-language").as_deref().filter(fits)).unwrap_or_default().to_owned()
}

fn end_code(language: String, text: &str, builder: &mut Builder) {
    let text = text.strip_prefix('\n').unwrap_or(text).trim_end();
    if !text.is_empty() {
        builder.block(Block::Code { language, text: text.to_owned() });
    }
}
