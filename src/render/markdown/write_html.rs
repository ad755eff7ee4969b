//! A tree as rich text in the database form. What it has no form for (tables, code over lines) becomes paragraphs.

use super::tree::{Block, Inline, Target};
use crate::render::rich_text::entity::escape;
use crate::render::rich_text::links::push_page_link;

pub(super) fn write(blocks: &[Block]) -> String {
    let mut html = String::new();
    for block in blocks {
        match block {
            // Images and media stand between paragraphs.
            Block::Paragraph(line)
                if matches!(&line[..], [Inline::Image { target: Target::Image { .. } | Target::Media(_), .. }]) =>
            {
                push_line(line, &mut html);
            }
            block => push_block(block, &mut html),
        }
    }
    html
}

fn push_block(block: &Block, html: &mut String) {
    match block {
        Block::Paragraph(line) => push_element("p", line, html),
        Block::Heading(level, line) => push_element(&format!("h{level}"), line, html),
        Block::List { ordered, items } => {
            let name = if *ordered { "ol" } else { "ul" };
            html.push_str(&format!("<{name}>"));
            for item in items {
                html.push_str("<li>");
                push_bare(item, html);
                html.push_str("</li>");
            }
            html.push_str(&format!("</{name}>"));
        }
        Block::Quote(inner) => {
            html.push_str("<blockquote>");
            match &inner[..] {
                [Block::Paragraph(_)] => push_bare(inner, html),
                _ => inner.iter().for_each(|block| push_block(block, html)),
            }
            html.push_str("</blockquote>");
        }
        Block::Code { text, .. } => push_code(text, html),
        Block::Table(rows) => {
            for row in rows {
                html.push_str("<p>");
                for (number, cell) in row.iter().enumerate() {
                    if number > 0 {
                        html.push_str(" | ");
                    }
                    push_line(cell, html);
                }
                html.push_str("</p>");
            }
        }
        Block::Rule => html.push_str("<hr/>"),
    }
}

/// Blocks whose first paragraph has no element of its own, as Wagtail stores list items.
fn push_bare(blocks: &[Block], html: &mut String) {
    for (number, block) in blocks.iter().enumerate() {
        match block {
            Block::Paragraph(line) if number == 0 => push_line(line, html),
            block => push_block(block, html),
        }
    }
}

fn push_element(name: &str, line: &[Inline], html: &mut String) {
    html.push_str(&format!("<{name}>"));
    push_line(line, html);
    html.push_str(&format!("</{name}>"));
}

fn push_line(line: &[Inline], html: &mut String) {
    for inline in line {
        match inline {
            Inline::Text(text) => escape(text, html),
            Inline::Break => html.push_str("<br/>"),
            Inline::Code(text) => {
                html.push_str("<code>");
                escape(text, html);
                html.push_str("</code>");
            }
            Inline::Styled(style, inner) => push_element(style.element(), inner, html),
            Inline::Link(target, inner) => {
                match target {
                    Target::Page { id, fragment } => push_page_link(*id, Some(fragment), html),
                    Target::Document(id) => html.push_str(&format!("<a linktype=\"document\" id=\"{id}\">")),
                    Target::Url(url) | Target::Media(url) => {
                        html.push_str("<a href=\"");
                        escape(url, html);
                        html.push_str("\">");
                    }
                    Target::Image { .. } => html.push_str("<a>"),
                }
                push_line(inner, html);
                html.push_str("</a>");
            }
            Inline::Image { target, alt } => push_image(target, alt, html),
        }
    }
}

fn push_image(target: &Target, alt: &str, html: &mut String) {
    match target {
        Target::Image { id, format } => {
            html.push_str(&format!("<embed embedtype=\"image\" id=\"{id}\" format=\""));
            escape(if format.is_empty() { "fullwidth" } else { format }, html);
            html.push_str("\" alt=\"");
            escape(alt, html);
            html.push_str("\"/>");
        }
        Target::Media(url) => {
            html.push_str("<embed embedtype=\"media\" url=\"");
            escape(url, html);
            html.push_str("\"/>");
        }
        // An image from elsewhere is refused by the policy of what may be stored; its description stays.
        Target::Url(url) => {
            html.push_str("<img src=\"");
            escape(url, html);
            html.push_str("\"/>");
            escape(alt, html);
        }
        Target::Page { .. } | Target::Document(_) => escape(alt, html),
    }
}

/// Code over lines: each line that has something is code by itself.
fn push_code(text: &str, html: &mut String) {
    let is_blank = |line: &str| line.trim().is_empty();
    let lines: Vec<&str> = text.lines().skip_while(|line| is_blank(line)).collect();
    let Some(last) = lines.iter().rposition(|line| !is_blank(line)) else { return };
    html.push_str("<p>");
    for (number, line) in lines[..=last].iter().enumerate() {
        if number > 0 {
            html.push_str("<br/>");
        }
        if !is_blank(line) {
            html.push_str("<code>");
            escape(line, html);
            html.push_str("</code>");
        }
    }
    html.push_str("</p>");
}
