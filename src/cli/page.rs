//! `vitrine page`: the operations on content from a terminal. Running servers follow within a second.

use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;

use super::{schedule, with_app};
use crate::app::App;
use crate::clock::Micros;
use crate::config::Loaded;
use crate::content::{
    Content, CopyState, Copying, EditError, Extent, Parents, Position, Restoring, Translating, TrashItem, Version,
};
use crate::telemetry::label::Channel;

/// Pages that are deleted for good without being counted out, as in Wagtail.
const UNSAFE_DELETION: i64 = 10;
const HOUR_US: i64 = 3_600_000_000;

#[derive(Subcommand)]
pub enum Action {
    /// Make the newest draft live.
    Publish { id: i64 },
    /// Take the page off the site; its draft stays.
    Unpublish {
        id: i64,
        /// With all that is live below it.
        #[arg(long)]
        with_descendants: bool,
    },
    /// Set when the newest draft goes live, and when the page goes off the site; what is not given is taken back.
    Schedule {
        id: i64,
        /// Such as 2026-12-01T09:00:00Z or 2026-12-01T09:00[Europe/Berlin].
        #[arg(long, value_name = "TIME", value_parser = schedule::time)]
        publish_at: Option<Micros>,
        #[arg(long, value_name = "TIME", value_parser = schedule::time)]
        expire_at: Option<Micros>,
    },
    /// List the pages that have a schedule, the next first.
    Scheduled {
        #[arg(long)]
        json: bool,
    },
    /// Move the page with its subtree, or reorder it among its siblings.
    Move {
        id: i64,
        #[command(flatten)]
        to: Destination,
    },
    /// Copy the page; prints the new page's id.
    Copy {
        id: i64,
        #[command(flatten)]
        to: Destination,
        /// With all pages below it.
        #[arg(long)]
        subpages: bool,
        /// What is live is live in the copy too [default: all copies are drafts].
        #[arg(long)]
        keep_live: bool,
        /// [default: the original's, with a number when it is taken]
        #[arg(long)]
        slug: Option<String>,
        #[arg(long)]
        title: Option<String>,
    },
    /// Make the page's version in another language, as a draft; prints the new page's id.
    Translate {
        id: i64,
        /// The language's code, such as de.
        locale: String,
        /// With all pages below it.
        #[arg(long)]
        subpages: bool,
        /// Mirror the pages above that are not translated yet.
        #[arg(long)]
        with_parents: bool,
        /// Show the original's content in the other language's tree, until it is converted.
        #[arg(long)]
        alias: bool,
    },
    /// Make a page that mirrors this one and follows what it publishes; prints the new page's id.
    Alias {
        id: i64,
        #[command(flatten)]
        to: Destination,
        /// Mirror all pages below it too.
        #[arg(long)]
        subpages: bool,
    },
    /// Make an alias a page of its own that can be edited.
    ConvertAlias { id: i64 },
    /// Make an old revision the newest draft.
    Revert { id: i64, revision: i64 },
    /// Put the page with its subtree into the trash.
    Trash { id: i64 },
    /// List what is in the trash, the newest first.
    TrashList {
        #[arg(long)]
        json: bool,
        /// Entries to leave out.
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
        offset: i64,
    },
    /// Bring back what was put into the trash.
    Restore {
        id: i64,
        #[command(flatten)]
        to: OtherPlace,
        /// Another slug, when a page has its address by now.
        #[arg(long)]
        slug: Option<String>,
    },
    /// Delete for good what is in the trash.
    EmptyTrash {
        /// Only what was put there so many hours ago, or earlier.
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=876_000))]
        older_than_hours: i64,
        /// The number of pages, to confirm that so many are deleted for good.
        #[arg(long, value_name = "PAGES")]
        yes: Option<i64>,
    },
    /// Delete the page with its subtree, for good. `trash` is for what may be wanted again.
    Delete {
        id: i64,
        /// The number of pages, to confirm that so many are deleted for good.
        #[arg(long, value_name = "PAGES")]
        yes: Option<i64>,
        /// Also when other pages point at it.
        #[arg(long)]
        force: bool,
    },
}

/// Where a page goes: exactly one of these.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Destination {
    /// The new parent: behind its last child.
    #[arg(value_name = "PARENT")]
    below: Option<i64>,
    /// The new parent: before its first child.
    #[arg(long, value_name = "PARENT")]
    first_below: Option<i64>,
    /// The page to stand before.
    #[arg(long, value_name = "PAGE")]
    left_of: Option<i64>,
    /// The page to stand behind.
    #[arg(long, value_name = "PAGE")]
    right_of: Option<i64>,
}

/// Where a page comes back, if not where it was.
#[derive(Args)]
#[group(required = false, multiple = false)]
pub struct OtherPlace {
    /// Another parent [default: where it was]
    #[arg(long, value_name = "PARENT")]
    below: Option<i64>,
    /// The page to stand before.
    #[arg(long, value_name = "PAGE")]
    left_of: Option<i64>,
    /// The page to stand behind.
    #[arg(long, value_name = "PAGE")]
    right_of: Option<i64>,
}

impl Destination {
    fn position(&self) -> anyhow::Result<Position> {
        let first = self.first_below.map(Position::FirstChildOf).or(self.left_of.map(Position::LeftOf));
        let found = first.or(self.right_of.map(Position::RightOf)).or(self.below.map(Position::LastChildOf));
        found.ok_or_else(|| anyhow::anyhow!("say where: PARENT, --first-below, --left-of or --right-of"))
    }
}

impl OtherPlace {
    fn position(&self) -> Option<Position> {
        let beside = self.left_of.map(Position::LeftOf).or(self.right_of.map(Position::RightOf));
        beside.or(self.below.map(Position::LastChildOf))
    }
}

fn extent(subpages: bool) -> Extent {
    if subpages { Extent::Subtree } else { Extent::Page }
}

/// Runs one operation on a page.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        perform(&app, action).await?;
        Ok(ExitCode::SUCCESS)
    })
}

async fn perform(app: &App, action: Action) -> anyhow::Result<()> {
    let content: &Content = &app.content;
    match action {
        Action::Publish { id } => content.publish(id, None, Channel::Cli).await?,
        Action::Unpublish { id, with_descendants: true } => unpublish_subtree(content, id).await?,
        Action::Unpublish { id, .. } => content.unpublish(id, Channel::Cli).await?,
        Action::Schedule { id, publish_at, expire_at } => schedule::set(app, id, publish_at, expire_at).await?,
        Action::Scheduled { json } => schedule::list(app, json).await?,
        Action::Move { id, to } => content.move_page(id, to.position()?, Channel::Cli).await?,
        Action::Copy { id, to, subpages, keep_live, slug, title } => {
            let state = if keep_live { CopyState::KeepLive } else { CopyState::Draft };
            let copying = Copying { to: to.position()?, extent: extent(subpages), state, slug, title };
            println!("{}", content.copy_page(id, &copying, Channel::Cli).await?);
        }
        Action::Alias { id, to, subpages } => {
            println!("{}", content.create_alias(id, to.position()?, extent(subpages), Channel::Cli).await?);
        }
        Action::Translate { id, locale, subpages, with_parents, alias } => {
            let parents = if with_parents { Parents::Mirrored } else { Parents::Required };
            let version = if alias { Version::Alias } else { Version::Copy };
            let how = Translating { parents, version, extent: extent(subpages) };
            println!("{}", content.translate_page(id, &locale, how, Channel::Cli).await?);
        }
        Action::ConvertAlias { id } => content.convert_alias(id, Channel::Cli).await?,
        Action::Revert { id, revision } => {
            let made = content.revert(id, revision, Channel::Cli).await?;
            println!("revision {made} is the newest draft: publish it to make it live");
        }
        Action::Trash { id } => trash(content, id).await?,
        Action::TrashList { json, offset } => list_trash(content, json, offset).await?,
        Action::Restore { id, to, slug } => restore(content, id, Restoring { to: to.position(), slug }).await?,
        Action::EmptyTrash { older_than_hours, yes } => empty_trash(content, older_than_hours, yes).await?,
        Action::Delete { id, yes, force } => delete(content, id, yes, force).await?,
    }
    Ok(())
}

async fn unpublish_subtree(content: &Content, id: i64) -> anyhow::Result<()> {
    let gone = content.unpublish_subtree(id, Channel::Cli).await?;
    println!("{} pages are off the site", gone.pages);
    for left in gone.left {
        println!("page {} ({}) stays: it is an alias of page {}, elsewhere", left.id, left.title, left.source_id);
    }
    Ok(())
}

async fn trash(content: &Content, id: i64) -> anyhow::Result<()> {
    let trashed = content.trash_page(id, Channel::Cli).await?;
    println!("{} pages are in the trash: `vitrine page restore {id}` brings them back", trashed.pages);
    if trashed.pointers > 0 {
        println!("{} links elsewhere point at them and have no address until then", trashed.pointers);
    }
    Ok(())
}

async fn list_trash(content: &Content, as_json: bool, offset: i64) -> anyhow::Result<()> {
    let items = content.list_trash(offset).await?;
    if as_json {
        let item = |item: &TrashItem| {
            json!({ "id": item.id, "title": item.title, "type": item.type_name, "url_path": item.url_path,
                    "pages": item.pages, "trashed_at": Micros(item.trashed_at).to_rfc3339() })
        };
        let total = items.first().map_or(0, |item| item.total);
        println!("{:#}", json!({ "total": total, "items": items.iter().map(item).collect::<Vec<_>>() }));
        return Ok(());
    }
    for item in &items {
        let at = Micros(item.trashed_at).to_rfc3339();
        println!("{:>6}  {at}  {:>6} pages  {}  {}", item.id, item.pages, item.url_path, item.title);
    }
    match items.first() {
        None => println!("nothing is in the trash"),
        Some(first) if first.total > items.len() as i64 => println!("{} in all: see --offset", first.total),
        Some(_) => {}
    }
    Ok(())
}

async fn restore(content: &Content, id: i64, restoring: Restoring) -> anyhow::Result<()> {
    match content.restore_page(id, &restoring, Channel::Cli).await {
        Ok(pages) => println!("{pages} pages are back"),
        Err(error @ EditError::AddressTaken { .. }) => bail!("{error}: --slug SLUG"),
        Err(error @ (EditError::PlaceGone(_) | EditError::InTrash(_))) => bail!("{error}, or say --below PARENT"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn empty_trash(content: &Content, older_than_hours: i64, yes: Option<i64>) -> anyhow::Result<()> {
    let until = Micros(Micros::now().0 - older_than_hours * HOUR_US);
    let due = content.count_trash(until).await?;
    confirm(due, yes)?;
    println!("{} pages deleted for good", content.empty_trash(until).await?);
    Ok(())
}

async fn delete(content: &Content, id: i64, yes: Option<i64>, force: bool) -> anyhow::Result<()> {
    confirm(content.count_subtree(id).await?, yes)?;
    let deleted = match force {
        true => content.delete_page_anyway(id, Channel::Cli).await,
        false => content.delete_page(id, Channel::Cli).await,
    };
    match deleted {
        Ok(pages) => println!("{pages} pages deleted"),
        Err(error @ EditError::PointedAt(_)) => {
            bail!("{error}\nchange those first, put it into the trash instead, or delete it with --force")
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Many pages are deleted for good only by those who know how many they are.
fn confirm(pages: i64, yes: Option<i64>) -> anyhow::Result<()> {
    match yes {
        None if pages >= UNSAFE_DELETION => bail!("this deletes {pages} pages for good: confirm it with --yes {pages}"),
        Some(said) if said != pages => bail!("this deletes {pages} pages for good, not {said}"),
        _ => Ok(()),
    }
}
