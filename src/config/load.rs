//! Collects what each layer says about each setting, and picks the value that counts.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde_json::Value as Json;
use toml::de::DeValue;

use super::origin::{ConfigProblem, Origin, Source};
use super::settings::{Config, SETTINGS};
use super::table::Setting;
use super::value::Value;
use super::{environment, file, rules, slo, suggest};

/// All that a configuration is made of. Nothing else is read, but for the files that `NAME_FILE`
/// variables name.
#[derive(Clone, Default)]
pub struct Sources {
    pub file: Option<SourceText>,
    /// Variables of the environment, also those that are not ours.
    pub env: Vec<(String, String)>,
    /// `("server.listen", "…")` of `--set`, or a flag of its own with its name: `("--site", "…")`.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// What says where the folders are that `vitrine check` looks into, and nothing else: they can be checked though the
    /// rest is wrong.
    #[must_use]
    pub fn folders_alone(&self) -> Self {
        let table = self.file.as_ref().and_then(|file| file.text.parse::<toml::Table>().ok());
        let in_file = FOLDERS.iter().filter_map(|(key, _)| {
            let (section, name) = key.split_once('.')?;
            let value = table.as_ref()?.get(section)?.get(name)?;
            let items = value.as_array().map(|items| items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>());
            Some((
                (*key).to_owned(),
                items.map_or_else(|| value.as_str().map(str::to_owned), |items| Some(items.join(",")))?,
            ))
        });
        let in_environment = FOLDERS.iter().filter_map(|(key, variable)| {
            let (_, value) = self.env.iter().find(|(name, _)| name == variable)?;
            Some(((*key).to_owned(), value.clone()))
        });
        let is_one = |name: &str| name == "--site" || FOLDERS.iter().any(|(key, _)| *key == name);
        let in_flags = self.flags.iter().filter(|(name, _)| is_one(name)).cloned();
        let flags = in_file.chain(in_environment).chain(in_flags).collect();
        Self { flags, ..Self::default() }
    }
}

/// Settings about folders that are checked, and their variables.
const FOLDERS: &[(&str, &str)] = &[
    ("site.dir", "VITRINE_SITE"),
    ("bundle.dir", "VITRINE_BUNDLE_DIR"),
    ("bundle.target_labels", "VITRINE_BUNDLE_TARGET_LABELS"),
];

/// The text of the configuration file.
#[derive(Clone)]
pub struct SourceText {
    /// As messages and origins name it.
    pub path: String,
    pub text: String,
}

/// Without texts and values: they may be secrets.
impl fmt::Debug for Sources {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sources").field("file", &self.file).finish_non_exhaustive()
    }
}

impl fmt::Debug for SourceText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SourceText").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A configuration, and where each value came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    /// Every setting, in the order of the reference.
    pub origins: Vec<Provided>,
}

/// One setting's value as it may be printed, and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Provided {
    pub key: Cow<'static, str>,
    /// Secrets are redacted.
    pub shown: Json,
    pub origin: Origin,
}

impl Provided {
    /// Whether its value is shown to nobody.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        SETTINGS.iter().any(|setting| setting.secret && setting.key == self.key)
    }
}

/// What one layer says about a setting.
pub(super) enum Given<'a> {
    Text(String),
    Toml(&'a DeValue<'a>),
}

/// A limit of a setting.
type Check<T> = fn(&T) -> Result<(), String>;

struct Candidate<'a> {
    given: Given<'a>,
    origin: Origin,
}

/// A load in progress. Layers are collected from the weakest to the strongest.
#[derive(Default)]
pub(super) struct Loading<'a> {
    candidates: HashMap<&'static str, Vec<Candidate<'a>>>,
    pub(super) slos: slo::Tables,
    provided: Vec<Provided>,
    problems: BTreeSet<ConfigProblem>,
}

pub(super) fn load(sources: Sources) -> Result<Loaded, Vec<ConfigProblem>> {
    let document = sources.file.as_ref().map(file::Document::parse);
    let mut loading = Loading::default();
    if let Some(document) = &document {
        document.collect(&mut loading);
    }
    let broken_file = !loading.problems.is_empty() && loading.candidates.is_empty();
    environment::collect(&sources.env, &mut loading);
    collect_flags(&sources.flags, &mut loading);
    let config = Config::build(&mut loading);
    // Without the file's values, rules between settings would report mistakes that are none.
    if !broken_file {
        environment::refuse_stray_postgres(&sources.env, &mut loading);
        rules::check(&config, &mut loading);
    }
    if loading.problems.is_empty() {
        return Ok(Loaded { config, origins: loading.provided });
    }
    Err(loading.problems.into_iter().collect())
}

fn collect_flags(flags: &[(String, String)], loading: &mut Loading<'_>) {
    for (name, text) in flags {
        let by_flag = SETTINGS.iter().find(|setting| setting.flag == Some(name));
        let by_key = SETTINGS.iter().find(|setting| setting.key == name);
        if by_flag.is_none()
            && let Some((slo, field)) = name.strip_prefix("slo.").and_then(|rest| rest.split_once('.'))
        {
            loading.slos.give(slo, field, slo::of_text(text), Source::Flag("--set".to_owned()));
            continue;
        }
        let flag = if by_flag.is_some() { name.as_str() } else { "--set" };
        let source = Source::Flag(flag.to_owned());
        match by_flag.or(by_key) {
            Some(setting) => loading.give(setting, Given::Text(text.clone()), source.into()),
            None => {
                let message = format!("unknown setting{}", suggest::key_hint(name));
                loading.report(source, Some(name), message);
            }
        }
    }
}

impl<'a> Loading<'a> {
    pub(super) fn give(&mut self, setting: &Setting, given: Given<'a>, origin: Origin) {
        self.candidates.entry(setting.key).or_default().push(Candidate { given, origin });
    }

    /// True when some layer set `key`, well or wrong.
    pub(super) fn is_mentioned(&self, key: &str) -> bool {
        let is_set = |provided: &Provided| provided.key == key && provided.origin.source != Source::Default;
        self.provided.iter().any(is_set) || self.is_wrong(&[key])
    }

    fn is_wrong(&self, keys: &[&str]) -> bool {
        let is_one = |key: &str| keys.contains(&key);
        self.problems.iter().any(|problem| problem.key.as_deref().is_some_and(is_one))
    }

    pub(super) fn report(&mut self, place: Source, key: Option<&str>, message: impl Into<String>) {
        let key = key.map(str::to_owned);
        self.problems.insert(ConfigProblem { place, key, message: message.into() });
    }

    /// The strongest layer's value. Each layer's value is checked, also one that is overridden.
    pub(super) fn value<T: Value>(&mut self, key: &'static str, checks: &[Check<T>]) -> T {
        let mut chosen = None;
        for Candidate { given, origin } in self.candidates.remove(key).unwrap_or_default() {
            let parsed = match &given {
                Given::Text(text) => T::from_text(text),
                Given::Toml(value) => T::from_toml(value),
            };
            let checked = parsed.and_then(|value| checks.iter().try_for_each(|check| check(&value)).map(|()| value));
            match checked {
                Ok(value) => chosen = Some((value, origin)),
                Err(message) => self.report(origin.source, Some(key), message),
            }
        }
        let (value, origin) = chosen.unwrap_or_else(|| (default(key), Source::Default.into()));
        self.provide(key.into(), value.show(), origin);
        value
    }

    /// Keeps a value for `config show`.
    pub(super) fn provide(&mut self, key: Cow<'static, str>, shown: Json, origin: Origin) {
        self.provided.push(Provided { key, shown, origin });
    }

    /// Reports a mistake between settings at the first of them that was set, unless one of them is
    /// already known to be wrong.
    pub(super) fn refuse(&mut self, keys: &[&str], message: &str) {
        if self.is_wrong(keys) {
            return;
        }
        let sources = keys.iter().filter_map(|key| {
            let provided = self.provided.iter().find(|provided| provided.key == *key)?;
            Some((provided.key.as_ref(), provided.origin.source.clone()))
        });
        let set = sources.clone().find(|(_, source)| *source != Source::Default);
        if let Some((key, source)) = set.or_else(|| sources.clone().next()) {
            let key = key.to_owned();
            self.report(source, Some(&key), message);
        }
    }
}

fn default<T: Value>(key: &str) -> T {
    let setting = SETTINGS.iter().find(|setting| setting.key == key);
    let text = setting.expect("fields and rows come from the same macro").default;
    T::from_text(text).expect("every default of the table parses: a test loads them")
}
