//! The commands. Without one, `vitrine` serves the site.

mod audit;
mod backup;
mod cdn;
mod check;
mod collection;
mod demo_history;
mod doctor;
mod drill;
mod embed;
mod export;
mod form;
mod group;
mod healthcheck;
mod import;
mod input;
mod job;
mod locale;
mod media;
mod new;
mod open;
mod openapi;
mod page;
mod privacy;
mod prompt;
mod redirect;
mod references;
mod revision;
mod schedule;
mod schema;
mod search;
mod seed;
mod serve;
mod setting;
mod shell;
mod site;
mod snippet;
mod tag;
mod token;
mod tree;
mod user;
mod why;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config;
use crate::telemetry::{CATALOGUE, FACADE, catalogue};
use open::{LoadResult, load, sources, telemetry, types, with_app};

/// A CMS and REST API server that measures each request and each query.
#[derive(Parser)]
#[command(name = "vitrine", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Settings {
    /// Configuration file [default: vitrine.toml, if there is one].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Site folder with types, templates, static files and seed [default: the embedded site].
    #[arg(long, global = true, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Sets one configuration value, such as server.listen=0.0.0.0:80; may be repeated.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site: migrates, seeds an empty database, then serves until SIGTERM.
    Serve {
        /// What this process does: all, web (pages alone) or worker (background jobs alone). The same as server.role.
        #[arg(long, value_name = "ROLE", value_parser = ["all", "web", "worker"])]
        role: Option<String>,
    },
    /// Serve with live reload of types, templates and static files, and errors in the browser.
    Dev {
        /// Pass what no page has to the server that develops a front end, such as http://localhost:5173. The same as
        /// frontend.proxy.
        #[arg(long, value_name = "URL")]
        proxy: Option<String>,
    },
    /// Add many pages, for trials of size; seeds an empty database first.
    Seed(seed::Options),
    /// Check configuration, content types, templates, rules and dashboards; report every mistake.
    Check {
        #[arg(long)]
        json: bool,
    },
    /// Show, or explain, the configuration.
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// The queue of background work: list it, and decide about what gave up.
    Job {
        #[command(subcommand)]
        action: job::Action,
    },
    /// Make, list, verify and restore backups: the database, the media and the configuration.
    Backup {
        #[command(subcommand)]
        action: backup::Action,
    },
    /// Apply the migrations that are missing.
    Migrate {
        #[arg(long)]
        json: bool,
    },
    /// Write a site folder to change: types, templates, static files and seed of the default site.
    New { directory: PathBuf },
    /// Ask a running server whether it is ready; exit 0 when it is.
    Healthcheck,
    /// Look at this installation and say what is wrong with it, and what to do; exit 1 when it cannot serve.
    Doctor {
        #[arg(long)]
        json: bool,
    },
    /// Send every critical alert through Alertmanager, for practice, and wait until each receiver acknowledges it.
    Drill(drill::Options),
    /// Say where the time of a request went, from the flight recorder below data.dir.
    Why {
        /// Its trace id, of which the first 8 digits are enough, or its traceresponse header.
        trace_id: String,
    },
    /// Print every metric family.
    Catalogue {
        #[arg(long, value_enum, default_value = "table")]
        format: CatalogueFormat,
    },
    /// Write a month of metrics of a site that never was, to see the dashboards full.
    DemoHistory(demo_history::Options),
    /// The media library: images, documents, collections, renditions.
    Media {
        #[command(subcommand)]
        action: media::Action,
    },
    /// Publish, unpublish, move, copy, mirror, translate, revert, trash, restore or delete a page.
    Page {
        #[command(subcommand)]
        action: page::Action,
    },
    /// List, add, change or remove sites: which host names show which part of the tree.
    Site {
        #[command(subcommand)]
        action: site::Action,
    },
    /// List, add or remove languages.
    Locale {
        #[command(subcommand)]
        action: locale::Action,
    },
    /// List, add, change, remove, import or export redirects from old addresses.
    Redirect {
        #[command(subcommand)]
        action: redirect::Action,
    },
    /// Show, export or delete what visitors sent with forms.
    Form {
        #[command(subcommand)]
        action: form::Action,
    },
    /// Restrict pages to those who have a password or an account.
    Privacy {
        #[command(subcommand)]
        action: privacy::Action,
    },
    /// Write the whole site into a folder of readable files, for another environment or another database.
    Export(export::Options),
    /// Move in: from another system, or with an export of this one.
    Import {
        #[command(subcommand)]
        source: import::Source,
    },
    /// The cache in front of the site: how far changes are taken out of it, and taking something out by hand.
    Cdn {
        #[command(subcommand)]
        action: cdn::Action,
    },
    /// Show, forget or fetch what providers say of embedded media.
    Embed {
        #[command(subcommand)]
        action: embed::Action,
    },
    /// Print the description of the API for the types of the site (OpenAPI 3.1).
    Openapi,
    /// Bring content into the form of its types: migrate, or say what is to be done.
    Schema {
        #[command(subcommand)]
        action: schema::Action,
    },
    /// Search the site, rebuild its index, or list what was searched for in vain.
    Search {
        #[command(subcommand)]
        action: search::Action,
    },
    /// List, show, change or delete snippets.
    Snippet {
        #[command(subcommand)]
        action: snippet::Action,
    },
    /// Import or export the rows of collections, as JSON lines or comma-separated values.
    Collection {
        #[command(subcommand)]
        action: collection::Action,
    },
    /// List, rename or merge the tags of pages.
    Tag {
        #[command(subcommand)]
        action: tag::Action,
    },
    /// Who uses what: check, rebuild, or list what is missing.
    References {
        #[command(subcommand)]
        action: references::Action,
    },
    /// Delete old revisions for good.
    Revision {
        #[command(subcommand)]
        action: revision::Action,
    },
    /// List, show or change the settings of a site.
    Setting {
        #[command(subcommand)]
        action: setting::Action,
    },
    /// Create, list, change or deactivate users of the editor, and end their sessions.
    User {
        #[command(subcommand)]
        action: user::Action,
    },
    /// Make, list or revoke tokens of programs that use the API.
    Token {
        #[command(subcommand)]
        action: token::Action,
    },
    /// The security log: verify that nothing in it was changed.
    Audit {
        #[command(subcommand)]
        action: audit::Action,
    },
    /// Create and list groups, their members and what they may do.
    Group {
        #[command(subcommand)]
        action: group::Action,
    },
    /// Show the page tree, or check and repair its paths.
    Tree {
        #[command(subcommand)]
        action: tree::Action,
    },
    /// Print what a shell needs to complete commands and flags.
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, or write one for each command into a folder.
    Man {
        /// Such as /usr/local/share/man/man1.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Every value and where it came from; secrets are redacted.
    Show {
        #[arg(long)]
        json: bool,
    },
    /// A vitrine.toml with every key at its default.
    Example,
    /// docs/CONFIGURATION.md.
    Reference,
}

#[derive(Clone, Copy, ValueEnum)]
enum CatalogueFormat {
    Table,
    Names,
    Markdown,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Runs the command line; mistakes of the user exit with 1.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // One provider for TLS in and out; a second call only finds the first one's.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("vitrine: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let Cli { settings, command } = cli;
    match command.unwrap_or(Command::Serve { role: None }) {
        Command::Serve { role } => {
            let role: Vec<_> = role.iter().map(|role| ("server.role", role.as_str())).collect();
            serve::run(load(&settings, &role)?)
        }
        Command::Dev { proxy } => {
            let mut preset = vec![("mode", "dev"), ("log.format", "pretty"), ("log.access", "false")];
            preset.extend(proxy.iter().map(|url| ("frontend.proxy", url.as_str())));
            serve::run(load(&settings, &preset)?)
        }
        Command::Job { action } => job::run(load(&settings, &[])?, action),
        Command::Backup { action } => backup::run(load(&settings, &[])?, action),
        Command::Check { json } => Ok(check::run(sources(&settings, &[]), json)),
        Command::Config { what: ConfigCommand::Show { json } } => {
            let loaded = load(&settings, &[])?;
            if json {
                println!("{:#}", loaded.to_json())
            } else {
                print!("{}", loaded.table())
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Config { what: ConfigCommand::Example } => print_text(&config::example_toml()),
        Command::Config { what: ConfigCommand::Reference } => print_text(&config::reference_markdown()),
        Command::Seed(options) => seed::run(load(&settings, &[])?, &options),
        Command::Migrate { json } => serve::migrate(load(&settings, &[])?, json),
        Command::New { directory } => new::run(&directory),
        Command::Healthcheck => healthcheck::run(&load(&settings, &[])?.config),
        Command::Doctor { json } => doctor::run(sources(&settings, &[]), json),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { dir } => shell::manual(dir.as_deref()),
        Command::DemoHistory(options) => demo_history::run(&options),
        Command::Drill(options) => drill::run(load(&settings, &[])?, options),
        Command::Why { trace_id } => why::run(&load(&settings, &[])?.config, &trace_id),
        Command::Catalogue { format } => {
            let families = families();
            print_text(&match format {
                CatalogueFormat::Table => catalogue::table(&families),
                CatalogueFormat::Names => catalogue::names(&families),
                CatalogueFormat::Markdown => catalogue::markdown(&families),
            })
        }
        Command::Media { action } => media::run(load(&settings, &[])?, action),
        Command::Site { action } => site::run(load(&settings, &[])?, action),
        Command::Locale { action } => locale::run(load(&settings, &[])?, action),
        Command::Redirect { action } => redirect::run(load(&settings, &[])?, action),
        Command::Export(options) => export::run(load(&settings, &[])?, options),
        Command::Import { source } => import::run(load(&settings, &[])?, source),
        Command::Page { action } => page::run(load(&settings, &[])?, action),
        Command::Form { action } => form::run(load(&settings, &[])?, action),
        Command::Privacy { action } => privacy::run(load(&settings, &[])?, action),
        Command::User { action } => user::run(load(&settings, &[])?, action),
        Command::Token { action } => token::run(load(&settings, &[])?, action),
        Command::Audit { action } => audit::run(load(&settings, &[])?, &action),
        Command::Group { action } => group::run(load(&settings, &[])?, action),
        Command::Tree { action } => tree::run(load(&settings, &[])?, action),
        Command::Cdn { action } => cdn::run(load(&settings, &[])?, action),
        Command::Embed { action } => embed::run(load(&settings, &[])?, action),
        Command::Snippet { action } => snippet::run(load(&settings, &[])?, action),
        Command::Collection { action } => collection::run(load(&settings, &[])?, action),
        Command::Tag { action } => tag::run(load(&settings, &[])?, action),
        Command::References { action } => references::run(load(&settings, &[])?, action),
        Command::Revision { action } => revision::run(load(&settings, &[])?, action),
        Command::Openapi => openapi::run(&load(&settings, &[])?),
        Command::Schema { action } => schema::run(load(&settings, &[])?, action),
        Command::Setting { action } => setting::run(load(&settings, &[])?, action),
        Command::Search { action } => search::run(load(&settings, &[])?, action),
    }
}

/// All families, in the order of their groups.
pub fn families() -> Vec<catalogue::Family> {
    let mut families: Vec<_> = CATALOGUE.to_vec();
    for family in FACADE {
        let after = families.iter().rposition(|known| known.group == family.group).map_or(families.len(), |at| at + 1);
        families.insert(after, *family);
    }
    families
}

fn print_text(text: &str) -> anyhow::Result<ExitCode> {
    print!("{text}");
    Ok(ExitCode::SUCCESS)
}
