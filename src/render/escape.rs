//! Text as it may stand in HTML, between tags and in quoted attributes.

/// Gives `out` the pieces of the escaped text, one after the other.
///
/// # Errors
/// What `out` returns; the rest is left out then.
pub(super) fn each_piece<E>(text: &str, mut out: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    let mut clean = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out(&text[clean..at])?;
        out(entity)?;
        clean = at + 1;
    }
    out(&text[clean..])
}

pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let Ok(()) = each_piece(text, |piece| {
        out.push_str(piece);
        Ok::<(), std::convert::Infallible>(())
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_quotes_are_text() {
        assert_eq!(
            escaped("<a href=\"x\" title='ü'>&</a>"),
            "&lt;a href=&quot;x&quot; title=&#39;ü&#39;&gt;&amp;&lt;/a&gt;"
        );
        assert_eq!(escaped(""), "");
    }
}
