//! The environment: `VITRINE_<SECTION>_<KEY>`, the names of the replaced systems, and `NAME_FILE`
//! for secrets. An empty variable counts as unset, as compose files set empty ones.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use super::load::{Given, Loading};
use super::origin::{Origin, Source};
use super::postgres;
use super::settings::SETTINGS;
use super::suggest::{self, closest};
use super::table::Setting;

/// Names the configuration file.
pub(super) const CONFIG_VARIABLE: &str = "VITRINE_CONFIG";
const PREFIX: &str = "VITRINE_";
const FILE_SUFFIX: &str = "_FILE";
/// A secret is a line; more is the wrong file.
const MAX_SECRET_FILE_BYTES: u64 = 65_536;

/// The variables that are set to something.
pub(super) struct Environment<'a> {
    variables: BTreeMap<&'a str, &'a str>,
}

/// A variable's text, or what is wrong with it, and where it came from.
pub(super) struct Variable {
    pub(super) text: Result<String, String>,
    pub(super) source: Source,
}

pub(super) fn collect(env: &[(String, String)], loading: &mut Loading<'_>) {
    let environment = Environment::new(env);
    for setting in SETTINGS {
        environment.collect_setting(setting, loading);
    }
    for (name, value) in env {
        if name.starts_with(PREFIX) && !is_service_link(name, value) && !is_known(name) {
            let message = format!("unknown variable{}", variable_hint(name));
            loading.report(Source::Environment(name.clone()), None, message);
        }
    }
}

/// A user or password for PostgreSQL alone would silently mean SQLite.
pub(super) fn refuse_stray_postgres(env: &[(String, String)], loading: &mut Loading<'_>) {
    let environment = Environment::new(env);
    if loading.is_mentioned(postgres::KEY) {
        return;
    }
    if let Some(source) = postgres::sources(&environment).into_iter().next() {
        let message = "set POSTGRES_HOST or POSTGRES_DB too, or DATABASE_URL, to use PostgreSQL";
        loading.report(source, Some(postgres::KEY), message);
    }
}

impl<'a> Environment<'a> {
    fn new(env: &'a [(String, String)]) -> Self {
        let set = env.iter().filter(|(name, value)| !value.trim().is_empty() && !is_service_link(name, value));
        Self { variables: set.map(|(name, value)| (name.as_str(), value.as_str())).collect() }
    }

    fn collect_setting(&self, setting: &'static Setting, loading: &mut Loading<'_>) {
        let own = (setting.environment_name(), super::value::same as fn(&str) -> _);
        let aliases = setting.aliases.iter().map(|alias| (alias.name.to_owned(), alias.convert));
        let mut found = Vec::new();
        for (name, convert) in std::iter::once(own).chain(aliases) {
            if let Some(Variable { text, source }) = self.find(&name, setting.secret) {
                found.push((text.and_then(|text| convert(&text)), source));
            }
        }
        if setting.key == postgres::KEY {
            let parts = postgres::sources(self);
            if found.is_empty() {
                found.extend(postgres::compose(self));
            } else if !parts.is_empty() {
                found.push((Ok(String::new()), Source::Parts(parts)));
            }
        }
        let mut found = found.into_iter();
        let Some((text, source)) = found.next() else {
            return;
        };
        match text {
            Ok(text) => {
                let ignored = found.map(|(_, source)| source).collect();
                loading.give(setting, Given::Text(text), Origin { source, ignored });
            }
            Err(message) => loading.report(source, Some(setting.key), message),
        }
    }

    /// The variable `name`, or the content of the file that `name_FILE` names where that is allowed.
    pub(super) fn find(&self, name: &str, file_allowed: bool) -> Option<Variable> {
        let file_name = format!("{name}{FILE_SUFFIX}");
        let path = self.variables.get(file_name.as_str()).filter(|_| file_allowed);
        match (self.variables.get(name), path) {
            (None, None) => None,
            (Some(text), None) => {
                Some(Variable { text: Ok((*text).to_owned()), source: Source::Environment(name.to_owned()) })
            }
            (None, Some(path)) => Some(Variable { text: read_secret(path), source: Source::SecretFile(file_name) }),
            (Some(_), Some(_)) => Some(Variable {
                text: Err(format!("both {name} and {file_name} are set: unset one")),
                source: Source::Environment(name.to_owned()),
            }),
        }
    }
}

/// The file's text without the blanks around it.
fn read_secret(path: &str) -> Result<String, String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_SECRET_FILE_BYTES + 1).read_to_string(&mut text));
    match read {
        Err(error) => Err(format!("cannot read {path:?}: {error}")),
        Ok(size) if size as u64 > MAX_SECRET_FILE_BYTES => {
            Err(format!("{path:?} is larger than {MAX_SECRET_FILE_BYTES} bytes: not a secret"))
        }
        Ok(_) if text.trim().is_empty() => Err(format!("{path:?} is empty")),
        Ok(_) => Ok(text.trim().to_owned()),
    }
}

/// Kubernetes sets `<SERVICE>_PORT=tcp://…` and the like for each Service of the namespace; one named
/// `vitrine` or `postgres` must not count as a setting.
/// <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>
fn is_service_link(name: &str, value: &str) -> bool {
    let address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    let is_port_part = |after: &str| {
        let mut words = after.split('_');
        words.next().is_some_and(|port| port.parse::<u16>().is_ok())
            && words.next().is_some_and(|protocol| ["TCP", "UDP", "SCTP"].contains(&protocol))
    };
    address && name.ends_with("_PORT")
        || name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.rsplit_once("_PORT_").is_some_and(|(_, after)| is_port_part(after))
}

/// The names that set `setting`, without the `_FILE` forms.
pub(super) fn names(setting: &Setting) -> impl Iterator<Item = String> {
    let aliases = setting.aliases.iter().map(|alias| alias.name.to_owned());
    std::iter::once(setting.environment_name()).chain(aliases)
}

fn is_known(name: &str) -> bool {
    name == CONFIG_VARIABLE
        || SETTINGS.iter().any(|setting| {
            let own = setting.environment_name();
            name == own || setting.secret && name.strip_suffix(FILE_SUFFIX) == Some(own.as_str())
        })
}

fn variable_hint(name: &str) -> String {
    if let Some(setting) = SETTINGS.iter().find(|setting| setting.derived_name() == name) {
        return suggest::did_you_mean(Some(&setting.environment_name()));
    }
    let own: Vec<String> = SETTINGS.iter().map(Setting::environment_name).collect();
    let base = name.strip_suffix(FILE_SUFFIX);
    if base.is_some_and(|base| own.iter().any(|own| own == base)) {
        return ": only secrets are read from a file".to_owned();
    }
    let secret_files =
        SETTINGS.iter().filter(|setting| setting.secret).map(|setting| setting.environment_name() + FILE_SUFFIX);
    let names: Vec<String> = own.iter().cloned().chain(secret_files).collect();
    suggest::did_you_mean(closest(name, names.iter().map(String::as_str)))
}
