//! Where a value came from, and what is wrong with it.

use std::fmt;

/// The place of a value. Ordered as the layers are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// A line of the configuration file; no line stands for the file as a whole.
    File { path: String, line: Option<usize> },
    /// An environment variable.
    Environment(String),
    /// The file that an environment variable such as `SECRET_KEY_FILE` names.
    SecretFile(String),
    /// Several variables that make one value: the `POSTGRES_*` of `database.url`.
    Parts(Vec<Source>),
    /// A flag of the command line, with its name.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File { path, line: None } => out.write_str(path),
            Self::File { path, line: Some(line) } => write!(out, "{path}:{line}"),
            Self::Environment(name) => write!(out, "env {name}"),
            Self::SecretFile(name) => write!(out, "file {name}"),
            Self::Parts(parts) => list(out, parts),
            Self::Flag(name) => write!(out, "flag {name}"),
        }
    }
}

/// The source of a value, with the variables of the same layer that lost against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub source: Source,
    pub ignored: Vec<Source>,
}

impl From<Source> for Origin {
    fn from(source: Source) -> Self {
        Self { source, ignored: Vec::new() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.source)?;
        if self.ignored.is_empty() {
            return Ok(());
        }
        out.write_str(" (ignored: ")?;
        list(out, &self.ignored)?;
        out.write_str(")")
    }
}

fn list(out: &mut fmt::Formatter<'_>, sources: &[Source]) -> fmt::Result {
    for (index, source) in sources.iter().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        write!(out, "{source}")?;
    }
    Ok(())
}

/// One mistake in the configuration. The message never holds a secret's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place}: {}{message}", key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default())]
pub struct ConfigProblem {
    /// Where the mistake is.
    pub place: Source,
    /// The setting, when one is known.
    pub key: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}
