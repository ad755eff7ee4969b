//! `vitrine why`: reads the flight recorder on disk, also of a server that is not running any more, and says where the
//! time of a request went.

use std::process::ExitCode;

use crate::config::Config;
use crate::ops::explain::{explain, time};
use crate::telemetry::recorder::{self, Trace};

/// The start of a trace id that is enough to find it.
const SHORTEST: usize = 8;

/// 1 when the trace was not kept.
pub fn run(config: &Config, given: &str) -> anyhow::Result<ExitCode> {
    let id = trace_id(given)?;
    let folder = recorder::folder(config);
    let found = recorder::find(&folder, &id);
    if found.is_empty() {
        eprintln!(
            "vitrine: no trace {id} in {}: it was not kept, or newer ones took its place.\n\
             Kept are requests slower than recorder.slow_s, failed ones, those with an N+1, and a sample (recorder.sample).",
            folder.display()
        );
        return Ok(ExitCode::FAILURE);
    }
    for (at, trace) in found.iter().rev().enumerate() {
        if at > 0 {
            println!();
        }
        print(trace);
    }
    Ok(ExitCode::SUCCESS)
}

/// A trace id, the start of one, or a `traceresponse` header.
fn trace_id(given: &str) -> anyhow::Result<String> {
    let id = match given.split('-').collect::<Vec<_>>()[..] {
        ["00", id, ..] => id,
        _ => given,
    };
    let id = id.to_ascii_lowercase();
    let fits = (SHORTEST..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    anyhow::ensure!(fits, "{given} is no trace id: 32 hex digits, or the first {SHORTEST} or more of them");
    Ok(id)
}

fn print(trace: &Trace) {
    println!("trace {}\n", trace.trace_id);
    for sentence in explain(trace) {
        println!("  {sentence}");
    }
    if !trace.story.steps.is_empty() {
        println!("\n  {:>9}  {:>9}  {:<11}  name", "from", "took", "what");
    }
    for step in &trace.story.steps {
        let (from, took, what) = (time(step.start_us.into()), time(step.took_us.into()), step.kind.as_str());
        let rows = if step.rows > 0 { format!("  {} rows", step.rows) } else { String::new() };
        let failure = if step.failure.is_empty() { String::new() } else { format!("  {}", step.failure) };
        println!("  {from:>9}  {took:>9}  {what:<11}  {}{rows}{failure}", step.name);
    }
    if trace.story.steps_left_out > 0 {
        println!("  {} more steps are not kept", trace.story.steps_left_out);
    }
    if !trace.story.lines.is_empty() {
        println!("\n  log lines, without values");
    }
    for line in &trace.story.lines {
        println!("  {:>9}  {:<5}  {}{}", time(line.at_us.into()), line.level, line.text, line.fields);
    }
}
