//! A user who sets the first password by a mailed link: nobody else ever knows one.

use serde_json::json;

use super::{AccountError, Accounts, By, NewUser, member, random_token};
use crate::db::TxName;
use crate::jobs::{NewJob, queue};
use crate::telemetry::label::{AuditEvent, JobKind};

impl Accounts {
    /// Creates a user with a password that nobody knows, who is in these groups, and has a link mailed that sets one; the id.
    ///
    /// # Errors
    /// [`AccountError::EmailInvalid`] without an address, and what else [`AccountError`] says; nothing is written then.
    pub async fn invite_user(&self, new: NewUser, groups: &[i64], by: &By) -> Result<i64, AccountError> {
        if new.email.trim().is_empty() {
            return Err(AccountError::EmailInvalid);
        }
        let new = NewUser { password: random_token(), ..new };
        let hash = self.check_new(&new).await?;
        let mut tx = self.db.begin(TxName("account.invite")).await?;
        let known = member::lock(&mut tx, groups.to_vec()).await?;
        let id = self.insert_user(&mut tx, &new, hash, by).await?;
        let job = NewJob::new(JobKind::PasswordReset, json!({ "account": id })).keyed(id.to_string());
        queue::enqueue(&mut tx, &job).await?;
        self.log(&mut tx, AuditEvent::ResetAsked, by, new.username.trim(), "invited").await?;
        self.regroup(&mut tx, (id, new.username.trim()), (groups, &[]), (&known, by)).await?;
        tx.commit().await?;
        Ok(id)
    }
}
