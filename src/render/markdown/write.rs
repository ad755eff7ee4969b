//! A tree as Markdown that reads back as the same tree: CommonMark with strikethrough and tables.
//!
//! Delimiters do not open or close beside every character (`a**"b"**c` is no bold); a line that would not read back
//! is written with HTML in place of delimiters, which Markdown allows.

use super::read::{address, read};
use super::tree::{Block, Inline};

/// How a line is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Delimiters,
    Html,
}

/// Where a line stands: a heading or a cell cannot hold a line break of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Free,
    OneLine,
}

/// Ends without a line break; empty for an empty tree.
pub(super) fn write(blocks: &[Block]) -> String {
    flow(blocks, 0)
}

fn flow(blocks: &[Block], depth: usize) -> String {
    let mut out = String::new();
    let mut other_marker = false;
    for (number, block) in blocks.iter().enumerate() {
        let before = number.checked_sub(1).map(|number| &blocks[number]);
        if let Some(before) = before {
            let tight = depth > 0 && number == 1 && is_paragraph(before) && matches!(block, Block::List { .. });
            out.push_str(if tight { "\n" } else { "\n\n" });
        }
        // Two lists of one kind in a row would be one list, but for another marker.
        other_marker = match (before, block) {
            (Some(Block::List { ordered: one, .. }), Block::List { ordered: two, .. }) if one == two => !other_marker,
            _ => false,
        };
        push_block(block, depth, other_marker, &mut out);
    }
    out
}

fn is_paragraph(block: &Block) -> bool {
    matches!(block, Block::Paragraph(_))
}

fn push_block(block: &Block, depth: usize, other_marker: bool, out: &mut String) {
    match block {
        Block::Paragraph(line) => out.push_str(&checked(line, Place::Free)),
        Block::Heading(level, line) => {
            out.push_str(&"#".repeat(usize::from(*level)));
            out.push(' ');
            out.push_str(&closed_heading(checked(line, Place::OneLine)));
        }
        Block::List { ordered, items } => {
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push('\n');
                }
                let marker = match (ordered, other_marker) {
                    (false, false) => "- ".to_owned(),
                    (false, true) => "* ".to_owned(),
                    (true, false) => format!("{}. ", number + 1),
                    (true, true) => format!("{}) ", number + 1),
                };
                let content = flow(item, depth + 1);
                out.push_str(&marker);
                push_prefixed(&content, "", &" ".repeat(marker.len()), out);
            }
        }
        Block::Quote(inner) => push_prefixed(&flow(inner, depth + 1), "> ", "> ", out),
        Block::Code { language, text } => {
            let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
            out.push_str(&format!("{fence}{language}\n{text}\n{fence}"));
        }
        Block::Table(rows) => push_table(rows, out),
        // In a list, hyphens would run together with its marker.
        Block::Rule => out.push_str(if depth == 0 { "---" } else { "___" }),
    }
}

fn push_prefixed(text: &str, first: &str, rest: &str, out: &mut String) {
    for (number, line) in text.lines().enumerate() {
        let prefix = if number == 0 { first } else { rest };
        if number > 0 {
            out.push('\n');
        }
        out.push_str(if line.is_empty() { prefix.trim_end() } else { prefix });
        out.push_str(line);
    }
}

fn push_table(rows: &[Vec<Vec<Inline>>], out: &mut String) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        out.push('|');
        for column in 0..columns {
            let cell = row.get(column).map(|cell| checked(cell, Place::OneLine)).unwrap_or_default();
            out.push(' ');
            out.push_str(&cell.replace('|', "\\|"));
            out.push_str(" |");
        }
        if number == 0 {
            out.push_str("\n|");
            out.push_str(&" --- |".repeat(columns));
        }
    }
}

/// The line in delimiters when it reads back as itself, else in HTML.
fn checked(line: &[Inline], place: Place) -> String {
    let written = line_text(line, Form::Delimiters, place);
    if !is_delicate(line) || reads_back(&written, line) { written } else { line_text(line, Form::Html, place) }
}

/// Delimiters do not always delimit, and code within a link can make a definition of it: "[`]:`](address)".
fn is_delicate(line: &[Inline]) -> bool {
    line.iter().any(|inline| match inline {
        Inline::Styled(..) => true,
        Inline::Link(_, inner) => inner.iter().any(|inline| matches!(inline, Inline::Code(_))) || is_delicate(inner),
        _ => false,
    })
}

fn reads_back(written: &str, line: &[Inline]) -> bool {
    matches!(&read(written).blocks[..], [Block::Paragraph(same)] if same == line)
}

fn line_text(line: &[Inline], form: Form, place: Place) -> String {
    let mut out = String::new();
    push_line(line, form, place, &mut out);
    out.split('\n').map(safe_start).collect::<Vec<_>>().join("\n")
}

fn push_line(line: &[Inline], form: Form, place: Place, out: &mut String) {
    for inline in line {
        match inline {
            Inline::Text(text) => push_text(text, out),
            Inline::Break if form == Form::Html || place == Place::OneLine => out.push_str("<br>"),
            Inline::Break => out.push_str("\\\n"),
            Inline::Code(text) if form == Form::Html => {
                out.push_str("<code>");
                push_text(text, out);
                out.push_str("</code>");
            }
            Inline::Code(text) => push_code(text, out),
            Inline::Styled(style, inner) => match style.delimiter().filter(|_| form == Form::Delimiters) {
                Some(delimiter) => {
                    out.push_str(delimiter);
                    push_line(inner, form, place, out);
                    out.push_str(delimiter);
                }
                None => {
                    let name = style.element();
                    out.push_str(&format!("<{name}>"));
                    push_line(inner, form, place, out);
                    out.push_str(&format!("</{name}>"));
                }
            },
            Inline::Link(target, inner) => {
                out.push('[');
                push_line(inner, form, place, out);
                out.push_str("](");
                push_address(&address(target), out);
                out.push(')');
            }
            Inline::Image { target, alt } => {
                out.push_str("![");
                push_text(alt, out);
                out.push_str("](");
                push_address(&address(target), out);
                out.push(')');
            }
        }
    }
}

/// Text with a backslash before each character that would mean something.
pub(super) fn push_text(text: &str, out: &mut String) {
    let is_word = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let mut before = None;
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let after = rest.clone().next();
        let means_something = match character {
            '\\' | '`' | '*' | '[' | ']' | '~' => true,
            '_' => !(is_word(before) && is_word(after)),
            '<' => after.is_none_or(|after| after.is_ascii_alphabetic() || matches!(after, '/' | '!' | '?')),
            '&' => is_reference(rest.as_str()),
            '!' => after.is_none_or(|after| after == '['),
            _ => false,
        };
        if means_something {
            out.push('\\');
        }
        out.push(character);
        before = Some(character);
    }
}

/// Whether what stands behind `&` makes a character reference of it.
fn is_reference(rest: &str) -> bool {
    let end = rest.find(|character: char| !(character.is_ascii_alphanumeric() || character == '#'));
    // At the end of a text, another one may follow.
    end.is_none_or(|end| end > 0 && rest[end..].starts_with(';'))
}

fn push_code(text: &str, out: &mut String) {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let edge = |character: Option<char>| character.is_some_and(|character| matches!(character, '`' | ' '));
    let padding = if edge(text.chars().next()) || edge(text.chars().next_back()) { " " } else { "" };
    out.push_str(&format!("{fence}{padding}{text}{padding}{fence}"));
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|character| character != of).map(str::len).max().unwrap_or(0)
}

/// An address between round brackets; in pointed ones when it has blanks or brackets.
fn push_address(address: &str, out: &mut String) {
    let pointed = address.is_empty()
        || address
            .chars()
            .any(|character| character.is_whitespace() || character.is_control() || "()<".contains(character));
    if pointed {
        out.push('<');
    }
    for (at, character) in address.char_indices() {
        match character {
            '\\' => out.push_str("\\\\"),
            '<' | '>' => out.extend(['\\', character]),
            '&' if is_reference(&address[at + 1..]) => out.push_str("\\&"),
            '\n' | '\r' => out.push_str("%0A"),
            other => out.push(other),
        }
    }
    if pointed {
        out.push('>');
    }
}

/// A line whose beginning is no heading, list, quote or rule.
fn safe_start(line: &str) -> String {
    let ends = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
    let Some(first) = line.chars().next() else { return String::new() };
    let rest = &line[first.len_utf8()..];
    let hashes = line.trim_start_matches('#');
    let digits = line.trim_start_matches(|character: char| character.is_ascii_digit());
    let is_run = |of: char| line.chars().all(|character| character == of || character == ' ');
    if first == '>'
        || (first == '#' && ends(hashes))
        || (matches!(first, '-' | '+') && (ends(rest) || is_run(first)))
        || (first == '=' && is_run('='))
    {
        return format!("\\{line}");
    }
    if digits.len() < line.len() && digits.starts_with(['.', ')']) && ends(&digits[1..]) {
        let number = line.len() - digits.len();
        return format!("{}\\{digits}", &line[..number]);
    }
    line.to_owned()
}

/// A heading whose end is no closing run of `#`.
fn closed_heading(text: String) -> String {
    match text.strip_suffix('#') {
        Some(before) => format!("{before}\\#"),
        None => text,
    }
}
