//! Scopes of API tokens: what a token may be used for. It gives no right: a token does what its scopes name, as far as its
//! owner may do that at the time.

use std::fmt::{self, Display, Formatter};

use crate::word_set;

word_set! {
    /// None includes another: whoever writes and reads names both.
    Scope {
        /// Drafts, revisions, and all that only editors see of pages, snippets, records and files. What is public takes
        /// no scope.
        ReadContent = "read:content",
        /// Pages, snippets and records: created, changed, moved, deleted. What visitors see stays as it is.
        WriteContent = "write:content",
        /// What visitors see: publish, unpublish, schedule.
        Publish = "publish",
        /// Images, documents and their collections: added, changed, deleted.
        Media = "media",
        /// What visitors sent with forms: read, exported, deleted.
        Submissions = "submissions",
        /// Settings, redirects, sites and languages.
        Settings = "settings",
        /// What the front end is told at run time.
        Config = "config",
        /// Users, and who is in which group.
        Users = "users",
        /// The logs: who did what.
        Audit = "audit",
        /// Webhooks: where changes are sent to.
        Webhooks = "webhooks",
    }
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u16);

impl Scopes {
    /// Whoever is signed in in a browser: their rights alone bound them.
    pub const ALL: Self = Self((1 << Scope::ALL.len()) - 1);

    /// As a column holds them; a word that this version does not know gives nothing.
    pub fn parse(words: &str) -> Self {
        words.split_ascii_whitespace().filter_map(Scope::parse).collect()
    }

    pub fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u16) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | 1 << scope as u16))
    }
}

impl Display for Scopes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { " " }, scope.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_written_and_unknown_words_give_nothing() {
        let some: Scopes = [Scope::Audit, Scope::ReadContent].into_iter().collect();
        assert_eq!(some.to_string(), "read:content audit");
        assert_eq!(Scopes::parse("audit  read:content everything"), some);
        assert!(some.has(Scope::Audit) && !some.has(Scope::WriteContent));
        assert!(Scopes::parse("").is_empty());
        assert_eq!(Scopes::parse(&Scopes::ALL.to_string()), Scopes::ALL);
        assert_eq!(Scopes::ALL.iter().count(), Scope::ALL.len());
    }
}
