//! Tags and texts of an XML document, one after the other: as much of XML as spreadsheets are written in. Entities that a
//! document declares itself are not read, so none can grow.

use std::borrow::Cow;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'x> {
    /// An opening tag without its prefix, with what stands between its name and its end.
    Open {
        name: &'x str,
        attributes: &'x str,
        is_closed: bool,
    },
    Close(&'x str),
    Text(Cow<'x, str>),
}

pub(super) struct Pieces<'x> {
    rest: &'x str,
}

impl<'x> Pieces<'x> {
    pub fn of(text: &'x str) -> Self {
        Self { rest: text }
    }

    /// Where the tag ends that begins here: `>` within quotes does not end it.
    fn end_of_tag(text: &str) -> Option<usize> {
        let mut quote = None;
        text.bytes().position(|byte| match (quote, byte) {
            (None, b'>') => true,
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                false
            }
            (Some(open), _) if open == byte => {
                quote = None;
                false
            }
            _ => false,
        })
    }

    /// Takes what stands before `end`, and `end`; all that is left when there is none.
    fn take(&mut self, end: &str) -> &'x str {
        let (taken, rest) = self.rest.split_once(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

impl<'x> Iterator for Pieces<'x> {
    type Item = Piece<'x>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(rest) = self.rest.strip_prefix("<!--") {
                self.rest = rest;
                self.take("-->");
            } else if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
                self.rest = rest;
                return Some(Piece::Text(Cow::Borrowed(self.take("]]>"))));
            } else if self.rest.starts_with("<?") || self.rest.starts_with("<!") {
                self.take(">");
            } else if let Some(rest) = self.rest.strip_prefix("</") {
                self.rest = rest;
                return Some(Piece::Close(plain(self.take(">").trim())));
            } else if let Some(rest) = self.rest.strip_prefix('<') {
                let end = Self::end_of_tag(rest)?;
                let tag = &rest[..end];
                self.rest = &rest[end + 1..];
                let (tag, is_closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
                let (name, attributes) =
                    tag.split_once(|letter: char| letter.is_ascii_whitespace()).unwrap_or((tag, ""));
                return Some(Piece::Open { name: plain(name), attributes, is_closed });
            } else if self.rest.is_empty() {
                return None;
            } else {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Piece::Text(decoded(text)));
            }
        }
    }
}

/// A name without its prefix.
fn plain(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, name)| name)
}

/// The value of an attribute, by its name without prefix.
pub(super) fn attribute<'x>(attributes: &'x str, wanted: &str) -> Option<Cow<'x, str>> {
    let mut rest = attributes.trim_start();
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let quote = after.chars().next().filter(|quote| "\"'".contains(*quote))?;
        let (value, behind) = after[1..].split_once(quote)?;
        if plain(name.trim()) == wanted {
            return Some(decoded(value));
        }
        rest = behind.trim_start();
    }
    None
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(';').and_then(|(name, rest)| Some((character(name)?, rest))) {
            Some((letter, rest)) => {
                out.push(letter);
                out.push_str(rest);
            }
            None => {
                out.push('&');
                out.push_str(part);
            }
        }
    }
    Cow::Owned(out)
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|letter| *letter != '\0')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_texts_and_attributes_are_read_and_nothing_grows() {
        let text = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><x:a t='1>2' x:r=\"A&amp;B\"><!-- <b> --><b/>\
                    &lt;&#65;&#x42;&b;&<![CDATA[<c>]]></x:a>";
        let pieces: Vec<Piece<'_>> =
            Pieces::of(text).skip_while(|piece| !matches!(piece, Piece::Open { .. })).collect();
        let Piece::Open { name: "a", attributes, is_closed: false } = pieces[0] else { panic!("{pieces:?}") };
        assert_eq!(attribute(attributes, "t").as_deref(), Some("1>2"));
        assert_eq!((attribute(attributes, "r").as_deref(), attribute(attributes, "n")), (Some("A&B"), None));
        assert_eq!(pieces[1], Piece::Open { name: "b", attributes: "", is_closed: true });
        assert_eq!(pieces[2], Piece::Text("<AB&b;&".into()));
        assert_eq!(pieces[3..], [Piece::Text("<c>".into()), Piece::Close("a")]);
        for broken in ["<", "<a", "<a b='", "</", "<!--", "<![CDATA[", "&#xffffff;", "a&"] {
            assert!(Pieces::of(broken).count() <= 1, "{broken}");
        }
    }
}
