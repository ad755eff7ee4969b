//! Dependency tags as the short words that a CDN knows pages by.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::content::change::Tag;

/// What every page carries: to take out this word is to take out everything.
pub(super) const EVERYTHING: &str = "vitrine";
/// What no page carries.
pub(super) const NOTHING: &str = "vitrine-doctor";
/// A name that is longer is cut down to its digest.
const MAX_NAME: usize = 40;
/// A range of so many pages is taken out page by page; a larger one takes everything with it.
const MAX_RANGE: i64 = 32;

/// What a page carries of what it was made of. Providers differ in what may be in a word: all take visible ASCII without
/// blanks and commas, and one of them does not tell capitals apart.
pub(super) fn word(tag: &Tag) -> String {
    match tag {
        Tag::Page(id) => format!("p{id}"),
        Tag::Summary(id) => format!("s{id}"),
        Tag::Link(id) => format!("l{id}"),
        Tag::Address(id) => format!("a{id}"),
        Tag::Children(id) => format!("c{id}"),
        Tag::Snippet(id) => format!("n{id}"),
        Tag::Image(id) => format!("i{id}"),
        Tag::Document(id) => format!("d{id}"),
        Tag::Menu => "menu".to_owned(),
        Tag::List(name) => named("list", name),
        Tag::Type(name) => named("type", name),
        Tag::Translations(key) => named("translations", key),
        Tag::Setting(name) => named("setting", name),
        Tag::Embed(digest) => named("embed", digest),
        // Nothing carries these: they say what is to go.
        Tag::Gone(_) | Tag::Pages { .. } | Tag::GonePages { .. } | Tag::All => EVERYTHING.to_owned(),
    }
}

fn named(kind: &str, name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/');
    if name.len() <= MAX_NAME && name.bytes().all(is_plain) {
        return format!("{kind}:{name}");
    }
    let digest = Sha256::digest(name.as_bytes());
    format!("{kind}:{}", data_encoding::HEXLOWER.encode(&digest[..12]))
}

/// The words of a response that was made of `tags`, in the order of the tags.
pub(super) fn carried(tags: &[Tag]) -> Vec<String> {
    let others = tags.iter().map(word).filter(|word| word != EVERYTHING);
    std::iter::once(EVERYTHING.to_owned()).chain(others).collect()
}

/// What changes take out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Purge {
    pub words: BTreeSet<String>,
    /// All pages go, whatever the words say.
    pub everything: bool,
}

impl Purge {
    pub fn of(tags: &[Tag]) -> Self {
        let mut purge = Self::default();
        purge.add(tags);
        purge
    }

    /// Adds what carries something that one of `tags` covers (see [`Tag::covers`]).
    pub fn add(&mut self, tags: &[Tag]) {
        for tag in tags {
            match tag {
                Tag::Gone(id) => self.words.extend([Tag::Page(*id), Tag::Address(*id)].iter().map(word)),
                Tag::Pages { first, last } | Tag::GonePages { first, last } if last - first < MAX_RANGE => {
                    for id in *first..=*last {
                        let shown = [Tag::Page(id), Tag::Summary(id), Tag::Link(id), Tag::Address(id)];
                        self.words.extend(shown.iter().map(word));
                    }
                }
                Tag::Pages { .. } | Tag::GonePages { .. } | Tag::All => self.everything = true,
                tag => {
                    self.words.insert(word(tag));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_tags() -> [Tag; 14] {
        [
            Tag::Page(3),
            Tag::Summary(3),
            Tag::Link(3),
            Tag::Address(3),
            Tag::Children(3),
            Tag::List("7/categories/3".into()),
            Tag::Type("blog.BlogPage".into()),
            Tag::Menu,
            Tag::Translations("0192-ab".into()),
            Tag::Snippet(3),
            Tag::Image(3),
            Tag::Document(3),
            Tag::Setting("site.SocialSettings".into()),
            Tag::Embed("ab12".into()),
        ]
    }

    #[test]
    fn each_tag_has_a_word_of_its_own_that_every_provider_takes() {
        let words: BTreeSet<String> = all_tags().iter().map(word).collect();
        assert_eq!((words.len(), words.contains(EVERYTHING)), (all_tags().len(), false));
        let long = Tag::List(format!("7/städte/{}", "ü, ".repeat(60)));
        for word in words.into_iter().chain([word(&long), EVERYTHING.to_owned()]) {
            assert!(word.len() < 80 && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b','), "{word}");
        }
    }

    #[test]
    fn what_a_change_covers_is_taken_out_and_nothing_else() {
        let ranges = [Tag::Gone(3), Tag::Pages { first: 2, last: 5 }, Tag::GonePages { first: 2, last: 3 }];
        for change in ranges.iter().chain(&all_tags()) {
            let purge = Purge::of(std::slice::from_ref(change));
            for carried in &all_tags() {
                assert_eq!(purge.words.contains(&word(carried)), change.covers(carried), "{change} {carried}");
            }
            assert!(!purge.everything, "{change}");
        }
        for change in [Tag::All, Tag::Pages { first: 1, last: 500 }, Tag::GonePages { first: 1, last: 500 }] {
            assert!(Purge::of(&[change]).everything);
        }
    }

    #[test]
    fn every_page_can_be_taken_out_with_all_others() {
        assert_eq!(carried(&[Tag::All]), [EVERYTHING]);
        assert_eq!(carried(&[Tag::Page(7), Tag::Menu]), [EVERYTHING, "p7", "menu"]);
    }
}
