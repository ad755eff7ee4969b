//! Links to the site's own pages that were written as addresses, turned into links by id when a text is saved, so
//! that they follow the page. As `WAGTAILADMIN_EXTERNAL_LINK_CONVERSION` of Wagtail.

use std::borrow::Cow;

use super::links::push_page_link;
use super::scan::{Token, tokens};

/// What an address stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTarget {
    pub page: i64,
    /// What comes behind `#`; empty for none.
    pub fragment: String,
}

/// The `http` and `https` addresses that `html` links to, in order of appearance.
pub fn web_links(html: &str) -> Vec<String> {
    let mut links = Vec::new();
    if !html.contains("href") {
        return links;
    }
    for token in tokens(html) {
        if let Token::Open(tag) = token
            && tag.is("a")
            && tag.find("linktype").is_none()
            && let Some(href) = tag.find("href").filter(|href| is_web(href))
        {
            links.push(href.into_owned());
        }
    }
    links
}

fn is_web(address: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// Replaces the addresses that `find` knows as a page's by links to that page.
pub fn convert_links<'a>(html: &'a str, find: &dyn Fn(&str) -> Option<LinkTarget>) -> Cow<'a, str> {
    if !html.contains("href") {
        return Cow::Borrowed(html);
    }
    let mut converted = String::with_capacity(html.len());
    let mut copied = 0;
    let mut scan = tokens(html);
    loop {
        let start = scan.at;
        let Some(token) = scan.next() else { break };
        let Token::Open(tag) = token else { continue };
        if !tag.is("a") || tag.find("linktype").is_some() {
            continue;
        }
        let Some(target) = tag.find("href").filter(|href| is_web(href)).and_then(|href| find(&href)) else { continue };
        converted.push_str(&html[copied..start]);
        push_page_link(target.page, Some(&target.fragment), &mut converted);
        copied = scan.at;
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    converted.push_str(&html[copied..]);
    Cow::Owned(converted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_pages_become_links_to_pages() {
        let html = r##"<p><a href="https://site.test/about/#team">us</a> <a href="https://other.test/">them</a> <a href="/about/">path</a></p>"##;
        assert_eq!(web_links(html), ["https://site.test/about/#team", "https://other.test/"]);
        let find = |url: &str| {
            let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
            (url == "https://site.test/about/").then(|| LinkTarget { page: 4, fragment: fragment.to_owned() })
        };
        assert_eq!(
            convert_links(html, &find),
            r##"<p><a linktype="page" id="4" fragment="team">us</a> <a href="https://other.test/">them</a> <a href="/about/">path</a></p>"##
        );
        assert!(matches!(convert_links(html, &|_| None), Cow::Borrowed(same) if same == html));
    }

    #[test]
    fn mail_phone_and_links_by_id_are_left_alone() {
        let html = r#"<a href="mailto:a@example.com">a</a><a href="tel:+43">b</a><a linktype="page" id="1">c</a>"#;
        assert_eq!(web_links(html), Vec::<String>::new());
        assert!(matches!(
            convert_links(html, &|_| Some(LinkTarget { page: 1, fragment: String::new() })),
            Cow::Borrowed(_)
        ));
    }
}
