//! `vitrine backup`: the database, the media and the configuration, kept elsewhere and brought back.

use std::os::unix::fs::MetadataExt as _;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::Subcommand;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::backup::{
    BackupError, Backups, Depth, Existing, Kind, Listed, Made, Manifest, Progress, Restored, SecretKey, Verified,
};
use crate::config::{Config, Loaded, LogLevel};
use crate::db::Db;
use crate::keys::Keys;
use crate::telemetry::{Telemetry, logs};

/// Between two looks at how far it is.
const TICK: Duration = Duration::from_millis(100);
/// The exit code for a backup that is damaged, so that a script can tell it from one that could not be looked at.
const DAMAGED: u8 = 3;

#[derive(Subcommand)]
pub enum Action {
    /// Make a backup; the site may be served and written to meanwhile.
    Create {
        /// One of the regular ones: old ones are deleted as backup.keep_daily and backup.keep_weekly say.
        #[arg(long)]
        scheduled: bool,
        #[arg(long)]
        json: bool,
    },
    /// List all backups, the newest first.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Read a backup again, every byte of it, and open its database; exit 3 when it is damaged.
    Verify {
        /// Its name [default: the newest].
        id: Option<String>,
        /// On PostgreSQL, restore its rows into a schema that nobody sees, and take it back.
        #[arg(long)]
        rehearse: bool,
        #[arg(long)]
        json: bool,
    },
    /// Restore a backup into an empty installation. Stop the server first.
    Restore {
        /// Its name [default: the newest].
        id: Option<String>,
        /// Replace what is there: a SQLite file is moved aside, of a PostgreSQL database a backup is made first.
        #[arg(long)]
        force_into_existing: bool,
        /// Make no backup of a PostgreSQL database that is replaced, since it cannot be read.
        #[arg(long, requires = "force_into_existing")]
        discard_existing: bool,
        #[arg(long)]
        json: bool,
    },
}

impl Action {
    fn is_json(&self) -> bool {
        match self {
            Self::Create { json, .. }
            | Self::List { json }
            | Self::Verify { json, .. }
            | Self::Restore { json, .. } => *json,
        }
    }
}

/// Files that are made here are the server's, or it cannot open them: a backup its next one, a restored database itself.
fn as_owner(config: &Config) -> anyhow::Result<()> {
    let (data, user) = (&config.data.dir, rustix::process::geteuid().as_raw());
    let Ok(found) = std::fs::metadata(data) else { return Ok(()) };
    // A folder of root's does not say who serves from it.
    let is_roots = found.uid() == 0 && user != 0;
    if found.uid() != user && !is_roots {
        bail!(
            "{} belongs to user {}, and this is user {user}: the server could not open what is made now. Run it as that user; \
             with systemd: vitrine-run backup …, in the bundle: docker compose exec vitrine vitrine backup … (docs/BACKUP.md)",
            data.display(),
            found.uid()
        );
    }
    Ok(())
}

/// 0: done. 1: not done. 3: the backup is damaged.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    let config = loaded.config;
    let as_json = action.is_json();
    // Standard output is for what the command says.
    let telemetry = Telemetry::start(&config, Box::new(std::io::stderr()))?;
    // What was left out, or could not be deleted, is told beside what was done.
    let mut told = config.clone();
    told.log.level = LogLevel::Warn;
    logs::install(&told, &telemetry, None)?;
    let done = super::serve::runtime(&config)?.block_on(async {
        let db = Db::open_as(crate::backup::NAME, &config, &telemetry)?;
        let done = carry_out(&config, &db, &telemetry, action).await;
        db.close().await;
        done
    });
    telemetry.flush_logs();
    let Err(error) = done else { return Ok(ExitCode::SUCCESS) };
    let damaged = matches!(error.downcast_ref(), Some(BackupError::Damaged { .. }));
    if as_json {
        let findings = match error.downcast_ref() {
            Some(BackupError::Damaged { findings, .. }) => findings.clone(),
            _ => Vec::new(),
        };
        println!("{:#}", json!({ "error": format!("{error:#}"), "damaged": damaged, "findings": findings }));
    } else if damaged {
        eprintln!("vitrine: {error:#}");
    }
    match (damaged, as_json) {
        (true, _) => Ok(ExitCode::from(DAMAGED)),
        (false, true) => Ok(ExitCode::FAILURE),
        (false, false) => Err(error),
    }
}

async fn carry_out(config: &Config, db: &Arc<Db>, telemetry: &Arc<Telemetry>, action: Action) -> anyhow::Result<()> {
    let progress = Arc::<Progress>::default();
    let open = |keys: Option<&Keys>| Backups::open(config, db.clone(), keys, telemetry.clone());
    if let Action::Create { .. } | Action::Restore { .. } = action {
        as_owner(config)?;
    }
    match action {
        Action::Create { scheduled, json } => {
            ready(db).await?;
            let backups = open(Some(&Keys::open(config)?))?;
            let kind = if scheduled { Kind::Scheduled } else { Kind::Manual };
            let made = shown(&progress, backups.create(kind, &progress)).await?;
            tell_made(&backups, &made, json);
        }
        Action::List { json } => {
            let backups = open(None)?;
            tell_list(&backups, &backups.list()?, json);
        }
        Action::Verify { id, rehearse, json } => {
            let depth = if rehearse { Depth::Rehearsal } else { Depth::Whole };
            let (manifest, verified) = shown(&progress, open(None)?.verify(id.as_deref(), depth, &progress)).await?;
            tell_verified(&manifest, &verified, json);
        }
        Action::Restore { id, force_into_existing, discard_existing, json } => {
            let existing = match (force_into_existing, discard_existing) {
                (_, true) => Existing::Discard,
                (true, false) => Existing::Replace,
                (false, false) => Existing::Refuse,
            };
            let restoring = open(Some(&Keys::open(config)?))?;
            let restored = shown(&progress, restoring.restore(config, id.as_deref(), existing, &progress)).await?;
            tell_restored(&restored, json);
        }
    }
    Ok(())
}

/// Whether there is a database that this version can make a backup of.
async fn ready(db: &Db) -> anyhow::Result<()> {
    if let Some(file) = db.file().filter(|file| !file.exists()) {
        bail!("there is no database at {}: see database.url and data.dir", file.display());
    }
    let state = db.migration_state().await?;
    if state.pending > 0 {
        bail!(
            "{} migrations are pending: run `vitrine migrate`, or make the backup with the version that serves the site",
            state.pending
        );
    }
    Ok(())
}

/// Shows how far it is, on a terminal alone.
async fn shown<T>(progress: &Progress, work: impl Future<Output = T>) -> T {
    let bar = ProgressBar::new(0);
    let template = "{spinner} {msg:12} {bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {elapsed}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let mut work = pin!(work);
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            result = &mut work => {
                bar.finish_and_clear();
                return result;
            }
            _ = tick.tick() => {
                let (phase, done, total) = progress.now();
                bar.set_message(phase);
                bar.set_length(total.max(done));
                bar.set_position(done);
            }
        }
    }
}

fn of_manifest(manifest: &Manifest) -> Value {
    json!({
        "id": manifest.id, "kind": manifest.kind, "created_at": manifest.created_at, "vitrine": manifest.vitrine,
        "database": manifest.database.system, "size_bytes": manifest.size_bytes(), "own_bytes": manifest.own_bytes(),
        "media_files": manifest.media.files, "media_bytes": manifest.media.size_bytes,
        "new_media_bytes": manifest.media.new_bytes, "lacking_media": manifest.media.lacking,
    })
}

fn tell_made(backups: &Backups, made: &Made, as_json: bool) {
    let manifest = &made.manifest;
    if as_json {
        let mut said = of_manifest(manifest);
        said["path"] = json!(backups.root().join(&manifest.id));
        said["duration_s"] = json!(made.duration_s);
        said["deleted"] = json!(made.deleted);
        println!("{said:#}");
        return;
    }
    let media = &manifest.media;
    println!("{} made and verified in {:.1} s", backups.root().join(&manifest.id).display(), made.duration_s);
    println!("  database  {} as {}", HumanBytes(manifest.database.size_bytes), HumanBytes(manifest.own_bytes()));
    let (all, new) = (HumanBytes(media.size_bytes), HumanBytes(media.new_bytes));
    println!("  media     {} files, {all}; new: {} files, {new}", media.files, media.new_files);
    tell_lacking(media.lacking, &media.lacking_keys);
    for id in &made.deleted {
        println!("  deleted   {id}");
    }
}

fn tell_lacking(lacking: u64, keys: &[String]) {
    if lacking > 0 {
        println!("  LACKING   {lacking} files that rows name were not in the storage, or had another content:");
        keys.iter().for_each(|key| println!("            {key}"));
    }
}

fn tell_list(backups: &Backups, listed: &[Listed], as_json: bool) {
    if as_json {
        let one = |listed: &Listed| match &listed.manifest {
            Ok(manifest) => of_manifest(manifest),
            Err(error) => json!({ "id": listed.id, "error": error.to_string() }),
        };
        println!("{:#}", json!(listed.iter().map(one).collect::<Vec<_>>()));
        return;
    }
    for Listed { id, manifest } in listed {
        match manifest {
            Ok(manifest) => {
                let (kind, at, system) = (manifest.kind.as_str(), &manifest.created_at, &manifest.database.system);
                let (size, media) = (HumanBytes(manifest.size_bytes()).to_string(), manifest.media.files);
                println!("{id:<24}  {at}  {kind:<14}  {system:<10}  {size:>10}  {media} media files");
            }
            Err(error) => println!("{id:<24}  {error}"),
        }
    }
    println!("{} backups in {}", listed.len(), backups.root().display());
}

fn tell_verified(manifest: &Manifest, verified: &Verified, as_json: bool) {
    if as_json {
        let mut said = of_manifest(manifest);
        said["checked_files"] = json!(verified.files);
        said["checked_bytes"] = json!(verified.bytes);
        said["rehearsed"] = json!(verified.depth == Depth::Rehearsal);
        println!("{said:#}");
        return;
    }
    println!("{} is whole: {} files, {}", verified.id, verified.files, HumanBytes(verified.bytes));
    tell_lacking(manifest.media.lacking, &manifest.media.lacking_keys);
}

fn tell_restored(restored: &Restored, as_json: bool) {
    let same_key = restored.secret_key == SecretKey::Same;
    if as_json {
        let mut said = of_manifest(&restored.manifest);
        said["new_files"] = json!(restored.new_files);
        said["known_files"] = json!(restored.known_files);
        said["lacking_files"] = json!(restored.lacking_files);
        said["moved_to"] = json!(restored.moved_to);
        said["kept_as"] = json!(restored.kept_as);
        said["same_secret_key"] = json!(same_key);
        println!("{said:#}");
        return;
    }
    println!("{} restored, as it was at {}", restored.manifest.id, restored.manifest.created_at);
    println!("  media     {} files, and {} were there already", restored.new_files, restored.known_files);
    if restored.lacking_files > 0 {
        println!("  LACKING   {} files of the media library, as when it was made", restored.lacking_files);
    }
    if let Some(path) = &restored.moved_to {
        println!("  before    {} is the database that was there", path.display());
    }
    if let Some(id) = &restored.kept_as {
        println!("  before    {id} is a backup of what was there");
    }
    if !same_key {
        println!(
            "  KEY       this installation has another secret key: API tokens, second steps of sign-in and secrets of"
        );
        println!(
            "            webhooks do not work with it. Bring back the key (data.dir/secret_key, security.secret_key)."
        );
    }
    println!("Start the server now.");
}
