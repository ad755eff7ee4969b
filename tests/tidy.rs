//! The house rules, checked on the source itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Lines a file may have.
const MAX_LINES: usize = 400;

/// One file of `src/`, `tests/` or the root, by its path from the root.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// `src/site/pages.rs` -> `site`; `src/app.rs` -> `app`.
    fn module(&self) -> &str {
        let inner = self.path.trim_start_matches("src/");
        inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs")
    }

    /// The code without comments, tests at the end and text in quotes, line by line with its number.
    fn code(&self) -> impl Iterator<Item = (usize, String)> {
        let lines = self.text.lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(at, line)| (at, without_quotes(line)))
    }

    /// As [`Source::code`], up to the tests.
    fn product_code(&self) -> impl Iterator<Item = (usize, String)> {
        let is_tests = self.path.contains("/tests/") || self.path.ends_with("/tests.rs");
        let end = self.text.lines().position(|line| line.trim() == "#[cfg(test)]").unwrap_or(usize::MAX);
        let end = if is_tests { 0 } else { end };
        self.code().filter(move |(at, _)| *at <= end)
    }
}

/// Quoted text becomes empty, and a comment behind code goes.
fn without_quotes(line: &str) -> String {
    let mut out = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in line.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '/' if !quoted && line[at..].starts_with("//") => break,
            _ if quoted => {}
            _ => out.push(character),
        }
    }
    out
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources(folder: &str) -> Vec<Source> {
    let read = |path: PathBuf| Source {
        path: path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned(),
        text: std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    };
    let found: Vec<_> = files(folder, "rs").into_iter().map(read).collect();
    assert!(found.len() > 5, "{folder} has sources");
    found
}

fn assert_none(found: &[String], rule: &str) {
    let mut text = String::new();
    for line in found {
        let _ = writeln!(text, "  {line}");
    }
    assert!(found.is_empty(), "{rule}:\n{text}");
}

/// Whether `word` stands in `code` as a word of its own.
fn has_word(code: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Uses of `words` outside of the modules where they belong.
fn outside(words: &[&str], modules: &[&str], exceptions: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources("src") {
        if modules.contains(&source.module()) || exceptions.contains(&source.path.as_str()) {
            continue;
        }
        for (at, code) in source.product_code() {
            for word in words.iter().filter(|word| has_word(&code, word)) {
                found.push(format!("{}:{at}: {word}", source.path));
            }
        }
    }
    found
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = |source: &Source| !source.text.starts_with("//! ");
    let found: Vec<_> =
        sources("src").into_iter().chain(sources("tests")).filter(silent).map(|source| source.path).collect();
    assert_none(&found, "a file opens with //! and what it is for");
}

#[test]
fn no_file_is_two_ideas_long() {
    let lines = |source: &Source| source.text.lines().count();
    let long = sources("src").into_iter().chain(sources("tests")).filter(|source| lines(source) > MAX_LINES);
    let found: Vec<_> = long.map(|source| format!("{}: {} lines", source.path, lines(&source))).collect();
    assert_none(&found, "a file has at most 400 lines");
}

#[test]
fn libraries_stay_behind_their_modules() {
    assert_none(&outside(&["sqlx"], &["db"], &[]), "sqlx is used in db alone");
    let telemetry = ["prometheus", "opentelemetry", "opentelemetry_sdk", "opentelemetry_otlp", "tokio_metrics"];
    assert_none(&outside(&telemetry, &["telemetry"], &[]), "metrics and traces are written from telemetry alone");
    let facade: Vec<_> = sources("src")
        .iter()
        .filter(|source| source.module() != "telemetry")
        .flat_map(|source| source.product_code().map(|(at, code)| (source.path.clone(), at, code)).collect::<Vec<_>>())
        .filter(|(_, _, code)| code.contains("metrics::") && !code.contains("_metrics::"))
        .map(|(path, at, _)| format!("{path}:{at}: metrics::"))
        .collect();
    assert_none(&facade, "the metrics facade is used in telemetry alone");
    let faces = ["http", "site", "api", "admin", "ops", "serve"];
    assert_none(&outside(&["axum", "tower"], &faces, &[]), "axum and tower are used by the faces alone");
    assert_none(&outside(&["minijinja", "minijinja_contrib"], &["render"], &[]), "minijinja is used in render alone");
    assert_none(&outside(&["clap"], &["cli"], &[]), "clap is used in cli alone");
    assert_none(&outside(&["fluent_bundle", "unic_langid"], &["admin"], &[]), "messages are the editor's");
    let parsers = ["promql_parser", "saphyr_parser"];
    assert_none(&outside(&parsers, &["bundle"], &[]), "rules are parsed in bundle alone");
    assert_none(&outside(&["webauthn_rs"], &["accounts"], &[]), "passkeys are checked in accounts alone");
}

#[test]
fn the_environment_is_read_in_config_alone() {
    let mut found = Vec::new();
    for source in sources("src").iter().filter(|source| source.module() != "config") {
        let reads = |code: &str| code.contains("std::env") || has_word(code, "env::var") || has_word(code, "env::vars");
        found.extend(
            source.product_code().filter(|(_, code)| reads(code)).map(|(at, _)| format!("{}:{at}", source.path)),
        );
    }
    assert_none(&found, "std::env is used in config alone");
}

#[test]
fn time_is_asked_for_at_two_doors() {
    let mut found = Vec::new();
    for source in sources("src") {
        let clock = source.path == "src/clock.rs";
        let timer = source.path == "src/telemetry/timer.rs";
        for (at, code) in source.product_code() {
            let wall = ["SystemTime::now", "Timestamp::now", "Zoned::now"].iter().any(|call| code.contains(call));
            if (wall && !clock)
                || (code.contains("Instant::now") && !timer && !code.contains("tokio::time::Instant::now"))
            {
                found.push(format!("{}:{at}", source.path));
            }
        }
    }
    assert_none(&found, "the wall clock is in clock.rs, the stopwatch in telemetry/timer.rs");
}

#[test]
fn tasks_are_started_by_the_server_and_the_queue_alone() {
    let mut found = Vec::new();
    let may = |source: &Source| source.module() == "serve" || source.path.ends_with("jobs/runner.rs");
    for source in sources("src").iter().filter(|source| !may(source)) {
        let starts =
            |code: &str| code.contains("tokio::spawn(") || code.contains("task::spawn(") || code.contains("JoinSet");
        found.extend(
            source.product_code().filter(|(_, code)| starts(code)).map(|(at, _)| format!("{}:{at}", source.path)),
        );
    }
    assert_none(&found, "tasks are started in serve and in jobs::runner alone");
}

#[test]
fn nothing_is_left_for_later() {
    // In pieces, so that this file does not find itself.
    let words = [
        ["to", "do!"],
        ["unimple", "mented!"],
        ["db", "g!"],
        ["#[ig", "nore"],
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X:"],
        ["#[al", "low("],
        ["should_", "panic"],
    ];
    let words: Vec<String> = words.iter().map(|parts| parts.concat()).collect();
    let mut found = Vec::new();
    for source in sources("src").iter().chain(&sources("tests")) {
        for (at, line) in source.text.lines().enumerate() {
            found.extend(
                words
                    .iter()
                    .filter(|word| line.contains(*word))
                    .map(|word| format!("{}:{}: {word}", source.path, at + 1)),
            );
        }
    }
    assert_none(&found, "work is finished or not begun");
}

#[test]
fn input_does_not_panic() {
    let mut found = Vec::new();
    for source in sources("src") {
        for (at, code) in source.product_code() {
            for call in [".unwrap()", "panic!(", "unreachable!(", ".expect()"] {
                // `.expect("why it holds")` has lost its text here; an empty one in the source has not.
                let empty_expect = call != ".expect()"
                    || source.text.lines().nth(at - 1).is_some_and(|line| line.contains(".expect(\"\")"));
                if code.contains(call) && empty_expect {
                    found.push(format!("{}:{at}: {call}", source.path));
                }
            }
        }
    }
    assert_none(&found, "an invariant says why it holds: expect(\"…\")");
}

#[test]
fn every_statement_is_in_a_list_that_is_prepared() {
    let mut declared = BTreeSet::new();
    let mut count = 0;
    for source in sources("src") {
        let mut inside = false;
        for line in source.text.lines() {
            inside = (inside || line.starts_with("queries! {")) && line != "}";
            for access in ["= read \"", "= write \""].iter().filter(|_| inside) {
                if let Some(rest) = line.split_once(access).map(|(_, rest)| rest) {
                    declared.insert(rest.split('"').next().unwrap_or_default().to_owned());
                    count += 1;
                }
            }
        }
    }
    use vitrine::{accounts, bulk, cdn, content, import, jobs, media, transfer, webhooks};
    let lists = [content::QUERIES, media::QUERIES, jobs::QUERIES, accounts::QUERIES, bulk::QUERIES];
    let prepared: BTreeSet<String> = lists
        .into_iter()
        .chain([webhooks::QUERIES, import::QUERIES, cdn::QUERIES, transfer::QUERIES])
        .flatten()
        .flat_map(|list| list.iter())
        .chain(vitrine::db::QUERIES)
        .chain(vitrine::backup::QUERIES.iter().chain(vitrine::drill::QUERIES))
        .map(|query| query.name.to_owned())
        .collect();
    assert_eq!(declared, prepared, "left: declared in src, right: prepared by a test");
    assert_eq!(count, prepared.len(), "names are unique");
    let mut strays = Vec::new();
    for source in sources("src") {
        let mut inside = false;
        for (at, line) in source.text.lines().enumerate() {
            inside = (inside || line.starts_with("queries! {")) && line != "}";
            let is_sql =
                ["\"SELECT ", "\"INSERT INTO", "\"UPDATE ", "\"DELETE FROM"].iter().any(|start| line.contains(start));
            if is_sql && !inside && source.module() != "db" {
                strays.push(format!("{}:{}", source.path, at + 1));
            }
        }
    }
    assert_none(&strays, "SQL stands in queries! alone");
}

/// What each module may name, by its first part; the order of src/lib.rs.
fn arrows() -> BTreeMap<&'static str, Vec<&'static str>> {
    let alone = ["clock", "config", "flight", "hashing", "lib", "outgoing", "words"].map(|module| (module, ""));
    let arrows = [
        ("keys", "config"),
        ("telemetry", "config clock"),
        ("bundle", "telemetry config"),
        ("db", "telemetry config clock"),
        ("render", "telemetry config clock"),
        ("jobs", "db telemetry config clock"),
        ("content", "words jobs db render hashing telemetry config clock"),
        ("drill", "db telemetry config clock"),
        ("fault", "telemetry clock"),
        ("media", "flight content jobs db render telemetry config clock keys"),
        ("mail", "telemetry config"),
        ("redis", "telemetry config"),
        ("accounts", "words jobs db hashing keys telemetry config clock"),
        ("permit", "accounts content db telemetry"),
        ("bulk", "permit jobs media content accounts db telemetry words clock"),
        ("backup", "media jobs db telemetry config clock keys"),
        ("import", "permit jobs media content accounts render db telemetry words clock"),
        ("transfer", "backup import media content accounts db telemetry clock"),
        ("webhooks", "outgoing content jobs db telemetry config clock keys"),
        ("cdn", "outgoing content db telemetry config clock"),
        (
            "app",
            "backup cdn webhooks bulk mail redis jobs fault media content accounts db render hashing telemetry config \
             clock keys",
        ),
        ("http", "fault app telemetry config clock keys"),
        (
            "site",
            "jobs cdn webhooks flight drill app http accounts media content keys db render telemetry config clock",
        ),
        (
            "admin",
            "permit webhooks bulk words site app http jobs media content accounts db render telemetry config clock",
        ),
        (
            "api",
            "permit webhooks bulk words redis site app http jobs media content accounts keys db render telemetry \
             config clock",
        ),
        ("ops", "http app render telemetry config clock"),
        ("serve", "jobs cdn webhooks ops api admin fault site app http media content db render telemetry config clock"),
        (
            "cli",
            "backup cdn jobs bundle drill mail redis serve ops api site app http transfer import media content \
             accounts keys db render telemetry config clock",
        ),
        ("main", "cli"),
    ];
    alone.into_iter().chain(arrows).map(|(module, names)| (module, names.split_whitespace().collect())).collect()
}

#[test]
fn imports_point_down() {
    let arrows = arrows();
    let mut found = Vec::new();
    for source in sources("src") {
        let module = source.module();
        let Some(allowed) = arrows.get(module) else {
            found.push(format!("{}: the module is not on the map", source.path));
            continue;
        };
        for (at, code) in source.product_code() {
            for (_, rest) in code.match_indices("crate::").map(|(at, path)| (at, &code[at + path.len()..])) {
                let named: Vec<&str> = match rest.strip_prefix('{') {
                    Some(group) => group.split([',', '}']).map(str::trim).collect(),
                    None => vec![rest],
                };
                for name in named {
                    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
                    let target = &name[..end];
                    if arrows.contains_key(target) && target != module && !allowed.contains(&target) {
                        found.push(format!("{}:{at}: {module} -> {target}", source.path));
                    }
                }
            }
        }
    }
    assert_none(&found, "imports point down the list in src/lib.rs");
}

#[test]
fn no_path_of_a_machine_and_no_registry_is_named() {
    let words = [["/ro", "ot/"], ["/ho", "me/user"], ["/wo", "rk/"], ["index.crates", ".io"], ["static.crates", ".io"]];
    let words: Vec<String> = words.iter().map(|parts| parts.concat()).collect();
    let mut found = Vec::new();
    for (folder, extension) in
        [("src", "rs"), ("tests", "rs"), ("docs", "md"), ("site", "html"), ("site", "toml"), ("migrations", "sql")]
    {
        for path in files(folder, extension) {
            let text = std::fs::read_to_string(&path).expect("readable");
            for (at, line) in text.lines().enumerate() {
                found.extend(
                    words
                        .iter()
                        .filter(|word| line.contains(*word))
                        .map(|word| format!("{}:{}: {word}", path.display(), at + 1)),
                );
            }
        }
    }
    assert_none(&found, "the project names no machine");
}
