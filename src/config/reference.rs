//! docs/CONFIGURATION.md, made from the table of settings.

use std::fmt::Write as _;

use super::environment::names;
use super::example::{default, help};
use super::settings::{SECTIONS, SETTINGS};
use super::table::Setting;
use super::{postgres, slo};

const OPENING: &str = "\
# Configuration

<!-- Generated from src/config/settings.rs: do not edit. A test compares both. -->

Vitrine starts without any configuration. Each value comes from the strongest layer that sets it:

1. flags: `--set server.listen=0.0.0.0:8000`, once for each setting,
2. the environment,
3. the file `vitrine.toml` in the working directory, or the one that `--config PATH` or `VITRINE_CONFIG` names,
4. the default.

`vitrine config show` prints every value with its origin; secrets are redacted.
Mistakes stop the start and are all reported at once, each with its place: unknown keys and sections, unknown
`VITRINE_*` variables, wrong types, values out of range.

## Environment

- The variable of a setting is `VITRINE_<SECTION>_<KEY>`; the tables below name exceptions and aliases. The
  variable of Vitrine's own name is stronger than its aliases; what was ignored is part of the origin.
- An empty variable counts as unset. Lists are separated by commas. Booleans are `true`, `1`, `yes`, `on` or
  `false`, `0`, `no`, `off`, in any case.
- Each secret is also read from the file that `<NAME>_FILE` names (`SECRET_KEY_FILE=/run/secrets/key`), without the
  blanks around it. Setting both forms is a mistake.
";

/// The text of docs/CONFIGURATION.md.
#[must_use]
pub fn reference_markdown() -> String {
    let mut out = OPENING.to_owned();
    let parts = postgres::VARIABLES.map(|name| format!("`{name}`")).join(", ");
    writeln!(
        out,
        "- When no URL is given for the database, these make one:\n  {parts};\n  \
         `POSTGRES_HOST` or `POSTGRES_DB` is needed. They have `_FILE` forms too.\n\
         - `PORT=n` is `server.listen = \"0.0.0.0:n\"`, `DEBUG=True` is `mode = \"dev\"`, \
         `WEB_CONCURRENCY=auto` is\n  `server.workers = 0`, and `LOG_LEVEL` also takes the names of \
         Python (`WARNING`, `CRITICAL`).\n\
         - Variables that Kubernetes sets for Services (`VITRINE_SERVICE_HOST`, \
         `POSTGRES_PORT=tcp://…`) are ignored.",
    )
    .expect("writing to a String cannot fail");
    out.push_str(&section("", "At the top of the file, before any section."));
    for (name, about) in SECTIONS {
        out.push_str(&section(name, about.trim()));
    }
    out.push_str(&slos());
    out
}

fn section(name: &str, about: &str) -> String {
    let title = if name.is_empty() { "Top level".to_owned() } else { format!("[{name}]") };
    let rows: String = SETTINGS.iter().filter(|setting| setting.section() == name).map(row).collect();
    format!(
        "\n## {title}\n\n{about}\n\n| Key | Type | Default | Environment | Meaning |\n\
         | --- | --- | --- | --- | --- |\n{rows}"
    )
}

fn slos() -> String {
    let fields: String = slo::FIELDS.iter().map(|(name, about)| format!("| `{name}` | {about} |\n")).collect();
    let defaults: String = slo::defaults()
        .iter()
        .map(|slo| {
            let threshold = if slo.threshold_s > 0.0 { slo.threshold_s.to_string() } else { String::new() };
            let kind = slo.kind.as_str();
            format!("| `{}` | {kind} | {} | {threshold} | {} |\n", slo.name, slo.objective, slo.min_bad_events)
        })
        .collect();
    format!(
        "\n## [slo.NAME]\n\nWhat is promised, one table for each objective, at most {}: in the file, or with \
         `--set slo.NAME.FIELD=VALUE`.\nThe server counts every event as good or bad; the alerts and the dashboard of \
         SLOs read all of them, so that a new table needs\nno new rule.\n\n\
         | Field | Meaning |\n| --- | --- |\n{fields}\n\
         Without any configuration there are these:\n\n\
         | Name | Kind | `objective` | `threshold_s` | `min_bad_events` |\n| --- | --- | --- | --- | --- |\n{defaults}",
        slo::MAX_SLOS,
    )
}

fn row(setting: &Setting) -> String {
    let mut places: Vec<String> = names(setting).map(|name| format!("`{name}`")).collect();
    if setting.secret {
        places.push("each also with `_FILE`".to_owned());
    }
    if let Some(flag) = setting.flag {
        places.push(format!("flag `{flag}`"));
    }
    let cells = [
        format!("`{}`", setting.name()),
        setting.kind.to_owned(),
        format!("`{}`", default(setting)),
        places.join(", "),
        help(setting),
    ];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}
