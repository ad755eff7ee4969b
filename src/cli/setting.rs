//! `vitrine setting`: what a site has set, from a terminal.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{input, with_app};
use crate::app::App;
use crate::clock::Micros;
use crate::config::Loaded;
use crate::content::setting;
use crate::content::site::{self, Site};
use crate::content::types::{ContentType, Kind, Scope};
use crate::telemetry::label::Channel;

#[derive(Subcommand)]
pub enum Action {
    /// List the types of settings, and for which sites each was set.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Print the values as JSON; of the type's defaults when nothing was set.
    Show {
        type_name: String,
        /// The site, by its host name [default: the default site].
        #[arg(long = "for", value_name = "HOST")]
        host: Option<String>,
    },
    /// Set all fields from a file of JSON or TOML; those that it leaves out become their defaults.
    Set {
        type_name: String,
        /// "-": standard input.
        file: String,
        #[arg(long = "for", value_name = "HOST")]
        host: Option<String>,
    },
    /// Forget what was set: the type's defaults count again.
    Revert {
        type_name: String,
        #[arg(long = "for", value_name = "HOST")]
        host: Option<String>,
    },
    /// List the changes, newest first.
    History {
        type_name: String,
        #[arg(long = "for", value_name = "HOST")]
        host: Option<String>,
        #[arg(long)]
        json: bool,
    },
}

/// Runs one operation on settings.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let content = &app.content;
        content.load_settings().await?;
        match action {
            Action::List { json } => list(&app, json).await?,
            Action::Show { type_name, host } => {
                let types = content.types();
                let of_type = find(&types, &type_name)?;
                let site = site_of(&app, of_type, host.as_deref()).await?;
                let values = content.settings().values(&types, of_type, site.map_or(0, |site| site.id));
                println!("{:#}", Value::Object(values));
            }
            Action::Set { type_name, file, host } => {
                let types = content.types();
                let site = site_of(&app, find(&types, &type_name)?, host.as_deref()).await?;
                let fields = input::object(&file)?;
                content.update_setting(site.map(|site| site.id), &type_name, &fields, Channel::Cli).await?;
            }
            Action::Revert { type_name, host } => {
                let types = content.types();
                let site = site_of(&app, find(&types, &type_name)?, host.as_deref()).await?;
                content.revert_setting(site.map(|site| site.id), &type_name, Channel::Cli).await?;
            }
            Action::History { type_name, host, json } => {
                let types = content.types();
                let site = site_of(&app, find(&types, &type_name)?, host.as_deref()).await?;
                let mut listed = Vec::new();
                for change in setting::history(&app.db, &type_name, site.map(|site| site.id)).await? {
                    if json {
                        let values = change.data.as_deref().map(serde_json::from_str::<Value>).transpose()?;
                        let at = Micros(change.created_at).to_rfc3339();
                        listed.push(json!({ "created_at": at, "channel": change.channel, "values": values }));
                        continue;
                    }
                    let said = change.data.as_deref().unwrap_or("back to the defaults");
                    println!("{}  {:9}  {said}", Micros(change.created_at).to_rfc3339(), change.channel);
                }
                if json {
                    println!("{:#}", Value::from(listed));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
    let sites = site::list(&*app.db, "").await?;
    let host = |id: Option<i64>| match id {
        None => "all sites".to_owned(),
        Some(id) => sites.iter().find(|site| site.id == id).map_or(format!("site {id}"), |site| site.hostname.clone()),
    };
    if as_json {
        let types = app.content.types();
        let entry = |of_type: &ContentType| {
            let set: Vec<String> = app.content.settings().sites_of(&of_type.name).into_iter().map(host).collect();
            json!({ "type": of_type.name, "label": of_type.label, "set_for": set })
        };
        println!("{:#}", Value::from_iter(types.settings().map(entry)));
        return Ok(());
    }
    for of_type in app.content.types().settings() {
        let set: Vec<String> = app.content.settings().sites_of(&of_type.name).into_iter().map(host).collect();
        let set = if set.is_empty() { "defaults".to_owned() } else { format!("set for {}", set.join(", ")) };
        println!("{:32}  {:24}  {set}", of_type.name, of_type.label);
    }
    Ok(())
}

fn find<'t>(types: &'t crate::content::types::Types, name: &str) -> anyhow::Result<&'t ContentType> {
    let found = types.find(name).filter(|found| found.kind == Kind::Settings);
    found.ok_or_else(|| {
        let known: Vec<&str> = types.settings().map(|known| known.name.as_str()).collect();
        anyhow::anyhow!("there is no type of settings {name} (known: {})", known.join(", "))
    })
}

/// The site that is meant; none for settings of all sites together.
async fn site_of(app: &App, of_type: &ContentType, host: Option<&str>) -> anyhow::Result<Option<Site>> {
    if of_type.scope == Scope::Global {
        anyhow::ensure!(host.is_none(), "{} is set for all sites together: leave out --for", of_type.name);
        return Ok(None);
    }
    let mut sites = site::list(&*app.db, "").await?.into_iter();
    let found = sites.find(|site| match host {
        Some(host) => site.hostname.eq_ignore_ascii_case(host),
        None => site.is_default,
    });
    found.map(Some).ok_or_else(|| anyhow::anyhow!("there is no site {}", host.unwrap_or("that is the default one")))
}
