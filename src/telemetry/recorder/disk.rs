//! Traces on disk: append-only segments of lines, each with its checksum, so that a process that was killed in the middle
//! of a write loses that line and no other. A new process begins a new segment; the oldest go when there are too many.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::Trace;
use crate::clock::Micros;

const EXTENSION: &str = "traces";
/// Segments of a full ring; the oldest one goes as a whole.
const SEGMENTS: u64 = 8;
/// Longest segment that is read: what is larger is not one of ours.
const MAX_SEGMENT_BYTES: u64 = 1 << 30;
/// Requests with one trace id that are found.
const MAX_FOUND: usize = 20;

/// The ring that one process writes.
pub(super) struct Segments {
    folder: PathBuf,
    max_bytes: u64,
    open: Option<(File, u64)>,
    /// Of the segments before the open one.
    closed_bytes: u64,
}

impl Segments {
    pub(super) fn new(folder: PathBuf, max_bytes: u64) -> Self {
        let mut segments = Self { folder, max_bytes, open: None, closed_bytes: 0 };
        segments.prune();
        segments
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.closed_bytes + self.open.as_ref().map_or(0, |(_, size)| *size)
    }

    /// Appends one trace; a full segment is closed first.
    pub(super) fn append(&mut self, trace: &Trace) -> io::Result<()> {
        let line = encode(trace)?;
        if self.open.as_ref().is_some_and(|(_, size)| size + line.len() as u64 > self.max_bytes / SEGMENTS) {
            self.open = None;
        }
        if self.open.is_none() {
            fs::create_dir_all(&self.folder)?;
            self.prune();
            let name = format!("{:016x}.{EXTENSION}", Micros::now().0);
            // Nobody but the server's own user needs to know what visitors waited for.
            let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(self.folder.join(name))?;
            self.open = Some((file, 0));
        }
        let Some((file, size)) = &mut self.open else { return Ok(()) };
        let written = file.write_all(&line);
        *size += line.len() as u64;
        if written.is_err() {
            // Half a line may be there: what follows must not be glued to it.
            self.open = None;
        }
        written
    }

    /// Deletes the oldest segments until a new one has its place.
    fn prune(&mut self) {
        let files = list(&self.folder);
        let mut bytes: u64 = files.iter().map(|(_, size)| size).sum();
        for (path, size) in &files {
            if bytes + self.max_bytes / SEGMENTS <= self.max_bytes {
                break;
            }
            // Another process on the same folder may have deleted it.
            let _ = fs::remove_file(path);
            bytes -= size;
        }
        self.closed_bytes = bytes;
    }
}

/// Segments with their sizes, oldest first: their names are times.
fn list(folder: &Path) -> Vec<(PathBuf, u64)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| (entry.path(), entry.metadata().map_or(0, |metadata| metadata.len())))
        .filter(|(path, _)| path.extension().is_some_and(|extension| extension == EXTENSION))
        .collect();
    files.sort();
    files
}

fn encode(trace: &Trace) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(trace)?;
    let mut line = format!("{:08x} ", checksum(&json)).into_bytes();
    line.extend_from_slice(&json);
    line.push(b'\n');
    Ok(line)
}

/// `None` for a line that is torn or not ours.
fn decode(line: &[u8]) -> Option<Trace> {
    let (sum, json) = line.split_at_checked(9)?;
    let sum = u32::from_str_radix(std::str::from_utf8(&sum[..8]).ok()?, 16).ok()?;
    if sum != checksum(json) {
        return None;
    }
    serde_json::from_slice(json).ok()
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Lines of a segment, newest first.
fn lines(path: &Path, size: u64) -> Vec<Vec<u8>> {
    if size > MAX_SEGMENT_BYTES {
        return Vec::new();
    }
    let bytes = fs::read(path).unwrap_or_default();
    bytes.split(|byte| *byte == b'\n').rev().filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

/// The newest traces of a folder, newest first: at most `most` for each reason.
pub fn newest(folder: &Path, most: usize) -> Vec<Trace> {
    let wanted = most * super::KeepReason::ALL.len();
    let mut found = Vec::new();
    for (path, size) in list(folder).iter().rev() {
        for line in lines(path, *size) {
            found.extend(decode(&line));
            if found.len() >= wanted {
                return found;
            }
        }
    }
    found
}

/// The requests of a trace, newest first; `id` may be the start of it.
pub fn find(folder: &Path, id: &str) -> Vec<Trace> {
    let mut found = Vec::new();
    for (path, size) in list(folder).iter().rev() {
        let has_id = |line: &Vec<u8>| std::str::from_utf8(line).is_ok_and(|text| text.contains(id));
        for line in lines(path, *size).iter().filter(|line| has_id(line)) {
            found.extend(decode(line).filter(|trace| trace.trace_id.starts_with(id)));
            if found.len() == MAX_FOUND {
                return found;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(number: u64) -> Trace {
        Trace {
            trace_id: format!("{number:032x}"),
            at_us: number as i64,
            reason: "slow".into(),
            route: "/{*path}".into(),
            method: "GET".into(),
            status: 200,
            failure: "".into(),
            cache: "miss".into(),
            path: "/a\nb/".into(),
            duration_us: 1,
            bytes: 2,
            phases: vec![("db".into(), 1)],
            queries: 1,
            rows: 1,
            story: Default::default(),
            version: "1".into(),
            commit: "2".into(),
            config: "3".into(),
        }
    }

    #[test]
    fn what_was_written_is_found_and_a_torn_line_costs_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut segments = Segments::new(folder.path().to_owned(), 1 << 20);
        (1..=3).for_each(|number| segments.append(&trace(number)).expect("written"));
        let (path, size) = list(folder.path()).pop().expect("one segment");
        assert_eq!(size, segments.size_bytes());
        // As after kill -9 in the middle of the last line.
        OpenOptions::new().write(true).open(&path).expect("there").set_len(size - 9).expect("cut");
        let ids: Vec<_> = newest(folder.path(), 10).into_iter().map(|trace| trace.at_us).collect();
        assert_eq!(ids, [2, 1]);
        let mut next = Segments::new(folder.path().to_owned(), 1 << 20);
        next.append(&trace(4)).expect("written");
        let ids: Vec<_> = newest(folder.path(), 10).into_iter().map(|trace| trace.at_us).collect();
        assert_eq!(ids, [4, 2, 1], "a new process does not write behind a torn line");
        assert_eq!(find(folder.path(), &format!("{:032x}", 2)).len(), 1);
        assert!(find(folder.path(), &format!("{:032x}", 3)).is_empty());
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let mut line = encode(&trace(7)).expect("encoded");
        line.pop();
        assert!(decode(&line).is_some());
        let last = line.len() - 3;
        line[last] ^= 1;
        assert!(decode(&line).is_none());
        assert!(decode(b"").is_none() && decode(b"00000000 {}").is_none());
    }

    #[test]
    fn the_ring_stays_within_its_bytes_and_keeps_the_newest() {
        let folder = tempfile::tempdir().expect("a folder");
        let max_bytes = 8 * 1024;
        let mut segments = Segments::new(folder.path().to_owned(), max_bytes);
        for number in 1..=200 {
            segments.append(&trace(number)).expect("written");
            let on_disk: u64 = list(folder.path()).iter().map(|(_, size)| size).sum();
            assert!(on_disk <= max_bytes, "{on_disk} bytes after {number}");
        }
        let kept = newest(folder.path(), 1000);
        assert_eq!(kept.first().map(|trace| trace.at_us), Some(200));
        assert!(kept.len() > 5 && kept.len() < 200, "{}", kept.len());
    }
}
