//! Users: created, changed, deactivated. None is deleted, so that logs and pages keep whom they name.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use super::{AccountError, Accounts, By, UserManaged, managed, member, reset, session};
use crate::clock::Micros;
use crate::db::{Constraint, DbError, Exec, Tx, TxName};
use crate::telemetry::label::AuditEvent;
use crate::{queries, record};

/// Longest user name and e-mail address, in characters.
const MAX_NAME: usize = 150;
const MAX_EMAIL: usize = 254;
/// Users that are listed at once.
const MAX_LISTED: i64 = 1_000;

/// A user to be created.
#[derive(Clone, Default)]
pub struct NewUser {
    pub username: String,
    pub email: String,
    pub name: String,
    pub password: String,
    pub is_superuser: bool,
}

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    pub email: Option<String>,
    pub name: Option<String>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    pub is_superuser: Option<bool>,
    pub is_active: Option<bool>,
    /// Groups that the user is put into, and taken out of.
    pub joins: Vec<i64>,
    pub leaves: Vec<i64>,
    /// Refused when the user is a superuser by then: whoever asks is none.
    pub spares_superusers: bool,
}

record! {
    /// A user, without the password.
    #[derive(Clone, Debug)]
    pub struct User {
        pub id: i64, pub username: String, pub email: String, pub name: String, pub is_active: bool,
        pub is_superuser: bool, pub locale: String, pub time_zone: String, pub created_at: i64,
        pub last_login_at: Option<i64>, pub password_changed_at: i64,
        /// The digest of the picture; empty without one.
        pub picture: String,
    }
}

queries! {
    INSERT = write "account.insert"
        "INSERT INTO account (username, username_key, email, name, password_hash, is_superuser, created_at,
                              password_changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id";
    FIND = read "account.find"
        "SELECT id, username, email, name, is_active, is_superuser, locale, time_zone, created_at, last_login_at,
                password_changed_at, picture
         FROM account WHERE username_key = $1";
    /// Whoever changes the user meanwhile waits: nothing is written back as it was.
    LOCK = write "account.lock"
        ("SELECT id, username, email, name, is_active, is_superuser, locale, time_zone, created_at, last_login_at,
                password_changed_at, picture
         FROM account WHERE username_key = $1" for_update);
    LIST = read "account.list"
        "SELECT id, username, email, name, is_active, is_superuser, locale, time_zone, created_at, last_login_at,
                password_changed_at, picture
         FROM account WHERE username_key > $1 ORDER BY username_key LIMIT $2";
    UPDATE = write "account.update"
        "UPDATE account SET email = $2, name = $3, locale = $4, time_zone = $5, is_superuser = $6, is_active = $7
         WHERE id = $1";
    NOTE_LOGIN = write "account.note_login" "UPDATE account SET last_login_at = $2 WHERE id = $1";
    SET_PASSWORD = write "account.set_password"
        "UPDATE account SET password_hash = $2, password_changed_at = $3 WHERE id = $1";
    ANY = read "account.any" "SELECT COUNT(*) FROM (SELECT 1 FROM account LIMIT 1) AS one";
    /// With whoever may be one of them, all in their order: of two who take the right from each other the second one waits,
    /// and is refused.
    SUPERUSERS = write "account.lock_superusers"
        ("SELECT id FROM account WHERE (is_superuser AND is_active) OR username_key = $1 ORDER BY id LIMIT $2" for_update);
    NAMED = read "account.list_by_name"
        ("SELECT id, username, email, name, is_active, is_superuser, locale, time_zone, created_at, last_login_at,
                password_changed_at, picture
         FROM account WHERE username_key " [any "$1"] " ORDER BY username_key LIMIT $2");
}

/// Who is no person in the log.
const RESERVED: &[&str] = &["cli", "server", "import"];

/// A name as it is compared.
pub(super) fn key(username: &str) -> String {
    username.trim().nfkc().collect::<String>().to_lowercase()
}

fn at_most(field: &'static str, text: &str, max: usize) -> Result<(), AccountError> {
    let fits = text.chars().count() <= max && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(AccountError::TooLong { field, max }) }
}

pub(super) fn check_email(email: &str) -> Result<(), AccountError> {
    at_most("email", email, MAX_EMAIL)?;
    let whole = |(name, host): (&str, &str)| !name.is_empty() && !host.is_empty() && !host.contains('@');
    let good = email.is_empty() || (!email.contains(char::is_whitespace) && email.split_once('@').is_some_and(whole));
    if good { Ok(()) } else { Err(AccountError::EmailInvalid) }
}

pub(super) fn check_username(username: &str) -> Result<(), AccountError> {
    let known = |c: char| c.is_alphanumeric() || "@.+-_".contains(c);
    let good = (1..=MAX_NAME).contains(&username.chars().count()) && username.chars().all(known);
    let good = good && !RESERVED.contains(&&*key(username));
    if good { Ok(()) } else { Err(AccountError::UsernameInvalid) }
}

impl Accounts {
    /// Creates a user; the id.
    ///
    /// # Errors
    /// What [`AccountError`] says; nothing is written then.
    pub async fn create_user(&self, new: NewUser, by: &By) -> Result<i64, AccountError> {
        let hash = self.check_new(&new).await?;
        let mut tx = self.db.begin(TxName("account.create")).await?;
        let id = self.insert_user(&mut tx, &new, hash, by).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The hash of the password of a user who may be created.
    pub(super) async fn check_new(&self, new: &NewUser) -> Result<String, AccountError> {
        check_username(new.username.trim())?;
        check_email(new.email.trim())?;
        at_most("name", new.name.trim(), MAX_NAME)?;
        self.hash_chosen(&new.password, &[&new.username, &new.email, &new.name]).await
    }

    pub(super) async fn insert_user(
        &self,
        tx: &mut Tx,
        new: &NewUser,
        hash: String,
        by: &By,
    ) -> Result<i64, AccountError> {
        let username = new.username.trim();
        let call = Exec::from(&mut *tx).query(&INSERT).bind(username).bind(key(username)).bind(new.email.trim());
        let call = call.bind(new.name.trim()).bind(hash).bind(new.is_superuser).bind(Micros::now());
        let id = call.one().await.map_err(|error| match error {
            DbError::Constraint(Constraint::Unique, _) => AccountError::UsernameTaken(username.to_owned()),
            other => other.into(),
        })?;
        let kind = if new.is_superuser { "superuser" } else { "" };
        self.log(tx, AuditEvent::UserCreated, by, username, kind).await?;
        Ok(id)
    }

    /// # Errors
    /// When there is no such user, or the database is out of reach.
    pub async fn user(&self, username: &str) -> Result<User, AccountError> {
        let found = self.db.query(&FIND).bind(key(username)).optional().await?;
        found.ok_or_else(|| AccountError::UserNotFound(username.to_owned()))
    }

    /// The users of these names, each in its place, and none where there is nobody; at most a thousand.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn users_named(&self, usernames: &[String]) -> Result<Vec<Option<User>>, DbError> {
        let keys: Vec<String> = usernames.iter().map(|name| key(name)).collect();
        // PostgreSQL takes no text that has one, and nobody is called so.
        let asked: Vec<String> = keys.iter().filter(|key| !key.contains('\0')).cloned().collect();
        if asked.is_empty() {
            return Ok(vec![None; keys.len()]);
        }
        let found: Vec<User> = self.db.query(&NAMED).bind(asked).bind(MAX_LISTED).list().await?;
        let found: HashMap<String, User> = found.into_iter().map(|user| (key(&user.username), user)).collect();
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    /// At most a thousand users by name, those behind `after`.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_users(&self, after: &str) -> Result<Vec<User>, AccountError> {
        Ok(self.db.query(&LIST).bind(key(after)).bind(MAX_LISTED).list().await?)
    }

    /// Whether there is a user at all.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn has_users(&self) -> Result<bool, DbError> {
        Ok(self.db.query(&ANY).one::<i64>().await? > 0)
    }

    /// Changes a user. Whoever is deactivated is signed out everywhere.
    ///
    /// # Errors
    /// What [`AccountError`] says; nothing is changed then.
    pub async fn change_user(&self, username: &str, change: UserChange, by: &By) -> Result<(), AccountError> {
        self.change_user_if(username, change, |_| true, by).await.map(drop)
    }

    /// As [`Accounts::change_user`], if it is one that `is_seen` knows when nobody else changes them any more. Whether it was.
    ///
    /// # Errors
    /// What [`AccountError`] says; nothing is changed then.
    pub async fn change_user_if(
        &self,
        username: &str,
        change: UserChange,
        is_seen: impl Fn(&UserManaged) -> bool,
        by: &By,
    ) -> Result<bool, AccountError> {
        let mut tx = self.db.begin(TxName("account.change")).await?;
        let groups = member::lock(&mut tx, [&change.joins[..], &change.leaves].concat()).await?;
        let takes_a_right = change.is_superuser == Some(false) || change.is_active == Some(false);
        let superusers: Vec<i64> = match takes_a_right {
            true => Exec::from(&mut tx).query(&SUPERUSERS).bind(key(username)).bind(MAX_LISTED).list().await?,
            false => Vec::new(),
        };
        let old: Option<User> = Exec::from(&mut tx).query(&LOCK).bind(key(username)).optional().await?;
        let old = old.ok_or_else(|| AccountError::UserNotFound(username.to_owned()))?;
        if !managed::find(&mut tx, old.id).await?.as_ref().is_some_and(is_seen) {
            return Ok(false);
        }
        if change.spares_superusers && old.is_superuser {
            return Err(AccountError::IsSuperuser(old.username));
        }
        let user = changed(&old, &change);
        check_user(&user)?;
        let loses = old.is_superuser && old.is_active && !(user.is_superuser && user.is_active);
        if loses && superusers.iter().all(|id| *id == user.id) {
            return Err(AccountError::LastSuperuser(user.username));
        }
        let call = Exec::from(&mut tx).query(&UPDATE).bind(user.id).bind(&user.email).bind(&user.name);
        let call = call.bind(&user.locale).bind(&user.time_zone).bind(user.is_superuser).bind(user.is_active);
        call.execute().await?;
        // Before the log, as whoever signs out takes them in that order.
        if !user.is_active {
            session::end_all(&mut tx, user.id, None).await?;
        }
        if !user.is_active || old.email != user.email {
            // A link that went to the old address opens nothing any more.
            reset::forget_of(&mut tx, user.id).await?;
        }
        let fields = changed_fields(&old, &user);
        if !fields.is_empty() {
            self.log(&mut tx, AuditEvent::UserChanged, by, &user.username, &fields.join(" ")).await?;
        }
        if old.is_active != user.is_active {
            let event = if user.is_active { AuditEvent::UserActivated } else { AuditEvent::UserDeactivated };
            self.log(&mut tx, event, by, &user.username, "").await?;
        }
        let whom = (user.id, user.username.as_str());
        self.regroup(&mut tx, whom, (&change.joins, &change.leaves), (&groups, by)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Sets a user's password, and signs the user out everywhere but in the session `keep`.
    ///
    /// # Errors
    /// What [`AccountError`] says; nothing is changed then.
    pub async fn set_password(
        &self,
        username: &str,
        password: &str,
        keep: Option<i64>,
        by: &By,
    ) -> Result<(), AccountError> {
        let user = self.user(username).await?;
        let hash = self.hash_chosen(password, &[&user.username, &user.email, &user.name]).await?;
        let mut tx = self.db.begin(TxName("account.set_password")).await?;
        set_hash(&mut tx, user.id, hash).await?;
        session::end_all(&mut tx, user.id, keep).await?;
        self.log(&mut tx, AuditEvent::PasswordChanged, by, &user.username, "").await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(super) async fn set_hash(tx: &mut Tx, account: i64, hash: String) -> Result<(), DbError> {
    Exec::from(tx).query(&SET_PASSWORD).bind(account).bind(hash).bind(Micros::now()).execute().await.map(|_| ())
}

/// Notes that somebody signed in just now.
pub(super) async fn note_login(tx: &mut Tx, account: i64) -> Result<(), DbError> {
    Exec::from(tx).query(&NOTE_LOGIN).bind(account).bind(Micros::now()).execute().await.map(|_| ())
}

/// The user as a change leaves them.
fn changed(old: &User, change: &UserChange) -> User {
    let text =
        |new: &Option<String>, old: &str| new.as_deref().map_or_else(|| old.to_owned(), |new| new.trim().to_owned());
    User {
        email: text(&change.email, &old.email),
        name: text(&change.name, &old.name),
        locale: change.locale.as_ref().unwrap_or(&old.locale).clone(),
        time_zone: change.time_zone.as_ref().unwrap_or(&old.time_zone).clone(),
        is_superuser: change.is_superuser.unwrap_or(old.is_superuser),
        is_active: change.is_active.unwrap_or(old.is_active),
        ..old.clone()
    }
}

fn check_user(user: &User) -> Result<(), AccountError> {
    check_email(&user.email)?;
    at_most("name", &user.name, MAX_NAME)?;
    let of_code = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if user.locale.len() > 20 || !user.locale.chars().all(of_code) {
        return Err(AccountError::LocaleInvalid);
    }
    if !user.time_zone.is_empty() && jiff::tz::TimeZone::get(&user.time_zone).is_err() {
        return Err(AccountError::TimeZoneInvalid(user.time_zone.clone()));
    }
    Ok(())
}

/// Names alone: what a field held is nobody's business.
fn changed_fields(old: &User, new: &User) -> Vec<&'static str> {
    let all = [
        ("email", old.email != new.email),
        ("name", old.name != new.name),
        ("locale", old.locale != new.locale),
        ("time_zone", old.time_zone != new.time_zone),
        (if new.is_superuser { "superuser=yes" } else { "superuser=no" }, old.is_superuser != new.is_superuser),
    ];
    all.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_form() {
        assert_eq!(key(" Grace.Hopper@Navy "), "grace.hopper@navy");
        assert_eq!(key("\u{212b}sa"), key("åSA"));
        for bad in ["", "a b", "a/b", "<b>", "a\u{0}"] {
            assert!(check_username(bad).is_err(), "{bad:?}");
        }
        assert!(check_username(&"x".repeat(151)).is_err());
        assert!(check_username("jürgen.o-neil+cms@example.org").is_ok());
    }

    #[test]
    fn an_address_has_one_at() {
        for good in ["", "a@b", "grace@navy.example"] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in ["grace", "@navy", "grace@", "a@b@c", "a b@c"] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
    }
}
