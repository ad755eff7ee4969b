//! What `vitrine doctor` found, as people and as programs read it.

use serde_json::{Value, json};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Ok,
    /// Not set up, or not looked at: right for many.
    Note,
    /// It works, and will hurt one day.
    Warning,
    /// It does not work.
    Problem,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    check: &'static str,
    state: State,
    found: String,
    /// What to do; empty where there is nothing to do.
    advice: String,
}

/// All findings, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, State::Ok, found.into(), String::new());
    }

    pub fn note(&mut self, check: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        self.add(check, State::Note, found.into(), advice.into());
    }

    pub fn warning(&mut self, check: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        self.add(check, State::Warning, found.into(), advice.into());
    }

    pub fn problem(&mut self, check: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        self.add(check, State::Problem, found.into(), advice.into());
    }

    fn add(&mut self, check: &'static str, state: State, found: String, advice: String) {
        self.findings.push(Finding { check, state, found, advice });
    }

    /// Whether nothing more than `state` was found by `check`.
    pub fn is_at_most(&self, check: &str, state: State) -> bool {
        self.findings.iter().filter(|finding| finding.check == check).all(|finding| finding.state <= state)
    }

    pub fn count(&self, state: State) -> usize {
        self.findings.iter().filter(|finding| finding.state == state).count()
    }

    /// One line a finding, with what to do below it.
    pub fn to_text(&self) -> String {
        let line = |finding: &Finding| {
            let Finding { check, state, found, advice } = finding;
            let advice = if advice.is_empty() { String::new() } else { format!("{:24}→ {advice}\n", "") };
            format!("{:8}  {check:12}  {found}\n{advice}", state.as_str())
        };
        let lines: String = self.findings.iter().map(line).collect();
        format!("{lines}\n{} problems, {} warnings\n", self.count(State::Problem), self.count(State::Warning))
    }

    pub fn to_json(&self) -> Value {
        let finding = |finding: &Finding| {
            let advice = (!finding.advice.is_empty()).then_some(&finding.advice);
            json!({ "check": finding.check, "state": finding.state.as_str(), "found": finding.found, "advice": advice })
        };
        json!({
            "ok": self.count(State::Problem) == 0,
            "version": env!("CARGO_PKG_VERSION"),
            "problems": self.count(State::Problem),
            "warnings": self.count(State::Warning),
            "checks": self.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    }
}
