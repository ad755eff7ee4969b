//! What is found, and what is well.

use super::*;

/// The rules that a body breaks, in a page that is well otherwise.
fn broken(body: &str) -> Vec<&'static str> {
    let html = format!(
        "<!doctype html><html><head><title>T</title><meta name=\"description\" content=\"About it\"></head>
         <body>{body}</body></html>"
    );
    check(&html).into_iter().map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn each_rule_finds_its_mistake_and_nothing_else() {
    let wrong = [
        ("button-name", "<button><svg><path d=\"\"/></svg></button>"),
        ("button-name", "<button aria-label=\" \"> <span hidden>Close</span> </button>"),
        ("empty-heading", "<h2> <br> </h2>"),
        ("empty-heading", "<div role=\"heading\" aria-level=\"2\"></div>"),
        ("empty-heading", "<h2><span aria-hidden=\"true\">#</span></h2>"),
        ("empty-table-header", "<table><tr><th></th><td>1</td></tr></table>"),
        ("empty-table-header", "<table><tr><th><img src=\"a\" alt=\"A tide\"><td>1</table>"),
        ("frame-title", "<iframe src=\"https://films.example/1\"></iframe>"),
        ("frame-title", "<iframe title=\"\" src=\"x\"></iframe>"),
        ("heading-order", "<h1>A</h1><h3>B</h3>"),
        ("heading-order", "<h2>A</h2><p role=\"heading\" aria-level=\"5\">B</p>"),
        ("input-button-name", "<input type=\"button\">"),
        ("input-button-name", "<input type=\"SUBMIT\" value=\" \">"),
        ("link-name", "<a href=\"/\"><img src=\"a\" alt=\"\"></a>"),
        ("link-name", "<a href=\"/\"></a>"),
        ("p-as-heading", "<p><strong>Our hours</strong></p><p>We are there every day of the week.</p>"),
        ("p-as-heading", "<div><p><b>Our</b> <strong>hours</strong></p>\n<p>We are there every day.</p></div>"),
        ("alt-text-quality", "<img src=\"a\" alt=\"IMG 0042.JPG\">"),
        ("alt-text-quality", "<img src=\"a\" alt=\"tide_dial\">"),
        ("alt-text-quality", "<img src=\"a\" alt=\"see https://example.com/a\">"),
        ("image-alt", "<img src=\"a\">"),
    ];
    for (rule, body) in wrong {
        assert_eq!(broken(body), [rule], "{body}");
    }
}

#[test]
fn what_is_well_is_not_told() {
    let well = [
        "<button>Go</button><button aria-label=\"Close\"></button><button><img src=\"a\" alt=\"Close\"></button>",
        "<button><svg><title>Close</title></svg></button><button title=\"Close\"></button>",
        "<h1>A</h1><h2>B</h2><h3>C</h3><h2>D</h2><h1>E</h1>",
        "<h3>It begins deep</h3><h2>And rises</h2>",
        "<h2><a href=\"/\">Linked</a></h2><h2 hidden></h2><h2 role=\"presentation\"></h2>",
        "<table><tr><th>Day</th><td>1</td></tr></table>",
        "<iframe title=\"A film\" src=\"x\"></iframe><iframe hidden src=\"x\"></iframe>",
        "<input type=\"submit\"><input type=\"reset\"><input type=\"button\" value=\"Go\"><input type=\"text\">",
        "<label for=\"go\">Go</label><input id=\"go\" type=\"button\"><label>Go <input type=\"button\"></label>",
        "<a href=\"/\">Home</a><a id=\"here\"></a><a href=\"/\" aria-label=\"Home\"></a>",
        "<a href=\"/\"><span aria-label=\"Home\"></span></a>",
        "<p><strong>All of this is emphasised.</strong></p>",
        "<p><strong>Bold</strong> and not</p><p>More of it, and longer.</p>",
        "<p><strong>Our hours</strong></p><ul><li>Monday</li></ul><p>We are there every day.</p>",
        "<p><strong>A long emphasised text</strong></p><p>Short.</p>",
        "<p><strong>One</strong></p><p><strong>Two of them</strong></p>",
        "<div><p><strong>Our hours</strong></p></div><p>We are there every day.</p>",
        "<img src=\"a\" alt=\"A tide dial\"><img src=\"a\" alt=\"\"><img src=\"a\" role=\"presentation\">",
        "<noscript><img src=\"a\"></noscript><template><button></button></template>",
        "<div aria-hidden=\"true\"><button></button><img src=\"a\"></div>",
        "<script>document.write('<button></button>')</script><!-- <h1></h1> -->",
    ];
    for body in well {
        assert_eq!(broken(body), Vec::<&str>::new(), "{body}");
    }
}

#[test]
fn a_page_says_what_it_is_about() {
    let missing = |head: &str| {
        check(&format!("<html><head>{head}</head><body><h1>A</h1></body></html>"))
            .iter()
            .any(|finding| finding.rule == Rule::EmptyMetaDescription)
    };
    assert!(
        missing("")
            && missing("<meta name=\"description\" content=\" \">")
            && missing("<meta name=\"robots\" content=\"x\">")
    );
    assert!(!missing("<meta name=\"Description\" content=\"Tides\">"));
}

#[test]
fn findings_quote_what_is_there_and_are_bounded() {
    let found = check("<meta name=description content=x><img src=\"a\" alt=\"salt&amp;sea_1\"><h1>A</h1><h4>B</h4>");
    let told: Vec<(&str, &str)> = found.iter().map(|finding| (finding.rule.as_str(), finding.quote.as_str())).collect();
    assert_eq!(told, [("alt-text-quality", "salt&sea_1"), ("heading-order", "h1 › h4")]);
    let many = "<button></button>".repeat(2 * MAX_FINDINGS);
    assert_eq!(check(&many).len(), MAX_FINDINGS);
    let long = check(&format!("<img src=a alt=\"{}.png\">", "x".repeat(500)));
    assert_eq!(long[0].quote.chars().count(), MAX_QUOTE);
}

#[test]
fn nothing_makes_it_fail() {
    let deep = "<div>".repeat(20_000) + "<button></button>" + &"</div>".repeat(20_000);
    for html in
        ["", "<", "</p></p>", "<p><b>x", "<th><th><tr>", "<h1", "&#x0;&bogus;", "<a href><a href>", deep.as_str()]
    {
        let found = check(html);
        assert!(found.len() <= MAX_FINDINGS, "{html:.40}");
    }
    let names: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
}
