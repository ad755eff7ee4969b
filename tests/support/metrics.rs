//! A small reader of the Prometheus text format, to assert exact series.

use std::collections::{BTreeMap, BTreeSet};

/// A scrape: every sample, and what is said of every family.
#[derive(Clone, Debug)]
pub struct Metrics {
    samples: Vec<Sample>,
    pub helps: Vec<String>,
    pub types: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Metrics {
    /// # Panics
    /// For a page that is not in the format.
    pub fn parse(page: &str) -> Self {
        let mut metrics = Self { samples: Vec::new(), helps: Vec::new(), types: Vec::new() };
        for line in page.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap_or((rest, ""));
                assert!(!help.is_empty(), "no help: {line}");
                metrics.helps.push(name.to_owned());
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("name and type");
                metrics.types.push((name.to_owned(), kind.to_owned()));
            } else {
                assert!(!line.starts_with('#'), "unknown comment: {line}");
                metrics.samples.push(Sample::parse(line));
            }
        }
        metrics
    }

    /// The sum of all samples with this name and (at least) these labels; 0 without any.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.matching(name, labels).map(|sample| sample.value).sum()
    }

    /// How many samples there are with this name and these labels.
    pub fn count(&self, name: &str, labels: &[(&str, &str)]) -> usize {
        self.matching(name, labels).count()
    }

    /// The values that a label of a sample takes.
    pub fn label_values(&self, name: &str, label: &str) -> BTreeSet<&str> {
        self.matching(name, &[]).filter_map(|sample| sample.labels.get(label)).map(String::as_str).collect()
    }

    fn matching<'m>(&'m self, name: &str, labels: &[(&str, &str)]) -> impl Iterator<Item = &'m Sample> {
        self.samples.iter().filter(move |sample| {
            sample.name == name
                && labels.iter().all(|(label, value)| sample.labels.get(*label).is_some_and(|known| known == value))
        })
    }

    /// Every series by name and labels, without its value.
    pub fn series(&self) -> BTreeSet<String> {
        self.samples.iter().map(|sample| format!("{}{:?}", sample.name, sample.labels)).collect()
    }

    /// The families that have a sample, by the names in their TYPE lines.
    pub fn families(&self) -> BTreeSet<&str> {
        let of = |sample: &Sample| {
            let is_of = |name: &str, kind: &str| {
                let suffixes: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
                suffixes.iter().any(|suffix| sample.name.strip_suffix(suffix).is_some_and(|base| base == name))
            };
            let found = self.types.iter().find(|(name, kind)| is_of(name, kind));
            found.map_or_else(|| panic!("{} has no TYPE", sample.name), |(name, _)| name.as_str())
        };
        self.samples.iter().map(of).collect()
    }
}

impl Sample {
    fn parse(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect("a series and a value");
        let value = value.parse().unwrap_or_else(|_| panic!("not a number: {line}"));
        let Some((name, rest)) = series.split_once('{') else {
            return Self { name: series.to_owned(), labels: BTreeMap::new(), value };
        };
        let mut rest = rest.strip_suffix('}').expect("labels end with a bracket");
        let mut labels = BTreeMap::new();
        while !rest.is_empty() {
            let (label, quoted) = rest.split_once("=\"").expect("label=\"value\"");
            let mut text = String::new();
            let mut characters = quoted.char_indices();
            let end = loop {
                match characters.next().expect("a closing quote") {
                    (at, '"') => break at,
                    (_, '\\') => text.push(characters.next().expect("an escaped character").1),
                    (_, character) => text.push(character),
                }
            };
            assert!(labels.insert(label.to_owned(), text).is_none(), "a label twice: {line}");
            rest = quoted[end + 1..].trim_start_matches(',');
        }
        Self { name: name.to_owned(), labels, value }
    }
}
