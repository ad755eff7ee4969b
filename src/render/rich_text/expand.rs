//! From the database form to what a visitor gets: references with addresses, images and embeds, or plain text.

use std::borrow::Cow;

use super::entity::{decode, escape};
use super::links::{Reference, may_refer};
use super::scan::{Token, tokens};

/// Wagtail's formats of an image in rich text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    FullWidth,
    Left,
    Right,
}

impl ImageFormat {
    pub const ALL: [ImageFormat; 3] = [ImageFormat::FullWidth, ImageFormat::Left, ImageFormat::Right];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            ImageFormat::FullWidth => "fullwidth",
            ImageFormat::Left => "left",
            ImageFormat::Right => "right",
        }
    }

    /// The format of that name; a name that is not known is the full width.
    pub fn of(name: &str) -> ImageFormat {
        ImageFormat::ALL.into_iter().find(|format| format.name() == name).unwrap_or(ImageFormat::FullWidth)
    }

    /// The rendition, as in Wagtail's `wagtail.images.formats`.
    pub fn filter_spec(self) -> &'static str {
        match self {
            ImageFormat::FullWidth => "width-800",
            ImageFormat::Left | ImageFormat::Right => "width-500",
        }
    }

    /// Wagtail's class names, for style sheets that were written for them.
    pub fn class(self) -> &'static str {
        match self {
            ImageFormat::FullWidth => "richtext-image full-width",
            ImageFormat::Left => "richtext-image left",
            ImageFormat::Right => "richtext-image right",
        }
    }
}

/// An image that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageEmbed<'a> {
    pub id: i64,
    pub format: ImageFormat,
    /// Decoded: not escaped for HTML.
    pub alt: Cow<'a, str>,
}

/// Finds what references point at. `None` everywhere: the target is not there, or not for this visitor.
pub struct Resolver<'r> {
    /// The URL of a page.
    pub page: &'r dyn Fn(i64) -> Option<String>,
    /// The URL of a document.
    pub document: &'r dyn Fn(i64) -> Option<String>,
    /// The HTML of an image, an `<img>` or `<picture>`.
    pub image: &'r dyn Fn(&ImageEmbed<'_>) -> Option<String>,
    /// The HTML that stands for the media at an address; phrasing content.
    pub embed: &'r dyn Fn(&str) -> Option<String>,
}

/// The public HTML of a stored (sanitised) text.
///
/// A link whose target is gone is its text alone; an image or embed that is gone is nothing. Links with an address
/// are unchanged: they open in the same window, so that `rel="noopener"` would say nothing.
pub fn expand<'a>(html: &'a str, resolver: &Resolver<'_>) -> Cow<'a, str> {
    if !may_refer(html) {
        return Cow::Borrowed(html);
    }
    let mut expanded = String::with_capacity(html.len() + html.len() / 4);
    let mut copied = 0;
    // Sanitised links do not nest: the next end tag is that of the link that was left out.
    let mut unlinked = false;
    let mut scan = tokens(html);
    loop {
        let start = scan.at;
        let Some(token) = scan.next() else { break };
        let reference = match token {
            Token::Close(name) if unlinked && name.eq_ignore_ascii_case("a") => None,
            Token::Open(tag) => match Reference::of(&tag) {
                Some(reference) => Some((reference, tag.is("a"))),
                None => continue,
            },
            _ => continue,
        };
        expanded.push_str(&html[copied..start]);
        copied = scan.at;
        unlinked = match reference {
            Some((reference, is_link)) => !push_target(&reference, resolver, &mut expanded) && is_link,
            None => false,
        };
    }
    expanded.push_str(&html[copied..]);
    Cow::Owned(expanded)
}

/// Writes what a reference points at; whether there was anything.
fn push_target(reference: &Reference<'_>, resolver: &Resolver<'_>, into: &mut String) -> bool {
    let link = |url: Option<String>, fragment: Option<&str>| {
        url.map(|url| {
            let mut tag = String::from("<a href=\"");
            escape(&url, &mut tag);
            if let Some(fragment) = fragment {
                tag.push('#');
                escape(fragment, &mut tag);
            }
            tag + "\">"
        })
    };
    let html = match reference {
        Reference::Page { id, fragment } => link((resolver.page)(*id), fragment.as_deref()),
        Reference::Document(id) => link((resolver.document)(*id), None),
        Reference::Image { id, format, alt } => {
            (resolver.image)(&ImageEmbed { id: *id, format: ImageFormat::of(format), alt: alt.clone() })
        }
        Reference::Media { url } => (resolver.embed)(url),
        Reference::Broken => None,
    };
    into.push_str(html.as_deref().unwrap_or_default());
    html.is_some()
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

    fn shown(html: &str) -> Cow<'_, str> {
        let resolver = Resolver {
            page: &|id| (id == 3).then(|| "/blog/?a=1&b=\"2\"".to_owned()),
            document: &|id| (id == 7).then(|| "/documents/7/plan.pdf".to_owned()),
            image: &|image| {
                let ImageEmbed { id, format, alt } = image;
                (*id == 5).then(|| format!("[{id} {} {alt}]", format.filter_spec()))
            },
            embed: &|url| url.starts_with("https://video.test/").then(|| format!("[{url}]")),
        };
        expand(html, &resolver)
    }

    #[test]
    fn text_without_references_is_not_copied() {
        let html = r#"<p>a <a href="https://example.com/">b</a></p>"#;
        assert!(matches!(shown(html), Cow::Borrowed(same) if same == html));
    }

    #[test]
    fn a_page_link_gets_the_escaped_address_of_its_page() {
        let html = r#"<p><a linktype="page" id="3">blog</a> &amp; more</p>"#;
        assert_eq!(shown(html), r#"<p><a href="/blog/?a=1&amp;b=&quot;2&quot;">blog</a> &amp; more</p>"#);
        let html = r#"<a linktype="page" id="3" fragment="a&amp;b">blog</a>"#;
        assert_eq!(shown(html), r#"<a href="/blog/?a=1&amp;b=&quot;2&quot;#a&amp;b">blog</a>"#);
    }

    #[test]
    fn documents_images_and_embeds_are_shown() {
        let html = r#"<p><a linktype="document" id="7">plan</a></p><embed embedtype="image" id="5" format="left" alt="A &amp; B"/><embed embedtype="media" url="https://video.test/?a&amp;b"/>"#;
        assert_eq!(
            shown(html),
            r#"<p><a href="/documents/7/plan.pdf">plan</a></p>[5 width-500 A & B][https://video.test/?a&b]"#
        );
        assert_eq!(shown(r#"<embed embedtype="image" id="5" format="wide"/>"#), "[5 width-800 ]");
    }

    #[test]
    fn a_link_to_what_is_not_there_is_its_text_alone() {
        let html = r#"<a linktype="page" id="4">gone <b>page</b></a><a linktype="page" id="">none</a><a linktype="x" href="/y/">z</a> <a href="/w/">w</a>"#;
        assert_eq!(shown(html), r#"gone <b>page</b>nonez <a href="/w/">w</a>"#);
    }

    #[test]
    fn images_and_embeds_that_are_not_there_leave_nothing() {
        let html = r#"<p>a<embed embedtype="image" id="1" alt="x > y" format="left"/>b <a linktype="document" id="1">c</a><embed embedtype="media" url="https://other.test/"/></p>"#;
        assert_eq!(shown(html), "<p>ab c</p>");
        assert!(!shown(html).contains("None"));
    }

    #[test]
    fn plain_text_is_decoded_and_has_one_line_a_block() {
        let html = "<h2>A &amp; B</h2><p>one<br/>two <b>th</b>ree</p><ul><li>x</li><li>y</li></ul><script>no</script>";
        assert_eq!(plain_text(html), "A & B\none\ntwo three\nx\ny");
        assert_eq!(plain_text(""), "");
    }
}
