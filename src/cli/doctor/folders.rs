//! Folders: whether they are there, whose they are, how much fits in, and whether a write arrives.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::report::Report;
use crate::app::MIN_FREE_BYTES;
use crate::clock;
use crate::config::{Config, temporary_folder};
use crate::telemetry::{Timer, process};

/// Room that is soon used up.
const LITTLE_BYTES: u64 = 1 << 30;
/// A file system of which less is free slows down, and fills within a night.
const LITTLE_SHARE: f64 = 0.1;
/// A commit waits for the disk; a slower one makes every save slow.
const SLOW_SYNC_S: f64 = 0.1;
/// Clocks of one machine do not differ by more.
const FUTURE_S: f64 = 60.0;

pub fn examine(config: &Config, report: &mut Report) {
    let data = &config.data.dir;
    let media = config.media_dir();
    let mut folders = vec![("data.dir", data.clone())];
    for (key, folder) in [("media.dir", media.clone()), ("backup.dir", config.backup_dir())] {
        if !folder.starts_with(data) {
            folders.push((key, folder));
        }
    }
    for (key, folder) in &folders {
        permissions(key, folder, report);
    }
    let mut seen = Vec::new();
    for (key, folder) in folders.into_iter().chain([("the temporary folder", temporary_folder())]) {
        let place = nearest(&folder);
        let device = fs::metadata(&place).map(|found| found.dev()).ok();
        if device.is_none() || !seen.contains(&device) {
            seen.push(device);
            room(key, &place, report);
        }
    }
    for folder in [data, &media] {
        if folder.is_dir() {
            storage(folder, report);
        }
    }
    clock_of_files(data, report);
}

/// The folder itself, or the one above it that there is.
fn nearest(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.ancestors().find(|place| place.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

fn permissions(key: &str, folder: &Path, report: &mut Report) {
    let shown = folder.display();
    let found = match fs::metadata(folder) {
        Ok(found) if found.is_dir() => found,
        Ok(_) => return report.problem("permissions", format!("{key} {shown} is no folder"), "name a folder"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let above = nearest(folder);
            return match may_write(&above) {
                Ok(()) => {
                    report.note("permissions", format!("{key} {shown} is not there: it is made when it is needed"), "")
                }
                Err(error) => report.problem(
                    "permissions",
                    format!("{key} {shown} is not there, and {} cannot be written to: {error}", above.display()),
                    "make the folder, and give it to the user that the server runs as",
                ),
            };
        }
        Err(error) => {
            let advice = "give it, and the way to it, to the user that the server runs as";
            return report.problem("permissions", format!("{key} {shown}: {error}"), advice);
        }
    };
    let mode = found.permissions().mode() & 0o7777;
    if let Err(error) = may_write(folder) {
        report.problem(
            "permissions",
            format!("{key} {shown} cannot be written to: {error} (owner {}, mode {mode:o})", found.uid()),
            format!("as root: chown -R USER {shown}, with the user that the server runs as"),
        );
    } else if mode & 0o002 != 0 {
        let text = format!("{key} {shown} can be written to by everybody (mode {mode:o})");
        report.problem("permissions", text, format!("chmod 750 {shown}"));
    } else {
        report.ok("permissions", format!("{key} {shown} can be read and written to (mode {mode:o})"));
    }
}

fn may_write(folder: &Path) -> io::Result<()> {
    use rustix::fs::Access;
    Ok(rustix::fs::access(folder, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)?)
}

fn room(key: &str, place: &Path, report: &mut Report) {
    let shown = place.display();
    let (free, size) = match process::storage_bytes(place) {
        Ok(found) => found,
        Err(error) => return report.problem("disk", format!("{key} {shown}: {error}"), "look at the file system: df"),
    };
    let share = free as f64 / size.max(1) as f64;
    let text = format!("{key}: {} MiB free, {:.0} % of the file system of {shown}", free >> 20, share * 100.0);
    let advice = "make room (old backups, logs, renditions), or a larger volume; docs/runbooks/VitrineStorageLow.md";
    match free {
        _ if free < MIN_FREE_BYTES => report.problem("disk", text, advice),
        _ if free < LITTLE_BYTES || share < LITTLE_SHARE => report.warning("disk", text, advice),
        _ => report.ok("disk", text),
    }
}

/// Writes a file as a commit would, and takes it away.
fn storage(folder: &Path, report: &mut Report) {
    let file = folder.join(format!(".doctor.{}", uuid::Uuid::new_v4()));
    let timer = Timer::start();
    let written = File::create_new(&file).and_then(|mut open| {
        open.write_all(&[0; 4096])?;
        open.sync_all()
    });
    let took_s = timer.elapsed_s();
    // What was not made needs not go.
    let removed = if file.exists() { fs::remove_file(&file) } else { Ok(()) };
    let shown = folder.display();
    match written.and(removed) {
        Err(error) => {
            let advice = "look for a full disk, a quota, or a file system that is mounted read-only";
            report.problem("storage", format!("a file in {shown} cannot be written: {error}"), advice);
        }
        Ok(()) if took_s > SLOW_SYNC_S => report.warning(
            "storage",
            format!("a write to {shown} took {:.0} ms to reach the disk: every save waits for it", took_s * 1e3),
            "use a local disk (SSD), not a network share",
        ),
        Ok(()) => report.ok("storage", format!("a write to {shown} reaches the disk in {:.1} ms", took_s * 1e3)),
    }
}

/// A file from the future tells that the clock went back, or is not set yet.
fn clock_of_files(data: &Path, report: &mut Report) {
    let now = clock::unix_seconds();
    let entries = fs::read_dir(data).into_iter().flatten().flatten();
    let newest = entries.filter_map(|entry| Some((entry.metadata().ok()?.mtime(), entry.path()))).max();
    match newest {
        Some((changed, path)) if changed as f64 > now + FUTURE_S => report.problem(
            "clock",
            format!(
                "{} was changed {:.0} s from now: this machine's clock is behind",
                path.display(),
                changed as f64 - now
            ),
            "set the clock, and keep it: timedatectl set-ntp true",
        ),
        Some(_) => report.ok("clock", "no file in data.dir is from the future"),
        None => {}
    }
}
