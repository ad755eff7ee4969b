//! `vitrine token`: tokens of programs that use the API.

use std::process::ExitCode;

use anyhow::{bail, ensure};
use clap::Subcommand;

use super::with_app;
use crate::accounts::{Accounts, By, DEFAULT_DAYS, NewToken, Scope, Scopes, TOKENS_PAGE_SIZE, TokenListed};
use crate::clock::Micros;
use crate::config::Loaded;

#[derive(Subcommand)]
pub enum Action {
    /// Make a token of a user, and print it: this once.
    Create {
        username: String,
        /// What it is for, such as "nightly import".
        #[arg(long)]
        name: String,
        /// What it may be used for; may be repeated: read:content, write:content, publish, media, submissions, settings,
        /// config, users, audit or webhooks.
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scope)]
        scopes: Vec<Scope>,
        /// Days until it ends.
        #[arg(long, default_value_t = DEFAULT_DAYS, conflicts_with = "never")]
        days: u32,
        /// It does not end until it is revoked.
        #[arg(long)]
        never: bool,
    },
    /// List tokens, the newest first, also those that ended, a hundred at a time.
    List {
        /// Those of this user alone.
        #[arg(long, value_name = "USERNAME")]
        user: Option<String>,
        /// Begin behind the token with this number.
        #[arg(long, value_name = "ID")]
        before: Option<i64>,
        #[arg(long)]
        json: bool,
    },
    /// End a token at once, by the number that `token list` shows.
    Revoke { id: i64 },
}

fn scope(text: &str) -> Result<Scope, String> {
    let known = || Scope::ALL.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", ");
    Scope::parse(text).ok_or_else(|| format!("the scopes are {}", known()))
}

/// Runs one of the commands.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let (accounts, by) = (&app.accounts, By::cli());
        match action {
            Action::Create { username, name, scopes, days, never } => {
                let user = accounts.user(&username).await?;
                ensure!(user.is_active, "{username} cannot sign in, and a token of theirs would do nothing");
                let scopes: Scopes = scopes.into_iter().collect();
                let new = NewToken { name: &name, scopes, days: (!never).then_some(days) };
                let made = accounts.create_token((user.id, &user.username), &new, &by).await?;
                let until = made.expires_at.map_or("it does not end".to_owned(), |at| format!("until {}", time(at)));
                // The token alone on standard output, for whoever puts it into a file.
                eprintln!("token {} of {username}, {scopes}, {until}; it is not shown again:", made.id);
                println!("{}", made.token);
            }
            Action::List { user, before, json } => list(accounts, user.as_deref(), before, json).await?,
            Action::Revoke { id } => {
                accounts.revoke_token(id, None, &by).await?;
                println!("revoked token {id}");
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn list(accounts: &Accounts, user: Option<&str>, before: Option<i64>, json: bool) -> anyhow::Result<()> {
    let mut tokens = match user {
        Some(user) => accounts.list_tokens_of(accounts.user(user).await?.id, before).await?,
        None => accounts.list_tokens(before).await?,
    };
    let more = tokens.len() as i64 > TOKENS_PAGE_SIZE;
    tokens.truncate(usize::try_from(TOKENS_PAGE_SIZE).unwrap_or(usize::MAX));
    if json {
        println!("{:#}", serde_json::Value::from_iter(tokens.iter().map(entry)));
        return Ok(());
    }
    let now = Micros::now();
    for token in &tokens {
        let TokenListed { id, username, name, hint, .. } = token;
        let life = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!("revoked {}", time(at)),
            (None, Some(at)) if token.is_expired(now) => format!("expired {}", time(at)),
            (None, Some(at)) => format!("until {}", time(at)),
            (None, None) => "does not end".to_owned(),
        };
        let closed = if token.owner_is_active { "" } else { "  account closed" };
        let used = token.last_used_at.map_or("never used".to_owned(), |at| format!("used {}", time(at)));
        println!("{id:>6}  {username}  {name}  {hint}…  {}  {life}  {used}{closed}", token.scopes());
    }
    match tokens.last().filter(|_| more) {
        Some(last) => eprintln!("there are more: --before {}", last.id),
        None if tokens.is_empty() => bail!("there is no token"),
        None => {}
    }
    Ok(())
}

fn entry(token: &TokenListed) -> serde_json::Value {
    serde_json::json!({
        "id": token.id, "owner": token.username, "name": token.name, "hint": token.hint,
        "scopes": token.scopes().iter().map(Scope::as_str).collect::<Vec<_>>(), "works": token.works(Micros::now()),
        "created_at": time(token.created_at), "expires_at": token.expires_at.map(time),
        "last_used_at": token.last_used_at.map(time), "last_network": token.last_network,
        "revoked_at": token.revoked_at.map(time),
    })
}

fn time(at: i64) -> String {
    Micros(at).to_rfc3339()
}
