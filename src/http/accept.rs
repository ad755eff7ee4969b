//! Which form of a page a client takes (RFC 9110, 12.5.1): HTML, or Markdown for those who ask for it.

use http::HeaderMap;
use http::header::ACCEPT;

use super::encoding::weight;

const HTML: &str = "text/html";
const MARKDOWN: &str = "text/markdown";
/// Media ranges of one header that are read.
const MAX_RANGES: usize = 64;

/// What a client says of one media type.
#[derive(Clone, Copy)]
struct Wish {
    /// 0..=1000
    weight: u16,
    /// `*/*` 0, `text/*` 1, the type itself 2: the most exact one counts.
    exactness: u8,
    /// Place in the header.
    place: usize,
}

/// Whether a client would rather have Markdown than HTML: it names `text/markdown`, with a higher weight than HTML, or
/// with the same one and first. `*/*` and `text/*` mean HTML.
pub fn prefers_markdown(headers: &HeaderMap) -> bool {
    let values = || headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let is_named = |part: &[u8]| part.eq_ignore_ascii_case(MARKDOWN.as_bytes());
    // Nearly nobody names it, and this is asked for every page.
    if !values().any(|text| text.as_bytes().windows(MARKDOWN.len()).any(is_named)) {
        return false;
    }
    let (mut html, mut markdown): (Option<Wish>, Option<Wish>) = (None, None);
    for (place, range) in values().flat_map(|text| text.split(',')).take(MAX_RANGES).enumerate() {
        let (name, weight) = split(range);
        let exactness = match name {
            name if name.eq_ignore_ascii_case(HTML) || name.eq_ignore_ascii_case(MARKDOWN) => 2,
            name if name.eq_ignore_ascii_case("text/*") => 1,
            "*/*" => 0,
            _ => continue,
        };
        let wish = Wish { weight, exactness, place };
        let counts = |known: &Option<Wish>| known.is_none_or(|known| wish.exactness > known.exactness);
        if !name.eq_ignore_ascii_case(MARKDOWN) && counts(&html) {
            html = Some(wish);
        }
        if !name.eq_ignore_ascii_case(HTML) && counts(&markdown) {
            markdown = Some(wish);
        }
    }
    match (markdown, html) {
        (Some(markdown), Some(html)) if markdown.exactness == 2 => {
            let (one, other) = (markdown.weight, html.weight);
            one > 0 && (one > other || (one == other && (html.exactness < 2 || markdown.place < html.place)))
        }
        (Some(markdown), None) => markdown.exactness == 2 && markdown.weight > 0,
        _ => false,
    }
}

/// `text/html;level=1;q=0.5` -> (`text/html`, 500).
fn split(range: &str) -> (&str, u16) {
    let mut parts = range.split(';');
    let name = parts.next().unwrap_or_default().trim();
    let is_weight = |part: &&str| part.split('=').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("q"));
    (name, parts.find(is_weight).map_or(1000, weight))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn markdown(accept: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).expect("a header"));
        prefers_markdown(&headers)
    }

    #[test]
    fn markdown_is_for_those_who_name_it() {
        for accept in [
            "text/markdown",
            "TEXT/Markdown;charset=utf-8",
            "text/markdown, text/html;q=0.9",
            "text/markdown, text/html, */*",
            "text/markdown;q=0.8, text/html;q=0.7",
            "text/markdown, */*",
            "*/*, text/markdown",
            "text/markdown;q=0.001",
        ] {
            assert!(markdown(accept), "{accept}");
        }
    }

    #[test]
    fn everybody_else_gets_html() {
        for accept in [
            "*/*",
            "text/*",
            "",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html, text/markdown",
            "text/html, text/markdown;q=0.9",
            "text/markdown;q=0",
            "text/markdown;q=0, */*",
            "text/markdown;q=0.5, */*",
            "text/markdown;q=2",
            "text/markdownish",
            "application/json",
        ] {
            assert!(!markdown(accept), "{accept}");
        }
        assert!(!prefers_markdown(&HeaderMap::new()));
    }

    #[test]
    fn several_header_lines_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT, HeaderValue::from_static("text/html;q=0.5"));
        headers.append(ACCEPT, HeaderValue::from_static("text/markdown"));
        assert!(prefers_markdown(&headers));
    }
}
