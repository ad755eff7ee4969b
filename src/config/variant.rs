//! Settings with a closed set of values.

use std::fmt;

use serde_json::Value as Json;

use super::value::{Value, boolean};

/// `NAME "its words in the reference" { VARIANT = "word" | "a word of another system", … }`; the first word is what is shown.
macro_rules! variants {
    ($( $(#[$meta:meta])* $name:ident $kind:literal {
        $( $(#[$variant_meta:meta])* $variant:ident = $word:literal $(| $other:literal)* ),+ $(,)?
    } )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[$variant_meta])* $variant ),+ }

        impl $name {
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl Value for $name {
            const KIND: &'static str = $kind;

            fn from_text(text: &str) -> Result<Self, String> {
                match text.trim().to_ascii_lowercase().as_str() {
                    $($word $(| $other)* => Ok(Self::$variant),)+
                    _ => Err(format!("expected {}, found {text:?}", one_of(&[$($word),+]))),
                }
            }

            fn show(&self) -> Json {
                self.as_str().into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }
    )+};
}

variants! {
    /// Who keeps pages in front of the site.
    CdnProvider "`none`, `fastly`, `cloudflare` or `varnish`" {
        None = "none",
        Fastly = "fastly",
        Cloudflare = "cloudflare",
        Varnish = "varnish",
    }
    /// How a mail server is spoken to.
    MailEncryption "`starttls`, `tls` or `none`" { Starttls = "starttls", Tls = "tls", None = "none" }
    /// Where the files of the media library are.
    MediaPlace "`folder` or `s3`" { Folder = "folder", S3 = "s3" }
    /// How the server behaves.
    Mode "`dev` or `prod`" {
        /// Templates reload, errors are shown, weak secrets are accepted.
        Dev = "dev",
        Prod = "prod",
    }
    /// What a process does for its site.
    Role "`all`, `web` or `worker`" {
        /// Pages and jobs.
        All = "all",
        /// Pages alone: another process has to work off the jobs.
        Web = "web",
        /// Jobs alone: there is no public listener.
        Worker = "worker",
    }
    /// The least severe level that is written, as `tracing` filters write it. Also takes the names of Python's `logging`.
    LogLevel "level" {
        Error = "error" | "critical" | "fatal",
        Warn = "warn" | "warning",
        Info = "info",
        Debug = "debug",
        Trace = "trace" | "notset",
    }
    /// The form of the log.
    LogFormat "`json` or `pretty`" {
        /// One JSON object a line.
        Json = "json",
        /// For people, with colours on a terminal.
        Pretty = "pretty",
    }
    /// Which addresses of the site's own pages become links by id when a text is saved. Also takes Wagtail's `confirm` and
    /// its empty value: nobody is asked, so nothing is converted.
    LinkConversion "`all`, `exact` or `off`" { All = "all", Exact = "exact", Off = "off" | "confirm" | "" }
    /// What stands for embedded media.
    EmbedRender "`iframe` or `link`" { Iframe = "iframe", Link = "link" }
    /// What a front end has before the site's pages.
    Precedence "`root`, `app` or `pages`" { Root = "root", App = "app", Pages = "pages" }
    /// Names of another system that families have as well.
    Compat "`none` or `django`" { None = "none", Django = "django" }
}

impl Mode {
    /// Django's `DEBUG`: true is development.
    pub(crate) fn from_debug(text: &str) -> Result<Self, String> {
        boolean(text).map(|debug| if debug { Self::Dev } else { Self::Prod })
    }
}

/// `a, b or c`.
fn one_of(words: &[&str]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        words => words.concat(),
    }
}
