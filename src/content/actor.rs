//! Who changes content, and by which way.

use crate::telemetry::label::Channel;

/// An account, or a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub channel: Channel,
    /// None for a program.
    pub account: Option<i64>,
    /// As it is at the time: the log keeps it when the account is renamed.
    pub name: String,
}

impl Actor {
    /// Whoever is signed in, in the browser.
    pub fn editor(account: i64, name: &str) -> Self {
        Self { channel: Channel::Admin, account: Some(account), name: name.to_owned() }
    }
}

impl From<Channel> for Actor {
    fn from(channel: Channel) -> Self {
        Self { channel, account: None, name: channel.as_str().to_owned() }
    }
}

impl From<&Actor> for Actor {
    fn from(actor: &Actor) -> Self {
        actor.clone()
    }
}
