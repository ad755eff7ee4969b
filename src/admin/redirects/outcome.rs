//! What became, or would become, of the rows of a table.

use serde_json::{Value, json};

use crate::admin::texts::Said;
use crate::content::form::export::harmless;
use crate::content::redirect::{Mode, Written};

/// Refused rows that a page shows; a report has all.
const MAX_SHOWN: usize = 200;

/// Which row, with what its cells say.
pub(super) struct Ends {
    pub line: u64,
    pub from: String,
    pub to: String,
}

#[derive(Default)]
pub(super) struct Outcome {
    added: u64,
    replaced: u64,
    unchanged: u64,
    pub refused: Vec<(Ends, Said)>,
}

impl Outcome {
    pub fn count(&mut self, written: Written) {
        match written {
            Written::Added => self.added += 1,
            Written::Replaced => self.replaced += 1,
            Written::Unchanged => self.unchanged += 1,
        }
    }

    pub fn refuse(&mut self, ends: Ends, reason: Said) {
        self.refused.push((ends, reason));
    }

    /// For the page: the refused rows in their order.
    pub fn told(mut self, mode: Mode) -> Value {
        self.refused.sort_by_key(|(ends, _)| ends.line);
        let shown = self.refused.iter().take(MAX_SHOWN);
        let shown: Vec<Value> = shown
            .map(|(Ends { line, from, to }, reason)| json!({ "line": line, "from": from, "to": to, "reason": reason }))
            .collect();
        json!({
            "written": mode == Mode::Write, "added": self.added, "replaced": self.replaced,
            "unchanged": self.unchanged, "refused": self.refused.len(), "hidden": self.refused.len() - shown.len(),
            "good": self.added + self.replaced, "shown": shown,
        })
    }

    /// All refused rows as separated values; no cell is a formula.
    pub fn report(&self, say: &dyn Fn(Said) -> String) -> Vec<u8> {
        let mut refused: Vec<&(Ends, Said)> = self.refused.iter().collect();
        refused.sort_by_key(|(ends, _)| ends.line);
        let mut out = csv::Writer::from_writer(Vec::new());
        // Writing into memory does not fail.
        let _ = out.write_record(["line", "from", "to", "reason"]);
        for (Ends { line, from, to }, reason) in refused {
            let cells = [line.to_string(), harmless(from.clone()), harmless(to.clone()), harmless(say(reason.clone()))];
            let _ = out.write_record(cells);
        }
        out.into_inner().unwrap_or_default()
    }
}
