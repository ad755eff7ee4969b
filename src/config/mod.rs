//! Configuration: one table of settings, layered as defaults < `vitrine.toml` < environment < flags.
//! Every value remembers where it came from; every mistake is reported at once.

mod addresses;
mod environment;
mod example;
mod extension;
mod file;
mod host;
mod hosts;
mod label_names;
mod list;
mod load;
mod network;
mod origin;
mod origins;
mod peers;
mod postgres;
mod process;
mod reference;
mod rules;
mod s3;
mod secret;
pub mod security;
mod settings;
mod show;
pub mod slo;
mod suggest;
mod table;
mod url;
mod value;
mod variant;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use addresses::Addresses;
pub use example::example_toml;
pub use extension::Extensions;
pub use hosts::DatabaseHosts;
pub use label_names::LabelNames;
pub(crate) use label_names::is_label_name;
pub use load::{Loaded, Provided, SourceText, Sources};
pub use network::Cidr;
pub use origin::{ConfigProblem, Origin, Source};
pub use origins::Origins;
pub use process::temporary_folder;
pub use reference::reference_markdown;
pub use secret::{Secret, SecretUrl};
pub use settings::{
    Accounts, Api, Backup, Bundle, Cache, Cdn, Config, Content, Data, Database, Drill, Email, Embeds, Faults, Frontend,
    Log, Media, Metrics, Recorder, Redis, S3, Security, Server, Site, Telemetry, Tls, Vitals, Webhooks,
};
pub(crate) use suggest::{closest, did_you_mean};
pub use variant::{
    CdnProvider, Compat, EmbedRender, LinkConversion, LogFormat, LogLevel, MailEncryption, MediaPlace, Mode,
    Precedence, Role,
};

impl Config {
    /// Reads every layer and returns the whole configuration with its origins.
    ///
    /// # Errors
    /// Every mistake of every layer, sorted by layer and line.
    pub fn load(sources: Sources) -> Result<Loaded, Vec<ConfigProblem>> {
        load::load(sources)
    }

    /// `database.url`, or the SQLite file of `data.dir` when it is empty.
    #[must_use]
    pub fn database_url(&self) -> SecretUrl {
        if self.database.url.is_empty() {
            url::sqlite_file(&self.data.dir.join("vitrine.db"))
        } else {
            self.database.url.clone()
        }
    }

    /// `media.dir`, or the folder `media` of `data.dir` when it is empty.
    #[must_use]
    pub fn media_dir(&self) -> PathBuf {
        if self.media.dir.as_os_str().is_empty() { self.data.dir.join("media") } else { self.media.dir.clone() }
    }

    /// `backup.dir`, or the folder `backups` of `data.dir` when it is empty.
    #[must_use]
    pub fn backup_dir(&self) -> PathBuf {
        if self.backup.dir.as_os_str().is_empty() { self.data.dir.join("backups") } else { self.backup.dir.clone() }
    }

    /// True in development: templates reload, errors are shown, weak secrets are accepted.
    #[must_use]
    pub fn is_dev(&self) -> bool {
        self.mode == Mode::Dev
    }
}

impl Default for Config {
    /// Every setting at its default, as if there were no file, no environment and no flags.
    fn default() -> Self {
        Config::load(Sources::default()).expect("the defaults are valid: a test loads them").config
    }
}

impl Tls {
    /// The certificate chain and its private key when HTTPS is on.
    #[must_use]
    pub fn files(&self) -> Option<(&Path, &Path)> {
        let given = |path: &PathBuf| !path.as_os_str().is_empty();
        (given(&self.certificate_file) && given(&self.key_file)).then_some((&self.certificate_file, &self.key_file))
    }
}

impl Bundle {
    /// Where rules and dashboards are; `None` when they are not looked at.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        (!self.dir.as_os_str().is_empty()).then_some(&self.dir)
    }
}

impl Site {
    /// The folder of an own site; `None` is the embedded default site.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        (!self.dir.as_os_str().is_empty()).then_some(&self.dir)
    }
}

impl Frontend {
    /// The folder of a built app; `None` when there is none.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        (!self.dir.as_os_str().is_empty()).then_some(&self.dir)
    }

    /// The server that develops the app; `None` when there is none.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        (!self.proxy.is_empty()).then_some(&self.proxy)
    }
}
