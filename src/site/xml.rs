//! Text in XML documents.

use std::fmt::Write as _;

/// Appends `<name>text</name>` on a line of its own.
pub fn element(out: &mut String, name: &str, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "<{name}>{}</{name}>", escaped(text));
}

/// Text for elements and quoted attributes; characters that XML 1.0 does not have are left out.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(character),
            control if control.is_control() => {}
            '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text_and_control_characters_are_nothing() {
        assert_eq!(escaped("a<b>&\"c\"\u{0}\u{b}\u{fffe}d\n"), "a&lt;b&gt;&amp;&quot;c&quot;d\n");
    }
}
