//! What `vitrine config show` prints: each value, redacted, and where it came from.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::load::Loaded;
use super::origin::Origin;
use super::settings::{Config, SETTINGS};

impl Loaded {
    /// Where the value of `key` came from.
    #[must_use]
    pub fn find_origin(&self, key: &str) -> Option<&Origin> {
        self.origins.iter().find(|provided| provided.key == key).map(|provided| &provided.origin)
    }

    /// Key, value and origin of every setting, in columns. Values are written as in TOML.
    #[must_use]
    pub fn table(&self) -> String {
        let rows: Vec<[String; 3]> = self
            .origins
            .iter()
            .map(|provided| [provided.key.to_string(), provided.shown.to_string(), provided.origin.to_string()])
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let (keys, values) = (width(0), width(1));
        rows.iter().map(|[key, value, origin]| format!("{key:keys$}  {value:values$}  {origin}\n")).collect()
    }

    /// `{"server.listen": {"value": "…", "origin": "…"}, …}`
    #[must_use]
    pub fn to_json(&self) -> Json {
        let entries = self.origins.iter().map(|provided| {
            let entry = json!({ "value": provided.shown, "origin": provided.origin.to_string() });
            (provided.key.to_string(), entry)
        });
        Json::Object(entries.collect::<Map<_, _>>())
    }
}

impl Config {
    /// All settings as a `vitrine.toml` without secrets, of which it names those that were set.
    #[must_use]
    pub fn without_secrets(&self) -> String {
        let mut text = String::new();
        for (section, settings) in self.shown() {
            if !section.is_empty() {
                let _ = writeln!(text, "\n[{section}]");
            }
            for (name, value) in settings {
                let key = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
                let is_secret = SETTINGS.iter().any(|setting| setting.key == key && setting.secret);
                let _ = match (is_secret, value.as_str() == Some("")) {
                    (true, false) => writeln!(text, "# {name}: a secret, which is not in this file"),
                    (true, true) => Ok(()),
                    (false, _) => writeln!(text, "{name} = {value}"),
                };
            }
        }
        text
    }
}
