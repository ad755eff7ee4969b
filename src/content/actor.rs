//! Who changes content, by which way, and what they have seen of it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::types::{ContentType, Field};
use crate::telemetry::label::Channel;

/// In the place of a group: superusers alone.
const SUPERUSER: &str = "superuser";

/// An account, or a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub channel: Channel,
    /// None for a program.
    pub account: Option<i64>,
    /// As it is at the time: the log keeps it when the account is renamed.
    pub name: String,
    pub rights: FieldRights,
}

/// Which of the fields that only some may set, somebody may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldRights {
    /// A superuser, or a program.
    All,
    /// Those of these groups.
    Groups(Arc<[String]>),
}

impl FieldRights {
    pub fn allow(&self, field: &Field) -> bool {
        match (&field.permission, self) {
            (None, _) | (_, Self::All) => true,
            (Some(group), Self::Groups(groups)) => group != SUPERUSER && groups.contains(group),
        }
    }

    /// Whether all fields of a type are theirs.
    pub fn allow_all(&self, of_type: &ContentType) -> bool {
        of_type.fields.iter().all(|field| self.allow(field))
    }

    /// Takes out the values that whoever has these rights does not see.
    pub fn hide(&self, of_type: &ContentType, fields: &mut Map<String, Value>) {
        fields.retain(|name, _| of_type.field(name).is_none_or(|field| self.allow(field)));
    }
}

/// Which versions of something whoever changes it has seen: of a page, its newest revisions; of what has none, when it was
/// changed last, in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Seen {
    /// Whichever is there will do.
    #[default]
    Any,
    These(Vec<i64>),
}

/// Somebody who changes what they have seen: nothing is changed when it is another version by then.
#[derive(Clone, Debug)]
pub struct Acting {
    pub by: Actor,
    pub seen: Seen,
}

impl Seen {
    pub fn takes(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::These(versions) => versions.contains(&version),
        }
    }
}

impl From<Option<i64>> for Seen {
    fn from(version: Option<i64>) -> Self {
        version.map_or(Self::Any, |version| Self::These(vec![version]))
    }
}

impl<A: Into<Actor>> From<A> for Acting {
    fn from(by: A) -> Self {
        Self { by: by.into(), seen: Seen::Any }
    }
}

impl Actor {
    /// As somebody who changes these versions alone.
    pub fn having_seen(self, seen: Seen) -> Acting {
        Acting { by: self, seen }
    }

    /// Whoever is signed in, in the browser; of no group, unless [`Actor::with_rights`] says so.
    pub fn editor(account: i64, name: &str) -> Self {
        let rights = FieldRights::Groups(Arc::default());
        Self { channel: Channel::Admin, account: Some(account), name: name.to_owned(), rights }
    }

    pub fn with_rights(self, rights: FieldRights) -> Self {
        Self { rights, ..self }
    }
}

impl From<Channel> for Actor {
    fn from(channel: Channel) -> Self {
        Self { channel, account: None, name: channel.as_str().to_owned(), rights: FieldRights::All }
    }
}

impl From<&Actor> for Actor {
    fn from(actor: &Actor) -> Self {
        actor.clone()
    }
}
