//! `vitrine drill`: a fire drill of every critical alert, through the real Alertmanager.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::with_app;
use crate::app::App;
use crate::clock::Micros;
use crate::config::Loaded;
use crate::drill::{self, Line, Missing, Outcome, Plan, Report};

const TICK: Duration = Duration::from_millis(200);

#[derive(Args)]
pub struct Options {
    /// Seconds that receivers have to acknowledge.
    #[arg(long, default_value_t = 120, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Drill the critical alerts of the rules in this folder. Without it: of those that Vitrine is shipped with.
    #[arg(long, value_name = "DIR")]
    alerts: Option<PathBuf>,
    /// Drill this alert alone; may be repeated. Such a drill does not count as the regular one.
    #[arg(long = "only", value_name = "ALERT")]
    only: Vec<String>,
    /// Show which alerts would be sent, and send none.
    #[arg(long)]
    list: bool,
}

/// 0 when every receiver acknowledged every alert.
pub fn run(loaded: Loaded, options: Options) -> anyhow::Result<ExitCode> {
    let mut alerts = drill::critical(options.alerts.as_deref())?;
    if let Some(unknown) = options.only.iter().find(|name| !alerts.contains(name)) {
        anyhow::bail!("{unknown} is no critical alert; these are: {}", alerts.join(", "));
    }
    let whole = options.only.is_empty();
    alerts.retain(|name| whole || options.only.contains(name));
    if options.list {
        alerts.iter().for_each(|name| println!("{name}"));
        return Ok(ExitCode::SUCCESS);
    }
    with_app(loaded, async move |app| {
        let settings = &app.config.drill;
        let plan = Plan {
            alertmanager_url: settings.alertmanager_url.clone(),
            token: settings.token.clone(),
            listen: settings.listen,
            acknowledge_url: settings.acknowledge_url.clone(),
            timeout: Duration::from_secs(options.timeout),
            alerts,
        };
        let count = plan.alerts.len();
        let report = perform(plan).await?;
        print_table(&report);
        if let Some(error) = &report.not_ended {
            eprintln!("The alerts of the drill could not be ended, and end by themselves: {error}");
        }
        if !report.succeeded() {
            print_missing(&app, &report, options.timeout);
            return Ok(ExitCode::FAILURE);
        }
        println!("\nEvery receiver acknowledged all of {count} alerts.");
        if whole {
            note(&app, count).await?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Runs the drill, and says on standard error how far it is.
async fn perform(plan: Plan) -> anyhow::Result<Report> {
    // Drawn on a terminal alone.
    let bar = ProgressBar::new(plan.alerts.len() as u64);
    bar.set_style(ProgressStyle::with_template("{spinner} {pos}/{len} acknowledged  {elapsed}  {msg}")?);
    bar.set_message(format!("waiting for at most {} s", plan.timeout.as_secs()));
    bar.enable_steady_tick(TICK);
    let report = drill::run(plan, |alert, receiver, after| {
        bar.suspend(|| eprintln!("{alert} acknowledged by {receiver} after {:.1} s", after.as_secs_f64()));
        bar.inc(1);
    })
    .await;
    bar.finish_and_clear();
    Ok(report?)
}

/// Keeps the time where servers and their alert VitrineDrillOverdue read it.
async fn note(app: &App, alerts: usize) -> anyhow::Result<()> {
    let noted = drill::succeeded(&app.db, Micros::now(), alerts).await;
    noted.map_err(|error| {
        anyhow::anyhow!("the drill succeeded, but its time could not be written, so it still counts as due: {error}")
    })
}

fn print_table(report: &Report) {
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0).max("receiver".len());
    let alerts = width(&mut report.lines.iter().map(|line| line.alert.len()));
    let receivers = width(&mut report.lines.iter().map(|line| line.receiver.len()));
    println!("{:<alerts$}  {:<receivers$}  {:>7}", "alert", "receiver", "seconds");
    for Line { alert, receiver, outcome } in &report.lines {
        let receiver = if receiver.is_empty() { "-" } else { receiver };
        let seconds = match outcome {
            Outcome::Acknowledged(after) => format!("{:.1}", after.as_secs_f64()),
            Outcome::Missing(_) => "missing".to_owned(),
        };
        println!("{alert:<alerts$}  {receiver:<receivers$}  {seconds:>7}");
    }
}

/// What is missing, and what to do next; the same advice once for all alerts that it concerns.
fn print_missing(app: &App, report: &Report, timeout_s: u64) {
    let url = &app.config.drill.alertmanager_url;
    let mut advised: Vec<(String, Vec<&str>)> = Vec::new();
    for line in &report.lines {
        let Outcome::Missing(missing) = &line.outcome else { continue };
        let advice = advice(missing, &line.receiver, url);
        match advised.iter_mut().find(|(known, _)| *known == advice) {
            Some((_, alerts)) => alerts.push(&line.alert),
            None => advised.push((advice, vec![&line.alert])),
        }
    }
    let missing: usize = advised.iter().map(|(_, alerts)| alerts.len()).sum();
    println!("\n{missing} of {} were not acknowledged within {timeout_s} s.", report.lines.len());
    for (advice, alerts) in advised {
        println!("\n{}\n  {advice}", alerts.join(", "));
    }
}

fn advice(missing: &Missing, receiver: &str, url: &str) -> String {
    match missing {
        Missing::NotShown => format!(
            "Alertmanager took it and routes it to nobody. Is {url} the Alertmanager that pages, and the only one of that name?\n  \
             amtool config routes show --alertmanager.url={url}"
        ),
        Missing::Silenced(ids) => format!(
            "It is silenced, as the real alert would be. End the silence:\n  amtool silence expire {} --alertmanager.url={url}",
            ids.join(" ")
        ),
        Missing::Inhibited => {
            "A rule of inhibition holds it back. Drills have a job of their own each: does a rule lack `equal: [job]`?"
                .to_owned()
        }
        Missing::Unnamed => {
            "Somebody acknowledged it without a name, and several receivers have to: add ?receiver=NAME to the link."
                .to_owned()
        }
        Missing::Silence => format!(
            "The receiver {receiver} has not acknowledged it. Did it arrive there?\n  \
             Yes: the link in it must be reachable from there: see drill.listen and drill.acknowledge_url.\n  \
             No: the log of Alertmanager says why, and so does the runbook AlertmanagerNotificationsFailing."
        ),
    }
}
