//! JSON Feed 1.1.

use serde_json::json;

use super::Feed;

pub fn render(feed: &Feed) -> String {
    let items: Vec<_> = feed
        .entries
        .iter()
        .map(|entry| {
            let mut item = json!({
                "id": entry.url,
                "url": entry.url,
                "title": entry.title,
                "content_text": entry.summary,
                "date_published": entry.published.to_rfc3339(),
                "date_modified": entry.updated.to_rfc3339(),
                "tags": entry.tags,
            });
            if let Some(author) = &entry.author {
                item["authors"] = json!([{ "name": author }]);
            }
            item
        })
        .collect();
    let document = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.description,
        "home_page_url": feed.url,
        "feed_url": feed.feed_url,
        "language": feed.language,
        "items": items,
    });
    format!("{document:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_document_of_version_1_1() {
        let parsed: serde_json::Value = serde_json::from_str(&render(&super::super::example())).expect("JSON");
        assert_eq!(parsed["version"], "https://jsonfeed.org/version/1.1");
        assert_eq!(parsed["items"][0]["authors"][0]["name"], "Ines & Co");
        assert_eq!(parsed["items"][0]["date_published"], "2023-11-14T21:56:40Z");
    }
}
