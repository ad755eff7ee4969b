//! `vitrine check`: every mistake of configuration, types, migrations, templates, texts, rules and dashboards at once.

use std::process::ExitCode;

use serde_json::json;

use crate::bundle;
use crate::config::Config;
use crate::content::types::Types;
use crate::site::{Front, SiteFolder, Theme, load_migrations, load_types};

/// 0 when everything is right, else 1 with one line a mistake.
pub fn run(sources: super::LoadResult, as_json: bool) -> ExitCode {
    let mut problems: Vec<String> = Vec::new();
    let mut report = |found: Vec<String>| problems.extend(found);
    let config = sources.and_then(|sources| {
        let folders = sources.folders_alone();
        Config::load(sources).or_else(|found| {
            report(found.iter().map(ToString::to_string).collect());
            // The folders are checked all the same.
            Config::load(folders)
        })
    });
    let config = config.map(|loaded| loaded.config).unwrap_or_else(|found| {
        report(found.iter().map(ToString::to_string).collect());
        Config::default()
    });
    let folder = SiteFolder::of(config.site.folder());
    let types = load_types(&folder).unwrap_or_else(|found| {
        report(found);
        Types::default()
    });
    // Without types every name in a migration would be unknown.
    if types.iter().next().is_some() {
        report(load_migrations(&folder, &types).err().unwrap_or_default());
    }
    match super::telemetry(&config) {
        Ok(telemetry) => {
            // Pages are shown without these texts; whoever checks wants to know.
            report(
                Theme::load(&folder, &types, None, &telemetry).map_or_else(|found| found, |theme| theme.missing_texts),
            );
            report(Front::open(&config, &telemetry).err().map(|error| error.to_string()).into_iter().collect());
        }
        Err(error) => report(vec![error.to_string()]),
    }
    let bundle = bundle::check(&config.bundle);
    report(bundle.findings.told.iter().map(ToString::to_string).collect());
    let more = bundle.findings.more;
    if as_json {
        let told = json!({
            "ok": problems.is_empty(), "mistakes": problems, "more": more, "rules": bundle.rules,
            "dashboards": bundle.dashboards,
        });
        println!("{told:#}");
        return if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if problems.is_empty() {
        println!("configuration, types and templates are right");
        if bundle.rules + bundle.dashboards > 0 {
            println!("{} rules and {} dashboards are right", bundle.rules, bundle.dashboards);
        }
        return ExitCode::SUCCESS;
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    if more > 0 {
        eprintln!("… and {more} more in rules and dashboards");
    }
    eprintln!("{} mistakes", problems.len() + more);
    ExitCode::FAILURE
}
