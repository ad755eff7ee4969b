//! Sizes against Wagtail's own, which a script beside the table took from a running Wagtail.

use super::*;

const TABLE: &str = include_str!("../../../../tests/fixtures/wagtail_renditions.csv");

#[test]
fn renditions_have_the_sizes_of_wagtail() {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(TABLE.as_bytes());
    let mut rows = 0;
    for row in reader.records() {
        let row = row.expect("a row");
        let number = |column: usize| row[column].parse::<u32>().ok();
        let exact = |column: usize| number(column).unwrap_or_else(|| panic!("{row:?} column {column}"));
        let focal = number(2).map(|x| FocalPoint { x, y: exact(3), width: exact(4), height: exact(5) });
        let source = Source { size: Size::new(exact(0), exact(1)), format: Format::Png };
        let spec = FilterSpec::parse(&row[6]).unwrap_or_else(|error| panic!("{row:?}: {error}"));
        let output = spec.output(source, focal);
        assert_eq!((output.width, output.height), (exact(7), exact(8)), "{row:?}");
        let background = format!("background-position: {}% {}%;", &row[9], &row[10]);
        assert_eq!(spec.background_position_style(source.size, focal), background, "{row:?}");
        rows += 1;
    }
    assert!(rows > 3_500, "the table is whole: {rows}");
}
