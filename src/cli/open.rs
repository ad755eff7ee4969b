//! What commands open: the settings of this process, the types of the site, and the parts that all share.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;

use super::{Settings, serve};
use crate::app::App;
use crate::config::{Config, ConfigProblem, Loaded, Sources};
use crate::content::types::Types;
use crate::site::{SiteFolder, load_types};
use crate::telemetry::Telemetry;

pub type LoadResult = Result<Sources, Vec<ConfigProblem>>;

pub fn sources(settings: &Settings, preset: &[(&str, &str)]) -> LoadResult {
    let mut flags: Vec<(String, String)> =
        preset.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    if let Some(site) = &settings.site {
        flags.push(("--site".into(), site.display().to_string()));
    }
    flags.extend(settings.set.iter().cloned());
    Sources::from_process(settings.config.as_deref(), flags)
}

pub fn load(settings: &Settings, preset: &[(&str, &str)]) -> anyhow::Result<Loaded> {
    sources(settings, preset).and_then(Config::load).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the configuration has mistakes:\n{}", lines.join("\n"))
    })
}

/// Telemetry that writes to standard output.
pub fn telemetry(config: &Config) -> anyhow::Result<Arc<Telemetry>> {
    Ok(Telemetry::start(config, Box::new(std::io::stdout()))?)
}

/// The content types of the configured site.
pub fn types(config: &Config) -> anyhow::Result<Types> {
    load_types(&SiteFolder::of(config.site.folder()))
        .map_err(|problems| anyhow::anyhow!("the site folder has mistakes:\n{}", problems.join("\n")))
}

/// Runs `work` on the content of the configured installation, without a listener.
pub fn with_app<F>(loaded: Loaded, work: impl FnOnce(Arc<App>) -> F) -> anyhow::Result<ExitCode>
where
    F: Future<Output = anyhow::Result<ExitCode>>,
{
    let config = loaded.config;
    // Standard output is for what the command says.
    let telemetry = Telemetry::start(&config, Box::new(std::io::stderr()))?;
    let types = types(&config)?;
    serve::runtime(&config)?.block_on(async {
        let app = App::open(config, types, telemetry)?;
        let result = work(app.clone()).await;
        app.close().await;
        result
    })
}
