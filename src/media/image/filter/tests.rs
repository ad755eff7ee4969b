//! Filters against their grammar.

use proptest::prelude::*;

use super::*;

fn canonical(text: &str) -> String {
    FilterSpec::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

#[test]
fn one_text_stands_for_each_picture() {
    for (written, text) in [
        ("original", "original"),
        ("preserve-svg", "original"),
        ("original|format-webp", "format-webp"),
        ("fill-0800x450-c0", "fill-800x450"),
        ("fill-800x450-c150", "fill-800x450-c100"),
        ("format-webp|width-400", "width-400|format-webp"),
        ("scale-50.0", "scale-50"),
        ("scale-.5", "scale-0.5"),
        ("webp-lossless", "format-webp-lossless"),
        ("format-webp-lossless|format-jpeg", "format-jpeg"),
        ("jpegquality-40|jpegquality-60", "jpegquality-60"),
        ("bgcolor-FFF|max-10x20", "max-10x20|bgcolor-ffffff"),
        (
            "min-1x2|height-3|avifquality-1|webpquality-2|format-avif",
            "min-1x2|height-3|format-avif|webpquality-2|avifquality-1",
        ),
    ] {
        assert_eq!(canonical(written), text, "{written}");
        assert_eq!(canonical(text), text, "the text stands for itself");
        let spec = FilterSpec::parse(written).expect("parsed above");
        assert_eq!(FilterSpec::from_path_segment(&spec.to_path_segment()), Ok(spec), "{written}");
    }
}

#[test]
fn errors_name_the_operation_and_the_limit() {
    for (written, said) in [
        ("", "the filter is empty"),
        ("width-400|blur-3", "\"blur-3\": there is no operation \"blur\""),
        ("width-", "\"width-\": should be written as width-PIXELS"),
        ("width", "\"width\": should be written as width-PIXELS"),
        ("width--5", "\"width--5\": should be written as width-PIXELS"),
        ("width-0", "\"width-0\": 0 px is outside of 1 to 10000 px"),
        ("height-10001", "10001 px is outside of 1 to 10000 px"),
        ("max-99999999999999999999999x1", "is outside of 1 to 10000 px"),
        ("fill-100", "should be written as fill-WIDTHxHEIGHT or"),
        ("fill-100x100-x50", "should be written as fill-WIDTHxHEIGHT or"),
        ("fill-100x100-c", "should be written as fill-WIDTHxHEIGHT or"),
        ("scale-0", "0 percent is not above 0"),
        ("scale-1e9", "should be written as scale-PERCENT"),
        ("scale-nan", "should be written as scale-PERCENT"),
        ("format-bmp", "cannot write \"bmp\"; there are jpeg, png, gif, webp, avif"),
        ("format-avif-lossless", "AVIF has no lossless form here"),
        ("jpegquality-101", "quality 101 is above 100"),
        ("bgcolor-12345", "should be written as bgcolor-RRGGBB"),
        ("bgcolor-ééé", "should be written as bgcolor-RRGGBB"),
        ("width-{1,2}", "should be written as width-PIXELS"),
        ("original-1", "should be written as original"),
    ] {
        let error = FilterSpec::parse(written).expect_err(written).to_string();
        assert!(error.contains(said), "{written}: {error}");
    }
    let long = format!("width-{}", "1".repeat(300));
    assert_eq!(FilterSpec::parse(&long), Err(FilterError::TooLong { characters: 306 }));
    let many = ["width-1"; 13].join("|");
    assert_eq!(FilterSpec::parse(&many), Err(FilterError::TooManyOperations { operations: 13 }));
}

#[test]
fn braces_stand_for_each_combination_in_order() {
    let expand = |text: &str| expand_braces(text).expect("expands");
    assert_eq!(expand("width-400"), ["width-400"]);
    assert_eq!(expand("width-{400,800}"), ["width-400", "width-800"]);
    let four = ["width-1|format-avif", "width-1|format-webp", "width-2|format-avif", "width-2|format-webp"];
    assert_eq!(expand("width-{1,2}|format-{avif,webp}"), four);
    assert_eq!(expand("width-{1,2} format-{avif,webp}"), four, "spaces separate as well");
    assert_eq!(expand("fill-{400x225,800x450}-c50"), ["fill-400x225-c50", "fill-800x450-c50"]);
    let specs = FilterSpec::parse_all("width-{400,800}|format-webp").expect("parses");
    assert_eq!(specs.len(), 2);
    for bad in ["width-{1,2", "width-1}", "width-{1,{2}}", "fill-{1,2}x{3,4}", "}{"] {
        assert!(matches!(expand_braces(bad), Err(FilterError::Braces { .. })), "{bad}");
    }
    let many = "width-{1,2,3,4,5}|height-{1,2,3,4,5}|scale-{1,2,3,4,5}";
    assert_eq!(expand_braces(many), Err(FilterError::TooManyExpansions { expansions: 125 }));
}

#[test]
fn the_format_follows_the_source_unless_asked_for() {
    let output = |text: &str, format| {
        let source = Source { size: Size::new(100, 50), format };
        FilterSpec::parse(text).expect("parses").output(source, None).format
    };
    assert_eq!(output("width-10", Format::Jpeg), Format::Jpeg);
    assert_eq!(output("width-10", Format::Gif), Format::Png);
    assert_eq!(output("original", Format::Gif), Format::Gif);
    assert_eq!(output("width-10|format-gif", Format::Gif), Format::Gif);
    assert_eq!(output("width-10|format-avif", Format::Png), Format::Avif);
}

#[test]
fn the_background_keeps_the_focal_point_in_view() {
    let focal = |x, y| Some(FocalPoint { x, y, width: 10, height: 10 });
    let style = |text: &str, focal| {
        FilterSpec::parse(text).expect("parses").background_position_style(Size::new(400, 200), focal)
    };
    assert_eq!(style("original", None), "background-position: 50% 50%;");
    assert_eq!(style("original", focal(100, 150)), "background-position: 25% 75%;");
    assert_eq!(style("width-40", focal(100, 150)), "background-position: 25% 75%;");
}

#[test]
fn enlarging_ends_at_the_longest_side() {
    let scaled = |text: &str, width, height| {
        let source = Source { size: Size::new(width, height), format: Format::Png };
        let output = FilterSpec::parse(text).expect("parses").output(source, None);
        (output.width, output.height)
    };
    assert_eq!(scaled("scale-200", 100, 50), (200, 100));
    assert_eq!(scaled("scale-10000", 1_000, 500), (10_000, 5_000));
    assert_eq!(scaled("scale-200", 12_000, 100), (12_000, 100));
    assert_eq!(scaled("scale-50", 12_000, 100), (6_000, 50));
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,300}") {
        let _ = FilterSpec::parse(&text);
        let _ = FilterSpec::parse_all(&text);
    }

    #[test]
    fn text_like_a_filter_is_parsed_or_refused(text in "(fill|min|max|width|height|scale|format|bgcolor|\\||-|x|c|,|\\{|\\}|[0-9]{1,9}|webp|~|\\.){0,12}") {
        for text in expand_braces(&text).unwrap_or_default() {
            if let Ok(spec) = FilterSpec::parse(&text) {
                prop_assert_eq!(FilterSpec::parse(&spec.to_string()), Ok(spec.clone()));
                let source = Source { size: Size::new(1, 65_535), format: Format::Gif };
                let output = spec.output(source, Some(FocalPoint { x: u32::MAX, y: 0, width: 7, height: u32::MAX }));
                prop_assert!(output.width >= 1 && output.height >= 1);
            }
        }
    }
}
