//! Dashboards of Grafana, as they are provisioned from files: title, uid, panels and what their queries read.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::folder::File;
use super::judge::{self, Mistake};
use super::known::Known;
use super::node::{self, Node};
use super::variables::{self, KINDS, VARIABLE};
use super::{Findings, promql};
use crate::config::{closest, did_you_mean};

/// Longest uid that Grafana takes.
const MAX_UID: usize = 40;
/// Panels that need no title.
const UNTITLED: &[&str] = &["row", "text"];

/// `label_values(metric{…}, label)`
static LABEL_VALUES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*label_values\((.+),\s*(\w+)\s*\)\s*$")
        .expect("the pattern is a constant, which every test compiles")
});

/// A dashboard that could be read.
pub(super) struct Dashboard<'f> {
    file: &'f File,
    root: Node,
    variables: BTreeSet<String>,
}

/// Reads a dashboard; `uids` are those of the files before it.
pub(super) fn read<'f>(file: &'f File, uids: &mut BTreeSet<String>, findings: &mut Findings) -> Option<Dashboard<'f>> {
    let root = match node::json(&file.text) {
        Ok(root) => root,
        Err((line, reason)) => {
            findings.add(&file.path, line, reason);
            return None;
        }
    };
    if root.get("panels").or_else(|| root.get("rows")).is_none() {
        let is_wrapped = root.get("dashboard").is_some_and(Node::is_map);
        let hint =
            if is_wrapped { ": Grafana's API wraps them so, and files have what is below \"dashboard\"" } else { "" };
        findings.add(&file.path, root.line, format!("no dashboard: it has no panels{hint}"));
        return None;
    }
    let given = |key: &str| root.text_of(key).filter(|text| !text.trim().is_empty());
    if given("title").is_none() {
        findings.add(&file.path, root.line, "a dashboard needs a title");
    }
    let line = root.get("uid").map_or(root.line, |uid| uid.line);
    match given("uid") {
        None => findings.add(&file.path, line, "a dashboard needs a uid, by which links find it"),
        Some(uid) if uid.len() > MAX_UID => {
            findings.add(&file.path, line, format!("the uid {uid} is longer than {MAX_UID} characters"));
        }
        Some(uid) if !uids.insert(uid.to_owned()) => {
            findings.add(&file.path, line, format!("another dashboard has the uid {uid}"));
        }
        Some(_) => {}
    }
    let list = root.get("templating").map_or(&[][..], |templating| templating.list_of("list"));
    let variables = list.iter().filter_map(|variable| variable.text_of("name")).map(str::to_owned).collect();
    Some(Dashboard { file, root, variables })
}

/// Reports what the queries of a dashboard read and there is not.
pub(super) fn check(dashboard: &Dashboard<'_>, known: &Known, findings: &mut Findings) {
    let mut check = Check { dashboard, known, findings };
    let root = &dashboard.root;
    let rows = root.list_of("rows").iter().flat_map(|row| row.list_of("panels"));
    for panel in root.list_of("panels").iter().chain(rows) {
        check.panel(panel);
        panel.list_of("panels").iter().for_each(|inner| check.panel(inner));
    }
    for annotation in root.get("annotations").map_or(&[][..], |annotations| annotations.list_of("list")) {
        let name = annotation.text_of("name").unwrap_or_default();
        check.query(&format!("annotation {name:?}"), annotation, None);
    }
    for variable in root.get("templating").map_or(&[][..], |templating| templating.list_of("list")) {
        check.variable(variable);
    }
}

struct Check<'c, 'f> {
    dashboard: &'c Dashboard<'f>,
    known: &'c Known,
    findings: &'c mut Findings,
}

impl Check<'_, '_> {
    fn report(&mut self, line: usize, reason: String) {
        self.findings.add(&self.dashboard.file.path, line, reason);
    }

    fn panel(&mut self, panel: &Node) {
        let title = panel.text_of("title").unwrap_or_default().trim();
        let is_untitled = panel.text_of("type").is_some_and(|kind| UNTITLED.contains(&kind));
        if title.is_empty() && !is_untitled && panel.get("libraryPanel").is_none() {
            let id = panel.text_of("id").unwrap_or_default();
            self.report(panel.line, format!("panel {id} needs a title"));
        }
        for target in panel.list_of("targets") {
            self.query(&format!("panel {title:?}"), target, Some(panel));
        }
    }

    /// The `expr` of a target or annotation, when it goes to Prometheus.
    fn query(&mut self, place: &str, query: &Node, panel: Option<&Node>) {
        let Some(expression) = query.get("expr") else { return };
        let source = query.get("datasource").or_else(|| panel?.get("datasource"));
        if source.is_none_or(is_prometheus) {
            self.expression(place, expression.line, expression.text().unwrap_or_default());
        }
    }

    fn expression(&mut self, place: &str, line: usize, text: &str) {
        for name in variables::used(text).into_iter().filter(|name| !self.dashboard.variables.contains(*name)) {
            let hint = did_you_mean(closest(name, self.dashboard.variables.iter().map(String::as_str)));
            self.findings.add(&self.dashboard.file.path, line, format!("{place}: there is no variable {name}{hint}"));
        }
        match mistakes(text, self.known) {
            Ok(mistakes) => {
                for mistake in mistakes {
                    self.report(line, format!("{place}: {}", mistake.reason));
                }
            }
            Err(reason) => self.report(line, format!("{place}: {reason}")),
        }
    }

    /// The values of a variable that are asked for by `label_values(metric{…}, label)`.
    fn variable(&mut self, variable: &Node) {
        let query = variable.get("query").filter(|_| variable.text_of("type") == Some("query"));
        let Some(query) = query.and_then(|query| query.get("query").or(Some(query))) else { return };
        let Some(found) = query.text().and_then(|text| LABEL_VALUES.captures(text)) else { return };
        let place = format!("variable {:?}", variable.text_of("name").unwrap_or_default());
        // The values of a counter's labels are asked for, not its value; and they are there only if the label is.
        let asked = format!("count by ({}) ({})", &found[2], &found[1]);
        self.expression(&place, query.line, &asked);
    }
}

/// As far as it can be told: old dashboards name a data source and nothing else.
fn is_prometheus(source: &Node) -> bool {
    match (source.text_of("type"), source.text()) {
        (Some(kind), _) => kind == "prometheus",
        (None, Some(name)) => name.starts_with('$') || name.to_ascii_lowercase().contains("prometheus"),
        (None, None) => true,
    }
}

/// What is wrong with an expression, whatever its variables stand for.
fn mistakes(text: &str, known: &Known) -> Result<Vec<Mistake>, String> {
    let mut refused = None;
    for kind in KINDS {
        let replaced = variables::replaced(text, kind);
        match promql::parse(replaced.as_deref().unwrap_or(text)) {
            Ok(expression) => return Ok(judge::judge(&expression, known).1),
            Err(_) if refused.is_some() => {}
            Err(reason) => refused = Some(reason.replace(VARIABLE, "$…")),
        }
        if replaced.is_none() {
            break;
        }
    }
    Err(refused.unwrap_or_default())
}
