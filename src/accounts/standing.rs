//! What somebody may do who is not here: for work that is done in their name later, and for mails about it.

use super::{Accounts, Grants, Mails, Preferences};
use crate::db::DbError;
use crate::{queries, record};

record! {
    /// Somebody who may sign in.
    #[derive(Clone, Debug)]
    pub struct Standing {
        pub id: i64, pub username: String, pub name: String, pub email: String, pub is_superuser: bool,
        pub is_active: bool, preferences: String,
    }
}

queries! {
    FIND = read "account.find_standing"
        "SELECT id, username, name, email, is_superuser, is_active, preferences FROM account WHERE id = $1";
}

impl Standing {
    /// As others know them.
    pub fn called(&self) -> &str {
        if self.name.is_empty() { &self.username } else { &self.name }
    }

    /// The mails that reach them: none of somebody without an address, or who may not sign in.
    pub fn mails(&self) -> Mails {
        match self.is_active && !self.email.is_empty() {
            true => Preferences::parse(&self.preferences).mail,
            false => Mails::NONE,
        }
    }
}

impl Accounts {
    /// An account with what it may do: nothing when it was deactivated. `None` when it is gone.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_standing(&self, account: i64) -> Result<Option<(Standing, Grants)>, DbError> {
        let Some(found) = self.db.query(&FIND).bind(account).optional::<Standing>().await? else { return Ok(None) };
        let grants = match found.is_active {
            true => self.load_grants_of(found.id, found.is_superuser).await?,
            false => Grants::default(),
        };
        Ok(Some((found, grants)))
    }
}
