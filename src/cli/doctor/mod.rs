//! `vitrine doctor`: whether this installation can serve, and what to do where it cannot. It changes nothing but a file that it
//! writes into each folder of its own and takes away again.

mod database;
mod folders;
mod names;
mod peers;
mod report;
mod secrets;
mod server;
mod settings;

use std::process::ExitCode;
use std::sync::Arc;

use crate::config::{Config, ConfigProblem};
use crate::telemetry::Telemetry;
use report::{Report, State};

/// 0 when there is no problem; warnings are none.
pub fn run(sources: super::LoadResult, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    match sources.and_then(|sources| Ok((sources.clone(), Config::load(sources)?))) {
        Ok((sources, loaded)) => {
            let secrets = secrets::files(&sources, &loaded);
            examine(&loaded.config, &secrets, &mut report)?;
        }
        Err(problems) => tell_mistakes(&problems, &mut report),
    }
    if as_json {
        println!("{:#}", report.to_json());
    } else {
        print!("{}", report.to_text());
    }
    Ok(if report.count(State::Problem) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell_mistakes(problems: &[ConfigProblem], report: &mut Report) {
    for problem in problems {
        let advice =
            "correct it; docs/CONFIGURATION.md has every setting, `vitrine config example` a file to start from";
        report.problem("settings", problem.to_string(), advice);
    }
    report.note("settings", "nothing else was looked at: the settings say where", "");
}

fn examine(config: &Config, secrets: &[secrets::SecretFile], report: &mut Report) -> anyhow::Result<()> {
    // Standard output is for the report.
    let telemetry: Arc<Telemetry> = Telemetry::start(config, Box::new(std::io::stderr()))?;
    settings::examine(config, report);
    folders::examine(config, report);
    secrets::examine(config, secrets, report);
    let running = server::examine(config, report);
    server::tls(config, report);
    let runtime = super::serve::runtime(config)?;
    runtime.block_on(async {
        database::examine(config, &telemetry, report).await;
        names::examine(config, report).await;
        peers::bucket(config, &telemetry, report).await;
        peers::redis(config, &telemetry, report).await;
        peers::smtp(config, &telemetry, report).await;
        peers::cdn(config, &telemetry, report).await;
    });
    // A resolver that does not answer is not waited for.
    runtime.shutdown_background();
    settings::site_and_bundle(config, report);
    if running.is_none() {
        report.note("server", "no server runs here with these settings", "start it: vitrine serve");
    }
    Ok(())
}
