//! What cleaning keeps, removes, says and guarantees.

use proptest::prelude::*;

use super::super::feature::{Feature, Features};
use super::sanitise;

fn clean(html: &str) -> String {
    sanitise(html, Features::all()).html
}

#[test]
fn the_database_form_is_kept_byte_for_byte() {
    for stored in [
        r#"<p data-block-key="a1b2c">See <a linktype="page" id="3">this page</a>.</p>"#,
        r#"<p><a id="3" linktype="page">either order</a></p>"#,
        r#"<p><a linktype="document" id="1">brief.pdf</a></p>"#,
        r#"<p><a linktype="page" id="3" fragment="opening-hours">hours</a></p>"#,
        r#"<embed alt="A &amp; B" embedtype="image" format="left" id="5"/>"#,
        r#"<embed embedtype="media" url="https://www.youtube.com/watch?v=x&amp;t=1"/>"#,
        r#"<p><a href="https://example.com/?a=1&amp;b=2">out</a> <a href="mailto:a@example.com">mail</a></p>"#,
        r##"<p><a href="tel:+4312345">call</a> <a href="#top">up</a> <a href="/about/">about</a></p>"##,
        "<h2>Two</h2><h3>Three</h3><h6>Six</h6><hr/><p>one<br/>two\u{a0}three</p>",
        "<ul><li>a<ul><li>b</li></ul></li></ul><ol><li>c</li></ol>",
        "<p><b>b</b><strong>s</strong><i>i</i><em>e</em><code>c</code><sup>u</sup><sub>d</sub><s>x</s></p>",
        "<blockquote>quoted</blockquote><p>a &lt; b &gt; c &amp; d</p>",
        "plain words",
    ] {
        let cleaned = sanitise(stored, Features::all());
        assert_eq!(cleaned.html, stored);
        assert_eq!(cleaned.removed, Vec::<String>::new(), "{stored}");
    }
}

#[test]
fn what_a_field_does_not_list_loses_its_tags_and_keeps_its_text() {
    let features = [Feature::Bold].into_iter().collect();
    let cleaned = sanitise("<h2>Title</h2><p><b>a</b> <i>b</i> <a href=\"/x/\">c</a></p>", features);
    assert_eq!(cleaned.html, "Title<p><b>a</b> b c</p>");
    assert_eq!(cleaned.removed, ["<h2>", "<i>", "<a>"]);
}

#[test]
fn what_is_removed_is_reported() {
    let html = "<p onclick=\"x()\">a<script>alert(1)</script><a href=\"javascript:x()\">b</a><table><tr><td>c</td></tr></table></p>";
    let cleaned = sanitise(html, Features::all());
    assert_eq!(cleaned.html, "<p>abc</p>");
    assert_eq!(
        cleaned.removed,
        ["onclick on <p>", "<script>", "href=\"javascript:x()\" on <a>", "<table>", "<tr>", "<td>"]
    );
}

#[test]
fn disguised_script_addresses_are_removed() {
    for href in [
        "javascript:x",
        " javascript:x",
        "JaVaScRiPt:x",
        "java\nscript:x",
        "java&Tab;script&colon;x",
        "&#106;avascript:x",
        "&#x6A;avascript&#58;x",
        "\u{1}javascript:x",
        "vbscript:x",
        "data:text/html,x",
    ] {
        assert_eq!(clean(&format!("<a href=\"{href}\">a</a>")), "a", "{href:?}");
        assert_eq!(clean(&format!("<a href='{href}'>a</a>")), "a", "{href:?}");
    }
}

#[test]
fn a_reference_to_a_page_needs_an_id_and_drops_an_address() {
    assert_eq!(clean(r#"<a linktype="page" id="x">a</a>"#), "a");
    assert_eq!(clean(r#"<a linktype="page">a</a>"#), "a");
    assert_eq!(clean(r#"<a linktype="page" id="3" href="/x/">a</a>"#), r#"<a linktype="page" id="3">a</a>"#);
}

#[test]
fn an_attribute_of_the_other_kind_of_link_is_removed_and_reported() {
    let both = sanitise(r#"<a linktype="page" id="3" href="/x/">a</a>"#, Features::all());
    assert_eq!(both.removed, ["href on <a>"]);
    let outside = sanitise(r#"<a href="/x/" id="3">a</a>"#, Features::all());
    assert_eq!(
        (outside.html.as_str(), &outside.removed[..]),
        (r#"<a href="/x/">a</a>"#, &["id on <a>".to_owned()][..])
    );
    let document = sanitise(r#"<a linktype="document" id="3" fragment="p2">a</a>"#, Features::all());
    assert_eq!(document.html, r#"<a linktype="document" id="3">a</a>"#);
    let blank = sanitise(r#"<a linktype="page" id="3" fragment="a b">a</a>"#, Features::all());
    assert_eq!((blank.html.as_str(), blank.removed.len()), (r#"<a linktype="page" id="3">a</a>"#, 1));
}

#[test]
fn each_feature_allows_its_own_markup_and_no_other() {
    let samples = [
        (Feature::H1, "<h1>x</h1>"),
        (Feature::H2, "<h2>x</h2>"),
        (Feature::H3, "<h3>x</h3>"),
        (Feature::H4, "<h4>x</h4>"),
        (Feature::H5, "<h5>x</h5>"),
        (Feature::H6, "<h6>x</h6>"),
        (Feature::Bold, "<p><b>x</b></p>"),
        (Feature::Italic, "<p><i>x</i></p>"),
        (Feature::Ol, "<ol><li>x</li></ol>"),
        (Feature::Ul, "<ul><li>x</li></ul>"),
        (Feature::Hr, "<hr/>"),
        (Feature::Link, "<p><a href=\"https://e.com/\">x</a><a linktype=\"page\" id=\"1\">y</a></p>"),
        (Feature::DocumentLink, "<p><a linktype=\"document\" id=\"1\">x</a></p>"),
        (Feature::Image, "<embed embedtype=\"image\" id=\"1\" format=\"left\" alt=\"x\"/>"),
        (Feature::Embed, "<embed embedtype=\"media\" url=\"https://e.com/\"/>"),
        (Feature::Code, "<p><code>x</code></p>"),
        (Feature::Superscript, "<p><sup>x</sup></p>"),
        (Feature::Subscript, "<p><sub>x</sub></p>"),
        (Feature::Strikethrough, "<p><s>x</s></p>"),
        (Feature::Blockquote, "<blockquote>x</blockquote>"),
    ];
    assert_eq!(samples.map(|(feature, _)| feature), Feature::ALL);
    for (feature, html) in samples {
        let alone = sanitise(html, [feature].into_iter().collect());
        assert_eq!((alone.html.as_str(), alone.removed.len()), (html, 0), "{feature:?}");
        let others = sanitise(html, Feature::ALL.into_iter().filter(|other| *other != feature).collect());
        assert_ne!(others.html, html, "{feature:?}");
        assert!(!others.removed.is_empty(), "{feature:?} is reported");
    }
}

#[test]
fn embeds_of_features_that_are_off_are_removed() {
    let html = r#"<embed embedtype="image" id="1"/><embed embedtype="media" url="https://e.com/"/>"#;
    let media = [Feature::Embed].into_iter().collect();
    assert_eq!(sanitise(html, media).html, r#"<embed embedtype="media" url="https://e.com/"/>"#);
    assert_eq!(clean(r#"<embed src="x.swf">"#), "");
    assert_eq!(clean(r#"<embed embedtype="media" url="javascript:x">"#), "");
}

#[test]
fn broken_markup_is_repaired() {
    assert_eq!(clean("<p>a<p>b"), "<p>a</p><p>b</p>");
    assert_eq!(clean("<p>a<ul><li>b<li>c</ul>"), "<p>a</p><ul><li>b</li><li>c</li></ul>");
    assert_eq!(clean("<b><i>a</b>b</i>"), "<b><i>a</i></b>b");
    assert_eq!(clean("</p></div>a<li>b</li> < c"), "ab &lt; c");
    assert_eq!(clean("a<!-- b -->c<a href='x"), "ac");
}

#[test]
fn tens_of_thousands_of_nested_tags_are_cut_not_followed() {
    for tag in ["b", "blockquote", "div", "ul><li", "a href='#x'"] {
        let cleaned = sanitise(&(format!("<{tag}>").repeat(20_000) + "x"), Features::all());
        assert!(cleaned.html.contains('x'));
        assert!(cleaned.html.matches('<').count() < 50_000, "{tag}");
    }
    let cleaned = sanitise(&("<blockquote>".repeat(10_000) + "x"), Features::all());
    assert_eq!(cleaned.removed, ["markup nested too deeply"]);
}

#[test]
fn formatting_left_open_by_every_paragraph_does_not_multiply() {
    let html: String = (0..20_000).map(|n| format!("<p><a href='#{n}'><b>x</p>")).collect();
    assert!(sanitise(&html, Features::all()).html.len() < html.len() * 2);
}

#[test]
fn long_texts_are_cut_nowhere() {
    for unit in ["&amp;", "word &lt;b&gt; ", "é\u{a0}°", "&eacute;&amp;"] {
        let text = unit.repeat(3_000);
        let cleaned = clean(&format!("<p>{text}</p>"));
        assert_eq!(cleaned, format!("<p>{}</p>", text.replace("&eacute;", "é")));
    }
}

#[test]
fn a_value_that_no_address_needs_is_removed() {
    let cleaned = sanitise(&format!("<a href=\"/{}\">a</a>", "&".repeat(10_000)), Features::all());
    assert_eq!((cleaned.html.as_str(), cleaned.removed.len()), ("a", 1));
}

fn markup() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("<p>"),
        Just("</p>"),
        Just("<b>"),
        Just("</b>"),
        Just("<a href='/x'>"),
        Just("</a>"),
        Just("<i>"),
        Just("</i>"),
        Just("<ul>"),
        Just("<li>"),
        Just("</li>"),
        Just("</ul>"),
        Just("<h2>"),
        Just("</h2>"),
        Just("<blockquote>"),
        Just("</blockquote>"),
        Just("<hr>"),
        Just("<br>"),
        Just("<script>"),
        Just("</script>"),
        Just("<svg>"),
        Just("<math>"),
        Just("<table>"),
        Just("<td>"),
        Just("<style>"),
        Just("</style>"),
        Just("<img src=x onerror=alert(1)>"),
        Just("<a href=\"javascript:x\">"),
        Just("<!--"),
        Just("-->"),
        Just("<embed embedtype=\"image\" id=1>"),
        Just("<embed src=x>"),
        Just("<p onclick=x "),
        Just("\""),
        Just("'"),
        Just(">"),
        Just("<"),
        Just("&"),
        Just("&lt;"),
        Just("&#106;"),
        Just("text"),
        Just(" "),
        Just("\n"),
        Just("\u{a0}"),
        Just("<textarea>"),
        Just("</textarea>"),
        Just("<noscript>"),
        Just("<template>"),
        Just("<code>"),
        Just("<select>"),
        Just("<title>"),
        Just("<plaintext>"),
        Just("\0"),
        Just("\r"),
        Just("é"),
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

/// What a browser would make of `html`: names, attributes and addresses of its elements.
fn assert_harmless(html: &str) {
    use super::super::scan::{Token, tokens};
    assert!(!html.to_ascii_lowercase().contains("<script"), "{html}");
    for token in tokens(html) {
        match token {
            Token::Open(tag) => {
                for (name, value) in tag.attributes() {
                    assert!(!name.to_ascii_lowercase().starts_with("on"), "{html}");
                    assert!(!value.to_ascii_lowercase().contains("javascript:"), "{html}");
                }
            }
            Token::Code(_) | Token::Ignored => panic!("code or a comment is left: {html}"),
            Token::Text(_) | Token::Close(_) => {}
        }
    }
}

proptest! {
    #[test]
    fn cleaning_twice_is_cleaning_once(html in markup()) {
        for features in [Features::all(), Features::default(), Features::NONE] {
            let once = sanitise(&html, features).html;
            let twice = sanitise(&once, features);
            prop_assert_eq!(&twice.html, &once);
            prop_assert!(twice.removed.is_empty());
        }
    }

    #[test]
    fn no_markup_leaves_a_script_or_an_event_or_a_script_address(html in markup()) {
        assert_harmless(&clean(&html));
    }

    #[test]
    fn no_text_at_all_is_harmful_or_unstable(html in "\\PC{0,60}") {
        let once = clean(&html);
        assert_harmless(&once);
        prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn words_survive_cleaning(words in "[a-z ]{1,40}") {
        prop_assert_eq!(clean(&format!("<div><p>{words}</p></div>")), format!("<p>{words}</p>"));
    }
}
