//! Character references: the ones that stored rich text and pasted office text contain.

use std::borrow::Cow;

/// The longest name or number that is looked at after `&`.
const MAX_REFERENCE_BYTES: usize = 12;

/// The text that `html` stands for. A reference that is not known stays as written.
pub(in crate::render) fn decode(html: &str) -> Cow<'_, str> {
    let Some(first) = html.find('&') else { return Cow::Borrowed(html) };
    let mut text = String::with_capacity(html.len());
    text.push_str(&html[..first]);
    let mut rest = &html[first..];
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((character, length)) => {
                text.push(character);
                rest = &rest[length..];
            }
            None => {
                text.push('&');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character at the start of `text` (which starts with `&`) and the length of its reference.
fn reference(text: &str) -> Option<(char, usize)> {
    let body = &text[1..];
    let end =
        body.bytes().take(MAX_REFERENCE_BYTES).position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'#'))?;
    let name = &body[..end];
    let terminated = body.as_bytes()[end] == b';';
    let character = match name.strip_prefix('#') {
        Some(number) => numeric(number)?,
        None if terminated => named(name)?,
        None => return None,
    };
    Some((character, 1 + end + usize::from(terminated)))
}

fn numeric(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|character| *character != '\0')
}

/// `Tab`, `NewLine` and `colon` are here because they hide a scheme: `java&Tab;script&colon;`.
fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "Tab" => '\t',
        "NewLine" => '\n',
        "colon" => ':',
        "sol" => '/',
        "shy" => '\u{ad}',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "laquo" => '«',
        "raquo" => '»',
        "bull" => '•',
        "middot" => '·',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "euro" => '€',
        "pound" => '£',
        "deg" => '°',
        "times" => '×',
        _ => return None,
    })
}

/// `text` as it may stand in an HTML attribute in double quotes, or between tags.
pub(in crate::render) fn escape(text: &str, into: &mut String) {
    for character in text.chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            other => into.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_decoded_and_the_rest_is_left_alone() {
        assert_eq!(decode("a &amp; b &#39;c&#x27; &hellip; &unknown; &"), "a & b 'c' … &unknown; &");
        assert_eq!(decode("java&Tab;script&colon;"), "java\tscript:");
        assert_eq!(decode("&amp;lt;"), "&lt;");
        assert!(matches!(decode("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn a_reference_to_no_character_is_left_alone() {
        assert_eq!(decode("&#0; &#xD800; &#99999999999;"), "&#0; &#xD800; &#99999999999;");
    }
}
