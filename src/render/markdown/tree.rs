//! Formatted text as a tree: what HTML and Markdown are read into and written from.

/// How a run of text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Bold,
    Italic,
    Strikethrough,
    Superscript,
    Subscript,
}

impl Style {
    /// The element of the database form.
    pub fn element(self) -> &'static str {
        match self {
            Style::Bold => "b",
            Style::Italic => "i",
            Style::Strikethrough => "s",
            Style::Superscript => "sup",
            Style::Subscript => "sub",
        }
    }

    /// The delimiter in Markdown; there is none for what is set higher or lower.
    pub fn delimiter(self) -> Option<&'static str> {
        match self {
            Style::Bold => Some("**"),
            Style::Italic => Some("*"),
            Style::Strikethrough => Some("~~"),
            Style::Superscript | Style::Subscript => None,
        }
    }
}

/// What a link or an image points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Url(String),
    Page { id: i64, fragment: String },
    Document(i64),
    Image { id: i64, format: String },
    Media(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inline {
    Text(String),
    Break,
    Code(String),
    Styled(Style, Vec<Inline>),
    Link(Target, Vec<Inline>),
    /// An image, or embedded media.
    Image {
        target: Target,
        alt: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Paragraph(Vec<Inline>),
    Heading(u8, Vec<Inline>),
    List {
        ordered: bool,
        items: Vec<Vec<Block>>,
    },
    Quote(Vec<Block>),
    Code {
        language: String,
        text: String,
    },
    /// The first row is the head.
    Table(Vec<Vec<Vec<Inline>>>),
    Rule,
}

/// The normal form of a line: blanks collapsed, equal neighbours joined, no blank at the edge of a style, no break at
/// the edge of the line, nothing empty.
pub(super) fn normal_line(line: Vec<Inline>) -> Vec<Inline> {
    let mut line = joined(line, &[]);
    // Blanks that leave one style may meet others.
    for _ in 0..MAX_PASSES {
        let mut after_blank = true;
        let mut next = collapsed(line.clone(), &mut after_blank);
        trim_end(&mut next);
        next = joined(hoisted(next), &[]);
        if next == line {
            break;
        }
        line = next;
    }
    line
}

/// Each pass moves blanks out of one level of styles; styles nest a few levels deep.
const MAX_PASSES: usize = 8;

/// Joins equal neighbours, takes away styles that are on already and what is empty.
fn joined(line: Vec<Inline>, on: &[Style]) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::with_capacity(line.len());
    for inline in line {
        let parts = match inline {
            Inline::Styled(style, inner) if on.contains(&style) => joined(inner, on),
            Inline::Styled(style, inner) => {
                let on: Vec<Style> = on.iter().copied().chain([style]).collect();
                let inner = joined(inner, &on);
                if inner.is_empty() { Vec::new() } else { vec![Inline::Styled(style, inner)] }
            }
            Inline::Link(target, inner) => {
                let inner = joined(inner, on);
                // Nobody can follow a link that shows nothing.
                if inner.is_empty() { Vec::new() } else { vec![Inline::Link(target, inner)] }
            }
            Inline::Text(text) if text.is_empty() => Vec::new(),
            other => vec![other],
        };
        for part in parts {
            append(&mut out, part, on);
        }
    }
    // A blank may be a part of the code beside it, so this is told of what is joined.
    out.retain(|inline| !matches!(inline, Inline::Code(text) if text.trim().is_empty()));
    out
}

fn append(out: &mut Vec<Inline>, part: Inline, on: &[Style]) {
    match (out.last_mut(), part) {
        (Some(Inline::Text(last)), Inline::Text(text)) => last.push_str(&text),
        (Some(Inline::Code(last)), Inline::Code(text)) => last.push_str(&text),
        (Some(Inline::Styled(style, last)), Inline::Styled(same, inner)) if *style == same => {
            let on: Vec<Style> = on.iter().copied().chain([same]).collect();
            for part in inner {
                append(last, part, &on);
            }
        }
        (_, part) => out.push(part),
    }
}

fn is_blank(character: char) -> bool {
    character.is_ascii_whitespace() || character.is_control()
}

/// Runs of blanks become one space; none at the start or behind a break.
fn collapsed(line: Vec<Inline>, after_blank: &mut bool) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::with_capacity(line.len());
    for inline in line {
        match inline {
            Inline::Text(text) => out.push(Inline::Text(collapsed_text(&text, after_blank))),
            Inline::Code(text) => {
                let text = collapsed_text(&text, &mut false);
                *after_blank = false;
                out.push(Inline::Code(text));
            }
            Inline::Styled(style, inner) => out.push(Inline::Styled(style, collapsed(inner, after_blank))),
            Inline::Link(target, inner) => out.push(Inline::Link(target, collapsed(inner, after_blank))),
            Inline::Break => {
                trim_end_but_breaks(&mut out);
                // A break at the start of the line shows nothing.
                if !out.is_empty() || !*after_blank {
                    out.push(Inline::Break);
                }
                *after_blank = true;
            }
            Inline::Image { target, alt } => {
                *after_blank = false;
                out.push(Inline::Image { target, alt: collapsed_text(&alt, &mut true).trim_end().to_owned() });
            }
        }
    }
    out
}

fn collapsed_text(text: &str, after_blank: &mut bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let blank = is_blank(character);
        if !blank {
            out.push(character);
        } else if !*after_blank {
            out.push(' ');
        }
        *after_blank = blank;
    }
    out
}

/// Takes blanks and breaks off the end.
fn trim_end(line: &mut Vec<Inline>) {
    while let Some(last) = line.last_mut() {
        match last {
            Inline::Break => {}
            Inline::Text(text) => {
                text.truncate(text.trim_end_matches(is_blank).len());
                if !text.is_empty() {
                    return;
                }
            }
            Inline::Styled(_, inner) => {
                trim_end(inner);
                if !inner.is_empty() {
                    return;
                }
            }
            Inline::Link(_, inner) => return trim_end(inner),
            Inline::Code(_) | Inline::Image { .. } => return,
        }
        line.pop();
    }
}

fn trim_end_but_breaks(line: &mut Vec<Inline>) {
    match line.last_mut() {
        Some(Inline::Text(text)) => {
            text.truncate(text.trim_end_matches(is_blank).len());
            if text.is_empty() {
                line.pop();
            }
        }
        Some(Inline::Styled(_, inner) | Inline::Link(_, inner)) => trim_end_but_breaks(inner),
        _ => {}
    }
}

/// Moves blanks and breaks at the edges of a style out of it.
fn hoisted(line: Vec<Inline>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(line.len());
    for inline in line {
        match inline {
            Inline::Styled(style, inner) => {
                let mut inner = hoisted(inner);
                let before = take_edge(&mut inner, Edge::Start);
                let after = take_edge(&mut inner, Edge::End);
                out.extend(before);
                if !inner.is_empty() {
                    out.push(Inline::Styled(style, inner));
                }
                out.extend(after);
            }
            Inline::Link(target, inner) => out.push(Inline::Link(target, hoisted(inner))),
            other => out.push(other),
        }
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Start,
    End,
}

fn take_edge(inner: &mut Vec<Inline>, edge: Edge) -> Vec<Inline> {
    let mut taken = Vec::new();
    loop {
        let at = if edge == Edge::Start { 0 } else { inner.len().saturating_sub(1) };
        match inner.get_mut(at) {
            Some(Inline::Break) => taken.push(inner.remove(at)),
            Some(Inline::Text(text)) => {
                let rest = if edge == Edge::Start {
                    text.trim_start_matches(is_blank)
                } else {
                    text.trim_end_matches(is_blank)
                };
                if rest.len() == text.len() {
                    break;
                }
                let rest = rest.to_owned();
                taken.push(Inline::Text(" ".to_owned()));
                if rest.is_empty() {
                    inner.remove(at);
                } else {
                    *text = rest;
                    break;
                }
            }
            _ => break,
        }
    }
    if edge == Edge::End {
        taken.reverse();
    }
    taken
}

/// The words of a line.
pub(super) fn text_of(line: &[Inline], into: &mut String) {
    for inline in line {
        match inline {
            Inline::Text(text) | Inline::Code(text) => into.push_str(text),
            Inline::Break => into.push(' '),
            Inline::Styled(_, inner) | Inline::Link(_, inner) => text_of(inner, into),
            Inline::Image { alt, .. } => into.push_str(alt),
        }
    }
}

/// Shows `change` every line of `blocks`, to replace it.
pub(super) fn change_lines(blocks: &mut [Block], change: &mut dyn FnMut(Vec<Inline>) -> Vec<Inline>) {
    for block in blocks {
        match block {
            Block::Paragraph(line) | Block::Heading(_, line) => *line = change(std::mem::take(line)),
            Block::List { items, .. } => items.iter_mut().for_each(|item| change_lines(item, change)),
            Block::Quote(inner) => change_lines(inner, change),
            Block::Table(rows) => {
                rows.iter_mut().flatten().for_each(|cell| *cell = change(std::mem::take(cell)));
            }
            Block::Code { .. } | Block::Rule => {}
        }
    }
}
