//! Who calls the API: a program with a token, somebody who is signed in in a browser, or nobody. [`super::gate`] finds out
//! before any handler runs, and puts a [`Caller`] on the request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::denied::Denied;
use crate::accounts::{By, Grants, Scope, Scopes, SignedIn, TokenUsed, Visit};
use crate::content::privacy::Viewer;
use crate::content::{Actor, FieldRights};
use crate::telemetry::label::Channel;

/// What a request proved.
pub enum Identity {
    Nobody,
    /// The cookie of a session.
    Session(Box<SignedIn>),
    Token(Box<TokenUsed>),
}

/// The account in whose name something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account<'c> {
    pub id: i64,
    pub username: &'c str,
    /// Of the person; may be empty.
    pub name: &'c str,
    pub email: &'c str,
    pub is_superuser: bool,
}

/// Whoever calls, for one request; cheap to clone. Handlers take it as an argument.
#[derive(Clone)]
pub struct Caller(Arc<Facts>);

struct Facts {
    identity: Identity,
    /// As they are now, also for a token.
    grants: Grants,
    visit: Visit,
}

impl Caller {
    pub(super) fn new(identity: Identity, grants: Grants, visit: Visit) -> Self {
        Self(Arc::new(Facts { identity, grants, visit }))
    }

    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// `None` for nobody.
    pub fn account(&self) -> Option<Account<'_>> {
        match &self.0.identity {
            Identity::Nobody => None,
            Identity::Session(of) => Some(Account {
                id: of.account_id,
                username: &of.username,
                name: &of.name,
                email: &of.email,
                is_superuser: of.is_superuser,
            }),
            Identity::Token(of) => Some(Account {
                id: of.account_id,
                username: &of.username,
                name: &of.name,
                email: &of.email,
                is_superuser: of.is_superuser,
            }),
        }
    }

    /// The rights of the account; none for nobody. A token has them within its scopes alone: ask [`Caller::need`] before.
    pub fn grants(&self) -> &Grants {
        &self.0.grants
    }

    /// All of them for a session, none for nobody.
    pub fn scopes(&self) -> Scopes {
        match &self.0.identity {
            Identity::Nobody => Scopes::default(),
            Identity::Session(_) => Scopes::ALL,
            Identity::Token(of) => of.scopes(),
        }
    }

    /// Who asks for what is not for everybody, with the passes that came along. A token that may not read what only
    /// editors see is a visitor's.
    pub fn viewer(&self, passes: Vec<String>) -> Viewer {
        match self.account().filter(|_| self.scopes().has(Scope::ReadContent)) {
            None => Viewer::Visitor { passes },
            Some(account) if account.is_superuser => Viewer::Superuser,
            Some(_) => Viewer::Member { passes, groups: self.grants().groups().to_vec() },
        }
    }

    /// Refuses nobody.
    ///
    /// # Errors
    /// [`Denied::Nobody`]: 401.
    pub fn account_or_denied(&self) -> Result<Account<'_>, Denied> {
        self.account().ok_or(Denied::Nobody)
    }

    /// Refuses nobody, and a token without this scope. What the account may do is still to be asked, of
    /// [`Caller::grants`].
    ///
    /// # Errors
    /// [`Denied::Nobody`]: 401; [`Denied::Scope`]: 403.
    pub fn need(&self, scope: Scope) -> Result<Account<'_>, Denied> {
        let account = self.account_or_denied()?;
        if self.scopes().has(scope) { Ok(account) } else { Err(Denied::Scope(scope)) }
    }

    /// For operations on content; a token is named beside its owner.
    ///
    /// # Errors
    /// [`Denied::Nobody`]: 401.
    pub fn actor(&self) -> Result<Actor, Denied> {
        let account = self.account_or_denied()?;
        let rights = match self.0.grants.is_superuser() {
            true => FieldRights::All,
            false => FieldRights::Groups(self.0.grants.groups().into()),
        };
        let called = if account.name.is_empty() { account.username } else { account.name };
        let named = match self.identity() {
            Identity::Token(of) => format!("{called} ({})", of.token_name),
            _ => called.to_owned(),
        };
        let editor = Actor::editor(account.id, &named).with_rights(rights);
        Ok(Actor { channel: Channel::Api, ..editor })
    }

    /// For operations on accounts, and their log: the owner of a token, not the token.
    ///
    /// # Errors
    /// [`Denied::Nobody`]: 401.
    pub fn by(&self) -> Result<By, Denied> {
        let account = self.account_or_denied()?;
        Ok(By { actor: account.username.to_owned(), network: self.0.visit.network.clone() })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Denied;

    /// Nobody where the gate was not passed: a route without it gives nothing away.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denied> {
        let known = parts.extensions.get::<Self>().cloned();
        Ok(known.unwrap_or_else(|| Self::new(Identity::Nobody, Grants::default(), Visit::default())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_may_do_nothing() {
        let nobody = Caller::new(Identity::Nobody, Grants::default(), Visit::default());
        assert!(nobody.account().is_none() && nobody.scopes().is_empty());
        assert!(matches!(nobody.need(Scope::ReadContent), Err(Denied::Nobody)));
        assert!(nobody.actor().is_err() && nobody.by().is_err());
        assert_eq!(nobody.viewer(Vec::new()), Viewer::NOBODY);
    }
}
