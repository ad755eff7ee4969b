//! Files of rules: their shape, as Prometheus reads them, and their expressions.

use std::collections::HashSet;
use std::sync::LazyLock;

use promql_parser::parser::Expr;
use promql_parser::parser::value::ValueType;
use regex::Regex;

use super::alert::Places;
use super::folder::File;
use super::known::Known;
use super::node::{Key, Node};
use super::{Findings, alert, judge, promql, yaml};
use crate::config::{closest, did_you_mean, is_label_name};

/// Rules of one file that are read: YAML can name a list many times.
const MAX_RULES: usize = 5000;
const OF_FILES: &[&str] = &["groups"];
const OF_GROUPS: &[&str] = &["name", "interval", "query_offset", "limit", "labels", "rules"];
const OF_ALERTS: &[&str] = &["alert", "expr", "for", "keep_firing_for", "labels", "annotations"];
const OF_RECORDS: &[&str] = &["record", "expr", "labels"];
/// What only a configuration of Alertmanager has at its top.
const OF_ALERTMANAGER: &[&str] = &["route", "receivers"];

/// Source: `model.ParseDuration` of Prometheus.
static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:0|(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?)$")
        .expect("the pattern is a constant, which every test compiles")
});

/// A rule that has a name and an expression.
pub(super) struct Rule<'f> {
    pub(super) file: &'f File,
    pub(super) name: String,
    /// Of its name.
    pub(super) line: usize,
    pub(super) is_alert: bool,
    pub(super) labels: Vec<Entry>,
    pub(super) annotations: Vec<Entry>,
    /// From the first line of the expression to the last.
    lines: (usize, usize),
    /// `None` when it is not PromQL, which was said.
    pub(super) parsed: Option<Expr>,
}

/// A label or annotation of a rule.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) text: String,
}

/// The rules of a file; none of one that is Alertmanager's.
pub(super) fn read<'f>(file: &'f File, findings: &mut Findings) -> Vec<Rule<'f>> {
    let root = match yaml::read(&file.text) {
        Ok(Some(root)) => root,
        Ok(None) => return Vec::new(),
        Err((line, reason)) => {
            findings.add(&file.path, line, reason);
            return Vec::new();
        }
    };
    if OF_ALERTMANAGER.iter().any(|key| root.get(key).is_some()) {
        return Vec::new();
    }
    let mut reading = Reading { file, findings, rules: Vec::new(), seen: 0 };
    reading.root(&root);
    reading.rules
}

struct Reading<'f, 'r> {
    file: &'f File,
    findings: &'r mut Findings,
    rules: Vec<Rule<'f>>,
    /// Rules, right or wrong.
    seen: usize,
}

impl<'f> Reading<'f, '_> {
    fn report(&mut self, line: usize, reason: impl Into<String>) {
        self.findings.add(&self.file.path, line, reason);
    }

    fn root(&mut self, root: &Node) {
        if !self.is_map_of(root, "a file of rules", OF_FILES) {
            return;
        }
        match root.get("groups") {
            Some(groups) if groups.is_list() => {
                let mut names = HashSet::new();
                groups.items().iter().for_each(|group| self.group(group, &mut names));
            }
            Some(other) => self.report(other.line, "groups must be a list"),
            None => {}
        }
    }

    /// Whether it is a map; each key that nobody knows is told.
    fn is_map_of(&mut self, node: &Node, what: &str, known: &[&str]) -> bool {
        if !node.is_map() {
            self.report(node.line, format!("{what} must be a map with {}", known.join(", ")));
            return false;
        }
        for (Key { name, line }, _) in node.pairs().iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
            let hint = did_you_mean(closest(name, known.iter().copied()));
            self.report(*line, format!("{what} has no key {name}{hint}"));
        }
        true
    }

    fn group(&mut self, group: &Node, names: &mut HashSet<String>) {
        if !self.is_map_of(group, "a group", OF_GROUPS) {
            return;
        }
        match group.get("name").map(|name| (name.line, name.text().unwrap_or_default())) {
            None | Some((_, "")) => self.report(group.line, "a group needs a name"),
            Some((line, name)) if !names.insert(name.to_owned()) => {
                self.report(line, format!("there is a group {name} above"));
            }
            Some(_) => {}
        }
        self.durations(group, &["interval", "query_offset"]);
        if let Some(limit) =
            group.get("limit").filter(|limit| limit.text().is_none_or(|text| text.parse::<i64>().is_err()))
        {
            self.report(limit.line, "limit must be a whole number");
        }
        self.entries(group, "labels");
        match group.get("rules") {
            Some(rules) if rules.is_list() => {
                let mut known = HashSet::new();
                for rule in rules.items() {
                    if self.seen == MAX_RULES {
                        return self.report(rule.line, format!("more than {MAX_RULES} rules; the rest is not read"));
                    }
                    self.seen += 1;
                    self.rule(rule, &mut known);
                }
            }
            Some(other) => self.report(other.line, "rules must be a list"),
            None => {}
        }
    }

    fn rule(&mut self, rule: &Node, known: &mut HashSet<(String, Vec<(String, String)>)>) {
        let (alert, record) = (rule.get("alert"), rule.get("record"));
        let (name, is_alert) = match (alert, record) {
            (Some(name), None) => (name, true),
            (None, Some(name)) => (name, false),
            (Some(_), Some(_)) => return self.report(rule.line, "a rule is an alert or a record, not both"),
            (None, None) => return self.report(rule.line, "a rule needs alert or record, with its name"),
        };
        let known_keys = if is_alert { OF_ALERTS } else { OF_RECORDS };
        self.is_map_of(rule, if is_alert { "an alert" } else { "a recording rule" }, known_keys);
        let (line, name) = (name.line, name.text().unwrap_or_default().to_owned());
        if name.is_empty() || (!is_alert && !is_metric(&name)) {
            self.report(line, format!("{name:?} is no name of {}", if is_alert { "an alert" } else { "a metric" }));
            return;
        }
        if is_alert {
            self.durations(rule, &["for", "keep_firing_for"]);
        }
        let labels = self.entries(rule, "labels");
        let annotations = if is_alert { self.entries(rule, "annotations") } else { Vec::new() };
        let mut of_rule: Vec<_> = labels.iter().map(|label| (label.name.clone(), label.text.clone())).collect();
        of_rule.sort();
        if !known.insert((name.clone(), of_rule)) {
            self.report(line, format!("{name} is above already, with the same labels"));
        }
        let Some(expression) = rule.get("expr") else {
            return self.report(line, format!("{name} needs an expr"));
        };
        let parsed = self.expression(&name, expression);
        let lines = (expression.line, expression.last);
        self.rules.push(Rule { file: self.file, name, line, is_alert, labels, annotations, lines, parsed });
    }

    fn expression(&mut self, name: &str, expression: &Node) -> Option<Expr> {
        let parsed = match expression.text().map(promql::parse) {
            Some(Ok(parsed)) => parsed,
            Some(Err(reason)) => {
                self.report(expression.line, format!("{name}: {reason}"));
                return None;
            }
            None => {
                self.report(expression.line, format!("{name}: expr must be PromQL"));
                return None;
            }
        };
        let gives = parsed.value_type();
        if matches!(gives, ValueType::Matrix | ValueType::String) {
            let reason = format!("{name}: a rule needs one value of each series, and this gives a {gives}");
            self.report(expression.line, reason);
        }
        Some(parsed)
    }

    fn durations(&mut self, node: &Node, keys: &[&str]) {
        for (key, value) in keys.iter().filter_map(|key| Some((key, node.get(key)?))) {
            let text = value.text().unwrap_or_default();
            if text.is_empty() || !DURATION.is_match(text) {
                self.report(value.line, format!("{key} must be a duration such as 5m, not {text:?}"));
            }
        }
    }

    fn entries(&mut self, node: &Node, key: &str) -> Vec<Entry> {
        let Some(map) = node.get(key) else { return Vec::new() };
        if !map.is_map() {
            self.report(map.line, format!("{key} must be a map"));
        }
        let mut entries = Vec::new();
        for (Key { name, line }, value) in map.pairs() {
            if !is_label_name(name) {
                self.report(*line, format!("{name:?} is no name of a label"));
            } else if value.is_map() || value.is_list() {
                self.report(*line, format!("{key}.{name} must be text"));
            } else {
                entries.push(Entry {
                    name: name.clone(),
                    line: *line,
                    text: value.text().unwrap_or_default().to_owned(),
                });
            }
        }
        entries
    }
}

fn is_metric(name: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | ':');
    !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) && name.chars().all(is_part)
}

/// Reports what the expression of a rule reads and there is not, and what an alert lacks.
pub(super) fn check(rule: &Rule<'_>, known: &Known, places: &Places<'_>, findings: &mut Findings) {
    let (file, name) = (rule.file, &rule.name);
    let mut labels = None;
    if let Some(expression) = &rule.parsed {
        let (found, mistakes) = judge::judge(expression, known);
        labels = found;
        for mistake in mistakes {
            let line = file.line_of(&mistake.word, rule.lines.0, rule.lines.1);
            findings.add(&file.path, line, format!("{name}: {}", mistake.reason));
        }
    }
    if rule.is_alert {
        alert::check(rule, &labels, places, findings);
    }
}
