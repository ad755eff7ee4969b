//! Writes elements so that every one is closed, blocks do not stand inside paragraphs, and nothing is
//! deeper than a limit: what a browser's parser then reads is exactly what was written.

use super::policy::{Element, is_void};

/// How many elements may be open at once. Lists six deep with formatting need half of it.
const MAX_DEPTH: usize = 32;
/// Text without an element is cut into nodes of this size: html5ever 0.40 writes a text node in time that is
/// quadratic in its length (15 s for a MiB of `&`).
const MAX_TEXT_NODE_BYTES: usize = 4096;
/// No character reference is longer.
const MAX_REFERENCE_BYTES: usize = 40;

pub(super) struct Writer {
    html: String,
    open: Vec<&'static str>,
}

impl Writer {
    pub fn with_capacity(bytes: usize) -> Writer {
        Writer { html: String::with_capacity(bytes + 16), open: Vec::new() }
    }

    /// Character data as written; `<` there does not start a tag.
    pub fn text(&mut self, raw: &str) {
        let mut rest = raw;
        while rest.len() > MAX_TEXT_NODE_BYTES {
            let (node, after) = rest.split_at(node_end(rest));
            self.push_escaped(node, '<', "&lt;");
            // ammonia removes the comment and leaves two text nodes.
            self.html.push_str("<!---->");
            rest = after;
        }
        self.push_escaped(rest, '<', "&lt;");
    }

    fn push_escaped(&mut self, raw: &str, special: char, escaped: &str) {
        for (index, part) in raw.split(special).enumerate() {
            if index > 0 {
                self.html.push_str(escaped);
            }
            self.html.push_str(part);
        }
    }

    /// Errors: why the element cannot stand here; its content may.
    pub fn open(&mut self, element: &Element<'_>) -> Result<(), &'static str> {
        match element.name {
            "li" => {
                if !self.open.iter().any(|name| is_list(name)) {
                    return Err("<li> outside a list");
                }
                self.close_within("li", is_list);
            }
            "a" => self.close_within("a", |_| false),
            name if is_block(name) => self.close_paragraph(),
            _ => {}
        }
        if self.open.len() >= MAX_DEPTH && !is_void(element.name) {
            return Err("markup nested too deeply");
        }
        self.html.push('<');
        self.html.push_str(element.name);
        for (name, raw) in &element.attributes {
            self.html.push(' ');
            self.html.push_str(name);
            self.html.push_str("=\"");
            // Only the quotes change: a value in single quotes, or in none, may contain double ones.
            self.push_escaped(raw, '"', "&quot;");
            self.html.push('"');
        }
        self.html.push('>');
        if !is_void(element.name) {
            self.open.push(element.name);
        }
        Ok(())
    }

    /// An end tag. One that closes nothing, or that formatting would close across a block, is dropped.
    pub fn close(&mut self, name: &str) {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "li" => self.close_within("li", is_list),
            block if is_block(block) => self.close_within(block, |_| false),
            inline => self.close_within(inline, |open| is_block(open) || open == "li"),
        }
    }

    pub fn finish(mut self) -> String {
        self.close_to(0);
        self.html
    }

    fn close_paragraph(&mut self) {
        let is_line = |name: &&str| *name == "p" || is_heading(name);
        if let Some(at) = self.open.iter().rposition(is_line) {
            self.close_to(at);
        }
    }

    /// Closes the innermost `name`, and what is in it, unless a barrier is nearer.
    fn close_within(&mut self, name: &str, is_barrier: impl Fn(&str) -> bool) {
        for at in (0..self.open.len()).rev() {
            if self.open[at] == name {
                return self.close_to(at);
            }
            if is_barrier(self.open[at]) {
                return;
            }
        }
    }

    fn close_to(&mut self, depth: usize) {
        for name in self.open.drain(depth..).rev() {
            self.html.push_str("</");
            self.html.push_str(name);
            self.html.push('>');
        }
    }
}

/// Where to cut a text that is longer than a node: between characters, and not inside a reference.
fn node_end(text: &str) -> usize {
    let end = text.floor_char_boundary(MAX_TEXT_NODE_BYTES);
    let window = text.floor_char_boundary(end - MAX_REFERENCE_BYTES);
    text[window..end].rfind('&').map_or(end, |at| window + at)
}

fn is_list(name: &str) -> bool {
    matches!(name, "ul" | "ol")
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn is_block(name: &str) -> bool {
    is_list(name) || is_heading(name) || matches!(name, "p" | "hr" | "blockquote")
}
