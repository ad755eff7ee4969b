//! `vitrine check` on rules and dashboards: each mistake is told with file, line and reason, and what is shipped has none.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use regex::Regex;
use vitrine::config::{Bundle, LabelNames};

use crate::support::process::run;
use crate::support::vitrine;

const ANNOTATIONS: &str = r#"        annotations:
          summary: "Something."
          description: "It is {{ $value }}."
          runbook_url: "https://example.com/wiki/Something"
          dashboard_url: "/d/own"
"#;

/// An alert whose expression is on line 5 of its file.
fn alert(expression: &str) -> String {
    format!(
        "groups:\n  - name: own\n    rules:\n      - alert: Own\n        expr: {expression}\n        labels:\n          severity: warning\n{ANNOTATIONS}"
    )
}

fn dashboard(uid: &str, expressions: &[&str]) -> String {
    let mut panels = String::new();
    for (at, expression) in expressions.iter().enumerate() {
        let expression = serde_json::Value::from(*expression);
        let comma = if at == 0 { "" } else { "," };
        let _ = writeln!(
            panels,
            "{comma}{{\"type\": \"stat\", \"title\": \"P{at}\", \"targets\": [\n{{\"expr\": {expression}}}]}}"
        );
    }
    format!(
        "{{\"title\": \"Own\", \"uid\": \"{uid}\", \"templating\": {{\"list\": [{{\"name\": \"job\"}}]}}, \"panels\": [\n{panels}]}}\n"
    )
}

/// A folder with these files, below their folders.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("room");
        std::fs::write(path, text).expect("room");
    }
    folder
}

/// What `vitrine check` says of these files, without the last line, which counts.
fn told(files: &[(&str, &str)], arguments: &[&str]) -> Vec<String> {
    let folder = folder(files);
    let (code, said, errors) = run(vitrine(folder.path()).arg("check").args(arguments));
    let mut lines: Vec<String> = errors.lines().map(str::to_owned).collect();
    let count = lines.pop().unwrap_or_default();
    assert_eq!(code, Some(i32::from(!lines.is_empty())), "{said}{errors}");
    assert!(lines.is_empty() || count == format!("{} mistakes", lines.len()), "{errors}");
    lines
}

/// What is said of one expression of an alert, without the place, which is always the same.
fn refused(expressions: &[(&str, &str)]) {
    let rule = |(at, (expression, _)): (usize, &(&str, &str))| {
        (format!("alerts/{at:02}.yml"), alert(&serde_json::Value::from(*expression).to_string()))
    };
    let files: Vec<(String, String)> = expressions.iter().enumerate().map(rule).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let wanted = expressions.iter().enumerate().filter(|(_, (_, reason))| !reason.is_empty());
    let wanted: Vec<String> = wanted.map(|(at, (_, reason))| format!("alerts/{at:02}.yml:5: Own: {reason}")).collect();
    assert_eq!(told(&files, &[]), wanted);
}

#[test]
fn what_is_shipped_is_right_and_counted() {
    let (code, said, errors) = run(vitrine(Path::new(env!("CARGO_MANIFEST_DIR"))).arg("check"));
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{said}");
    let counted = Regex::new(r"(?m)^(\d+) rules and (\d+) dashboards are right$").expect("a pattern");
    let counted = counted.captures(&said).unwrap_or_else(|| panic!("{said}"));
    let number = |at: usize| counted[at].parse::<usize>().expect("a number");
    assert!(number(1) >= 72 && number(2) >= 12, "{said}");
}

#[test]
fn a_site_without_rules_and_dashboards_is_right() {
    assert_eq!(told(&[], &[]), [""; 0]);
    let wrong = [("alerts/own.yml", "groups: 5\n")];
    assert_eq!(told(&wrong, &["--set", "bundle.dir="]), [""; 0], "they are not looked at");
    assert_eq!(told(&wrong, &["--set", "bundle.dir=away"]), ["away:1: there is no such folder (bundle.dir)"]);
}

#[test]
fn a_file_of_rules_must_be_one() {
    let cases = [
        ("groups:\n\t- name: a\n", "2: not YAML: tabs disallowed within this context (block indentation) (column 2)"),
        (
            "groups:\n  - name: a\n    rules: [}\n",
            "3: not YAML: while parsing a node, did not find expected node content (column 13)",
        ),
        ("gruops:\n  - name: a\n", "1: a file of rules has no key gruops; did you mean groups?"),
        ("- a\n- b\n", "1: a file of rules must be a map with groups"),
        ("groups:\n  - rules: []\n", "2: a group needs a name"),
        ("groups:\n  - name: a\n  - name: a\n", "3: there is a group a above"),
        ("groups:\n  - name: a\n    name: b\n", "3: name is there twice"),
        ("groups:\n  - name: a\n    intervall: 1m\n", "3: a group has no key intervall; did you mean interval?"),
        (
            "groups:\n  - name: a\n    interval: 1 minute\n",
            "3: interval must be a duration such as 5m, not \"1 minute\"",
        ),
        ("groups:\n  - name: a\n    rules:\n      - expr: up\n", "4: a rule needs alert or record, with its name"),
        (
            "groups:\n  - name: a\n    rules:\n      - record: a-b\n        expr: up\n",
            "4: \"a-b\" is no name of a metric",
        ),
        ("groups:\n  - name: a\n    rules:\n      - record: a:b\n", "4: a:b needs an expr"),
        (
            "groups:\n  - name: a\n    rules:\n      - record: a:b\n        expr: up\n        for: 5m\n",
            "6: a recording rule has no key for",
        ),
        (
            "groups:\n  - name: a\n    rules:\n      - {record: a:b, expr: up}\n      - record: a:b\n        expr: up\n",
            "5: a:b is above already, with the same labels",
        ),
        (
            "groups:\n  - name: a\n    rules:\n      - record: a:b\n        expr: up\n        labels:\n          a-b: c\n",
            "7: \"a-b\" is no name of a label",
        ),
        ("groups: []\n---\ngroups: []\n", "2: a second document: a file of rules has one"),
    ];
    let files: Vec<(String, &str)> =
        cases.iter().enumerate().map(|(at, (text, _))| (format!("prometheus/rules/{at:02}.yml"), *text)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let wanted: Vec<String> =
        cases.iter().enumerate().map(|(at, (_, wanted))| format!("prometheus/rules/{at:02}.yml:{wanted}")).collect();
    assert_eq!(told(&files, &[]), wanted);
}

#[test]
fn an_alert_has_what_whoever_is_woken_needs() {
    let bare = "groups:\n  - name: own\n    rules:\n      - alert: Bare\n        expr: up == 0\n        for: 5 m\n        sevrity: warning\n";
    let full = format!(
        "groups:\n  - name: own\n    rules:\n      - alert: Own\n        expr: sum by (http_route) (rate(vitrine_http_panics_total[5m])) > 0\n        labels:\n          severity: critcal\n{}",
        ANNOTATIONS
            .replace("It is {{ $value }}.", "{{ $labels.http_rout }} of {{ $labels.job }")
            .replace("wiki/Something", "runbooks/Nowhere")
            .replace("/d/own", "/d/vitrine-overveiw?var-job=a")
    );
    let files = [
        ("alerts/bare.yml", bare),
        ("alerts/full.yml", &full),
        ("docs/runbooks/Somewhere.md", "# Somewhere\n"),
        ("dashboards/o.json", &dashboard("vitrine-overview", &["up"])),
    ];
    let wanted = [
        "alerts/bare.yml:4: Bare: needs the annotation dashboard_url",
        "alerts/bare.yml:4: Bare: needs the annotation description",
        "alerts/bare.yml:4: Bare: needs the annotation runbook_url",
        "alerts/bare.yml:4: Bare: needs the annotation summary",
        "alerts/bare.yml:4: Bare: needs the label severity: critical, warning, info, none",
        "alerts/bare.yml:6: for must be a duration such as 5m, not \"5 m\"",
        "alerts/bare.yml:7: an alert has no key sevrity",
        "alerts/full.yml:7: Own: no route knows the severity critcal; did you mean critical?",
        "alerts/full.yml:10: Own: description shows the label http_rout, which the expression does not give; did you mean http_route?",
        "alerts/full.yml:10: Own: description shows the label job, which the expression does not give",
        "alerts/full.yml:10: Own: description: {{ is not closed",
        "alerts/full.yml:11: Own: there is no runbook docs/runbooks/Nowhere.md",
        "alerts/full.yml:12: Own: there is no dashboard with the uid vitrine-overveiw; did you mean vitrine-overview?",
    ];
    assert_eq!(told(&files, &[]), wanted);
}

#[test]
fn an_expression_reads_what_there_is() {
    refused(&[
        ("sum(rate(vitrine_http_panics_total[5m]) > 0", "not PromQL: unclosed left parenthesis"),
        (
            "rate(vitrine_http_panic_total[5m]) > 0",
            "there is no metric vitrine_http_panic_total; did you mean vitrine_http_panics_total?",
        ),
        ("vitirne_ready == 0", "there is no metric vitirne_ready; did you mean vitrine_ready?"),
        (
            "slo:error_budget_burn:ratio_rate2m > 1",
            "there is no metric slo:error_budget_burn:ratio_rate2m; did you mean slo:error_budget_burn:ratio_rate2h?",
        ),
        ("slo:error_budget_burn:ratio_rate1h > 1", ""),
        ("rate(vitrine_http_panics_total{rout=\"/\"}[5m]) > 0", "vitrine_http_panics_total has no label rout"),
        (
            "vitrine_dependency_up{dependency=\"databse\"} == 0",
            "vitrine_dependency_up: dependency is never \"databse\", but one of database migrations storage; did you mean database?",
        ),
        (
            "vitrine_dependency_up{dependency=~\"database|stroage\"} == 0",
            "vitrine_dependency_up: dependency is never \"stroage\", but one of database migrations storage; did you mean storage?",
        ),
        ("vitrine_dependency_up{dependency=~\"data.*\",job=~\".+\",instance!=\"a\"} == 0", ""),
        (
            "sum by (depndency) (vitrine_dependency_up) == 0",
            "nothing here has the label depndency; did you mean dependency?",
        ),
        ("vitrine_ready * on (job, host) vitrine_degraded > 0", "nothing here has the label host"),
        (
            "vitrine_ready * on (job, instance) group_left (verison) vitrine_build_info > 0",
            "nothing here has the label verison; did you mean version?",
        ),
        (
            "vitrine_http_panics_total > 5",
            "the counter vitrine_http_panics_total only grows: put it into rate() or increase()",
        ),
        (
            "delta(vitrine_http_panics_total[5m]) > 5",
            "the counter vitrine_http_panics_total only grows: put it into rate() or increase()",
        ),
        ("rate(vitrine_ready[5m]) > 0", "vitrine_ready is a gauge: rate() of it means nothing"),
        (
            "rate(http_server_request_duration_seconds[5m]) > 0",
            "http_server_request_duration_seconds is a histogram: read its _bucket, _sum or _count",
        ),
        ("histogram_quantile(0.9, sum by (job) (rate(http_server_request_duration_seconds_bucket[5m]))) > 1", ""),
        (
            "sum by (job, le) (http_server_request_duration_seconds_bucket) > 1",
            "the counter http_server_request_duration_seconds_bucket only grows: put it into rate() or increase()",
        ),
        ("absent(vitrine_http_panics_total) or count(vitrine_http_panics_total) == 0", ""),
        ("max_over_time(rate(vitrine_http_panics_total[5m])[1h:1m]) > 0", ""),
        ("node_load1 > 4 or up == 0 or mysql_up{any=\"thing\"} == 0", ""),
        ("rate(http_server_requests_seconds_count[5m]) > 0 and process_cpu_usage > 0.9", ""),
        ("process_open_fd > 5", "there is no metric process_open_fd; did you mean process_open_fds?"),
        ("process_open_fd{job=\"shop\"} > 5 and process_open_fds{job=\"shop\",pod=\"a\"} > 5", ""),
        ("process_virtual_memory_max_bytes > 0", ""),
        ("vitrine_ready[5m]", "a rule needs one value of each series, and this gives a matrix"),
    ]);
}

#[test]
fn a_line_inside_of_an_expression_is_told() {
    let text = alert(
        "|\n          # how many\n          sum by (job) (\n            rate(vitrine_http_panics_total{rout=\"/\"}[5m])\n          )\n          / sum by (job) (vitrine_pages)\n          > vitrine_nothing",
    );
    let wanted = [
        "alerts/own.yml:8: Own: vitrine_http_panics_total has no label rout",
        "alerts/own.yml:11: Own: there is no metric vitrine_nothing",
    ];
    assert_eq!(told(&[("alerts/own.yml", &text)], &[]), wanted);
}

#[test]
fn rules_know_what_rules_record_and_labels_that_targets_have() {
    let record = "groups:\n  - name: own\n    rules:\n      - record: own:panics:rate5m\n        expr: sum by (job) (rate(vitrine_http_panics_total[5m]))\n        labels: {team: web}\n      - record: own:panics:max\n        expr: max by (job, team) (own:panics:rate5m)\n";
    let own = alert(
        "own:panics:max{team=\"web\"} > 0 and own:panics:rate5m{instance=\"a\"} > 0 and own:panic:max > 0 and vitrine_ready{cluster=\"eu\"} == 1",
    );
    let files = [("prometheus/rules/own.yml", record), ("alerts/own.yml", &own)];
    let wanted = [
        "alerts/own.yml:5: Own: there is no metric own:panic:max; did you mean own:panics:max?",
        "alerts/own.yml:5: Own: vitrine_ready has no label cluster",
    ];
    assert_eq!(told(&files, &[]), wanted);
    assert_eq!(told(&files, &["--set", "bundle.target_labels=cluster"]), wanted[..1]);
    // A configuration that is wrong elsewhere still says where they are.
    let moved = [
        ("vitrine.toml", "[bundle]\ndir = \"watch\"\ntarget_labels = [\"cluster\"]\n[server]\nworkers = \"many\"\n"),
        ("watch/alerts/own.yml", &alert("vitrine_redy{cluster=\"eu\"} == 0")),
    ];
    let told = told(&moved, &[]);
    assert!(told[0].starts_with("vitrine.toml:5: server.workers: "), "{told:?}");
    assert_eq!(
        told[1..],
        ["watch/alerts/own.yml:5: Own: there is no metric vitrine_redy; did you mean vitrine_ready?"]
    );
}

#[test]
fn a_dashboard_is_one_and_its_queries_read_what_there_is() {
    let right = [
        "sum by (http_route) (rate(http_server_request_duration_seconds_count{job=~\"$job\"}[$__rate_interval])) > 0",
        "topk($__range_s, vitrine_pages offset $__interval)",
        "increase(vitrine_http_panics_total{job=\"${job:regex}\",http_route=~\"[[job]]\"}[$__range])",
    ];
    let wrong = [
        "rate(vitrine_http_panic_total{job=~\"$job\"}[$__rate_interval])",
        "sum(rate(vitrine_http_panics_total[$__rate_interval])",
        "vitrine_ready{job=~\"$jbo\"}",
    ];
    let loki = "{\"title\": \"\", \"uid\": \"\", \"panels\": [{\"title\": \"Logs\", \"datasource\": {\"type\": \"loki\"},\n\"targets\": [{\"expr\": \"{app=~\\\".+\\\"} |= 5\"}]},\n{\"type\": \"row\", \"panels\": [\n{\"id\": 7, \"type\": \"stat\", \"targets\": [{\"expr\": \"vitrine_redy\"}]}]}],\n\"templating\": {\"list\": [{\"name\": \"i\", \"type\": \"query\",\n\"query\": {\"query\": \"label_values(vitrine_build_info{job=~\\\".+\\\"}, instnace)\"}}]}}";
    let files = [
        ("dashboards/a.json", dashboard("own", &right)),
        ("dashboards/b.json", dashboard("own", &wrong)),
        ("dashboards/c.json", loki.to_owned()),
        ("dashboards/d.json", "{\n  \"title\": \"x\",\n  \"panels\": [,]\n}".to_owned()),
        ("dashboards/e.json", "{\n  \"dashboard\": {\"title\": \"x\"}\n}".to_owned()),
        ("dashboards/f.json", dashboard(&"u".repeat(41), &right)),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let wanted = [
        "dashboards/b.json:1: another dashboard has the uid own".to_owned(),
        "dashboards/b.json:3: panel \"P0\": there is no metric vitrine_http_panic_total; did you mean vitrine_http_panics_total?".to_owned(),
        "dashboards/b.json:5: panel \"P1\": not PromQL: unclosed left parenthesis".to_owned(),
        "dashboards/b.json:7: panel \"P2\": there is no variable jbo".to_owned(),
        "dashboards/c.json:1: a dashboard needs a title".to_owned(),
        "dashboards/c.json:1: a dashboard needs a uid, by which links find it".to_owned(),
        "dashboards/c.json:4: panel \"\": there is no metric vitrine_redy; did you mean vitrine_ready?".to_owned(),
        "dashboards/c.json:4: panel 7 needs a title".to_owned(),
        "dashboards/c.json:6: variable \"i\": nothing here has the label instnace; did you mean instance?".to_owned(),
        "dashboards/d.json:3: not JSON: expected value (column 14)".to_owned(),
        "dashboards/e.json:1: no dashboard: it has no panels: Grafana's API wraps them so, and files have what is below \"dashboard\"".to_owned(),
        format!("dashboards/f.json:1: the uid {} is longer than 40 characters", "u".repeat(41)),
    ];
    assert_eq!(told(&files, &[]), wanted);
}

#[test]
fn files_that_cannot_be_read_are_named_and_what_is_told_has_an_end() {
    let folder = folder(&[
        ("alerts/big.yml", &"# \n".repeat(2_000_000)),
        ("alerts/routes.yml", "route:\n  receiver: a\nreceivers: []\n"),
    ]);
    std::fs::write(folder.path().join("alerts/binary.yml"), [0xff, 0xfe]).expect("room");
    let rules: String = (0..300).map(|at| format!("  - record: own:a{at}\n    expr: vitrine_nothing\n")).collect();
    let many = format!("groups:\n- name: a\n  rules:\n{rules}");
    std::fs::write(folder.path().join("alerts/many.yml"), many).expect("room");
    let (code, _, errors) = run(vitrine(folder.path()).arg("check"));
    assert_eq!(code, Some(1));
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "alerts/big.yml:1: larger than 4194304 bytes; it is not read",
            "alerts/binary.yml:1: not UTF-8",
            "alerts/many.yml:5: own:a0: there is no metric vitrine_nothing",
        ]
    );
    assert_eq!(lines[200..], ["… and 102 more in rules and dashboards", "302 mistakes"]);
}

/// A copy of one shipped file in which each expression has one metric misspelt, and the lines and words of these.
fn misspelt(path: &Path) -> (String, BTreeSet<(usize, String)>) {
    let metric = Regex::new(r"\b(?:(?:vitrine|http_server|db_client|process|tokio)_[a-z0-9_]+|slo:[a-z0-9_:]+)\b")
        .expect("a pattern");
    let text = std::fs::read_to_string(path).expect("a shipped file");
    let (mut out, mut words, mut is_open) = (String::new(), BTreeSet::new(), false);
    for (at, line) in text.lines().enumerate() {
        let line_of_json = line.trim_start().starts_with("\"expr\":");
        is_open = line_of_json
            || line.trim_start().starts_with("expr:")
            || (is_open && !line.trim_start().starts_with("for:") && !line.trim_start().starts_with("- "));
        let is_comment = line.trim_start().starts_with('#');
        match metric.find(line).filter(|_| is_open && !is_comment) {
            Some(found) => {
                // The last letter is missing.
                let word = &found.as_str()[..found.len() - 1];
                let _ = writeln!(out, "{}{word}{}", &line[..found.start()], &line[found.end()..]);
                words.insert((at + 1, word.to_owned()));
                is_open = false;
            }
            None => {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    (out, words)
}

fn shipped(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).expect("a shipped folder").map(|entry| entry.expect("readable").path());
    entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

#[test]
fn one_wrong_letter_in_any_shipped_expression_is_found() {
    let mut count = 0;
    for (of, extension) in [("alerts", "yml"), ("prometheus/rules", "yml"), ("dashboards", "json")] {
        for path in shipped(of, extension) {
            let name = format!("{of}/{}", path.file_name().expect("a name").display());
            let (text, words) = misspelt(&path);
            // What is recorded under its right name is in the same files.
            let folder = folder(&[(&name, &text)]);
            let settings = Bundle { dir: folder.path().to_owned(), target_labels: LabelNames::default() };
            let report = vitrine::bundle::check(&settings);
            for (line, word) in &words {
                let is_it = |finding: &vitrine::bundle::Finding| {
                    finding.path.ends_with(&name)
                        && finding.line == *line
                        && finding.reason.contains(&format!(" {word}"))
                };
                assert!(report.findings.told.iter().any(is_it), "{name}:{line}: {word}: {:#?}", report.findings);
            }
            count += words.len();
        }
    }
    assert!(count > 250, "{count} expressions");
}
