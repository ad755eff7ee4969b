//! Who changes content, and by which way.

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

impl Actor {
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
