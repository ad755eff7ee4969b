//! From the database form to what a visitor gets: page links with addresses, or plain text.

use std::borrow::Cow;

use super::entity::{decode, escape};
use super::links::page_id;
use super::scan::{Tag, Token, tokens};

/// The public HTML of a stored (sanitised) text. `resolve` gives a page's URL.
///
/// A link whose target is gone keeps its text in an `<a>` without an address, as in Wagtail; images, media
/// and documents have no resolver yet: an `<embed>` renders nothing, a document link only its text. Other
/// links are unchanged: they open in the same window, so that `rel="noopener"` would say nothing.
pub fn expand<'a>(html: &'a str, resolve: &dyn Fn(i64) -> Option<String>) -> Cow<'a, str> {
    if !html.contains("linktype") && !html.contains("<embed") {
        return Cow::Borrowed(html);
    }
    let mut expanded = String::with_capacity(html.len() + html.len() / 4);
    let mut copied = 0;
    let mut scan = tokens(html);
    loop {
        let start = scan.at;
        let Some(token) = scan.next() else { break };
        let Token::Open(tag) = token else { continue };
        let reference = tag.is("a") && tag.find("linktype").is_some();
        if !reference && !tag.is("embed") {
            continue;
        }
        expanded.push_str(&html[copied..start]);
        copied = scan.at;
        if reference {
            push_link(&tag, resolve, &mut expanded);
        }
    }
    expanded.push_str(&html[copied..]);
    Cow::Owned(expanded)
}

fn push_link(tag: &Tag<'_>, resolve: &dyn Fn(i64) -> Option<String>, into: &mut String) {
    match page_id(tag).and_then(resolve) {
        Some(url) => {
            into.push_str("<a href=\"");
            escape(&url, into);
            into.push_str("\">");
        }
        None => into.push_str("<a>"),
    }
}

/// The text of `html`, entities decoded, one line a block.
pub fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for token in tokens(html) {
        match token {
            Token::Text(raw) => text.push_str(&decode(raw)),
            Token::Open(tag) if breaks_line(tag.name) => end_line(&mut text),
            Token::Close(name) if breaks_line(name) => end_line(&mut text),
            _ => {}
        }
    }
    text.truncate(text.trim_end().len());
    text.drain(..text.len() - text.trim_start().len());
    text
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// Everything but the elements that stand inside a line.
fn breaks_line(name: &str) -> bool {
    const INLINE: [&str; 15] =
        ["a", "b", "strong", "i", "em", "code", "sup", "sub", "s", "u", "span", "mark", "small", "abbr", "del"];
    !INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(id: i64) -> Option<String> {
        (id == 3).then(|| "/blog/?a=1&b=\"2\"".to_owned())
    }

    #[test]
    fn text_without_references_is_not_copied() {
        let html = r#"<p>a <a href="https://example.com/">b</a></p>"#;
        assert!(matches!(expand(html, &address), Cow::Borrowed(same) if same == html));
    }

    #[test]
    fn a_page_link_gets_the_escaped_address_of_its_page() {
        let html = r#"<p><a linktype="page" id="3">blog</a> &amp; more</p>"#;
        assert_eq!(expand(html, &address), r#"<p><a href="/blog/?a=1&amp;b=&quot;2&quot;">blog</a> &amp; more</p>"#);
    }

    #[test]
    fn a_link_to_a_missing_page_keeps_its_text() {
        let html =
            r#"<a linktype="page" id="4">gone</a><a linktype="page" id="">none</a><a linktype="x" href="/y/">z</a>"#;
        assert_eq!(expand(html, &address), "<a>gone</a><a>none</a><a>z</a>");
    }

    #[test]
    fn documents_and_embeds_that_cannot_be_resolved_leave_no_reference() {
        let html = r#"<p>a<embed embedtype="image" id="1" alt="x > y" format="left"/>b <a linktype="document" id="1">c</a></p>"#;
        assert_eq!(expand(html, &address), "<p>ab <a>c</a></p>");
    }

    #[test]
    fn plain_text_is_decoded_and_has_one_line_a_block() {
        let html = "<h2>A &amp; B</h2><p>one<br/>two <b>th</b>ree</p><ul><li>x</li><li>y</li></ul><script>no</script>";
        assert_eq!(plain_text(html), "A & B\none\ntwo three\nx\ny");
        assert_eq!(plain_text(""), "");
    }
}
