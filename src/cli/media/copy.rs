//! `vitrine media copy`: all files from one place to another, before the settings name the other one. Cut short, it goes
//! on when it is run again.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use indicatif::ProgressBar;

use crate::app::App;
use crate::media::Key;
use crate::media::storage::{MAX_LISTED, Storage, StorageError, Stored};

/// What is read at once.
const PART_BYTES: u64 = 1 << 20;

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Copy {
    /// A folder whose files go into the storage of the settings.
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
    /// A folder that the files of that storage go into.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// Succeeds when all files are there.
pub async fn run(app: &Arc<App>, copy: Copy) -> anyhow::Result<ExitCode> {
    let own = &app.media.storage;
    let (folder, into_own) = match (copy.from, copy.to) {
        (Some(from), _) => (from, true),
        (None, Some(to)) => (to, false),
        (None, None) => anyhow::bail!("say --from or --to"),
    };
    anyhow::ensure!(!into_own || folder.is_dir(), "{} is no folder", folder.display());
    let other = Storage::in_folder(folder, app.telemetry.clone());
    let (from, to) = if into_own { (&other, own) } else { (own, &other) };
    let bar = ProgressBar::no_length();
    let (mut copied, mut known, mut bytes) = (0_u64, 0_u64, 0_u64);
    let mut after: Option<Key> = None;
    loop {
        let files = from.list("", after.as_ref()).await?;
        for file in &files {
            bar.inc(1);
            bar.set_message(file.key.to_string());
            if to.size(&file.key).await? == Some(file.size_bytes) {
                known += 1;
            } else if copy_one(from, to, file).await? {
                copied += 1;
                bytes += file.size_bytes;
            }
        }
        after = files.last().map(|file| file.key.clone());
        if files.len() < MAX_LISTED {
            break;
        }
    }
    bar.finish_and_clear();
    println!("{copied} files copied, {bytes} bytes; {known} were there");
    Ok(ExitCode::SUCCESS)
}

/// `false` when it was deleted meanwhile.
async fn copy_one(from: &Storage, to: &Storage, file: &Stored) -> anyhow::Result<bool> {
    let Some(reading) = from.open(&file.key).await? else { return Ok(false) };
    let parts = futures_util::stream::try_unfold((reading, 0), |(reading, at)| async move {
        let size_bytes = (reading.size_bytes - at).min(PART_BYTES);
        if size_bytes == 0 {
            return Ok::<_, StorageError>(None);
        }
        let (reading, part) = reading.part(at, size_bytes).await?;
        Ok(Some((part, (reading, at + size_bytes))))
    });
    let parts = std::pin::pin!(futures_util::TryStreamExt::map_err(parts, std::io::Error::other));
    let received = to.receive(tokio_util::io::StreamReader::new(parts), u64::MAX).await?;
    to.keep(received, &file.key).await?;
    Ok(true)
}
