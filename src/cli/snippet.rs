//! `vitrine snippet`: the operations on snippets from a terminal.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{input, with_app};
use crate::app::App;
use crate::clock::Micros;
use crate::config::Loaded;
use crate::content::reference::{self, Use};
use crate::content::snippet::{self, Listing, Order, Snippet, SnippetContent, SnippetRevision};
use crate::content::types::{ContentType, ReferenceKind};
use crate::content::{Deletion, NewSnippet};
use crate::telemetry::label::Channel;

#[derive(Subcommand)]
pub enum Action {
    /// List the snippets of a type; without one, the types.
    List(ListArguments),
    /// Print a snippet as JSON: what pages show, and the newest draft if there is one.
    Show { id: i64 },
    /// Create a snippet from a file of JSON or TOML with name, slug and fields.
    Create {
        type_name: String,
        /// "-": standard input.
        file: String,
        #[arg(long, value_name = "CODE")]
        locale: Option<String>,
        /// The snippet that this one translates.
        #[arg(long, value_name = "ID")]
        translation_of: Option<i64>,
    },
    /// Change a snippet from such a file; what it leaves out becomes empty or its default.
    Update { id: i64, file: String },
    /// Make the newest draft live.
    Publish { id: i64 },
    /// Take the snippet off the pages that show it; its draft stays.
    Unpublish { id: i64 },
    /// List the revisions, newest first.
    Revisions {
        id: i64,
        #[arg(long)]
        json: bool,
    },
    /// Save the content of an old revision again.
    Revert { id: i64, revision: i64 },
    /// Put the snippets of a type in order.
    Order { type_name: String, ids: Vec<i64> },
    /// Delete a snippet that nothing uses.
    Delete {
        id: i64,
        /// Also when it is used: what refers to it shows nothing in its place.
        #[arg(long)]
        force: bool,
    },
    /// List what uses the snippet.
    Usage {
        id: i64,
        #[arg(long, default_value = "1")]
        page: i64,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub struct ListArguments {
    type_name: Option<String>,
    #[arg(long, default_value = "")]
    search: String,
    #[arg(long, value_enum, default_value = "name")]
    order: OrderArgument,
    #[arg(long, default_value = "", value_name = "CODE", hide_default_value = true)]
    locale: String,
    #[arg(long, default_value = "1")]
    page: i64,
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum OrderArgument {
    Name,
    Updated,
    Placed,
}

/// Runs one operation on snippets.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let content = &app.content;
        match action {
            Action::List(arguments) => list(&app, arguments).await?,
            Action::Show { id } => show(&app, id).await?,
            Action::Create { type_name, file, locale, translation_of } => {
                let new = NewSnippet { type_name, content: read(&file)?, locale, translation_of };
                println!("{}", content.create_snippet(new, Channel::Cli).await?);
            }
            Action::Update { id, file } => content.update_snippet(id, read(&file)?, Channel::Cli).await?,
            Action::Publish { id } => content.publish_snippet(id, Channel::Cli).await.map(|_| ())?,
            Action::Unpublish { id } => content.unpublish_snippet(id, Channel::Cli).await.map(|_| ())?,
            Action::Revisions { id, json: true } => {
                let entry = |revision: SnippetRevision| {
                    json!({
                        "id": revision.id, "created_at": Micros(revision.created_at).to_rfc3339(),
                        "channel": revision.channel, "content": revision.content,
                    })
                };
                println!("{:#}", Value::from_iter(snippet::revisions(&*app.db, id).await?.into_iter().map(entry)));
            }
            Action::Revisions { id, json: false } => {
                for revision in snippet::revisions(&*app.db, id).await? {
                    let at = Micros(revision.created_at).to_rfc3339();
                    println!("{:>6}  {at}  {:9}  {}", revision.id, revision.channel, revision.content.name);
                }
            }
            Action::Revert { id, revision } => content.revert_snippet(id, revision, Channel::Cli).await?,
            Action::Order { type_name, ids } => content.order_snippets(&type_name, &ids, Channel::Cli).await?,
            Action::Delete { id, force } => {
                let deletion = if force { Deletion::Anyway } else { Deletion::IfUnused };
                content.delete_snippet(id, deletion, Channel::Cli).await?;
            }
            Action::Usage { id, page, json } => {
                let offset = (page.max(1) - 1).saturating_mul(reference::PAGE_SIZE);
                print_uses(&content.usage(ReferenceKind::Snippet, id, offset).await?, json);
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// One line a place, and how many there are in all.
pub fn print_uses(uses: &[Use], as_json: bool) {
    let total = uses.first().map_or(0, |found| found.total);
    if as_json {
        let entry = |found: &Use| {
            json!({
                "page_id": found.page_id, "snippet_id": found.snippet_id, "type": found.type_name, "title": found.title,
                "path": found.path, "live": found.live, "trashed": found.trashed,
            })
        };
        println!("{:#}", json!({ "total": total, "items": uses.iter().map(entry).collect::<Vec<_>>() }));
        return;
    }
    for found in uses {
        let source = match (found.page_id, found.snippet_id) {
            (Some(id), _) => format!("page {id}"),
            (None, Some(id)) => format!("snippet {id}"),
            (None, None) => "settings".to_owned(),
        };
        let state = match (found.trashed, found.live) {
            (true, _) => "trash",
            (false, true) => "live",
            (false, false) => "draft",
        };
        println!("{source:16}  {state:5}  {:24}  {}  {}", found.type_name, found.title, found.path);
    }
    println!("{total} in all");
}

fn read(file: &str) -> anyhow::Result<SnippetContent> {
    let mut given = input::object(file)?;
    given.entry("slug").or_insert_with(|| Value::String(String::new()));
    serde_json::from_value(Value::Object(given)).with_context(|| format!("{file}: a snippet has name, slug and fields"))
}

async fn list(app: &App, arguments: ListArguments) -> anyhow::Result<()> {
    let Some(type_name) = arguments.type_name else {
        if arguments.json {
            let types = app.content.types();
            let entry = |of_type: &ContentType| json!({ "type": of_type.name, "label": of_type.label });
            println!("{:#}", Value::from_iter(types.snippets().map(entry)));
            return Ok(());
        }
        for of_type in app.content.types().snippets() {
            println!("{:32}  {}", of_type.name, of_type.label);
        }
        return Ok(());
    };
    let order = match arguments.order {
        OrderArgument::Name => Order::Name,
        OrderArgument::Updated => Order::Updated,
        OrderArgument::Placed => Order::Placed,
    };
    let offset = (arguments.page.max(1) - 1).saturating_mul(snippet::PAGE_SIZE);
    let (search, locale) = (arguments.search.as_str(), arguments.locale.as_str());
    let listing = Listing { type_name: &type_name, search, locale, order, offset, ..Listing::default() };
    let found = snippet::list(&app.db, &listing).await?;
    let ids = found.iter().map(|snippet| snippet.id).collect();
    let uses = reference::count_uses(&app.db, ReferenceKind::Snippet, ids).await?;
    if arguments.json {
        let entry = |snippet: &Snippet| {
            json!({
                "id": snippet.id, "type": snippet.type_name, "name": snippet.name, "slug": snippet.slug,
                "locale": snippet.locale, "state": state(snippet), "uses": uses.get(&snippet.id).copied().unwrap_or(0),
            })
        };
        let total = found.first().map_or(0, |snippet| snippet.total);
        println!("{:#}", json!({ "total": total, "items": found.iter().map(entry).collect::<Vec<_>>() }));
        return Ok(());
    }
    for snippet in &found {
        let used = uses.get(&snippet.id).copied().unwrap_or(0);
        let (id, slug, locale) = (snippet.id, &snippet.slug, &snippet.locale);
        println!("{id:>6}  {:7}  {locale:5}  {slug:24}  used {used:>4}  {}", state(snippet), snippet.name);
    }
    println!("{} in all", found.first().map_or(0, |snippet| snippet.total));
    Ok(())
}

fn state(snippet: &Snippet) -> &'static str {
    match (snippet.live, snippet.has_unpublished_changes) {
        (true, false) => "live",
        (true, true) => "changed",
        (false, _) => "draft",
    }
}

async fn show(app: &App, id: i64) -> anyhow::Result<()> {
    let found = snippet::find(&*app.db, id).await?.with_context(|| format!("there is no snippet {id}"))?;
    let draft = match found.latest_revision_id.filter(|_| found.has_unpublished_changes) {
        Some(revision) => snippet::find_revision(&*app.db, id, revision).await?,
        None => None,
    };
    let shown = json!({
        "id": found.id, "type": found.type_name, "name": found.name, "slug": found.slug, "state": state(&found),
        "locale": found.locale, "translation_key": found.translation_key, "fields": found.fields,
        "draft": draft.map(|draft| json!(draft.content)),
    });
    println!("{shown:#}");
    Ok(())
}
