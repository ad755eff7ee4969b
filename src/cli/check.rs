//! `vitrine check`: every mistake of configuration, types and templates at once.

use std::process::ExitCode;

use crate::config::{Config, Loaded};
use crate::site::{SiteFolder, Theme, load_types};

/// 0 when everything is right, else 1 with one line a mistake.
pub fn run(sources: super::LoadResult) -> ExitCode {
    let mut problems: Vec<String> = Vec::new();
    let loaded = sources.and_then(Config::load);
    let config = match loaded {
        Ok(Loaded { config, .. }) => config,
        Err(found) => {
            problems.extend(found.iter().map(ToString::to_string));
            // The site is checked all the same, as far as its folder is known.
            Config::default()
        }
    };
    let folder = SiteFolder::of(config.site.folder());
    match load_types(&folder) {
        Ok(types) => match super::telemetry(&config) {
            Ok(telemetry) => {
                if let Err(found) = Theme::load(&folder, &types, &telemetry) {
                    problems.extend(found);
                }
            }
            Err(error) => problems.push(error.to_string()),
        },
        Err(found) => problems.extend(found),
    }
    if problems.is_empty() {
        println!("configuration, types and templates are right");
        return ExitCode::SUCCESS;
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    eprintln!("{} mistakes", problems.len());
    ExitCode::FAILURE
}
