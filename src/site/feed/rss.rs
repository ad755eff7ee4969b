//! RSS 2.0, with Atom's link to itself and Dublin Core's author.

use std::fmt::Write as _;

use super::Feed;
use crate::clock::Micros;
use crate::site::xml::{element, escaped};

pub fn render(feed: &Feed) -> String {
    let mut out = String::with_capacity(16 << 10);
    out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" ");
    out.push_str(
        "xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel>\n",
    );
    element(&mut out, "title", &feed.title);
    element(&mut out, "link", &feed.url);
    let description = if feed.description.is_empty() { &feed.title } else { &feed.description };
    element(&mut out, "description", &as_html(description));
    element(&mut out, "language", &feed.language);
    element(&mut out, "lastBuildDate", &rfc2822(feed.updated));
    let own = escaped(&feed.feed_url);
    let _ = writeln!(out, "<atom:link href=\"{own}\" rel=\"self\" type=\"application/rss+xml\"/>");
    for entry in &feed.entries {
        out.push_str("<item>\n");
        element(&mut out, "title", &entry.title);
        element(&mut out, "link", &entry.url);
        let _ = writeln!(out, "<guid isPermaLink=\"true\">{}</guid>", escaped(&entry.url));
        element(&mut out, "pubDate", &rfc2822(entry.published));
        if let Some(author) = &entry.author {
            element(&mut out, "dc:creator", author);
        }
        for tag in &entry.tags {
            element(&mut out, "category", tag);
        }
        element(&mut out, "description", &as_html(&entry.summary));
        out.push_str("</item>\n");
    }
    out.push_str("</channel>\n</rss>\n");
    out
}

/// A description is HTML (RSS 2.0, "Elements of <item>"): what looks like markup in a text must not become any.
fn as_html(text: &str) -> String {
    escaped(text)
}

/// As RSS asks for times.
fn rfc2822(at: Micros) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_its_parts_escaped() {
        let text = render(&super::super::example());
        for part in [
            "<title>Notes &amp; &lt;Queries&gt;</title>",
            "<link>https://example.com/blog/tides/?a=1&amp;b=2</link>",
            "<pubDate>Tue, 14 Nov 2023 21:56:40 +0000</pubDate>",
            "<dc:creator>Ines &amp; Co</dc:creator>",
            "<title>Tides ]]&gt; &amp; more</title>",
            "<description>The &amp;lt;sea&amp;gt;.</description>",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
