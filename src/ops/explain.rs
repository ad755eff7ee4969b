//! Where the time of a kept trace went, in plain sentences: the same in the terminal and in the browser.

use std::collections::BTreeMap;

use crate::telemetry::recorder::Trace;
use crate::telemetry::scope::{N_PLUS_ONE_THRESHOLD, Step, StepKind};

/// Shares below it are not worth a sentence.
const WORTH_TELLING: f64 = 0.03;

/// Microseconds as people say them: `840 µs`, `12.3 ms`, `1.52 s`.
pub fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..100_000 => format!("{:.1} ms", us as f64 / 1e3),
        100_000..1_000_000 => format!("{:.0} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

fn number(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// Queries, for which the plural is not made with an s.
fn queries(count: usize) -> String {
    if count == 1 { "1 query".to_owned() } else { format!("{count} queries") }
}

/// Steps of one name, together.
struct Together<'t> {
    name: &'t str,
    times: usize,
    took_us: u64,
}

fn together(trace: &Trace, kind: StepKind) -> Vec<Together<'_>> {
    let mut by_name: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for step in trace.story.steps.iter().filter(|step| step.kind == kind) {
        let (times, took_us) = by_name.entry(&step.name).or_default();
        *times += 1;
        *took_us += u64::from(step.took_us);
    }
    let mut all: Vec<_> =
        by_name.into_iter().map(|(name, (times, took_us))| Together { name, times, took_us }).collect();
    all.sort_by_key(|each| std::cmp::Reverse(each.took_us));
    all
}

/// What happened and where the time went, a sentence or two each.
pub fn explain(trace: &Trace) -> Vec<String> {
    let mut told = vec![answered(trace), kept(trace)];
    told.extend(failed(trace));
    if trace.phases.is_empty() {
        told.push(at_once(trace));
        return told;
    }
    let share = |us: u64| us as f64 / trace.duration_us.max(1) as f64;
    let percent = |us: u64| format!("{:.0} %", (share(us) * 100.0).min(100.0));
    let (db, pool) = (trace.phase_us("db"), trace.phase_us("pool_wait"));
    if trace.queries > 0 || share(db) >= WORTH_TELLING {
        let (asked, rows) = (queries(trace.queries as usize), number(trace.rows as usize, "row"));
        let mut text = format!("The database took {} ({}): {asked}, {rows}.", time(db), percent(db));
        if let Some(slowest) = together(trace, StepKind::Query).first().filter(|_| trace.queries > 1) {
            text += &format!(" The most went to {}: {}", slowest.name, time(slowest.took_us));
            text += &if slowest.times > 1 { format!(" in {} runs.", slowest.times) } else { ".".to_owned() };
        }
        told.push(text);
    }
    if share(pool) >= WORTH_TELLING {
        told.push(format!(
            "It waited {} ({}) for a database connection: all were in use, or a new one had to be opened. Look at who \
             holds them before making the pool larger.",
            time(pool),
            percent(pool)
        ));
    }
    let render = trace.phase_us("render");
    if share(render) >= WORTH_TELLING {
        let slowest = together(trace, StepKind::Render);
        let name = slowest.first().map_or(String::new(), |first| format!(", most of it in {}", first.name));
        told.push(format!("Templates took {} ({}){name}.", time(render), percent(render)));
    }
    told.extend(repeated(trace));
    told.extend(rest(trace, share(trace.phase_us("other")), &percent(trace.phase_us("other"))));
    told
}

fn answered(trace: &Trace) -> String {
    let path = if trace.path.is_empty() { "a path that is not kept" } else { &trace.path };
    let cache = match &*trace.cache {
        "" => String::new(),
        "hit" => ", from the page cache".to_owned(),
        "stale" => ", with the last good copy".to_owned(),
        "miss" => ", made anew".to_owned(),
        other => format!(", page cache: {other}"),
    };
    let (method, route, took) = (&trace.method, &trace.route, time(trace.duration_us));
    format!("{method} {path} (route {route}) was answered with {} in {took}{cache}.", trace.status)
}

fn kept(trace: &Trace) -> String {
    let why = match &*trace.reason {
        "failed" => "it failed",
        "slow" => "it took longer than recorder.slow_s",
        "n_plus_one" => "one query ran again and again",
        _ => "it is one of the random sample",
    };
    let (began, version, commit) = (trace.began(), &trace.version, &trace.commit);
    format!(
        "It began at {began} and is kept because {why}. Version {version} ({commit}), configuration {}.",
        trace.config
    )
}

fn failed(trace: &Trace) -> Option<String> {
    let text = match &*trace.failure {
        "panic" => "The handler panicked: that is a mistake in the program. The log lines of this trace say where.",
        "timeout" => "It was cut off after server.request_timeout_s: what had begun last is what it waited for.",
        "overload" => "It was refused because the server was full.",
        "database" => "It failed because the database did not do what it was asked.",
        "template" => "It failed because a template has a mistake.",
        "aborted" => "The client went away before it had the whole answer.",
        "" if trace.status >= 500 => "It failed.",
        "" => return failed_step(trace),
        _ => "It failed within the server.",
    };
    let mut text = text.to_owned();
    if let Some(line) = trace.story.lines.iter().find(|line| line.level == "error") {
        text += &format!(" The log says: {}; search it for the trace id.", line.text);
    }
    Some(failed_step(trace).map_or_else(|| text.clone(), |step| format!("{text} {step}")))
}

fn failed_step(trace: &Trace) -> Option<String> {
    let step = trace.story.steps.iter().find(|step| !step.failure.is_empty())?;
    let after = time(u64::from(step.start_us) + u64::from(step.took_us));
    Some(format!("{} {} ended with {} after {after}.", kind(step), step.name, step.failure))
}

fn kind(step: &Step) -> &'static str {
    match step.kind {
        StepKind::Query => "The query",
        StepKind::Transaction => "The transaction",
        StepKind::Pool => "The wait for the pool",
        StepKind::Render => "The template",
    }
}

fn at_once(trace: &Trace) -> String {
    if &*trace.cache == "hit" || trace.queries == 0 && trace.story.steps.is_empty() {
        return "Nothing was asked of the database and no template ran: the time is what the client took to fetch the \
                answer, or what the processor was busy with."
            .to_owned();
    }
    String::from("How the time was spent is not known.")
}

fn repeated(trace: &Trace) -> Option<String> {
    let most = together(trace, StepKind::Query);
    let often = most.iter().find(|each| each.times >= N_PLUS_ONE_THRESHOLD as usize)?;
    let (name, times) = (often.name, often.times);
    Some(format!(
        "{name} ran {times} times, {} together (N+1): one query for all of them would do.",
        time(often.took_us)
    ))
}

/// What no phase explains.
fn rest(trace: &Trace, share: f64, percent: &str) -> Option<String> {
    let other = trace.phase_us("other");
    if share < 0.25 || other < 5_000 {
        return None;
    }
    let took = time(other);
    let why = if trace.queries == 0 && &*trace.cache == "miss" {
        "another request was making the same page, and this one waited for it"
    } else {
        "waiting for another request, for the processor, or for the client to take the answer"
    };
    let mut text = format!("{took} ({percent}) went to neither database nor templates: most likely {why}.");
    if let Some((gap, after)) = longest_gap(trace) {
        text += &format!(" The longest stretch without a step was {}, {after}.", time(gap));
    }
    Some(text)
}

/// The longest time in which no step ran, and behind what it came.
fn longest_gap(trace: &Trace) -> Option<(u64, String)> {
    let mut steps: Vec<&Step> = trace.story.steps.iter().collect();
    steps.sort_by_key(|step| step.start_us);
    let (mut end, mut last) = (0, "before the first one".to_owned());
    let mut longest: Option<(u64, String)> = None;
    let mut gap = |from: u64, to: u64, after: &str| {
        if to > from && longest.as_ref().is_none_or(|(known, _)| to - from > *known) {
            longest = Some((to - from, after.to_owned()));
        }
    };
    for step in &steps {
        let (start, step_end) = (u64::from(step.start_us), u64::from(step.start_us) + u64::from(step.took_us));
        gap(end, start, &last);
        if step_end >= end {
            (end, last) = (step_end, format!("after {}", step.name));
        }
    }
    gap(end, trace.duration_us, &last);
    longest.filter(|_| !steps.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace() -> Trace {
        serde_json::from_value(serde_json::json!({
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "at_us": 0, "reason": "slow", "route": "/{*path}",
            "method": "GET", "status": 200, "failure": "", "cache": "miss", "path": "/about/", "duration_us": 2_000_000,
            "bytes": 10, "phases": [["db", 1_800_000], ["pool_wait", 100_000], ["render", 90_000], ["other", 10_000]],
            "queries": 12, "rows": 40, "version": "1", "commit": "c", "config": "d",
            "story": { "steps_left_out": 0, "lines": [], "lines_left_out": 0, "steps": (0..12).map(|at| serde_json::json!({
                "kind": "query", "name": if at == 0 { "page.find" } else { "image.find" }, "start_us": at * 100_000,
                "took_us": 150_000, "rows": 1 })).collect::<Vec<_>>() },
        }))
        .expect("a trace")
    }

    #[test]
    fn the_sentences_say_where_the_time_went() {
        let told = explain(&trace()).join("\n");
        for part in [
            "GET /about/ (route /{*path}) was answered with 200 in 2.00 s, made anew.",
            "The database took 1.80 s (90 %): 12 queries, 40 rows. The most went to image.find: 1.65 s in 11 runs.",
            "It waited 100 ms (5 %) for a database connection",
            "Templates took 90.0 ms (4 %)",
            "image.find ran 11 times, 1.65 s together (N+1)",
        ] {
            assert!(told.contains(part), "{part}\nis not in\n{told}");
        }
        assert!(!told.contains("neither database nor templates"), "{told}");
    }

    #[test]
    fn a_failure_names_what_failed() {
        let mut trace = trace();
        trace.failure = "timeout".into();
        trace.status = 503;
        trace.story.steps[3].failure = "cancelled".into();
        let told = explain(&trace).join("\n");
        assert!(told.contains("server.request_timeout_s"), "{told}");
        assert!(told.contains("The query image.find ended with cancelled after 450 ms."), "{told}");
    }
}
