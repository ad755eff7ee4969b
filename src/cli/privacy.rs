//! `vitrine privacy`: who may see which pages. Running servers follow within a second.

use std::io::Read as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::with_app;
use crate::clock::Micros;
use crate::config::Loaded;
use crate::content::privacy::{self, Rule, Target};
use crate::telemetry::label::Channel;

/// Longest line of standard input that is read for a password.
const MAX_INPUT_BYTES: u64 = 4096;

#[derive(Subcommand)]
pub enum Action {
    /// Show every restriction.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Restrict a page with all below it, or a collection with all in it, or change how it is restricted.
    Set {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        rule: RuleArgs,
    },
    /// Open a page or a collection again; restrictions above it stay.
    Clear {
        #[command(flatten)]
        target: TargetArgs,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct TargetArgs {
    /// The id of a page.
    page: Option<i64>,
    /// The id of a collection of images and documents.
    #[arg(long, value_name = "ID")]
    collection: Option<i64>,
}

impl TargetArgs {
    fn target(&self) -> Target {
        self.collection.map_or(Target::Page(self.page.unwrap_or_default()), Target::Collection)
    }
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct RuleArgs {
    /// Visitors need the password that standard input has.
    #[arg(long)]
    password_stdin: bool,
    /// Visitors need to be signed in.
    #[arg(long)]
    login: bool,
    /// Visitors need to be in one of these groups, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    groups: Vec<String>,
}

impl RuleArgs {
    fn rule(self) -> anyhow::Result<Rule> {
        if self.login {
            return Ok(Rule::Login);
        }
        if !self.password_stdin {
            return Ok(Rule::Groups(self.groups.iter().map(|name| name.trim().to_owned()).collect()));
        }
        let mut text = String::new();
        std::io::stdin().take(MAX_INPUT_BYTES).read_to_string(&mut text)?;
        Ok(Rule::Password(text.trim_end_matches(['\n', '\r']).to_owned()))
    }
}

/// Runs one of the commands.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        match action {
            Action::List { json } => {
                let mut listed = Vec::new();
                for found in privacy::list(&app.db).await? {
                    let groups: Vec<String> = serde_json::from_str(&found.group_names).unwrap_or_default();
                    if json {
                        listed.push(serde_json::json!({
                            "id": found.id, "kind": found.kind, "groups": groups, "page_id": found.page_id,
                            "collection_id": found.collection_id, "place": found.place,
                            "created_at": Micros(found.created_at).to_rfc3339(),
                        }));
                        continue;
                    }
                    let kind = if groups.is_empty() { found.kind } else { format!("groups: {}", groups.join(", ")) };
                    let (what, id) = match (found.page_id, found.collection_id) {
                        (Some(id), _) => ("page", id),
                        (None, id) => ("collection", id.unwrap_or_default()),
                    };
                    let since = Micros(found.created_at).to_rfc3339();
                    println!("{what:<10} {id:>6}  {}  {kind}  since {since}", found.place);
                }
                if json {
                    println!("{:#}", serde_json::Value::from(listed));
                }
            }
            Action::Set { target, rule } => {
                let (target, rule) = (target.target(), rule.rule()?);
                let kind = rule.kind();
                app.content.restrict(target, rule, Channel::Cli).await?;
                println!("{} with all below is restricted: {kind}", named(target));
            }
            Action::Clear { target } => {
                let target = target.target();
                let said = if app.content.unrestrict(target, Channel::Cli).await? {
                    "is open again"
                } else {
                    "has no restriction of its own"
                };
                println!("{} {said}", named(target));
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn named(target: Target) -> String {
    match target {
        Target::Page(id) => format!("page {id}"),
        Target::Collection(id) => format!("collection {id}"),
    }
}
