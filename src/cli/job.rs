//! `vitrine job`: the queue of background work, and what gave up.

use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;

use super::with_app;
use crate::clock::Micros;
use crate::config::Loaded;
use crate::jobs::{Jobs, Listed, queue};

#[derive(Subcommand)]
pub enum Action {
    /// List jobs, the newest first; what is done is gone.
    List {
        /// Only those in this state.
        #[arg(value_parser = ["waiting", "running", "dead"])]
        state: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Let what gave up be tried again.
    Retry {
        #[command(flatten)]
        which: Which,
    },
    /// Delete what gave up.
    Discard {
        #[command(flatten)]
        which: Which,
    },
}

/// One job, or all that gave up.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    id: Option<i64>,
    /// All that gave up.
    #[arg(long)]
    all: bool,
}

/// Shows the queue, or decides about what gave up.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let jobs = &app.content.jobs;
        match action {
            Action::List { state, json } => list(jobs, state.as_deref(), json).await?,
            Action::Retry { which } => tell(&which, jobs.revive(which.id).await?, "wait to be tried again")?,
            Action::Discard { which } => tell(&which, jobs.discard(which.id).await?, "are deleted")?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn tell(which: &Which, changed: u64, what: &str) -> anyhow::Result<()> {
    match which.id {
        Some(id) if changed == 0 => bail!("job {id} is not dead, or another one of its kind waits: vitrine job list"),
        _ => println!("jobs: {changed} {what}"),
    }
    Ok(())
}

async fn list(jobs: &Jobs, state: Option<&str>, as_json: bool) -> anyhow::Result<()> {
    let listed = jobs.list(state).await?;
    if as_json {
        let job = |job: &Listed| {
            json!({ "id": job.id, "kind": job.kind, "queue": job.queue, "state": job.state, "key": job.unique_key,
                    "priority": job.priority, "attempts": job.attempts, "run_at": Micros(job.run_at).to_rfc3339(),
                    "created_at": Micros(job.created_at).to_rfc3339(), "trace_id": job.trace_id, "error": job.error })
        };
        println!("{:#}", json!(listed.iter().map(job).collect::<Vec<_>>()));
        return Ok(());
    }
    for job in &listed {
        let (at, error) = (Micros(job.run_at).to_rfc3339(), &job.error);
        println!("{:>8}  {:<14} {:<8} {at:<20}  attempts {:>2}  {error}", job.id, job.kind, job.state, job.attempts);
    }
    match listed.len() as i64 {
        0 => println!("there are no such jobs"),
        queue::MAX_LISTED => println!("these are the newest {}", queue::MAX_LISTED),
        _ => {}
    }
    Ok(())
}
