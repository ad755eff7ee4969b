//! A tokeniser for HTML that follows the standard's tag and attribute states, so that it cuts a text into
//! tags where a browser does. The tokens tile the input; nothing is allocated.

use std::borrow::Cow;

use super::entity;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum Token<'a> {
    /// Character data, as written.
    Text(&'a str),
    Open(Tag<'a>),
    /// The name of an end tag, as written.
    Close(&'a str),
    /// A comment, a declaration, or a tag that the end of the input cuts off.
    Ignored,
    /// A script or style sheet with its content: the element's name.
    Code(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) struct Tag<'a> {
    /// The element's name, as written.
    pub name: &'a str,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attributes }
    }

    /// The decoded value of the first attribute of that name.
    pub fn find(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attributes().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, raw)| entity::decode(raw))
    }
}

pub(in crate::render) struct Tokens<'a> {
    html: &'a str,
    /// The byte offset of the next token: tokens tile the input, so before and after a call to `next` it
    /// gives the place of that token.
    pub at: usize,
}

pub(in crate::render) fn tokens(html: &str) -> Tokens<'_> {
    Tokens { html, at: 0 }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = &self.html[self.at..];
        if rest.is_empty() {
            return None;
        }
        let (token, length) = match markup_start(rest) {
            Some(0) => markup(rest),
            Some(start) => (Token::Text(&rest[..start]), start),
            None => (Token::Text(rest), rest.len()),
        };
        self.at += length;
        Some(token)
    }
}

/// Where the first `<` is that starts a tag, a comment or a declaration.
fn markup_start(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text[from..].find('<') {
        let at = from + found;
        match text.as_bytes().get(at + 1) {
            Some(b'/') if text.len() > at + 2 => return Some(at),
            Some(byte) if byte.is_ascii_alphabetic() || matches!(byte, b'!' | b'?') => return Some(at),
            _ => from = at + 1,
        }
    }
    None
}

/// The token at the start of `text`, which starts with `<`, and its length.
fn markup(text: &str) -> (Token<'_>, usize) {
    let bytes = text.as_bytes();
    if text.starts_with("<!--") {
        // From the opening dashes on: `<!-->` and `<!--->` are whole comments.
        let dashes = &text[2..];
        let end = if dashes.starts_with("-->") {
            3
        } else if dashes.starts_with("--->") {
            4
        } else {
            dashes[2..].find("-->").map_or(dashes.len(), |at| at + 5)
        };
        return (Token::Ignored, 2 + end);
    }
    let closing = bytes[1] == b'/';
    let name_start = if closing { 2 } else { 1 };
    if !bytes.get(name_start).is_some_and(u8::is_ascii_alphabetic) {
        return (Token::Ignored, text.find('>').map_or(text.len(), |at| at + 1));
    }
    let name_end = text[name_start..].find(is_tag_break).map_or(text.len(), |at| name_start + at);
    let name = &text[name_start..name_end];
    let Some(end) = tag_end(&text[name_end..]).map(|at| name_end + at) else { return (Token::Ignored, text.len()) };
    if closing {
        return (Token::Close(name), end + 1);
    }
    for code in ["script", "style"] {
        if name.eq_ignore_ascii_case(code) {
            return (Token::Code(code), end + 1 + code_length(&text[end + 1..], code));
        }
    }
    (Token::Open(Tag { name, attributes: &text[name_end..end] }), end + 1)
}

/// The length of the content of a script or style element, with its end tag.
fn code_length(text: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(found) = text[from..].find("</") {
        let at = from + found + 2;
        let after = at + name.len();
        let matches = text.as_bytes().get(at..after).is_some_and(|bytes| bytes.eq_ignore_ascii_case(name.as_bytes()));
        if matches && text[after..].starts_with(is_tag_break) {
            return tag_end(&text[after..]).map_or(text.len(), |end| after + end + 1);
        }
        from = at;
    }
    text.len()
}

fn is_tag_break(character: char) -> bool {
    character.is_ascii_whitespace() || matches!(character, '/' | '>')
}

/// The offset of the `>` that ends a tag whose attributes start at `text`.
fn tag_end(text: &str) -> Option<usize> {
    let mut attributes = Attributes { rest: text };
    while attributes.next().is_some() {}
    attributes.rest.starts_with('>').then(|| text.len() - attributes.rest.len())
}

/// The attributes of a tag: name as written, and the raw (undecoded) value.
pub(in crate::render) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let text = self.rest.trim_start_matches(is_space_or_slash);
        self.rest = text;
        let first = text.chars().next().filter(|first| *first != '>')?;
        let after_first = first.len_utf8();
        let name_end = text[after_first..]
            .find(|character| is_tag_break(character) || character == '=')
            .map_or(text.len(), |at| after_first + at);
        let name = &text[..name_end];
        let after_name = text[name_end..].trim_start_matches(|character: char| character.is_ascii_whitespace());
        let Some(value) = after_name.strip_prefix('=') else {
            self.rest = &text[name_end..];
            return Some((name, ""));
        };
        let value = value.trim_start_matches(|character: char| character.is_ascii_whitespace());
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let (value, rest) = match quote {
            Some(quote) => match value[1..].find(quote) {
                Some(end) => (&value[1..=end], &value[end + 2..]),
                // The quote never ends: the input does, and the tag with it.
                None => (&value[1..], ""),
            },
            None => {
                let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len());
                value.split_at(end)
            }
        };
        self.rest = rest;
        Some((name, value))
    }
}

fn is_space_or_slash(character: char) -> bool {
    character.is_ascii_whitespace() || character == '/'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe(html: &str) -> Vec<String> {
        tokens(html)
            .map(|token| match token {
                Token::Text(text) => format!("text {text}"),
                Token::Open(tag) => format!("open {} {:?}", tag.name, tag.attributes().collect::<Vec<_>>()),
                Token::Close(name) => format!("close {name}"),
                Token::Ignored => "ignored".to_owned(),
                Token::Code(name) => format!("code {name}"),
            })
            .collect()
    }

    #[test]
    fn tags_attributes_and_text_are_told_apart() {
        assert_eq!(
            describe(r#"a < b <a href="x>y" b='1' c=2 d/>t</a><br/>"#),
            [
                "text a < b ",
                r#"open a [("href", "x>y"), ("b", "1"), ("c", "2"), ("d", "")]"#,
                "text t",
                "close a",
                "open br []",
            ]
        );
    }

    #[test]
    fn quotes_outside_a_value_do_not_hide_the_end_of_a_tag() {
        assert_eq!(describe(r#"<a "x>y"#), [r#"open a [("\"x", "")]"#, "text y"]);
    }

    #[test]
    fn comments_declarations_and_cut_off_tags_are_ignored() {
        assert_eq!(
            describe("<!-- <b> -->x<!doctype html><?php ?></ x><a href='"),
            ["ignored", "text x", "ignored", "ignored", "ignored", "ignored"]
        );
        assert_eq!(describe("<!-->x"), ["ignored", "text x"]);
    }

    #[test]
    fn a_script_is_one_token_up_to_its_end_tag() {
        assert_eq!(describe("<SCRIPT>if (a</b>c) '</scriptx>'</script >y"), ["code script", "text y"]);
        assert_eq!(describe("<style>a"), ["code style"]);
    }

    #[test]
    fn tokens_tile_the_input() {
        let html = "a<b c='d'>e</b><!-- f --><script>g</script>h<";
        let mut scan = tokens(html);
        let mut covered = 0;
        while scan.next().is_some() {
            assert!(scan.at > covered);
            covered = scan.at;
        }
        assert_eq!(covered, html.len());
    }
}
