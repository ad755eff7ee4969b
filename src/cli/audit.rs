//! `vitrine audit`: whether the security log is as it was written.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::with_app;
use crate::config::Loaded;

#[derive(Subcommand)]
pub enum Action {
    /// Walk along the whole log and name the first entry that was changed, slipped in or taken out; exit 1 then.
    Verify {
        #[arg(long)]
        json: bool,
    },
}

pub fn run(loaded: Loaded, action: &Action) -> anyhow::Result<ExitCode> {
    let Action::Verify { json: as_json } = *action;
    with_app(loaded, async |app| {
        let found = app.accounts.verify_log().await?;
        let broken = found.broken.as_ref().map(ToString::to_string);
        let code = if broken.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        if as_json {
            let told = json!({
                "ok": broken.is_none(), "chained": found.chained, "unchained": found.unchained, "head": found.head,
                "broken": broken,
            });
            println!("{told:#}");
            return Ok(code);
        }
        let older = match found.unchained {
            0 => String::new(),
            count => format!(", and {count} of before the chain began"),
        };
        match broken {
            Some(broken) => eprintln!("vitrine: the security log is broken behind {} entries: {broken}", found.chained),
            None => println!("the security log is whole: {} entries{older}\nlast hash: {}", found.chained, found.head),
        }
        Ok(code)
    })
}
