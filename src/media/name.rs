//! Names of uploaded files: what is kept of them, and what they say.

use unicode_normalization::UnicodeNormalization as _;

use super::image::title_from;

/// Longest name that is kept, in characters; the extension is kept always.
const MAX_LENGTH: usize = 150;

/// The name that a file was given, without folders, safe to show and to send in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    text: String,
}

impl FileName {
    /// Takes the last segment of what the sender calls the file; `None` when there is no name in it, or a character that
    /// no name has: a control, or one that turns the direction of writing.
    pub fn of(given: &str) -> Option<Self> {
        let last = given.rsplit(['/', '\\']).next().unwrap_or(given).trim().trim_end_matches(['.', ' ']);
        let text: String = last.nfc().collect();
        let hidden = |character: char| {
            character.is_control()
                || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        if text.trim_start_matches('.').is_empty() || text.chars().any(hidden) {
            return None;
        }
        let this = Self { text };
        let length = this.text.chars().count();
        if length <= MAX_LENGTH {
            return Some(this);
        }
        let kept: String = this.stem().chars().take(MAX_LENGTH.saturating_sub(this.extension().len() + 1)).collect();
        Some(Self { text: format!("{kept}.{}", this.extension()) })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In lower case, without its dot; empty without one.
    pub fn extension(&self) -> String {
        let extension = self.text.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
        extension.map(|(_, extension)| extension.to_lowercase()).filter(|text| text.len() <= 16).unwrap_or_default()
    }

    fn stem(&self) -> &str {
        self.text.rsplit_once('.').map(|(stem, _)| stem).filter(|stem| !stem.is_empty()).unwrap_or(&self.text)
    }

    /// A title made from the name.
    pub fn title(&self) -> String {
        title_from(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(given: &str) -> FileName {
        FileName::of(given).unwrap_or_else(|| panic!("{given:?} is a name"))
    }

    #[test]
    fn folders_in_names_are_dropped() {
        for given in
            ["../../etc/passwd.png", "C:\\fakepath\\passwd.png", "/passwd.png", "a/b\\passwd.png", "passwd.png. "]
        {
            assert_eq!(name(given).as_str(), "passwd.png", "{given}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for given in ["", ".", "..", "a/", "a/..", "  ", "a\0.jpg", "a\njpg", "photo\u{202e}gpj.exe", "\u{feff}a.txt"] {
            assert_eq!(FileName::of(given), None, "{given:?}");
        }
    }

    #[test]
    fn extensions_are_what_follows_the_last_dot() {
        for (given, extension) in
            [("tide_clock-at-Skerry.JPG", "jpg"), ("README", ""), ("annual.report.pdf", "pdf"), (".htaccess", "")]
        {
            assert_eq!(name(given).extension(), extension, "{given}");
        }
        assert_eq!(name("tide_clock-at-Skerry.JPG").title(), "Tide clock at Skerry");
    }

    #[test]
    fn long_names_are_cut_and_keep_their_extension() {
        let long = format!("{}.jpeg", "ü".repeat(400));
        let cut = name(&long);
        assert_eq!((cut.as_str().chars().count(), cut.extension()), (MAX_LENGTH, "jpeg".to_owned()));
    }

    proptest! {
        #[test]
        fn a_name_never_has_a_separator_and_stays_itself(given in "\\PC{0,60}") {
            if let Some(name) = FileName::of(&given) {
                prop_assert!(!name.as_str().contains(['/', '\\', '\0']));
                prop_assert!(!matches!(name.as_str(), "" | "." | ".."));
                prop_assert_eq!(FileName::of(name.as_str()), Some(name.clone()));
                prop_assert!(!name.title().is_empty());
            }
        }
    }
}
