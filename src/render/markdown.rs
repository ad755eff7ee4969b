//! Markdown: from HTML of any kind, and to and from the database form of rich text.
//!
//! All of it goes through one tree: HTML and Markdown are read into it and written from it, so that what was written
//! reads back as itself.

mod build;
mod read;
mod read_html;
mod tree;
mod write;
mod write_html;

use super::rich_text::scan::{Token, tokens};
use super::rich_text::{Features, ImageEmbed, ImageFormat, Resolver, Sanitised, sanitise};
use tree::{Inline, Target, change_lines, text_of};

/// The Markdown of any HTML; addresses that begin with a slash get `base_url` in front. Scripts, pictures drawn in
/// SVG and what is hidden from readers are left out.
pub fn from_html(html: &str, base_url: &str) -> String {
    let mut blocks = read_html::read(html);
    change_lines(&mut blocks, &mut |line| with_base(line, base_url));
    write::write(&blocks)
}

/// Words as Markdown that shows just them.
pub fn escaped(text: &str) -> String {
    write::write(&[tree::Block::Paragraph(tree::normal_line(vec![Inline::Text(text.to_owned())]))])
}

/// The Markdown of a stored text, with references: `[text](wagtail://page?id=3)`.
pub(super) fn of_references(html: &str) -> String {
    write::write(&read_html::read(html))
}

/// The Markdown of a stored text, with addresses.
pub(super) fn of_addresses(html: &str, resolver: &Resolver<'_>) -> String {
    let mut blocks = read_html::read(html);
    change_lines(&mut blocks, &mut |line| tree::normal_line(resolved(line, resolver)));
    blocks.retain(|block| !matches!(block, tree::Block::Paragraph(line) if line.is_empty()));
    write::write(&blocks)
}

/// The database form of Markdown, cleaned as if an editor had written it, and what cleaning removed.
pub(super) fn to_rich_text(markdown: &str, features: Features) -> Sanitised {
    let read = read::read(markdown);
    let mut cleaned = sanitise(&write_html::write(&read.blocks), features);
    let news: Vec<String> = read.removed.into_iter().filter(|what| !cleaned.removed.contains(what)).collect();
    cleaned.removed.splice(0..0, news);
    cleaned
}

fn with_base(line: Vec<Inline>, base_url: &str) -> Vec<Inline> {
    let absolute = |target| match target {
        Target::Url(url) if url.starts_with('/') && !url.starts_with("//") => {
            Target::Url(format!("{}{url}", base_url.trim_end_matches('/')))
        }
        target => target,
    };
    let change = |inline| match inline {
        Inline::Link(target, inner) => Inline::Link(absolute(target), with_base(inner, base_url)),
        Inline::Image { target, alt } => Inline::Image { target: absolute(target), alt },
        Inline::Styled(style, inner) => Inline::Styled(style, with_base(inner, base_url)),
        other => other,
    };
    line.into_iter().map(change).collect()
}

fn resolved(line: Vec<Inline>, resolver: &Resolver<'_>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(line.len());
    for inline in line {
        match inline {
            Inline::Styled(style, inner) => out.push(Inline::Styled(style, resolved(inner, resolver))),
            Inline::Link(target, inner) => {
                let inner = resolved(inner, resolver);
                match link_address(target, resolver) {
                    Some(url) => out.push(Inline::Link(Target::Url(url), inner)),
                    None => out.extend(inner),
                }
            }
            Inline::Image { target: Target::Image { id, format }, alt } => {
                let embed = ImageEmbed { id, format: ImageFormat::of(&format), alt: alt.as_str().into() };
                let src = (resolver.image)(&embed).and_then(|html| image_source(&html));
                out.extend(src.map(|src| Inline::Image { target: Target::Url(src), alt }));
            }
            Inline::Image { target: Target::Media(url), .. } => {
                let title = (resolver.embed)(&url).map(|html| words_of(&html)).filter(|title| !title.is_empty());
                let words = vec![Inline::Text(title.unwrap_or_else(|| url.clone()))];
                out.push(Inline::Link(Target::Url(url), words));
            }
            other => out.push(other),
        }
    }
    out
}

fn link_address(target: Target, resolver: &Resolver<'_>) -> Option<String> {
    match target {
        Target::Url(url) | Target::Media(url) => Some(url),
        Target::Page { id, fragment } if fragment.is_empty() => (resolver.page)(id),
        Target::Page { id, fragment } => (resolver.page)(id).map(|url| format!("{url}#{fragment}")),
        Target::Document(id) => (resolver.document)(id),
        Target::Image { .. } => None,
    }
}

/// The address of the first `<img>`.
fn image_source(html: &str) -> Option<String> {
    tokens(html).find_map(|token| match token {
        Token::Open(tag) if tag.is("img") => tag.find("src").map(std::borrow::Cow::into_owned),
        _ => None,
    })
}

fn words_of(html: &str) -> String {
    let mut blocks = read_html::read(html);
    let mut words = String::new();
    change_lines(&mut blocks, &mut |line| {
        text_of(&line, &mut words);
        line
    });
    words
}

#[cfg(test)]
mod tests;
