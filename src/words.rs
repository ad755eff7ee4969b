//! Words: closed sets of them, as addresses, forms and the database have them; and sentences for people.

/// An enum whose variants are words.
#[macro_export]
macro_rules! word_set {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? } )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text)
            }
        }
    )+};
}

/// `title: a page needs one` -> `Title: a page needs one.`
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    word_set! { Colour { Red = "red", DeepBlue = "deep_blue" } }

    #[test]
    fn a_word_is_read_as_it_is_written() {
        for known in Colour::ALL {
            assert_eq!(Colour::parse(known.as_str()), Some(*known));
        }
        assert_eq!(Colour::parse("DeepBlue"), None);
    }

    #[test]
    fn a_sentence_begins_large_and_ends() {
        assert_eq!(sentence("title: a page needs one"), "Title: a page needs one.");
        assert_eq!(sentence("über uns!"), "Über uns!");
        assert_eq!(sentence(""), ".");
    }
}
