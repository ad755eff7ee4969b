//! Settings with a closed set of values.

use std::fmt;

use serde_json::Value as Json;

use super::value::{Value, boolean};

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Templates reload, errors are shown, weak secrets are accepted.
    Dev,
    Prod,
}

/// The least severe level that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people, with colours on a terminal.
    Pretty,
}

/// What a process does for its site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Pages and jobs.
    All,
    /// Pages alone: another process has to work off the jobs.
    Web,
    /// Jobs alone: there is no public listener.
    Worker,
}

/// Which addresses of the site's own pages become links by id when a text is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkConversion {
    All,
    Exact,
    Off,
}

/// What stands for embedded media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbedRender {
    Iframe,
    Link,
}

/// Names of another system that families have as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compat {
    None,
    Django,
}

impl Compat {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Django => "django",
        }
    }
}

impl Value for Compat {
    const KIND: &'static str = "`none` or `django`";

    fn from_text(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "none" => Ok(Self::None),
            "django" => Ok(Self::Django),
            _ => Err(format!("expected none or django, found {text:?}")),
        }
    }

    fn show(&self) -> Json {
        self.as_str().into()
    }
}

impl LinkConversion {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Exact => "exact",
            Self::Off => "off",
        }
    }
}

impl EmbedRender {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iframe => "iframe",
            Self::Link => "link",
        }
    }
}

impl Mode {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Prod => "prod",
        }
    }

    /// Django's `DEBUG`: true is development.
    pub(crate) fn from_debug(text: &str) -> Result<Self, String> {
        boolean(text).map(|debug| if debug { Self::Dev } else { Self::Prod })
    }
}

impl LogLevel {
    /// As `tracing` filters write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl LogFormat {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Pretty => "pretty",
        }
    }
}

impl Role {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Web => "web",
            Self::Worker => "worker",
        }
    }
}

impl Value for Role {
    const KIND: &'static str = "`all`, `web` or `worker`";

    fn from_text(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "all" => Ok(Self::All),
            "web" => Ok(Self::Web),
            "worker" => Ok(Self::Worker),
            _ => Err(format!("expected all, web or worker, found {text:?}")),
        }
    }

    fn show(&self) -> Json {
        self.as_str().into()
    }
}

impl Value for Mode {
    const KIND: &'static str = "`dev` or `prod`";

    fn from_text(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "dev" => Ok(Self::Dev),
            "prod" => Ok(Self::Prod),
            _ => Err(format!("expected dev or prod, found {text:?}")),
        }
    }

    fn show(&self) -> Json {
        self.as_str().into()
    }
}

impl Value for LogLevel {
    const KIND: &'static str = "level";

    /// Also takes the names of Python's `logging`.
    fn from_text(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "error" | "critical" | "fatal" => Ok(Self::Error),
            "warn" | "warning" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            "trace" | "notset" => Ok(Self::Trace),
            _ => Err(format!("expected error, warn, info, debug or trace, found {text:?}")),
        }
    }

    fn show(&self) -> Json {
        self.as_str().into()
    }
}

impl Value for LogFormat {
    const KIND: &'static str = "`json` or `pretty`";

    fn from_text(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err(format!("expected json or pretty, found {text:?}")),
        }
    }

    fn show(&self) -> Json {
        self.as_str().into()
    }
}

impl Value for LinkConversion {
    const KIND: &'static str = "`all`, `exact` or `off`";

    /// Also takes Wagtail's `confirm` and its empty value: nobody is asked, so nothing is converted.
    fn from_text(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "all" => Ok(Self::All),
            "exact" => Ok(Self::Exact),
            "off" | "confirm" | "" => Ok(Self::Off),
            _ => Err(format!("expected all, exact or off, found {text:?}")),
        }
    }

    fn show(&self) -> Json {
        self.as_str().into()
    }
}

impl Value for EmbedRender {
    const KIND: &'static str = "`iframe` or `link`";

    fn from_text(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "iframe" => Ok(Self::Iframe),
            "link" => Ok(Self::Link),
            _ => Err(format!("expected iframe or link, found {text:?}")),
        }
    }

    fn show(&self) -> Json {
        self.as_str().into()
    }
}

macro_rules! display_as_str {
    ($($type:ty),+) => {
        $(impl fmt::Display for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        })+
    };
}

display_as_str!(Compat, Mode, Role, LogLevel, LogFormat, LinkConversion, EmbedRender);
