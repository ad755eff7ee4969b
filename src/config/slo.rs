//! `[slo.NAME]`: what is promised, and what breaks the promise. The rules of Prometheus join on the name, so that a
//! table here needs no rule of its own.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use toml::de::DeValue;

use super::load::Loading;
use super::origin::Source;
use super::suggest::closest;

/// Objectives that can be kept at the same time: each is a label value.
pub const MAX_SLOS: usize = 12;
/// Routes whose requests can be promised: those of visitors and of programs, without probes.
pub const ROUTES: &[&str] = &[
    "/{*path}",
    "/static/{*path}",
    "/search/",
    "/media/images/{*path}",
    "/documents/{*path}",
    "/{*path}/feed",
    "/{name}.txt",
    "/sitemap.xml",
    "/api/v1/pages/",
    "/api/v1/pages/{id}/blocks/",
    "/api/v1/pages/{id}/revisions/{*path}",
    "/api/v1/pages/{id}/{action}/",
    "/api/v1/pages/{id}/",
    "/api/v2/pages/",
    "/api/v2/pages/{*path}",
    "/api/v2/images/",
    "/api/v2/images/{*path}",
    "/api/v2/documents/",
    "/api/v2/documents/{*path}",
    "/api/v2/redirects/",
    "/api/v2/redirects/{*path}",
    "/api/v1/whoami",
    "/api/v1/{collection}/export/",
    "/api/v1/{collection}/{id}/",
    "/api/v1/{collection}/",
    "_unmatched",
];
/// The fields of a table, and what they mean.
pub(super) const FIELDS: &[(&str, &str)] = &[
    (
        "kind",
        "`availability`: requests, bad when the server failed. `latency`: pages read, bad when slower than \
      `threshold_s`. `publish`: publishes, bad when they failed or are not served within `threshold_s`. \
      `freshness`: scheduled publications and expiries, bad when they failed or were later than `threshold_s`. `jobs`: \
      background jobs, bad when they began later than `threshold_s` after they were due. `editing`: saves and publishes \
      of the editor in the browser, bad when the server failed or took longer than `threshold_s`. Needed for names that \
      are not below.",
    ),
    ("objective", "Share of good events over 30 days, from 0.5 to 0.99999."),
    ("threshold_s", "In seconds, from 0.001 to 86400."),
    (
        "min_bad_events",
        "So many bad events it takes in an alert's longer window before anybody is told, from 1 to \
      1000000.",
    ),
    ("routes", "Requests that count, as in the label `http_route`; without it those of the default of that kind."),
    ("enabled", "`false` leaves it out."),
];
const KINDS: &[&str] = &["availability", "latency", "publish", "freshness", "jobs", "editing"];

/// What an event is, and when it is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SloKind {
    /// Requests; bad are those that the server failed: 5xx, but not those that the client gave up.
    Availability,
    /// Pages that were read (GET and HEAD) and not failed; bad are those slower than `threshold_s`.
    Latency,
    /// Publishes; bad are those that failed, or are not served after `threshold_s`.
    Publish,
    /// Scheduled publications and expiries; bad are those that failed, or were later than `threshold_s`.
    Freshness,
    /// Background jobs; bad are those that began later than `threshold_s` after they were due.
    Jobs,
    /// Saves and publishes of the editor in the browser; bad are those that the server failed, or that took longer than
    /// `threshold_s`.
    Editing,
}

impl SloKind {
    const ALL: [Self; 6] =
        [Self::Availability, Self::Latency, Self::Publish, Self::Freshness, Self::Jobs, Self::Editing];

    /// Whether its events are requests, of some routes.
    pub const fn is_of_requests(self) -> bool {
        matches!(self, Self::Availability | Self::Latency)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Availability => "availability",
            Self::Latency => "latency",
            Self::Publish => "publish",
            Self::Freshness => "freshness",
            Self::Jobs => "jobs",
            Self::Editing => "editing",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A promise: the service level objective of one kind of event.
#[derive(Clone, Debug, PartialEq)]
pub struct Slo {
    pub name: String,
    pub kind: SloKind,
    /// Share of good events that is promised, over 30 days.
    pub objective: f64,
    /// In seconds; not used by availability.
    pub threshold_s: f64,
    /// So many bad events it takes in an alert's longer window before anybody is told.
    pub min_bad_events: u64,
    /// Requests that count; empty for other events.
    pub routes: Vec<String>,
}

impl Slo {
    /// As `config show` prints them.
    pub(super) fn fields(&self) -> Vec<(&'static str, Json)> {
        let mut fields = vec![
            ("kind", self.kind.as_str().into()),
            ("objective", self.objective.into()),
            ("min_bad_events", self.min_bad_events.into()),
        ];
        if self.kind != SloKind::Availability {
            fields.push(("threshold_s", self.threshold_s.into()));
        }
        if self.kind.is_of_requests() {
            fields.push(("routes", self.routes.clone().into()));
        }
        fields
    }
}

/// One field as it was given, and where.
pub(super) struct Field {
    value: toml::Value,
    source: Source,
}

/// All that was given of each SLO, by name and field; the strongest layer last.
#[derive(Default)]
pub(super) struct Tables(BTreeMap<String, (Source, BTreeMap<String, Field>)>);

impl Tables {
    pub(super) fn name(&mut self, name: &str, source: Source) {
        self.0.entry(name.to_owned()).or_insert_with(|| (source, BTreeMap::new()));
    }

    pub(super) fn give(&mut self, name: &str, field: &str, value: toml::Value, source: Source) {
        self.name(name, source.clone());
        if let Some((_, fields)) = self.0.get_mut(name) {
            fields.insert(field.to_owned(), Field { value, source });
        }
    }
}

/// A value of a flag: as in TOML, or else a word.
pub(super) fn of_text(text: &str) -> toml::Value {
    let parsed: Option<toml::Table> = format!("v = {text}").parse().ok();
    parsed.and_then(|mut table| table.remove("v")).unwrap_or_else(|| text.into())
}

/// A value of the file.
pub(super) fn of_toml(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(whole) => whole.into(),
            // Too large for a whole number, and for every limit.
            Err(_) => number.as_str().parse::<f64>().unwrap_or(f64::INFINITY).into(),
        },
        DeValue::Float(number) => number.as_str().parse::<f64>().unwrap_or(f64::NAN).into(),
        DeValue::Boolean(truth) => (*truth).into(),
        DeValue::Array(items) => items.iter().map(|item| of_toml(item.get_ref())).collect::<Vec<_>>().into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Table(_) => toml::Table::new().into(),
    }
}

/// What is kept without any configuration.
pub(super) fn defaults() -> Vec<Slo> {
    let every: Vec<String> = ROUTES.iter().map(|route| (*route).to_owned()).collect();
    let read: Vec<String> =
        every.iter().filter(|route| *route == "/{*path}" || route.starts_with("/api/v2/")).cloned().collect();
    let slo = |name: &str, kind, objective, threshold_s, min_bad_events, routes| Slo {
        name: name.to_owned(),
        kind,
        objective,
        threshold_s,
        min_bad_events,
        routes,
    };
    vec![
        slo("availability", SloKind::Availability, 0.999, 0.0, 10, every),
        slo("latency", SloKind::Latency, 0.99, 0.25, 20, read),
        slo("publish", SloKind::Publish, 0.995, 10.0, 3, Vec::new()),
        slo("freshness", SloKind::Freshness, 0.999, 60.0, 3, Vec::new()),
        slo("jobs", SloKind::Jobs, 0.99, 60.0, 5, Vec::new()),
        slo("editor", SloKind::Editing, 0.995, 2.0, 5, Vec::new()),
    ]
}

/// Every SLO of the configuration, by name.
pub(super) fn build(loading: &mut Loading<'_>) -> Vec<Slo> {
    let tables = std::mem::take(&mut loading.slos).0;
    let mut slos = defaults();
    for (name, (source, fields)) in &tables {
        let standing = slos.iter().position(|slo| slo.name == *name);
        let given = Given { name, fields, loading };
        let known = standing.map(|at| slos.remove(at));
        if let Some(slo) = given.into_slo(known, source) {
            slos.push(slo);
        }
    }
    if slos.len() > MAX_SLOS {
        let source = tables.values().last().map_or(Source::Default, |(source, _)| source.clone());
        loading.report(source, Some("slo"), format!("{} objectives are more than {MAX_SLOS}", slos.len()));
    }
    slos.sort_by(|a, b| a.name.cmp(&b.name));
    for slo in &slos {
        let given = tables.get(&slo.name).map(|(_, fields)| fields);
        for (field, shown) in slo.fields() {
            let source =
                given.and_then(|fields| fields.get(field)).map_or(Source::Default, |field| field.source.clone());
            loading.provide(format!("slo.{}.{field}", slo.name).into(), shown, source.into());
        }
    }
    slos
}

struct Given<'g, 'l, 'a> {
    name: &'g str,
    fields: &'g BTreeMap<String, Field>,
    loading: &'l mut Loading<'a>,
}

impl Given<'_, '_, '_> {
    fn report(&mut self, field: &str, message: impl Into<String>) {
        let key = format!("slo.{}.{field}", self.name);
        let source = self.fields.get(field).map_or(Source::Default, |given| given.source.clone());
        self.loading.report(source, Some(&key), message);
    }

    /// `None` when it is switched off, or wrong.
    fn into_slo(mut self, known: Option<Slo>, source: &Source) -> Option<Slo> {
        if !is_name(self.name) {
            let message = "a name is up to 40 small letters, digits and dashes, the first a letter";
            self.loading.report(source.clone(), Some(&format!("slo.{}", self.name)), message);
            return None;
        }
        let unknown = self.fields.keys().filter(|field| !FIELDS.iter().any(|(name, _)| name == field));
        let unknown: Vec<String> = unknown.cloned().collect();
        for field in unknown {
            let hint = closest(&field, FIELDS.iter().map(|(name, _)| *name));
            let hint = hint.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            self.report(&field, format!("unknown setting of an SLO{hint}"));
        }
        let kind = match (self.kind(), &known) {
            (Some(given), Some(known)) if given != known.kind => {
                self.report("kind", "the SLOs of this name are of another kind; take another name");
                known.kind
            }
            (given, Some(known)) => given.unwrap_or(known.kind),
            (Some(given), None) => given,
            (None, None) if self.fields.contains_key("kind") => return None,
            (None, None) => {
                let message = format!("kind is needed: one of {}", KINDS.join(", "));
                self.loading.report(source.clone(), Some(&format!("slo.{}", self.name)), message);
                return None;
            }
        };
        let base = known.unwrap_or_else(|| Slo { name: self.name.to_owned(), ..default_of(kind) });
        let enabled = self.truth("enabled").unwrap_or(true);
        let slo = Slo {
            objective: self.number("objective", 0.5, 0.999_99).unwrap_or(base.objective),
            threshold_s: self.number("threshold_s", 0.001, 86_400.0).unwrap_or(base.threshold_s),
            min_bad_events: self.whole("min_bad_events", 1.0, 1e6).unwrap_or(base.min_bad_events),
            routes: self.routes(kind).unwrap_or(base.routes),
            ..base
        };
        if kind == SloKind::Availability && self.fields.contains_key("threshold_s") {
            self.report("threshold_s", "availability has no threshold: an answer is an error, or it is not");
        }
        enabled.then_some(slo)
    }

    fn kind(&mut self) -> Option<SloKind> {
        let given = self.fields.get("kind")?.value.clone();
        let kind = given.as_str().and_then(SloKind::parse);
        if kind.is_none() {
            self.report("kind", format!("expected one of {}, found {given}", KINDS.join(", ")));
        }
        kind
    }

    fn number(&mut self, field: &str, least: f64, most: f64) -> Option<f64> {
        let given = self.fields.get(field)?.value.clone();
        let number = given.as_float().or_else(|| given.as_integer().map(|whole| whole as f64));
        match number {
            Some(number) if (least..=most).contains(&number) => Some(number),
            Some(number) => {
                self.report(field, format!("must be from {least} to {most}, found {number}"));
                None
            }
            None => {
                self.report(field, format!("expected a number, found {given}"));
                None
            }
        }
    }

    fn whole(&mut self, field: &str, least: f64, most: f64) -> Option<u64> {
        let number = self.number(field, least, most)?;
        if number.fract() != 0.0 {
            self.report(field, format!("must be a whole number, found {number}"));
        }
        Some(number as u64)
    }

    fn truth(&mut self, field: &str) -> Option<bool> {
        let given = self.fields.get(field)?.value.clone();
        if given.as_bool().is_none() {
            self.report(field, format!("expected true or false, found {given}"));
        }
        given.as_bool()
    }

    fn routes(&mut self, kind: SloKind) -> Option<Vec<String>> {
        let given = self.fields.get("routes")?.value.clone();
        if !kind.is_of_requests() {
            self.report("routes", format!("the events of {} have no routes", kind.as_str()));
            return None;
        }
        let items: Vec<toml::Value> = given.as_array().cloned().unwrap_or_else(|| vec![given]);
        let mut routes = Vec::new();
        for item in &items {
            match item.as_str().filter(|route| ROUTES.contains(route)) {
                Some(route) => routes.push(route.to_owned()),
                None => {
                    let near = item.as_str().and_then(|route| closest(route, ROUTES.iter().copied()));
                    let hint = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
                    self.report("routes", format!("{item} is no route; there are {}{hint}", ROUTES.join(", ")));
                }
            }
        }
        if items.is_empty() {
            self.report("routes", "names no route");
        }
        Some(routes)
    }
}

fn default_of(kind: SloKind) -> Slo {
    defaults().into_iter().find(|slo| slo.kind == kind).expect("there is a default of every kind")
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= 40
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
