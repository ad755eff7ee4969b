//! `vitrine site`: which host names show which part of the tree. Running servers follow within a second.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::with_app;
use crate::app::App;
use crate::config::Loaded;
use crate::content::site::{self, Site};
use crate::content::{NewSite, SiteChange};
use crate::telemetry::label::Channel;

#[derive(Subcommand)]
pub enum Action {
    /// Show every site and its languages.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Add a site; prints its id.
    Add {
        hostname: String,
        /// Its root: the page that is its front page.
        #[arg(long, value_name = "PAGE")]
        root: i64,
        #[arg(long, default_value_t = 443)]
        port: i64,
        /// [default: the host name]
        #[arg(long)]
        name: Option<String>,
    },
    /// Change a site.
    Set {
        /// Its host name, with `:PORT` when several have it, or its id.
        #[arg(value_name = "SITE")]
        which: String,
        #[command(flatten)]
        change: Change,
    },
    /// Remove a site with its settings and redirects; its pages stay.
    Remove {
        #[arg(value_name = "SITE")]
        which: String,
    },
}

#[derive(Args)]
#[group(required = true, multiple = true)]
pub struct Change {
    #[arg(long)]
    hostname: Option<String>,
    #[arg(long)]
    port: Option<i64>,
    #[arg(long)]
    name: Option<String>,
    #[arg(long, value_name = "PAGE")]
    root: Option<i64>,
    /// Make it the site that answers for hosts that no site has.
    #[arg(long)]
    default: bool,
}

/// Runs one of the commands.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        match action {
            Action::List { json } => list(&site::list(&*app.db, &app.config.server.base_url).await?, json),
            Action::Add { hostname, root, port, name } => {
                let name = name.unwrap_or_else(|| hostname.clone());
                let new = NewSite { hostname, port, name, root_page_id: root };
                println!("{}", app.content.create_site(&new, Channel::Cli).await?);
            }
            Action::Set { which, change } => {
                let id = find(&app, &which).await?.id;
                let Change { hostname, port, name, root, default } = change;
                let change = SiteChange { hostname, port, name, root_page_id: root, becomes_default: default };
                app.content.update_site(id, &change, Channel::Cli).await?;
            }
            Action::Remove { which } => app.content.delete_site(find(&app, &which).await?.id, Channel::Cli).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn find(app: &App, wanted: &str) -> anyhow::Result<Site> {
    let sites = site::list(&*app.db, &app.config.server.base_url).await?;
    Ok(site::named(&sites, wanted)?.clone())
}

fn list(sites: &[Site], json: bool) {
    if json {
        let entry = |site: &Site| {
            let languages: Vec<&str> = site.languages.iter().map(|language| language.code.as_str()).collect();
            serde_json::json!({
                "id": site.id, "hostname": site.hostname, "port": site.port, "name": site.name,
                "root_page_id": site.root_page_id, "is_default": site.is_default, "languages": languages,
                "base_url": site.base_url,
            })
        };
        println!("{:#}", serde_json::Value::from_iter(sites.iter().map(entry)));
        return;
    }
    for site in sites {
        let languages: Vec<&str> = site.languages.iter().map(|language| language.code.as_str()).collect();
        let default = if site.is_default { "  default" } else { "" };
        println!(
            "{:>4}  {}  {}  page {}  {}{default}",
            site.id,
            site.base_url,
            site.name,
            site.root_page_id,
            languages.join(" ")
        );
    }
}
