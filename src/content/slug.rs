//! Slugs: made from titles, checked when given, unique among siblings.

/// Longest slug, in characters.
pub const MAX_LENGTH: usize = 255;

/// A slug made from a title, transliterated to ASCII; `page` when nothing is left.
pub fn from_title(title: &str) -> String {
    let mut slug = slug::slugify(title);
    slug.truncate(MAX_LENGTH - 8);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "page".to_owned() } else { slug.to_owned() }
}

/// Letters, digits, `-` and `_` of any script, as Wagtail allows.
pub fn is_valid(slug: &str) -> bool {
    !slug.is_empty()
        && slug.chars().count() <= MAX_LENGTH
        && slug.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// `slug`, or `slug-2`, `slug-3`, … : the first that is not in `taken`.
pub fn unused(slug: &str, taken: &[String]) -> String {
    if !taken.iter().any(|known| known == slug) {
        return slug.to_owned();
    }
    let mut number = 2;
    loop {
        let candidate = format!("{slug}-{number}");
        if !taken.contains(&candidate) {
            return candidate;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_any_script_make_a_valid_slug() {
        for (title, slug) in
            [("About us", "about-us"), ("Grüße aus Köln", "grusse-aus-koln"), ("  --  ", "page"), ("日本", "ri-ben")]
        {
            assert_eq!(from_title(title), slug);
            assert!(is_valid(slug));
        }
    }

    #[test]
    fn separators_and_empty_text_are_refused() {
        for bad in ["", "a/b", "a b", "a.b", "a%2f", "\0"] {
            assert!(!is_valid(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_taken_slug_gets_the_next_number() {
        let taken = ["about".to_owned(), "about-2".to_owned()];
        assert_eq!(unused("about", &taken), "about-3");
        assert_eq!(unused("contact", &taken), "contact");
    }
}
