//! `vitrine demo-history`: a month of metrics of a site that never was, to see the dashboards full.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::clock::Micros;
use crate::telemetry::demo::{self, Plan};

#[derive(Args)]
pub struct Options {
    /// Days before now.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=400))]
    days: u32,
    /// Seconds between two samples.
    #[arg(long, default_value_t = 1_800, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(15..=86_400))]
    step: u32,
    /// The same number makes the same history.
    #[arg(long = "random-seed", default_value_t = 1, value_name = "NUMBER")]
    random_seed: u64,
    /// File to write; without it, standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let plan = Plan {
        days: options.days,
        step_s: options.step,
        until: Micros::now().0 / 1_000_000,
        seed: options.random_seed,
    };
    // Drawn on a terminal alone.
    let bar = ProgressBar::new(u64::from(plan.days) * 86_400 / u64::from(plan.step_s));
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent} %  {eta} left")?);
    let Some(path) = &options.output else {
        let mut out = BufWriter::new(io::stdout().lock());
        demo::write(plan, &mut out, |more| bar.inc(more))?;
        out.flush()?;
        return Ok(ExitCode::SUCCESS);
    };
    let file = File::create(path).map_err(|error| anyhow::anyhow!("cannot write {}: {error}", path.display()))?;
    let mut out = BufWriter::new(file);
    let made = demo::write(plan, &mut out, |more| bar.inc(more))?;
    out.flush()?;
    bar.finish_and_clear();
    let file = path.display();
    println!(
        "{} series with {} samples in {file}; put them into Prometheus while it is stopped:",
        made.series, made.samples
    );
    println!("  promtool tsdb create-blocks-from --max-block-duration=24h openmetrics {file} PROMETHEUS_DATA_FOLDER");
    Ok(ExitCode::SUCCESS)
}
