//! Markdown (CommonMark with strikethrough) into a tree. Raw HTML within it is read as HTML.

use std::borrow::Cow;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::build::{Builder, Line, Part, Run};
use super::read_html;
use super::tree::{Block, Inline, Style, Target};
use crate::render::rich_text::{Features, sanitise};

/// The scheme of references in Markdown, as in Wagtail: `wagtail://page?id=3`.
const SCHEME: &str = "wagtail://";

pub(super) struct Read {
    pub blocks: Vec<Block>,
    /// Raw HTML that says nothing here, for the person who wrote it.
    pub removed: Vec<String>,
}

pub(super) fn read(markdown: &str) -> Read {
    let mut reader = Reader {
        builder: Builder::new(),
        html: read_html::Reader::default(),
        raw: String::new(),
        script: None,
        images: Vec::new(),
        code: None,
        removed: Vec::new(),
    };
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        reader.event(event);
    }
    reader.html.finish(&mut reader.builder);
    Read { blocks: reader.builder.finish(), removed: reader.removed }
}

struct Reader {
    builder: Builder,
    html: read_html::Reader,
    /// The block of raw HTML in hand.
    raw: String,
    /// The end tag that ends what is left out.
    script: Option<&'static str>,
    /// Images in hand: target, if any, and description so far.
    images: Vec<(Option<Target>, String)>,
    code: Option<(String, String)>,
    removed: Vec<String>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        if let Some(end) = self.script {
            if matches!(&event, Event::InlineHtml(html) | Event::Html(html) if html.to_ascii_lowercase().contains(end))
            {
                self.script = None;
            }
            return;
        }
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => match self.images.last_mut() {
                Some((_, alt)) => alt.push_str(&text),
                None => self.builder.inline(Inline::Code(text.into_string())),
            },
            Event::SoftBreak => self.text(" "),
            Event::HardBreak if self.images.is_empty() => self.builder.inline(Inline::Break),
            Event::HardBreak => self.text(" "),
            Event::Rule => {
                self.builder.end_line();
                self.builder.block(Block::Rule);
            }
            Event::InlineHtml(html) => self.inline_html(&html),
            Event::Html(html) => self.raw.push_str(&html),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => self.text(&text),
            Event::TaskListMarker(_) => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, alt)) = self.images.last_mut() {
            alt.push_str(text);
        } else if let Some((_, code)) = &mut self.code {
            code.push_str(text);
        } else {
            self.builder.text(text);
        }
    }

    fn inline_html(&mut self, html: &str) {
        let lower = html.to_ascii_lowercase();
        for (start, end) in [("<script", "</script"), ("<style", "</style")] {
            if lower.starts_with(start) {
                self.script = Some(end);
            }
        }
        self.report(html);
        if self.images.is_empty() {
            self.html.feed(html, &mut self.builder);
        }
    }

    fn report(&mut self, html: &str) {
        for what in sanitise(html, Features::all()).removed {
            // An end tag, or an item of a list that the next event opens, is no mistake by itself.
            if !self.removed.contains(&what) && what != "<li> outside a list" {
                self.removed.push(what);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.builder.start_line(Line::Paragraph),
            Tag::Heading { level, .. } => self.builder.start_line(Line::Heading(level as u8)),
            Tag::BlockQuote(_) => self.builder.open(Part::Quote),
            Tag::List(start) => self.builder.open(Part::List { ordered: start.is_some() }),
            Tag::Item => self.builder.open(Part::Item),
            Tag::CodeBlock(kind) => {
                self.builder.end_line();
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => info.split_ascii_whitespace().next().unwrap_or_default(),
                    CodeBlockKind::Indented => "",
                };
                self.code = Some((language.to_owned(), String::new()));
            }
            Tag::Emphasis => self.builder.start_run(Run::Styled(Style::Italic)),
            Tag::Strong => self.builder.start_run(Run::Styled(Style::Bold)),
            Tag::Strikethrough => self.builder.start_run(Run::Styled(Style::Strikethrough)),
            Tag::Link { dest_url, .. } => {
                let target = self.target(&dest_url);
                // A picture is no place to go to.
                let run = match target.filter(|target| !matches!(target, Target::Image { .. } | Target::Media(_))) {
                    Some(target) => Run::Link(target),
                    None => Run::Unlinked,
                };
                self.builder.start_run(run);
            }
            Tag::Image { dest_url, .. } => {
                let target = self
                    .target(&dest_url)
                    .filter(|target| matches!(target, Target::Image { .. } | Target::Media(_) | Target::Url(_)));
                self.images.push((target, String::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => self.builder.end_line(),
            TagEnd::BlockQuote(_) => self.builder.close(Part::Quote),
            TagEnd::List(_) => self.builder.close(Part::List { ordered: false }),
            TagEnd::Item => self.builder.close(Part::Item),
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                    self.builder.block(Block::Code { language, text });
                }
            }
            TagEnd::Emphasis => self.builder.end_run(&Run::Styled(Style::Italic)),
            TagEnd::Strong => self.builder.end_run(&Run::Styled(Style::Bold)),
            TagEnd::Strikethrough => self.builder.end_run(&Run::Styled(Style::Strikethrough)),
            TagEnd::Link => self.builder.end_run(&Run::Unlinked),
            TagEnd::Image => self.end_image(),
            TagEnd::HtmlBlock => {
                let raw = std::mem::take(&mut self.raw);
                self.report(&raw);
                self.html.feed(&raw, &mut self.builder);
                self.builder.end_line();
            }
            _ => {}
        }
    }

    fn end_image(&mut self) {
        let Some((target, alt)) = self.images.pop() else { return };
        match (self.images.last_mut(), target) {
            // An image in the description of another one is words.
            (Some((_, outer)), _) => outer.push_str(&alt),
            (None, Some(target)) => self.builder.inline(Inline::Image { target, alt }),
            (None, None) => self.builder.text(&alt),
        }
    }

    /// `None`, and reported, for a reference that names nothing.
    fn target(&mut self, address: &str) -> Option<Target> {
        let found = reference(address);
        if found.is_none() {
            let shown: String = address.chars().take(60).collect();
            self.removed.push(format!("the reference {shown}"));
        }
        found
    }
}

/// What an address of Markdown stands for: a reference of the `wagtail` scheme, or itself.
fn reference(address: &str) -> Option<Target> {
    let Some(rest) = address.strip_prefix(SCHEME) else { return Some(Target::Url(address.to_owned())) };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (kind, query) = rest.split_once('?')?;
    let find = |name: &str| -> Option<Cow<'_, str>> {
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    };
    let id = || find("id")?.parse().ok().filter(|id: &i64| *id > 0);
    match kind.trim_end_matches('/') {
        "page" => Some(Target::Page { id: id()?, fragment: fragment.to_owned() }),
        "document" => Some(Target::Document(id()?)),
        "image" => Some(Target::Image { id: id()?, format: find("format").unwrap_or_default().into_owned() }),
        "media" => Some(Target::Media(find("url")?.into_owned())),
        _ => None,
    }
}

/// The address of a target in Markdown.
pub(super) fn address(target: &Target) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    match target {
        Target::Url(url) => url.clone(),
        Target::Page { id, fragment } if fragment.is_empty() => format!("{SCHEME}page?id={id}"),
        Target::Page { id, fragment } => format!("{SCHEME}page?id={id}#{fragment}"),
        Target::Document(id) => format!("{SCHEME}document?id={id}"),
        Target::Image { id, format } if format.is_empty() => format!("{SCHEME}image?id={id}"),
        Target::Image { id, format } => format!("{SCHEME}image?id={id}&format={}", encoded(format)),
        Target::Media(url) => format!("{SCHEME}media?url={}", encoded(url)),
    }
}
