//! The four forms byte for byte, and that nothing is lost on the way through them.

use proptest::prelude::*;
use serde_json::json;

use super::super::expand::ImageEmbed;
use super::*;

const STORED: &str = concat!(
    r#"<h2 data-block-key="a1">Tide &amp; time</h2>"#,
    r#"<p>See <a linktype="page" id="3">the <b>clock</b></a>, <a linktype="page" id="4">a lost page</a>, "#,
    r#"<a linktype="page" id="3" fragment="hours">its hours</a> and <a linktype="document" id="7">the plan</a>.</p>"#,
    r#"<embed embedtype="image" id="5" format="left" alt="A dial [brass]"/>"#,
    r#"<p><i>Slow</i><br/>and <s>quick</s> H<sub>2</sub>O, E=mc<sup>2</sup>, <code>a`b</code></p>"#,
    r#"<ul><li>one</li><li>two<ol><li>a</li><li>b</li></ol></li></ul><ul><li>other list</li></ul>"#,
    r#"<embed embedtype="media" url="https://video.test/watch?v=1&amp;t=2"/>"#,
    r#"<blockquote>A quote * with stars_and_such</blockquote><hr/>"#,
    r##"<p><a href="mailto:a@example.com">mail</a> <a href="tel:+431">call</a> <a href="#top">top</a></p>"##,
    r#"<p>1. no list</p><p># no heading</p><p>a**b&amp;amp;&lt;i&gt;</p>"#,
);

fn shown(format: Format) -> String {
    let resolver = Resolver {
        page: &|id| (id == 3).then(|| "/clock/".to_owned()),
        document: &|id| (id == 7).then(|| "/documents/7/plan.pdf".to_owned()),
        image: &|ImageEmbed { id, format, alt }| {
            (*id == 5).then(|| {
                format!(
                    "<img src=\"/media/{id}/{}.jpg\" alt=\"{alt}\" class=\"{}\">",
                    format.filter_spec(),
                    format.class()
                )
            })
        },
        embed: &|url| {
            Some(format!(
                "<iframe src=\"https://frame.test/1\" data-url=\"{}\" title=\"A film\"></iframe>",
                url.replace('&', "&amp;")
            ))
        },
    };
    format.write(STORED, &resolver).into_owned()
}

#[test]
fn the_database_form_is_what_is_stored() {
    assert_eq!(shown(Format::DbHtml), STORED);
}

#[test]
fn html_has_addresses() {
    let expected = concat!(
        r#"<h2 data-block-key="a1">Tide &amp; time</h2>"#,
        r#"<p>See <a href="/clock/">the <b>clock</b></a>, a lost page, "#,
        r#"<a href="/clock/#hours">its hours</a> and <a href="/documents/7/plan.pdf">the plan</a>.</p>"#,
        r#"<img src="/media/5/width-500.jpg" alt="A dial [brass]" class="richtext-image left">"#,
        r#"<p><i>Slow</i><br/>and <s>quick</s> H<sub>2</sub>O, E=mc<sup>2</sup>, <code>a`b</code></p>"#,
        r#"<ul><li>one</li><li>two<ol><li>a</li><li>b</li></ol></li></ul><ul><li>other list</li></ul>"#,
        r#"<iframe src="https://frame.test/1" data-url="https://video.test/watch?v=1&amp;t=2" title="A film"></iframe>"#,
        r#"<blockquote>A quote * with stars_and_such</blockquote><hr/>"#,
        r##"<p><a href="mailto:a@example.com">mail</a> <a href="tel:+431">call</a> <a href="#top">top</a></p>"##,
        r#"<p>1. no list</p><p># no heading</p><p>a**b&amp;amp;&lt;i&gt;</p>"#,
    );
    assert_eq!(shown(Format::Html), expected);
}

#[test]
fn database_markdown_has_references() {
    let expected = r"## Tide & time

See [the **clock**](wagtail://page?id=3), [a lost page](wagtail://page?id=4), [its hours](wagtail://page?id=3#hours) and [the plan](wagtail://document?id=7).

![A dial \[brass\]](wagtail://image?id=5&format=left)

*Slow*\
and ~~quick~~ H<sub>2</sub>O, E=mc<sup>2</sup>, ``a`b``

- one
- two
  1. a
  2. b

* other list

![](wagtail://media?url=https%3A%2F%2Fvideo.test%2Fwatch%3Fv%3D1%26t%3D2)

> A quote \* with stars_and_such

---

[mail](mailto:a@example.com) [call](tel:+431) [top](#top)

1\. no list

\# no heading

a\*\*b\&amp;\<i>";
    assert_eq!(shown(Format::DbMarkdown), expected);
}

#[test]
fn markdown_has_addresses() {
    let markdown = shown(Format::Markdown);
    let expected = r"## Tide & time

See [the **clock**](/clock/), a lost page, [its hours](/clock/#hours) and [the plan](/documents/7/plan.pdf).

![A dial \[brass\]](/media/5/width-500.jpg)

*Slow*\
and ~~quick~~ H<sub>2</sub>O, E=mc<sup>2</sup>, ``a`b``
";
    assert!(markdown.starts_with(expected), "{markdown}");
    assert!(markdown.contains("\n\n[A film](https://video.test/watch?v=1&t=2)\n\n"), "{markdown}");
}

#[test]
fn database_markdown_comes_back_as_it_was_stored() {
    let back = Format::DbMarkdown.read(&shown(Format::DbMarkdown), Features::all());
    // Keys of blocks are Draftail's, and Markdown has none.
    assert_eq!(back.html, STORED.replace(r#" data-block-key="a1""#, ""));
    assert_eq!(back.removed, Vec::<String>::new());
}

#[test]
fn what_features_do_not_allow_and_raw_html_is_removed_and_reported() {
    let features = Features::default();
    let given =
        "# One\n\nA <u>b</u> <script>alert(1)</script> [x](javascript:y) `c`\n\n<table><tr><td>d</td></tr></table>";
    let read = Format::Markdown.read(given, features);
    assert_eq!(read.html, "One<p>A b  x c</p><p>d</p>".replace("b  x", "b x"));
    for what in ["<h1>", "<u>", "<script>", "href=\"javascript:y\" on <a>", "<code>", "<table>"] {
        assert!(read.removed.iter().any(|known| known == what), "{what} in {:?}", read.removed);
    }
    let broken = Format::DbMarkdown.read("[a](wagtail://page?id=x) ![b](wagtail://nothing)", features);
    assert_eq!(broken.html, "<p>a b</p>");
    assert_eq!(broken.removed.len(), 2, "{:?}", broken.removed);
}

#[test]
fn input_is_a_string_or_names_its_format() {
    let read = |value| read_input(&value, Features::all()).map(|clean| clean.html);
    assert_eq!(read(json!("<p>a</p>")), Ok("<p>a</p>".to_owned()));
    assert_eq!(read(json!({ "format": "db_html", "content": "<p>a</p>" })), Ok("<p>a</p>".to_owned()));
    assert_eq!(read(json!({ "content": "<p>a</p>" })), Ok("<p>a</p>".to_owned()));
    let markdown = json!({ "format": "db_markdown", "content": "# T\n\n[about](wagtail://page?id=3)" });
    assert_eq!(read(markdown), Ok(r#"<h1>T</h1><p><a linktype="page" id="3">about</a></p>"#.to_owned()));
    assert_eq!(read(json!({ "format": "markdown", "content": "*a*" })), Ok("<p><i>a</i></p>".to_owned()));
    let unknown = read(json!({ "format": "x", "content": "" })).map_err(|error| error.to_string());
    assert_eq!(
        unknown.expect_err("refused"),
        "rich_text_format must be one of 'db_html', 'db_markdown', 'html', 'markdown', got 'x'"
    );
    for wrong in
        [json!(1), json!({}), json!({ "content": 1 }), json!({ "content": "", "x": 1 }), json!({ "format": 1 })]
    {
        assert_eq!(read(wrong), Err(InputError::Shape));
    }
}

#[test]
fn code_within_a_link_makes_no_definition_of_it() {
    let stored = r#"<p><a href="https://e.test/a"><code>]:</code></a></p>"#;
    assert_eq!(markdown::to_rich_text(&markdown::of_references(stored), Features::all()).html, stored);
}

#[test]
fn a_fence_around_nothing_is_nothing() {
    let read = |given| markdown::to_rich_text(given, Features::all()).html;
    assert_eq!(read("```"), "");
    assert_eq!(read("```\n\nA\n \nB\n\n```"), "<p><code>A</code><br/><br/><code>B</code></p>");
}

#[test]
fn code_that_begins_with_a_blank_and_a_bracket_keeps_the_blank() {
    let stored = "<p><b><i><code> [</code></i></b></p>";
    assert_eq!(markdown::to_rich_text(&markdown::of_references(stored), Features::all()).html, stored);
}

/// HTML as editors and their clipboards make it.
fn markup() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => "[a-z]{1,5}",
        3 => Just(" ".to_owned()),
        2 => "[!-/:-@\\[-`{-~]{1,3}",
        1 => "[0-9]{1,2}[.)]",
        1 => prop::sample::select(vec![
            "\u{a0}", "é", "“", "&amp;", "&lt;", "&copy;", "\n", "<br/>", "<hr/>", "<embed embedtype=\"image\" id=\"5\" format=\"left\" alt=\"a*b]\"/>",
            "<embed embedtype=\"media\" url=\"https://e.test/?a=b&amp;c=d\"/>",
        ]).prop_map(str::to_owned),
        4 => prop::sample::select(vec![
            "<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<s>", "</s>", "<sup>", "</sup>", "<sub>", "</sub>", "<code>", "</code>",
            "<h2>", "</h2>", "<h4>", "</h4>", "<ul>", "</ul>", "<ol>", "</ol>", "<li>", "</li>", "<blockquote>", "</blockquote>",
            "<a href=\"https://e.test/a_(b)?c=d&amp;e=f\">", "<a linktype=\"page\" id=\"3\" fragment=\"x\">", "<a linktype=\"document\" id=\"4\">", "</a>",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..30).prop_map(|parts| sanitise(&parts.concat(), Features::all()).html)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn markdown_of_a_text_reads_back_as_that_text(stored in markup()) {
        let once = markdown::of_references(&stored);
        let back = markdown::to_rich_text(&once, Features::all());
        prop_assert_eq!(&back.removed, &Vec::<String>::new(), "{}\n{}", stored, once);
        let twice = markdown::of_references(&back.html);
        prop_assert_eq!(&twice, &once, "{}\n{}", stored, back.html);
        prop_assert_eq!(markdown::to_rich_text(&twice, Features::all()).html, back.html);
    }

    #[test]
    fn words_survive_the_way_through_markdown(stored in markup()) {
        let squeezed = |html: &str| {
            let is_of_a_word = |letter: &char| !letter.is_whitespace() && !letter.is_control();
            super::super::plain_text(html).chars().filter(is_of_a_word).collect::<String>()
        };
        let back = markdown::to_rich_text(&markdown::of_references(&stored), Features::all()).html;
        prop_assert_eq!(squeezed(&back), squeezed(&stored), "{}", stored);
    }

    #[test]
    fn any_text_at_all_is_read_into_something_clean(given in "[ -~\\n\u{a0}é]{0,80}") {
        let read = markdown::to_rich_text(&given, Features::all()).html;
        prop_assert_eq!(&sanitise(&read, Features::all()).html, &read);
        let again = markdown::to_rich_text(&markdown::of_references(&read), Features::all()).html;
        prop_assert_eq!(again, read, "{}", given);
    }
}
