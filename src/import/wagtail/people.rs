//! Users and groups. Whoever has a password there signs in with it here.

use std::collections::HashMap;

use serde_json::Value;

use super::dump::Object;
use super::key::Key;
use super::time::micros;
use super::{ImportError, Known, Run, SOURCE, digest, store};
use crate::accounts::{AccountError, ArrivedUser, By};
use crate::clock::Micros;
use crate::db::{DbError, TxName};

pub(super) const GROUP: &str = "auth.group";
/// In the notes: that a user was put into groups.
const MEMBER: &str = "auth.group members";

impl Run<'_> {
    /// Groups by name: one that is here already is the same.
    pub(super) async fn groups(&mut self) -> Result<(), ImportError> {
        let accounts = &self.target.accounts;
        let keys: Vec<Key> = self.dump.keys(GROUP).cloned().collect();
        for key in keys {
            let Some(object) = self.dump.read(GROUP, &key)? else { continue };
            let name = object.text("name").trim().to_owned();
            if self.writes() {
                match accounts.create_group(&name, &By::cli()).await {
                    Ok(_) => self.report.made("groups"),
                    Err(AccountError::GroupTaken(_)) => self.report.known("groups"),
                    Err(AccountError::Db(error)) => return Err(error.into()),
                    Err(error) => {
                        self.report.refused("groups", &object.name(), error.to_string());
                        continue;
                    }
                }
            } else {
                self.report.made("groups");
            }
            self.groups.insert(key, name);
        }
        Ok(())
    }

    pub(super) async fn users(&mut self) -> Result<(), ImportError> {
        let Some(model) = self.dump.user_model().map(str::to_owned) else { return Ok(()) };
        let (known, members) = (self.known(&model).await?, self.known(MEMBER).await?);
        let keys: Vec<Key> = self.dump.keys(&model).cloned().collect();
        for key in keys {
            let Some(object) = self.dump.read(&model, &key)? else { continue };
            let username = object.text("username").trim().to_owned();
            let username = if username.is_empty() { object.text("email").trim().to_owned() } else { username };
            if let Some(known) = known.get(&key.to_string()) {
                self.report.known("users");
                self.accounts.insert(key.clone(), (known.id, username.clone()));
            } else if !self.add_user(&object, username.clone()).await? {
                continue;
            }
            if self.writes() && !members.contains_key(&key.to_string()) {
                self.join_groups(&object, &username).await?;
            }
        }
        Ok(())
    }

    /// Adds a user, and notes it in the same transaction; whether the user is here.
    async fn add_user(&mut self, object: &Object, username: String) -> Result<bool, ImportError> {
        let accounts = &self.target.accounts;
        let names = [object.text("first_name"), object.text("last_name")];
        let time = |name: &str| micros(object.fields.get(name));
        let user = ArrivedUser {
            username: username.clone(),
            email: object.text("email").trim().to_owned(),
            name: names.join(" ").trim().to_owned(),
            password_hash: object.text("password").to_owned(),
            is_active: object.is("is_active"),
            is_superuser: object.is("is_superuser"),
            created_at: time("date_joined").unwrap_or(Micros::now().0),
            last_login_at: time("last_login"),
        };
        if let Ok(there) = accounts.user(&username).await {
            let what = "a user of this name is here already: they stay as they are, with their own rights";
            self.report.notice(&object.name(), "", what);
            self.report.known("users");
            self.accounts.insert(object.key.clone(), (there.id, username));
            return Ok(false);
        }
        if !user.has_password() && user.is_active {
            let what = "its kind of hash is not checked here: they ask for a new one by mail";
            self.report.notice(&object.name(), "password", what);
        }
        if !self.writes() {
            self.report.made("users");
            return Ok(true);
        }
        let mut tx = self.target.content.db.begin(TxName("import.user")).await?;
        match accounts.arrive(&mut tx, &user, &By::cli()).await {
            Ok(id) => {
                let known = Known { id, digest: digest(object) };
                store::note(&mut tx, SOURCE, (&object.model, &object.key.to_string()), &known).await?;
                tx.commit().await?;
                self.report.made("users");
                self.accounts.insert(object.key.clone(), (id, username));
                Ok(true)
            }
            Err(AccountError::Db(error)) if !matches!(error, DbError::Constraint(..)) => Err(error.into()),
            Err(error) => {
                self.report.refused("users", &object.name(), error.to_string());
                Ok(false)
            }
        }
    }

    async fn join_groups(&mut self, object: &Object, username: &str) -> Result<(), ImportError> {
        let accounts = &self.target.accounts;
        let Ok(user) = accounts.user(username).await else { return Ok(()) };
        for group in object.fields.get("groups").and_then(Value::as_array).into_iter().flatten() {
            let name = self.dump.resolve(GROUP, group).and_then(|key| self.groups.get(&key));
            let Some(name) = name else {
                self.report.notice(&object.name(), "groups", format!("group {group} is not in the dump"));
                continue;
            };
            if let Err(error) = accounts.add_member(name, &user, &By::cli()).await {
                self.report.notice(&object.name(), "groups", format!("{name}: {error}"));
            }
        }
        let known = Known { id: user.id, digest: String::new() };
        let db = &*self.target.content.db;
        store::note(db, SOURCE, (MEMBER, &object.key.to_string()), &known).await?;
        if object.fields.get("user_permissions").and_then(Value::as_array).is_some_and(|own| !own.is_empty()) {
            self.report.notice(&object.name(), "user_permissions", "rights belong to groups here: left out");
        }
        Ok(())
    }
}

/// Names of groups by key.
pub(super) type Groups = HashMap<Key, String>;
