//! What an expression may read: the families of the catalogue, and what the rules of the bundle record.

use std::collections::{BTreeMap, BTreeSet};

use super::judge;
use super::rules::Rule;
use crate::config::{LabelNames, closest, did_you_mean};
use crate::telemetry::catalogue::{Family, Kind};
use crate::telemetry::label::Values;
use crate::telemetry::{CATALOGUE, FACADE};

/// What every series of a scrape has, and the pseudo-label of its name.
const OF_TARGETS: &[&str] = &["job", "instance", "__name__"];
/// Names whose first word is this, or nearly this, are Vitrine's alone.
const OWN: &str = "vitrine";
/// Names that begin so are also Vitrine's: OpenTelemetry and Prometheus' clients use them everywhere. One that is not in
/// the catalogue is a mistake when one that is there is near, and the selector does not ask for another job.
const SHARED: &[&str] = &["http_server_", "db_client_", "process_", "tokio_"];
/// Families of Prometheus' Go client, which Prometheus itself and most exporters have.
const OF_GO: &[&str] = &[
    "process_virtual_memory_max_bytes",
    "process_network_receive_bytes_total",
    "process_network_transmit_bytes_total",
];
/// The job that the shipped configuration of Prometheus gives to Vitrine.
const JOB: &str = "vitrine";
/// Rules that read what rules record, so many deep.
const ROUNDS: usize = 8;

/// Names of labels; `None` when they cannot be told.
pub(super) type Labels = Option<BTreeSet<String>>;

/// What a metric's name stands for.
pub(super) enum Metric<'k> {
    Sample(&'k Sample),
    /// Made by a rule, with these labels.
    Recorded(&'k Labels),
    /// Somebody else's: it is not judged.
    Foreign,
    /// It would be ours, and there is no such thing; the text is a hint.
    Missing(String),
}

/// One sort of samples of a family.
pub(super) struct Sample {
    pub(super) family: &'static Family,
    pub(super) part: Part,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Part {
    /// Of a counter or gauge.
    Value,
    Bucket,
    /// The sum or the count of a histogram.
    Total,
    /// The name of a histogram, which no sample has.
    Histogram,
}

impl Sample {
    /// Whether it only grows.
    pub(super) fn is_counter(&self) -> bool {
        match self.part {
            Part::Value => !matches!(self.family.kind, Kind::Gauge),
            _ => true,
        }
    }

    /// The values that a label may have, when they are a closed set.
    pub(super) fn values_of(&self, label: &str) -> Option<&'static [&'static str]> {
        let label = self.family.labels.iter().find(|known| known.name == label)?;
        match label.values {
            Values::Closed(values) => Some(values),
            Values::Declared(_) => None,
        }
    }
}

pub(super) struct Known {
    samples: BTreeMap<String, Sample>,
    records: BTreeMap<String, Labels>,
    of_targets: BTreeSet<String>,
}

impl Known {
    /// Series of every target have `target_labels`, besides `job` and `instance`.
    pub(super) fn new(target_labels: &LabelNames) -> Self {
        let mut samples = BTreeMap::new();
        for family in CATALOGUE.iter().chain(FACADE) {
            let mut add =
                |suffix: &str, part| samples.insert(format!("{}{suffix}", family.name), Sample { family, part });
            if matches!(family.kind, Kind::Histogram(_)) {
                add("", Part::Histogram);
                add("_bucket", Part::Bucket);
                add("_sum", Part::Total);
                add("_count", Part::Total);
            } else {
                add("", Part::Value);
            }
        }
        let of_targets = OF_TARGETS.iter().copied().chain(target_labels.iter()).map(str::to_owned).collect();
        Self { samples, records: BTreeMap::new(), of_targets }
    }

    /// Learns what `rules` record. Rules that read what others record are looked at again until nothing is new.
    pub(super) fn learn<'r>(&mut self, rules: impl Iterator<Item = &'r Rule<'r>>) {
        let records: Vec<&Rule> = rules.filter(|rule| !rule.is_alert).collect();
        self.records.extend(records.iter().map(|rule| (rule.name.clone(), None)));
        for _ in 0..ROUNDS {
            let mut next = BTreeMap::new();
            for rule in &records {
                let mut labels = rule.parsed.as_ref().and_then(|expression| judge::judge(expression, self).0);
                if let Some(labels) = &mut labels {
                    labels.extend(rule.labels.iter().map(|label| label.name.clone()));
                }
                next.entry(rule.name.clone())
                    .and_modify(|known: &mut Labels| *known = union(known.take(), labels.clone()))
                    .or_insert(labels);
            }
            if next == self.records {
                break;
            }
            self.records = next;
        }
    }

    /// `job` is the job that the selector asks for.
    pub(super) fn find(&self, name: &str, job: Option<&str>) -> Metric<'_> {
        let is_shared = SHARED.iter().any(|prefix| name.starts_with(prefix));
        if is_shared && (job.is_some_and(|job| job != JOB) || OF_GO.contains(&name)) {
            return Metric::Foreign;
        }
        if let Some(labels) = self.records.get(name) {
            return Metric::Recorded(labels);
        }
        if let Some(sample) = self.samples.get(name) {
            return Metric::Sample(sample);
        }
        let is_ours = is_nearly_own(name) || self.is_level(name);
        match self.near(name).filter(|_| is_ours || is_shared) {
            None if !is_ours => Metric::Foreign,
            near => Metric::Missing(did_you_mean(near)),
        }
    }

    /// Whether rules record names that begin as this one does: `slo:…`.
    fn is_level(&self, name: &str) -> bool {
        let level = name.split_once(':').map(|(level, _)| level);
        level.is_some() && self.records.keys().any(|known| known.split_once(':').map(|(level, _)| level) == level)
    }

    /// A name that a slip leads away from.
    fn near(&self, name: &str) -> Option<&str> {
        let samples = self.samples.iter().filter(|(_, sample)| sample.part != Part::Histogram).map(|(name, _)| name);
        closest(name, samples.chain(self.records.keys()).map(String::as_str))
    }

    pub(super) fn labels_of(&self, sample: &Sample) -> BTreeSet<String> {
        let own = sample.family.labels.iter().map(|label| label.name.to_owned());
        let le = (sample.part == Part::Bucket).then(|| "le".to_owned());
        own.chain(le).chain(self.of_targets.iter().cloned()).collect()
    }

    /// Whether every series may have it, whatever made it.
    pub(super) fn is_of_targets(&self, label: &str) -> bool {
        self.of_targets.contains(label)
    }
}

fn is_nearly_own(name: &str) -> bool {
    let first = name.split_once('_').map(|(first, _)| first);
    first.is_some_and(|first| closest(first, std::iter::once(OWN)).is_some())
}

/// Labels that one or the other has.
pub(super) fn union(first: Labels, second: Labels) -> Labels {
    let mut first = first?;
    first.extend(second?);
    Some(first)
}
