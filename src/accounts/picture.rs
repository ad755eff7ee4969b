//! Pictures of people: small files in the database, which are kept, copied and deleted with their accounts. And who
//! somebody is, for lists that show people.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};

use super::roster::pattern;
use super::{AccountError, Accounts, By, user};
use crate::db::{DbError, Exec, TxName};
use crate::telemetry::label::AuditEvent;
use crate::{queries, record};

/// People that are named at once.
const MAX_NAMED: i64 = 500;
/// People with like names that are offered.
const MAX_FOUND: i64 = 20;

record! {
    /// Somebody as lists show them.
    #[derive(Clone, Debug)]
    pub struct Person {
        pub id: i64, pub username: String,
        /// As it is compared.
        pub username_key: String,
        pub name: String,
        /// The digest of the picture; empty without one.
        pub picture: String,
    }
}

queries! {
    FIND = read "account.find_picture" "SELECT data FROM account_picture WHERE account_id = $1 AND digest = $2";
    KEEP = write "account.keep_picture"
        "INSERT INTO account_picture (account_id, digest, data) VALUES ($1, $2, $3)
         ON CONFLICT (account_id) DO UPDATE SET digest = excluded.digest, data = excluded.data";
    DELETE = write "account.delete_picture" "DELETE FROM account_picture WHERE account_id = $1";
    SET = write "account.set_picture" "UPDATE account SET picture = $2 WHERE id = $1 AND picture <> $2";
    PEOPLE = read "account.list_people"
        ("SELECT id, username, username_key, name, picture FROM account
         WHERE id " [any "$1"] " OR username_key " [any "$2"] " ORDER BY id LIMIT $3");
    /// Whoever is called exactly so first; $2: what is looked for, as a pattern in lower case; $3: as it was typed.
    CALLED = read "account.list_called"
        "SELECT id, username, username_key, name, picture FROM account
         WHERE username_key LIKE $2 ESCAPE '!' OR LOWER(name) LIKE $2 ESCAPE '!' OR name LIKE $3 ESCAPE '!'
         ORDER BY CASE WHEN username_key = $1 THEN 0 WHEN name = $4 THEN 1 ELSE 2 END, username_key LIMIT $5";
}

impl Person {
    /// As others know them.
    pub fn called(&self) -> &str {
        if self.name.is_empty() { &self.username } else { &self.name }
    }
}

impl Accounts {
    /// The picture of somebody, if it is still this one.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_picture(&self, account: i64, digest: &str) -> Result<Option<Vec<u8>>, DbError> {
        let stored: Option<String> = self.db.query(&FIND).bind(account).bind(digest).optional().await?;
        Ok(stored.and_then(|data| BASE64.decode(data.as_bytes()).ok()))
    }

    /// Keeps a picture, which was checked and made small, in the place of the one before.
    ///
    /// # Errors
    /// When the database is out of reach; the old one stays then.
    pub async fn set_picture(&self, account: i64, username: &str, bytes: &[u8], by: &By) -> Result<(), AccountError> {
        let digest = HEXLOWER.encode(&Sha256::digest(bytes));
        let mut tx = self.db.begin(TxName("account.set_picture")).await?;
        if Exec::from(&mut tx).query(&SET).bind(account).bind(&digest).execute().await? == 0 {
            return Ok(());
        }
        let call = Exec::from(&mut tx).query(&KEEP).bind(account).bind(&digest).bind(BASE64.encode(bytes));
        call.execute().await?;
        self.log(&mut tx, AuditEvent::UserChanged, by, username, "picture").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes somebody's picture; whether there was one.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn remove_picture(&self, account: i64, username: &str, by: &By) -> Result<bool, AccountError> {
        let mut tx = self.db.begin(TxName("account.remove_picture")).await?;
        if Exec::from(&mut tx).query(&SET).bind(account).bind("").execute().await? == 0 {
            return Ok(false);
        }
        Exec::from(&mut tx).query(&DELETE).bind(account).execute().await?;
        self.log(&mut tx, AuditEvent::UserChanged, by, username, "picture=no").await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Those with these ids and those with these user names, at most 500.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_people(&self, ids: Vec<i64>, usernames: &[&str]) -> Result<Vec<Person>, DbError> {
        if ids.is_empty() && usernames.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = usernames.iter().map(|name| user::key(name)).collect();
        self.db.query(&PEOPLE).bind(ids).bind(keys).bind(MAX_NAMED).list().await
    }

    /// Whom `text` may mean: the one who signs in by this name, or who alone is called so; else those whose names have
    /// it, at most twenty.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_called(&self, text: &str) -> Result<Vec<Person>, DbError> {
        let (text, key) = (text.trim(), user::key(text));
        let call = self.db.query(&CALLED).bind(&key).bind(pattern(&text.to_lowercase())).bind(pattern(text));
        let mut found: Vec<Person> = call.bind(text).bind(MAX_FOUND).list().await?;
        let exact = found.iter().filter(|person| person.name == text).count();
        if found.first().is_some_and(|first| first.username_key == key) || exact == 1 {
            found.truncate(1);
        }
        Ok(found)
    }
}
