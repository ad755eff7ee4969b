//! `vitrine media add`: many files, each with its own outcome.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::focal_point;
use crate::media::image::FocalPoint;
use crate::media::{Duplicates, Media, MediaError, NewFile};
use crate::telemetry::label::Channel;

#[derive(Args)]
pub struct Add {
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A path of names, such as Press/2024; collections that are missing are made.
    #[arg(long, value_name = "PATH")]
    collection: Option<String>,
    /// Title, of a single file; else made from its name.
    #[arg(long)]
    title: Option<String>,
    /// What the image shows, of a single file.
    #[arg(long, value_name = "TEXT")]
    alt: Option<String>,
    /// Centre and size of what must stay visible, in pixels, of a single file.
    #[arg(long, value_name = "X,Y,W,H", value_parser = focal_point)]
    focal_point: Option<FocalPoint>,
    /// May be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Add documents instead of images.
    #[arg(long)]
    document: bool,
    /// Store a file again that is there already.
    #[arg(long)]
    keep_duplicates: bool,
    /// One JSON object for each file.
    #[arg(long)]
    json: bool,
}

/// How many files had which outcome.
#[derive(Default)]
struct Tally {
    added: usize,
    known: usize,
    refused: usize,
}

/// Succeeds when no file was refused; one that is there already is no failure.
pub async fn run(media: &Media, add: Add) -> anyhow::Result<ExitCode> {
    let of_one = add.title.is_some() || add.alt.is_some() || add.focal_point.is_some();
    anyhow::ensure!(!of_one || add.files.len() == 1, "--title, --alt and --focal-point are for a single file");
    anyhow::ensure!(
        !add.document || (add.alt.is_none() && add.focal_point.is_none()),
        "documents have no --alt and no --focal-point"
    );
    let collection = match &add.collection {
        Some(path) => Some(media.ensure_collection(path, Channel::Cli).await?),
        None => None,
    };
    let bar = ProgressBar::new(add.files.len() as u64);
    let style =
        ProgressStyle::with_template("{bar:30} {pos}/{len}  {wide_msg}").unwrap_or(ProgressStyle::default_bar());
    bar.set_style(style);
    let mut tally = Tally::default();
    for file in &add.files {
        bar.set_message(file.display().to_string());
        let result = add_one(media, &add, collection, file).await;
        let line = describe(&add, file, &result, &mut tally);
        bar.suspend(|| println!("{line}"));
        bar.inc(1);
    }
    bar.finish_and_clear();
    if !add.json {
        println!("{} added, {} there already, {} refused", tally.added, tally.known, tally.refused);
    }
    Ok(if tally.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn add_one(media: &Media, add: &Add, collection: Option<i64>, file: &Path) -> Result<i64, MediaError> {
    let source = tokio::fs::File::open(file).await.map_err(MediaError::Source)?;
    let new = NewFile {
        name: file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        title: add.title.clone().unwrap_or_default(),
        description: add.alt.clone().unwrap_or_default(),
        collection,
        tags: add.tags.clone(),
        duplicates: if add.keep_duplicates { Duplicates::Keep } else { Duplicates::Refuse },
        uuid: None,
        id: None,
        by: Some(Channel::Cli.into()),
    };
    match add.document {
        true => media.add_document(source, new).await,
        false => media.add_image(source, new, add.focal_point).await,
    }
}

fn describe(add: &Add, file: &Path, result: &Result<i64, MediaError>, tally: &mut Tally) -> String {
    let kind = if add.document { "document" } else { "image" };
    let shown = file.display();
    let (outcome, id, line) = match result {
        Ok(id) => {
            tally.added += 1;
            ("added", Some(*id), format!("{kind} {id}  {shown}"))
        }
        Err(MediaError::Duplicate(id)) => {
            tally.known += 1;
            ("known", Some(*id), format!("{kind} {id}  {shown}: it is there already"))
        }
        Err(error) => {
            tally.refused += 1;
            ("refused", None, format!("refused  {shown}: {error}"))
        }
    };
    if !add.json {
        return line;
    }
    let error = result.as_ref().err().map(ToString::to_string);
    let object: Value =
        json!({ "file": shown.to_string(), "kind": kind, "outcome": outcome, "id": id, "error": error });
    object.to_string()
}
