//! How each type of setting is read from text (environment, flags) and from TOML, and shown.

use std::net::SocketAddr;
use std::num::{IntErrorKind, ParseIntError};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value as Json;
use toml::de::DeValue;

use super::variant::Mode;

/// A type that a setting can have.
pub(crate) trait Value: Sized {
    /// The type in words, for the reference.
    const KIND: &'static str;
    /// Secrets are redacted, never quoted in messages, and readable from a `NAME_FILE`.
    const SECRET: bool = false;

    /// Reads the form that environment variables and flags use.
    fn from_text(text: &str) -> Result<Self, String>;

    /// Reads a value of the file; by default a string with the same text.
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        match value {
            DeValue::String(text) => Self::from_text(text),
            other => Err(wrong_type("a string", other)),
        }
    }

    /// The value as it may be printed: without secrets.
    fn show(&self) -> Json;
}

/// "expected a string, found an integer": no value, as it may be a secret at the wrong place.
pub(crate) fn wrong_type(expected: &str, found: &DeValue<'_>) -> String {
    let found = match found {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    };
    format!("expected {expected}, found {found}")
}

/// Durations come from numbers in a checked range; one set by hand out of it counts as zero or endless.
pub(crate) fn seconds(value: f64) -> Duration {
    if value > 0.0 { Duration::try_from_secs_f64(value).unwrap_or(Duration::MAX) } else { Duration::ZERO }
}

/// An alias whose text is the setting's text.
pub(crate) fn same(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// `PORT=8080`, as hosting platforms set it, is every address at that port.
pub(crate) fn port_on_all_addresses(text: &str) -> Result<String, String> {
    match text.trim().parse::<u16>() {
        Ok(port) if port > 0 => Ok(format!("0.0.0.0:{port}")),
        _ => Err(format!("expected a port from 1 to 65535, found {text:?}")),
    }
}

/// `WEB_CONCURRENCY=auto` leaves the number to the CPU quota.
pub(crate) fn automatic_is_zero(text: &str) -> Result<String, String> {
    Ok(if text.trim().eq_ignore_ascii_case("auto") { "0".to_owned() } else { text.to_owned() })
}

/// Django's `DEBUG=True` is development.
pub(crate) fn debug_is_mode(text: &str) -> Result<String, String> {
    Mode::from_debug(text).map(|mode| mode.to_string())
}

/// Reads a boolean as people write them in environments.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("expected true or false, found {text:?}")),
    }
}

impl Value for bool {
    const KIND: &'static str = "boolean";

    fn from_text(text: &str) -> Result<Self, String> {
        boolean(text)
    }

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| wrong_type("true or false", value))
    }

    fn show(&self) -> Json {
        (*self).into()
    }
}

impl Value for f64 {
    const KIND: &'static str = "number";

    fn from_text(text: &str) -> Result<Self, String> {
        match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(format!("expected a number, found {text:?}")),
        }
    }

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        match value {
            DeValue::Float(number) => Self::from_text(number.as_str()),
            DeValue::Integer(number) if number.radix() == 10 => Self::from_text(number.as_str()),
            other => Err(wrong_type("a number", other)),
        }
    }

    fn show(&self) -> Json {
        (*self).into()
    }
}

fn not_integer(error: &ParseIntError, found: &str) -> String {
    match error.kind() {
        IntErrorKind::PosOverflow => format!("the number {found} is too large"),
        _ => format!("expected a whole number, 0 or more, found {found}"),
    }
}

macro_rules! integer {
    ($($type:ty),+) => {
        $(impl Value for $type {
            const KIND: &'static str = "integer";

            fn from_text(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|error| not_integer(&error, &format!("{text:?}")))
            }

            fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
                let DeValue::Integer(number) = value else {
                    return Err(wrong_type("a whole number", value));
                };
                <$type>::from_str_radix(number.as_str(), number.radix())
                    .map_err(|error| not_integer(&error, &number.to_string()))
            }

            fn show(&self) -> Json {
                (*self).into()
            }
        })+
    };
}

integer!(u16, u32, u64, usize);

impl Value for String {
    const KIND: &'static str = "text";

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.trim().to_owned())
    }

    fn show(&self) -> Json {
        self.as_str().into()
    }
}

impl Value for PathBuf {
    const KIND: &'static str = "path";

    fn from_text(text: &str) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("a path cannot hold a NUL character".to_owned());
        }
        Ok(Self::from(text.trim()))
    }

    fn show(&self) -> Json {
        self.to_string_lossy().into()
    }
}

impl Value for SocketAddr {
    const KIND: &'static str = "address:port";

    fn from_text(text: &str) -> Result<Self, String> {
        let text = text.trim();
        text.parse().map_err(|_| {
            let guess = match text.rsplit_once(':') {
                Some(("", port)) => format!("0.0.0.0:{port}"),
                Some(("localhost", port)) => format!("127.0.0.1:{port}"),
                None if text.parse::<u16>().is_ok() => format!("127.0.0.1:{text}"),
                None => format!("{text}:8000"),
                Some(_) => String::new(),
            };
            let hint = match guess.parse::<Self>() {
                Ok(address) => format!("; did you mean {address}?"),
                Err(_) => " such as 127.0.0.1:8000 or [::1]:8000".to_owned(),
            };
            format!("{text:?} is not an IP address with a port{hint}")
        })
    }

    fn show(&self) -> Json {
        self.to_string().into()
    }
}
