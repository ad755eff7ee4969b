//! Atom (RFC 4287).

use std::fmt::Write as _;

use super::Feed;
use crate::site::xml::{element, escaped};

pub fn render(feed: &Feed) -> String {
    let mut out = String::with_capacity(16 << 10);
    let language = escaped(&feed.language);
    out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let _ = writeln!(out, "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{language}\">");
    element(&mut out, "title", &feed.title);
    if !feed.description.is_empty() {
        element(&mut out, "subtitle", &feed.description);
    }
    element(&mut out, "id", &feed.url);
    element(&mut out, "updated", &feed.updated.to_rfc3339());
    let _ = writeln!(out, "<link href=\"{}\" rel=\"alternate\" type=\"text/html\"/>", escaped(&feed.url));
    let own = escaped(&feed.feed_url);
    let _ = writeln!(out, "<link href=\"{own}\" rel=\"self\" type=\"application/atom+xml\"/>");
    // Every entry, or the feed, has an author.
    let _ = writeln!(out, "<author><name>{}</name></author>", escaped(&feed.title));
    for entry in &feed.entries {
        out.push_str("<entry>\n");
        element(&mut out, "title", &entry.title);
        element(&mut out, "id", &entry.url);
        let _ = writeln!(out, "<link href=\"{}\" rel=\"alternate\" type=\"text/html\"/>", escaped(&entry.url));
        element(&mut out, "published", &entry.published.to_rfc3339());
        element(&mut out, "updated", &entry.updated.to_rfc3339());
        if let Some(author) = &entry.author {
            let _ = writeln!(out, "<author><name>{}</name></author>", escaped(author));
        }
        for tag in &entry.tags {
            let _ = writeln!(out, "<category term=\"{}\"/>", escaped(tag));
        }
        let _ = writeln!(out, "<summary type=\"text\">{}</summary>", escaped(&entry.summary));
        out.push_str("</entry>\n");
    }
    out.push_str("</feed>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_its_parts_escaped() {
        let text = render(&super::super::example());
        for part in [
            "<id>https://example.com/blog/tides/?a=1&amp;b=2</id>",
            "<published>2023-11-14T21:56:40Z</published>",
            "<category term=\"C++\"/>",
            "<summary type=\"text\">The &lt;sea&gt;.</summary>",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
