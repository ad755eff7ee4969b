//! An example `vitrine.toml`, made from the table of settings.

use std::fmt::Write as _;

use super::settings::{SECTIONS, SETTINGS};
use super::slo;
use super::table::Setting;

/// Every setting with its help, commented out at its default. `#key = value` is a setting, `# text`
/// is help.
#[must_use]
pub fn example_toml() -> String {
    let mut out = "# Vitrine's settings at their defaults: remove the # of a line to change it.\n\
                   # Environment variables and flags are stronger than this file.\n\
                   # `vitrine config show` prints every value and where it came from.\n"
        .to_owned();
    out.push_str(&rows(""));
    for (section, about) in SECTIONS {
        write!(out, "\n#{about}\n[{section}]\n").expect("writing to a String cannot fail");
        out.push_str(&rows(section));
    }
    out.push_str("\n# What is promised: a table for each objective, these or others. See docs/CONFIGURATION.md.\n");
    for slo in slo::defaults() {
        writeln!(out, "#[slo.{}]", slo.name).expect("writing to a String cannot fail");
        // JSON's form of these types is also TOML's.
        let fields = slo.fields().into_iter().map(|(field, value)| format!("#{field} = {value}\n"));
        out.extend(fields);
    }
    out
}

fn rows(section: &str) -> String {
    SETTINGS
        .iter()
        .filter(|setting| setting.section() == section)
        .map(|setting| format!("# {}\n#{} = {}\n", help(setting), setting.name(), default(setting)))
        .collect()
}

/// The help, with the limits where there are some.
pub(super) fn help(setting: &Setting) -> String {
    let help = setting.help.trim();
    match setting.limits.and_then(|limits| limits.split_once("..=")) {
        Some((least, most)) => format!("{help} From {} to {}.", plain(least), plain(most)),
        None => help.to_owned(),
    }
}

/// A limit as people write it: `30`, not `30.0`.
fn plain(limit: &str) -> &str {
    let limit = limit.trim();
    limit.strip_suffix(".0").unwrap_or(limit)
}

/// The default as TOML writes it; JSON's form of these types is also TOML's.
pub(super) fn default(setting: &Setting) -> String {
    let shown = (setting.show_default)(setting.default);
    shown.expect("every default of the table parses: a test loads them").to_string()
}
