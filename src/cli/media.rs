//! `vitrine media`: the media library from a terminal. Running servers follow within a second.

mod add;
mod copy;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::with_app;
use crate::app::App;
use crate::config::Loaded;
use crate::media::image::FocalPoint;
use crate::media::tagging::TagChange;
use crate::media::{Deletion, DocumentChange, Filter, ImageChange, Media, MediaError, Scope};
use crate::telemetry::label::Channel;

#[derive(Subcommand)]
pub enum Action {
    /// Add images, or documents; a file that is refused does not keep the others out.
    Add(add::Add),
    /// List images, or documents, newest first.
    List {
        #[command(flatten)]
        what: Kind,
        /// Only this collection and those below it.
        #[arg(long, value_name = "PATH")]
        collection: Option<String>,
        #[arg(long)]
        tag: Option<String>,
        /// Only those with these words in the title.
        #[arg(long, default_value = "", value_name = "WORDS")]
        search: String,
        /// Only those with a smaller number: to go on behind the last one.
        #[arg(long, value_name = "ID")]
        before: Option<i64>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
        #[arg(long)]
        json: bool,
    },
    /// Change title, alternative text, focal point, collection or tags.
    Set {
        id: i64,
        #[command(flatten)]
        what: Kind,
        #[arg(long)]
        title: Option<String>,
        #[arg(long, value_name = "TEXT")]
        alt: Option<String>,
        /// Centre and size of what must stay visible, in pixels; `none` removes it.
        #[arg(long, value_name = "X,Y,W,H", value_parser = focal_change)]
        focal_point: Option<FocalChange>,
        /// A path of names, such as Press/2024.
        #[arg(long, value_name = "PATH")]
        collection: Option<String>,
        /// Replaces all tags; may be repeated.
        #[arg(long = "tag", value_name = "TAG")]
        tags: Option<Vec<String>>,
    },
    /// Put another file in the place of an image, or a document.
    Replace {
        id: i64,
        file: PathBuf,
        #[command(flatten)]
        what: Kind,
    },
    /// Delete images, or documents; those that content refers to are kept.
    Delete {
        #[arg(required = true)]
        ids: Vec<i64>,
        #[command(flatten)]
        what: Kind,
        /// Also those that content refers to.
        #[arg(long)]
        force: bool,
    },
    /// Copy all files from a folder into the storage of the settings, or out of it. What is there already is left.
    Copy(copy::Copy),
    /// Folders of images and documents.
    Collection {
        #[command(subcommand)]
        action: CollectionAction,
    },
    /// The sizes and formats that were made of images.
    Renditions {
        #[command(subcommand)]
        action: RenditionsAction,
    },
}

/// Images, unless documents are asked for.
#[derive(Args, Clone, Copy)]
pub struct Kind {
    /// Documents instead of images.
    #[arg(long)]
    document: bool,
}

#[derive(Subcommand)]
pub enum CollectionAction {
    /// Add a collection, with those above it, such as Press/2024.
    Add {
        path: String,
    },
    List {
        #[arg(long)]
        json: bool,
    },
    Rename {
        path: String,
        name: String,
    },
    /// Move a collection, with all in it, into another one; an empty path is the root.
    Move {
        path: String,
        into: String,
    },
    /// Delete an empty collection.
    Delete {
        path: String,
    },
}

#[derive(Subcommand)]
pub enum RenditionsAction {
    /// Remove renditions; they are made again when somebody asks. Cut short, run it again.
    Purge {
        #[command(flatten)]
        scope: ScopeArgs,
    },
    /// Make renditions again, after a change of qualities. Cut short, go on with --after.
    Rebuild {
        #[command(flatten)]
        scope: ScopeArgs,
    },
}

#[derive(Args)]
pub struct ScopeArgs {
    /// Only those of this image.
    #[arg(long, value_name = "ID")]
    image: Option<i64>,
    /// Only those behind this rendition: where an earlier run ended.
    #[arg(long, default_value_t = 0, value_name = "ID")]
    after: i64,
}

impl ScopeArgs {
    fn scope(&self) -> Scope {
        Scope { image: self.image, after: self.after }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct FocalChange(Option<FocalPoint>);

fn focal_change(text: &str) -> Result<FocalChange, String> {
    if text == "none" { Ok(FocalChange(None)) } else { focal_point(text).map(|focal| FocalChange(Some(focal))) }
}

/// `X,Y,W,H`: the centre and the extent, in pixels.
fn focal_point(text: &str) -> Result<FocalPoint, String> {
    let numbers: Vec<u32> = text.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    match (&numbers[..], text.split(',').count()) {
        ([x, y, width, height], 4) => Ok(FocalPoint { x: *x, y: *y, width: *width, height: *height }),
        _ => Err("write X,Y,W,H: centre and size in pixels, such as 400,300,120,80".to_owned()),
    }
}

/// Runs one command on the media library.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let media = &app.media;
        match action {
            Action::Add(add) => return add::run(media, add).await,
            Action::Copy(copy) => return copy::run(&app, copy).await,
            Action::List { what, collection, tag, search, before, limit, json } => {
                let collection = collection_id(media, collection.as_deref()).await?;
                let filter = Filter { collection, tag, words: search, before_id: before, ..Filter::default() };
                list(media, what, &filter, limit, json).await?;
            }
            Action::Set { id, what, title, alt, focal_point, collection, tags } => {
                let collection = collection_id(media, collection.as_deref()).await?;
                let tags = tags.map(TagChange::Replace);
                if what.document {
                    anyhow::ensure!(
                        alt.is_none() && focal_point.is_none(),
                        "documents have no --alt and no --focal-point"
                    );
                    media
                        .update_document(id, DocumentChange { title, collection, tags, base: None }, Channel::Cli)
                        .await?;
                } else {
                    let focal = focal_point.map(|change| change.0);
                    let change = ImageChange { title, description: alt, focal, collection, tags, base: None };
                    media.update_image(id, change, Channel::Cli).await?;
                }
            }
            Action::Replace { id, file, what } => {
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let source = tokio::fs::File::open(&file).await.with_context(|| file.display().to_string())?;
                match what.document {
                    true => media.replace_document(id, source, name.as_str(), Channel::Cli).await?,
                    false => media.replace_image(id, source, name.as_str(), Channel::Cli).await?,
                }
            }
            Action::Delete { ids, what, force } => return delete(media, &ids, what, force).await,
            Action::Collection { action } => collections(media, action).await?,
            Action::Renditions { action } => return renditions(&app, action).await,
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The collection at a path; `None` without one.
async fn collection_id(media: &Media, path: Option<&str>) -> Result<Option<i64>, MediaError> {
    match path {
        Some(path) => media.collection_at(path).await.map(|found| Some(found.id)),
        None => Ok(None),
    }
}

async fn list(media: &Media, what: Kind, filter: &Filter, limit: u32, as_json: bool) -> anyhow::Result<()> {
    let mut found: Vec<Value> = Vec::new();
    if what.document {
        for document in media.list_documents(filter, limit).await? {
            let url = document.url();
            if !as_json {
                println!("{:>6}  {:>10}  {}  {:?}", document.id, document.size_bytes, url, document.title);
            }
            found.push(json!({
                "id": document.id, "title": document.title, "file_name": document.file_name, "url": url,
                "size_bytes": document.size_bytes, "digest": document.digest, "restricted": document.restricted,
            }));
        }
    } else {
        for image in media.list_images(filter, limit).await? {
            if !as_json {
                let size = format!("{} x {}", image.width, image.height);
                println!(
                    "{:>6}  {:>13}  {:>10}  {}  {:?}",
                    image.id, size, image.size_bytes, image.file_name, image.title
                );
            }
            let focal = image.focal().map(|focal| [focal.x, focal.y, focal.width, focal.height]);
            found.push(json!({
                "id": image.id, "title": image.title, "alt": image.description, "file_name": image.file_name,
                "format": image.format, "width": image.width, "height": image.height, "focal_point": focal,
                "size_bytes": image.size_bytes, "digest": image.digest, "restricted": image.restricted,
            }));
        }
    }
    if as_json {
        println!("{:#}", Value::Array(found));
    }
    Ok(())
}

async fn delete(media: &Media, ids: &[i64], what: Kind, force: bool) -> anyhow::Result<ExitCode> {
    let deletion = if force { Deletion::Forced } else { Deletion::Unused };
    let mut kept = 0;
    for id in ids {
        let result = match what.document {
            true => media.delete_document(*id, deletion, Channel::Cli).await,
            false => media.delete_image(*id, deletion, Channel::Cli).await,
        };
        match result {
            Ok(()) => println!("{id} deleted"),
            Err(error) => {
                println!("{id} kept: {error}");
                kept += 1;
            }
        }
    }
    Ok(if kept == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn collections(media: &Media, action: CollectionAction) -> anyhow::Result<()> {
    match action {
        CollectionAction::Add { path } => {
            println!("collection {}", media.ensure_collection(&path, Channel::Cli).await?)
        }
        CollectionAction::List { json: as_json } => {
            let found = media.list_collections().await?;
            if as_json {
                let listed = found.iter().map(|collection| {
                    json!({
                        "id": collection.id, "name": collection.name, "depth": collection.depth,
                        "images": collection.images, "documents": collection.documents,
                        "restricted": collection.restricted,
                    })
                });
                println!("{:#}", listed.collect::<Value>());
                return Ok(());
            }
            for collection in found {
                let indent = "  ".repeat(collection.depth.max(1) as usize - 1);
                let restricted = if collection.restricted { "  restricted" } else { "" };
                println!(
                    "{:>6}  {indent}{}  {} images, {} documents{restricted}",
                    collection.id, collection.name, collection.images, collection.documents
                );
            }
        }
        CollectionAction::Rename { path, name } => {
            media.rename_collection(media.collection_at(&path).await?.id, &name, Channel::Cli).await?;
        }
        CollectionAction::Move { path, into } => {
            let (moved, into) = (media.collection_at(&path).await?.id, media.collection_at(&into).await?.id);
            media.move_collection(moved, into, Channel::Cli).await?;
        }
        CollectionAction::Delete { path } => {
            media.delete_collection(media.collection_at(&path).await?.id, Channel::Cli).await?;
        }
    }
    Ok(())
}

async fn renditions(app: &Arc<App>, action: RenditionsAction) -> anyhow::Result<ExitCode> {
    match action {
        RenditionsAction::Purge { scope } => {
            let purged = app.media.purge_renditions(scope.scope()).await?;
            println!("{} renditions and {} stray files removed", purged.renditions, purged.strays);
            Ok(ExitCode::SUCCESS)
        }
        RenditionsAction::Rebuild { scope } => {
            let bar = ProgressBar::no_length();
            let rebuilt = app
                .media
                .rebuild_renditions(scope.scope(), |id| {
                    bar.inc(1);
                    bar.set_message(format!("rendition {id}"));
                })
                .await?;
            bar.finish_and_clear();
            for (id, error) in &rebuilt.failed {
                println!("rendition {id}: {error}");
            }
            println!(
                "{} renditions made again, {} outdated ones left, {} failed; the last was {}",
                rebuilt.made,
                rebuilt.outdated,
                rebuilt.failed.len(),
                rebuilt.last
            );
            Ok(if rebuilt.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}
