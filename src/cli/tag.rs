//! `vitrine tag`: the tags of pages from a terminal.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use super::with_app;
use crate::app::App;
use crate::config::Loaded;
use crate::content::tag;
use crate::telemetry::label::Channel;

#[derive(Subcommand)]
pub enum Action {
    /// List the tags, and how many pages have each.
    List {
        #[arg(long, default_value = "", hide_default_value = true)]
        search: String,
        #[arg(long, default_value = "1")]
        page: i64,
        #[arg(long)]
        json: bool,
    },
    /// Give a tag, by its slug, another name on every page.
    Rename { slug: String, name: String },
    /// Replace one tag by another one, by their slugs, on every page.
    Merge { slug: String, into: String },
}

/// Runs one operation on tags.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        match action {
            Action::List { search, page, json } => {
                let offset = (page.max(1) - 1).saturating_mul(tag::PAGE_SIZE);
                let tags = tag::list(&app.db, &search, offset).await?;
                if json {
                    let total = tags.first().map_or(0, |tag| tag.total);
                    let entry = |tag: &tag::CountedTag| serde_json::json!({ "id": tag.id, "slug": tag.slug, "name": tag.name, "pages": tag.pages });
                    let items: Vec<_> = tags.iter().map(entry).collect();
                    println!("{:#}", serde_json::json!({ "total": total, "items": items }));
                    return Ok(ExitCode::SUCCESS);
                }
                for tag in &tags {
                    println!("{:>6} pages  {:32}  {}", tag.pages, tag.slug, tag.name);
                }
                println!("{} in all", tags.first().map_or(0, |tag| tag.total));
            }
            Action::Rename { slug, name } => {
                app.content.rename_tag(find(&app, &slug).await?, &name, Channel::Cli).await?;
            }
            Action::Merge { slug, into } => {
                let (old, new) = (find(&app, &slug).await?, find(&app, &into).await?);
                app.content.merge_tags(old, new, Channel::Cli).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn find(app: &App, slug: &str) -> anyhow::Result<i64> {
    let found = tag::find_by_slug(&*app.db, slug).await?;
    Ok(found.with_context(|| format!("there is no tag with the slug {slug}"))?.id)
}
