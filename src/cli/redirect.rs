//! `vitrine redirect`: where visitors of old addresses are sent.

mod import;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::with_app;
use crate::app::App;
use crate::clock::Micros;
use crate::config::Loaded;
use crate::content::redirect::address::{self, Candidates};
use crate::content::redirect::{self, Existing, Filter, Mode, NewRedirect, Redirect, RedirectError, Target};
use crate::content::site::{self, Site};
use crate::telemetry::label::Channel;

#[derive(Subcommand)]
pub enum Action {
    /// Show redirects, in the order in which they were made.
    List {
        /// Those with this in their address or their target.
        #[arg(default_value = "")]
        text: String,
        /// Those of this site alone.
        #[arg(long, value_name = "SITE")]
        site: Option<String>,
        /// Those that pages left behind when they moved.
        #[arg(long, conflicts_with = "written")]
        automatic: bool,
        /// Those that somebody wrote.
        #[arg(long)]
        written: bool,
        #[arg(long, default_value = "100", value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        #[arg(long)]
        json: bool,
    },
    /// Show which redirects an address meets, the one that counts first.
    Find {
        /// A path with its query, or a whole address.
        address: String,
        #[arg(long, value_name = "SITE")]
        site: Option<String>,
    },
    /// Send visitors of an address elsewhere; prints the redirect's number.
    Add {
        /// A path, such as /old/.
        from: String,
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        how: How,
        /// Take the place of a redirect from there.
        #[arg(long)]
        replace: bool,
    },
    /// Make a redirect another one.
    Set {
        id: i64,
        from: String,
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        how: How,
    },
    /// Remove a redirect.
    Remove { id: i64 },
    /// Write redirects from a table (CSV): columns from and to, and, if it has them, page, permanent, subtree and site.
    Import(import::Options),
    /// Write all redirects as a table that `import` reads.
    Export {
        #[arg(long, value_name = "SITE")]
        site: Option<String>,
        /// Also those that pages left behind.
        #[arg(long)]
        automatic: bool,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct To {
    /// A path, such as /new/, or an address elsewhere.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// A page, wherever it will be.
    #[arg(long, value_name = "ID")]
    page: Option<i64>,
}

impl To {
    fn target(self) -> Target {
        let Self { to, page } = self;
        page.map_or(Target::Url(to.unwrap_or_default()), |id| Target::Page { id, route: String::new() })
    }
}

#[derive(Args)]
pub struct How {
    /// On this site alone: its host name or its number [default: on every site].
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// Answer 302, so that nobody remembers it, instead of 301.
    #[arg(long)]
    temporary: bool,
    /// With all that is below the address, to the same place below the target.
    #[arg(long)]
    subtree: bool,
}

impl How {
    fn redirect(&self, sites: &[Site], from: String, target: Target) -> anyhow::Result<NewRedirect> {
        let site = site_id(sites, self.site.as_deref())?;
        Ok(NewRedirect { from, target, site, covers_subtree: self.subtree, is_permanent: !self.temporary })
    }
}

/// Runs one of the commands.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let content = &app.content;
        let begin = async |existing| content.begin_redirects(&app.config.server.base_url, existing, Mode::Write).await;
        match action {
            Action::List { text, site, automatic, written, limit, json } => {
                let automatic = (automatic || written).then_some(automatic);
                let site = site_id(&sites(&app).await?, site.as_deref())?;
                list(&app, &Filter { text, site, automatic }, limit.into(), json).await?;
            }
            Action::Find { address, site } => return find(&app, &address, site.as_deref()).await,
            Action::Add { from, to, how, replace } => {
                let existing = if replace { Existing::Replaced } else { Existing::Refused };
                let mut import = begin(existing).await?;
                let new = how.redirect(import.sites(), from, to.target())?;
                println!("{}", content.create_redirect(&mut import, &new, Channel::Cli).await?);
            }
            Action::Set { id, from, to, how } => {
                let import = begin(Existing::Refused).await?;
                let new = how.redirect(import.sites(), from, to.target())?;
                content.update_redirect(&import, id, &new, Channel::Cli).await?;
            }
            Action::Remove { id } => content.delete_redirect(id, Channel::Cli).await?,
            Action::Import(options) => return import::run(&app, options).await,
            Action::Export { site, automatic } => {
                let site = site_id(&sites(&app).await?, site.as_deref())?;
                let automatic = if automatic { None } else { Some(false) };
                export(&app, &Filter { site, automatic, ..Filter::default() }).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn sites(app: &App) -> anyhow::Result<Vec<Site>> {
    Ok(site::list(&*app.db, &app.config.server.base_url).await?)
}

fn site_id(sites: &[Site], wanted: Option<&str>) -> anyhow::Result<Option<i64>> {
    Ok(match wanted {
        Some(wanted) => Some(site::named(sites, wanted)?.id),
        None => None,
    })
}

async fn list(app: &App, filter: &Filter, limit: i64, json: bool) -> anyhow::Result<()> {
    let found = redirect::list(&app.db, filter, 0, limit).await?;
    if json {
        let entry = |redirect: &Redirect| {
            serde_json::json!({
                "id": redirect.id, "site": redirect.site_id, "from": redirect.old_path, "to": redirect.target_url,
                "page": redirect.target_page_id, "route": redirect.target_route,
                "subtree": redirect.covers_subtree, "permanent": redirect.is_permanent,
                "automatic": redirect.automatic, "hits": redirect.hits,
                "last_hit_at": redirect.last_hit_at.map(|at| Micros(at).to_rfc3339()),
            })
        };
        println!("{:#}", serde_json::Value::from_iter(found.iter().map(entry)));
        return Ok(());
    }
    for redirect in &found {
        let target = match &redirect.target_page_id {
            Some(id) => format!("page {id} {}{}", redirect.page_url_path, redirect.target_route),
            None => redirect.target_url.clone(),
        };
        let below = if redirect.covers_subtree { "/…" } else { "" };
        let code = if redirect.is_permanent { 301 } else { 302 };
        let site = redirect.site_id.map(|id| format!("  site {id}")).unwrap_or_default();
        let kind = if redirect.automatic { "  automatic" } else { "" };
        println!(
            "{:>6}  {}{below} → {target}  {code}  {} hits{site}{kind}",
            redirect.id, redirect.old_path, redirect.hits
        );
    }
    Ok(())
}

async fn find(app: &App, asked: &str, site: Option<&str>) -> anyhow::Result<ExitCode> {
    let sites = sites(app).await?;
    let default = sites.iter().find(|site| site.is_default).map(|site| site.id);
    let on = site_id(&sites, site)?.or(default).unwrap_or_default();
    let normal = address::normalise(asked).ok_or_else(|| RedirectError::AddressInvalid(asked.to_owned()))?;
    let leads = redirect::list_leads(&app.db, on, &Candidates::of(&normal)).await?;
    for lead in &leads {
        let target = if lead.page_url_path.is_empty() { &lead.target_url } else { &lead.page_url_path };
        println!("{:>6}  {} → {target}{}", lead.id, lead.old_path, lead.target_route);
    }
    Ok(if leads.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn export(app: &App, filter: &Filter) -> anyhow::Result<()> {
    let sites = sites(app).await?;
    let mut out = csv::Writer::from_writer(std::io::stdout().lock());
    out.write_record(redirect::EXPORTED)?;
    let mut after = 0;
    loop {
        let found = redirect::list(&app.db, filter, after, redirect::MAX_LISTED).await?;
        let Some(last) = found.last() else { break };
        after = last.id;
        for redirect in &found {
            out.write_record(redirect.cells(&sites))?;
        }
    }
    Ok(out.flush()?)
}
