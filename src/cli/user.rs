//! `vitrine user`: who signs in to the editor.

use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{prompt, with_app};
use crate::accounts::{Accounts, By, NewUser, User, UserChange};
use crate::clock::Micros;
use crate::config::Loaded;

/// Longest text of standard input that is read for a password.
const MAX_INPUT_BYTES: u64 = 8192;

#[derive(Subcommand)]
pub enum Action {
    /// Create a user; the password comes from standard input, or is asked for.
    Create {
        username: String,
        #[arg(long, default_value = "")]
        email: String,
        /// As others know them.
        #[arg(long, default_value = "")]
        name: String,
        /// May do everything.
        #[arg(long)]
        superuser: bool,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// List users by name, at most a thousand.
    List {
        /// Begin behind this name.
        #[arg(long, default_value = "")]
        after: String,
        #[arg(long)]
        json: bool,
    },
    /// Set a password; the user is signed out everywhere.
    SetPassword {
        username: String,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Take the second step of signing in away, for somebody who lost the device and the codes.
    EndTwoStep { username: String },
    /// Take all passkeys of a user away: lost devices, or keys that the user does not know.
    RemovePasskeys { username: String },
    /// Change what is known of a user.
    Set {
        username: String,
        #[arg(long)]
        email: Option<String>,
        #[arg(long)]
        name: Option<String>,
        /// A language code, such as en.
        #[arg(long)]
        locale: Option<String>,
        /// Such as Europe/Berlin.
        #[arg(long)]
        time_zone: Option<String>,
        /// Whether they may do everything.
        #[arg(long)]
        superuser: Option<bool>,
        /// Whether they may sign in.
        #[arg(long)]
        active: Option<bool>,
    },
    /// Refuse a user from now on; they are signed out everywhere.
    Deactivate { username: String },
    /// List the sessions of a user.
    Sessions {
        username: String,
        #[arg(long)]
        json: bool,
    },
    /// End a session of a user, or all of them.
    Revoke {
        username: String,
        /// The number that `user sessions` shows; without it all end.
        session: Option<i64>,
    },
    /// Show the latest entries of the security log.
    Log {
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub struct PasswordArgs {
    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,
}

impl PasswordArgs {
    fn read(&self) -> anyhow::Result<String> {
        let mut input = std::io::stdin().lock();
        if !self.password_stdin && input.is_terminal() {
            return prompt::password(&mut input).context("the password cannot be read from this terminal");
        }
        ensure!(self.password_stdin, "give the password with --password-stdin");
        let mut text = String::new();
        input.take(MAX_INPUT_BYTES).read_to_string(&mut text).context("the password is not UTF-8")?;
        Ok(text.trim_end_matches(['\n', '\r']).to_owned())
    }
}

pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let (accounts, by) = (&app.accounts, By::cli());
        match action {
            Action::Create { username, email, name, superuser, password } => {
                let password = password.read()?;
                let new = NewUser { username: username.clone(), email, name, password, is_superuser: superuser };
                accounts.create_user(new, &by).await?;
                println!("created {}{}", username.trim(), if superuser { ", a superuser" } else { "" });
            }
            Action::List { after, json } => list_users(accounts, &after, json).await?,
            Action::SetPassword { username, password } => {
                accounts.set_password(&username, &password.read()?, None, &by).await?;
                println!("{username} has a new password, and is signed out everywhere");
                let user = accounts.user(&username).await?;
                match accounts.list_passkeys(user.id).await?.len() {
                    0 => {}
                    count => {
                        println!("{count} passkeys sign in still; `user remove-passkeys {username}` takes them away")
                    }
                }
                let tokens = accounts.list_tokens_of(user.id, None).await?;
                if tokens.iter().any(|token| token.works(Micros::now())) {
                    println!("API tokens work still; `token list --user {username}` shows them");
                }
            }
            Action::EndTwoStep { username } => {
                let user = accounts.user(&username).await?;
                match accounts.end_two_step(user.id, &user.username, &by).await? {
                    true => println!("{username} signs in with a password alone now"),
                    false => println!("{username} had no second step"),
                }
            }
            Action::RemovePasskeys { username } => {
                let user = accounts.user(&username).await?;
                let removed = accounts.remove_passkeys(user.id, &user.username, &by).await?;
                println!("removed {removed} passkeys of {username}");
            }
            Action::Set { username, email, name, locale, time_zone, superuser, active } => {
                let change = UserChange {
                    email,
                    name,
                    locale,
                    time_zone,
                    is_superuser: superuser,
                    is_active: active,
                    ..UserChange::default()
                };
                accounts.change_user(&username, change, &by).await?;
                println!("changed {username}");
            }
            Action::Deactivate { username } => {
                let change = UserChange { is_active: Some(false), ..UserChange::default() };
                accounts.change_user(&username, change, &by).await?;
                println!("{username} cannot sign in any more");
            }
            Action::Sessions { username, json } => list_sessions(accounts, &username, json).await?,
            Action::Revoke { username, session } => revoke(accounts, &username, session, &by).await?,
            Action::Log { json } => list_log(accounts, json).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn list_users(accounts: &Accounts, after: &str, as_json: bool) -> anyhow::Result<()> {
    let users = accounts.list_users(after).await?;
    if as_json {
        let entry = |user: &User| {
            json!({
                "id": user.id, "username": user.username, "name": user.name, "email": user.email,
                "is_superuser": user.is_superuser, "is_active": user.is_active,
                "last_login_at": user.last_login_at.map(time),
            })
        };
        println!("{:#}", Value::from_iter(users.iter().map(entry)));
        return Ok(());
    }
    for user in users {
        let User { username, name, email, is_superuser, is_active, last_login_at, .. } = user;
        let seen = last_login_at.map_or("never signed in".to_owned(), |at| format!("signed in {}", time(at)));
        let superuser = if is_superuser { "  superuser" } else { "" };
        let closed = if is_active { "" } else { "  deactivated" };
        println!("{username}  {name}  {email}  {seen}{superuser}{closed}");
    }
    Ok(())
}

async fn list_sessions(accounts: &Accounts, username: &str, as_json: bool) -> anyhow::Result<()> {
    let user = accounts.user(username).await?;
    let mut listed = Vec::new();
    for session in accounts.list_sessions(user.id).await? {
        let (began, seen) = (time(session.created_at), time(session.last_seen_at));
        if as_json {
            listed.push(json!({
                "id": session.id, "agent": session.agent, "network": session.network, "created_at": began,
                "last_seen_at": seen,
            }));
        } else {
            println!("{:>6}  {}  {}  since {began}  seen {seen}", session.id, session.agent, session.network);
        }
    }
    if as_json {
        println!("{:#}", Value::from(listed));
    }
    Ok(())
}

async fn list_log(accounts: &Accounts, as_json: bool) -> anyhow::Result<()> {
    let mut listed = Vec::new();
    for entry in accounts.list_log().await? {
        let (at, event) = (time(entry.at), entry.event);
        if as_json {
            listed.push(json!({
                "at": at, "event": event, "actor": entry.actor, "subject": entry.subject, "detail": entry.detail,
                "network": entry.network, "trace_id": entry.trace_id,
            }));
            continue;
        }
        let actor = if entry.actor.is_empty() { "visitor" } else { &entry.actor };
        let of = [entry.subject, entry.detail, entry.network, entry.trace_id];
        println!("{at}  {event:<17} {actor}: {}", of.join("  ").trim_end());
    }
    if as_json {
        println!("{:#}", Value::from(listed));
    }
    Ok(())
}

async fn revoke(accounts: &Accounts, username: &str, session: Option<i64>, by: &By) -> anyhow::Result<()> {
    let user = accounts.user(username).await?;
    match session {
        Some(session) => {
            let ended = accounts.revoke_session(user.id, &user.username, session, by).await?;
            ensure!(ended, "{username} has no session {session}");
            println!("ended session {session} of {username}");
        }
        None => {
            let ended = accounts.revoke_sessions(user.id, &user.username, by).await?;
            println!("ended {ended} sessions of {username}");
        }
    }
    Ok(())
}

fn time(at: i64) -> String {
    Micros(at).to_rfc3339()
}
