//! What an alert must have besides its expression: a severity, and texts and links for whoever is woken.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::Findings;
use super::known::Labels;
use super::rules::{Entry, Rule};
use crate::config::{closest, did_you_mean};

/// What the shipped routes of Alertmanager know.
const SEVERITIES: &[&str] = &["critical", "warning", "info", "none"];
const ANNOTATIONS: &[&str] = &["summary", "description", "runbook_url", "dashboard_url"];
/// Dashboards whose uid begins so are those that Vitrine is shipped with.
const SHIPPED: &str = "vitrine-";

static LABEL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$labels\.(\w+)").expect("the pattern is a constant, which every test compiles"));
/// `https://…/runbooks/NAME`
static RUNBOOK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"/runbooks/([\w-]+)(?:\.md)?/?(?:[?#].*)?$")
        .expect("the pattern is a constant, which every test compiles")
});
/// `/d/UID`, on whatever Grafana.
static DASHBOARD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^/d/([\w-]+)").expect("the pattern is a constant, which every test compiles"));

/// Where the links of alerts lead.
pub(super) struct Places<'p> {
    /// The folder of runbooks, when it is there.
    pub(super) runbooks: Option<&'p Path>,
    /// The uids of the dashboards.
    pub(super) dashboards: &'p BTreeSet<String>,
}

/// `labels` are those of the expression.
pub(super) fn check(rule: &Rule<'_>, labels: &Labels, places: &Places<'_>, findings: &mut Findings) {
    let mut report =
        |line: usize, reason: String| findings.add(&rule.file.path, line, format!("{}: {reason}", rule.name));
    match find(&rule.labels, "severity") {
        None => report(rule.line, format!("needs the label severity: {}", SEVERITIES.join(", "))),
        Some(severity) if !SEVERITIES.contains(&severity.text.as_str()) => {
            // One's own are one's own, but a slip sends a page to nobody.
            if let Some(near) = closest(&severity.text, SEVERITIES.iter().copied()) {
                report(severity.line, format!("no route knows the severity {}; did you mean {near}?", severity.text));
            }
        }
        Some(_) => {}
    }
    for name in ANNOTATIONS {
        if find(&rule.annotations, name).is_none() {
            report(rule.line, format!("needs the annotation {name}"));
        }
    }
    for entry in rule.labels.iter().chain(&rule.annotations) {
        if entry.text.matches("{{").count() > entry.text.matches("}}").count() {
            report(entry.line, format!("{}: {{{{ is not closed", entry.name));
        }
        let Some(labels) = labels else { continue };
        let shown: BTreeSet<&str> =
            LABEL.captures_iter(&entry.text).filter_map(|found| Some(found.get(1)?.as_str())).collect();
        for label in shown.into_iter().filter(|label| !labels.contains(*label)) {
            let hint = did_you_mean(closest(label, labels.iter().map(String::as_str)));
            report(
                entry.line,
                format!("{} shows the label {label}, which the expression does not give{hint}", entry.name),
            );
        }
    }
    if let (Some(link), Some(folder)) = (find(&rule.annotations, "runbook_url"), places.runbooks)
        && let Some(name) = captured(&RUNBOOK, &link.text)
        && !folder.join(format!("{name}.md")).is_file()
    {
        report(link.line, format!("there is no runbook {}", super::folder::shown(&folder.join(format!("{name}.md")))));
    }
    if let Some(link) = find(&rule.annotations, "dashboard_url")
        && let Some(uid) = captured(&DASHBOARD, &link.text)
        && !places.dashboards.is_empty()
        && !places.dashboards.contains(uid)
    {
        let near = closest(uid, places.dashboards.iter().map(String::as_str));
        // Others may be in Grafana alone.
        if near.is_some() || uid.starts_with(SHIPPED) {
            report(link.line, format!("there is no dashboard with the uid {uid}{}", did_you_mean(near)));
        }
    }
}

/// An entry that is not empty.
fn find<'e>(entries: &'e [Entry], name: &str) -> Option<&'e Entry> {
    entries.iter().find(|entry| entry.name == name && !entry.text.trim().is_empty())
}

fn captured<'t>(pattern: &Regex, text: &'t str) -> Option<&'t str> {
    Some(pattern.captures(text)?.get(1)?.as_str())
}
