//! The catalogue of all metric families, as it is written down and named.

use std::path::Path;

use vitrine::cli::families;
use vitrine::telemetry::catalogue;

#[test]
fn the_metrics_reference_is_the_catalogue() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/METRICS.md");
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == catalogue::markdown(&families()),
        "docs/METRICS.md is old: cargo run -- catalogue --format markdown > docs/METRICS.md"
    );
}

#[test]
fn every_family_has_a_help_that_is_a_sentence_and_a_name_with_its_unit() {
    for family in families() {
        assert!(family.help.ends_with('.') || family.help.ends_with(')') || family.help.len() > 10, "{}", family.name);
        let counts = family.kind.as_str() == "counter";
        assert_eq!(family.name.ends_with("_total"), counts, "{}: counters end in _total", family.name);
        let base = family.name.trim_end_matches("_total");
        match family.unit {
            "s" => assert!(base.ends_with("_seconds"), "{}", family.name),
            "By" => assert!(base.ends_with("_bytes"), "{}", family.name),
            _ => assert!(!base.ends_with("_seconds") && !base.ends_with("_bytes"), "{}", family.name),
        }
        for word in ["path", "url", "user", "ip", "id", "query_text"] {
            assert!(family.labels.iter().all(|label| label.name != word), "{}", family.name);
        }
    }
}
