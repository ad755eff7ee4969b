//! What a site is watched with, checked before Prometheus and Grafana see it: rules and dashboards, the shipped ones and
//! a user's own beside them, against the catalogue of families.

mod alert;
mod dashboards;
mod folder;
mod judge;
mod known;
mod node;
mod promql;
mod rules;
mod variables;
mod yaml;

use std::collections::BTreeSet;

use rust_embed::RustEmbed;

use crate::config::Bundle;
use alert::Places;
use folder::File;
use known::Known;

/// Findings that are told; the first in the order of files and lines.
const MAX_FINDINGS: usize = 200;
const ALERTS: &str = "alerts";
const RULES: &str = "prometheus/rules";
const DASHBOARDS: &str = "dashboards";
const RUNBOOKS: &str = "docs/runbooks";

/// What the shipped rules record: alerts and dashboards may read it where the rules are kept elsewhere.
#[derive(RustEmbed)]
#[folder = "prometheus/rules/"]
#[include = "*.yml"]
struct Shipped;

/// A mistake, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{path}:{line}: {reason}")]
pub struct Finding {
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    pub reason: String,
}

/// Mistakes in order, each once.
#[derive(Debug, Default)]
pub struct Findings {
    pub told: BTreeSet<Finding>,
    /// How many more there are than are told.
    pub more: usize,
}

impl Findings {
    fn add(&mut self, path: &str, line: usize, reason: impl Into<String>) {
        self.told.insert(Finding { path: path.to_owned(), line, reason: reason.into() });
        if self.told.len() > MAX_FINDINGS {
            self.told.pop_last();
            self.more += 1;
        }
    }
}

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Report {
    pub rules: usize,
    pub dashboards: usize,
    pub findings: Findings,
}

/// Checks the rules and dashboards of the configured folder. What is not there is not missed.
pub fn check(settings: &Bundle) -> Report {
    let mut findings = Findings::default();
    let Some(root) = settings.folder() else { return Report::default() };
    if !root.is_dir() {
        findings.add(&folder::shown(root), 1, "there is no such folder (bundle.dir)");
        return Report { findings, ..Report::default() };
    }
    let alerts = folder::files(root, ALERTS, &["yml", "yaml"], &mut findings);
    let recording = folder::files(root, RULES, &["yml", "yaml"], &mut findings);
    let boards = folder::files(root, DASHBOARDS, &["json"], &mut findings);
    let shipped = if recording.is_empty() { shipped() } else { Vec::new() };

    let mut known = Known::new(&settings.target_labels);
    let rules: Vec<_> = alerts.iter().chain(&recording).flat_map(|file| rules::read(file, &mut findings)).collect();
    let shipped: Vec<_> = shipped.iter().flat_map(|file| rules::read(file, &mut Findings::default())).collect();
    known.learn(rules.iter().chain(&shipped));

    let mut uids = BTreeSet::new();
    let dashboards: Vec<_> =
        boards.iter().filter_map(|file| dashboards::read(file, &mut uids, &mut findings)).collect();
    let runbooks = root.join(RUNBOOKS);
    let places = Places { runbooks: runbooks.is_dir().then_some(&runbooks), dashboards: &uids };
    rules.iter().for_each(|rule| rules::check(rule, &known, &places, &mut findings));
    dashboards.iter().for_each(|dashboard| dashboards::check(dashboard, &known, &mut findings));
    Report { rules: rules.len(), dashboards: dashboards.len(), findings }
}

fn shipped() -> Vec<File> {
    let read = |path: std::borrow::Cow<'static, str>| {
        let text = String::from_utf8_lossy(&Shipped::get(&path)?.data).into_owned();
        Some(File { path: path.into_owned(), text })
    };
    Shipped::iter().filter_map(read).collect()
}
