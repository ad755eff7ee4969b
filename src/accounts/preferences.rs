//! How the editor looks to somebody, whether it listens to their keys, and which mails they get.

use serde::{Deserialize, Serialize};

use super::{AccountError, Accounts};
use crate::queries;

queries! {
    KEEP = write "account.keep_preferences" "UPDATE account SET preferences = $2 WHERE id = $1";
}

/// What somebody prefers; what they never chose follows their device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    pub theme: Theme,
    pub contrast: Contrast,
    pub density: Density,
    pub shortcuts: Shortcuts,
    /// Of images in the library.
    pub gallery: Gallery,
    /// Of documents in it.
    pub shelf: Shelf,
    pub mail: Mails,
}

/// The mails that somebody gets. Those about signing in are not among them: nobody can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mails {
    /// What they scheduled will not go live, or not as they meant it.
    pub schedules: bool,
    /// Others published a page of theirs, took it off the site, moved, locked or trashed it.
    pub pages: bool,
    /// Others edited a page of theirs.
    pub edits: bool,
}

impl Default for Mails {
    fn default() -> Self {
        Self { schedules: true, pages: true, edits: false }
    }
}

impl Mails {
    pub const NONE: Self = Self { schedules: false, pages: false, edits: false };
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contrast {
    #[default]
    System,
    More,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Density {
    #[default]
    Roomy,
    Snug,
}

/// Off: for those whose words are typed by speech, or whose other programs need the keys (WCAG 2.1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shortcuts {
    #[default]
    On,
    Off,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gallery {
    #[default]
    Grid,
    List,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shelf {
    #[default]
    List,
    Grid,
}

impl Preferences {
    /// As they are stored; what an older or newer version wrote and this one does not know is as if never chosen.
    pub fn parse(stored: &str) -> Self {
        serde_json::from_str(stored).unwrap_or_default()
    }
}

impl Accounts {
    /// Keeps what somebody prefers.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn keep_preferences(&self, account: i64, preferences: Preferences) -> Result<(), AccountError> {
        let stored = serde_json::to_string(&preferences).expect("words alone");
        self.db.query(&KEEP).bind(account).bind(stored).execute().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_as_if_never_chosen() {
        let kept = Preferences { theme: Theme::Dark, density: Density::Snug, ..Preferences::default() };
        let stored = serde_json::to_string(&kept).expect("words alone");
        assert_eq!(Preferences::parse(&stored), kept);
        assert_eq!(Preferences::parse("{}"), Preferences::default());
        assert_eq!(Preferences::parse(r#"{"theme": "sepia"}"#), Preferences::default());
        assert_eq!(Preferences::parse(r#"{"theme": "dark", "sound": "on"}"#).theme, Theme::Dark);
    }
}
