//! What Python and Django make of texts: numbers, quotes and queries, as clients see them in messages and addresses.

use std::fmt::Write as _;

/// `int(text)`: blanks around it, a sign and single underscores are taken.
pub fn int(text: &str) -> Option<i128> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let well_formed = !digits.is_empty()
        && !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.contains("__")
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if !well_formed {
        return None;
    }
    let plain: String = text.chars().filter(|character| *character != '_').collect();
    // Beyond 38 digits the size does not matter any more.
    Some(plain.parse().unwrap_or(if text.starts_with('-') { i128::MIN } else { i128::MAX }))
}

/// `repr(text)`.
pub fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(character);
            }
            '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push(quote);
    out
}

/// `urllib.parse.quote_plus(text)`.
pub fn quote_plus(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b' ' => into.push('+'),
            _ if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'~') => into.push(byte.into()),
            _ => {
                let _ = write!(into, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_as_python_does() {
        for (text, number) in [("5", 5), (" 5", 5), ("1_6", 16), ("+7", 7), ("-3", -3), ("007", 7), ("-0", 0)] {
            assert_eq!(int(text), Some(number), "{text}");
        }
        for text in ["", "abc", "5.0", "1__6", "_1", "1_", "0x10", "- 3", "--3", "5a"] {
            assert_eq!(int(text), None, "{text}");
        }
        assert_eq!(int(&"9".repeat(100)), Some(i128::MAX));
    }

    #[test]
    fn texts_are_quoted_as_python_does() {
        for (text, quoted) in
            [("abc", "'abc'"), ("it's", "\"it's\""), ("'\"", "'\\'\"'"), ("a\nb\\", "'a\\nb\\\\'"), ("\0é", "'\\x00é'")]
        {
            assert_eq!(repr(text), quoted);
        }
    }

    #[test]
    fn queries_are_written_as_django_does() {
        let mut out = String::new();
        quote_plus("_,id type*~é", &mut out);
        assert_eq!(out, "_%2Cid+type%2A~%C3%A9");
    }
}
