//! The parts of a ZIP archive in memory, each read up to a limit, whatever the archive says of its size.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

use super::SheetError;

const END: u32 = 0x0605_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;
/// Length of the end record, and the longest comment behind it.
const END_BYTES: usize = 22;
const MAX_COMMENT: usize = 0xffff;
/// Parts of one archive.
const MAX_ENTRIES: usize = 2_000;

struct Entry {
    name: String,
    method: u16,
    packed_bytes: usize,
    offset: usize,
}

pub(super) struct Archive<'b> {
    bytes: &'b [u8],
    entries: Vec<Entry>,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn two(bytes: &[u8], at: usize) -> Option<usize> {
    number::<2>(bytes, at).map(|read| usize::from(u16::from_le_bytes(read)))
}

fn four(bytes: &[u8], at: usize) -> Option<u32> {
    number::<4>(bytes, at).map(u32::from_le_bytes)
}

fn size(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(four(bytes, at)?).ok()
}

impl<'b> Archive<'b> {
    pub fn open(bytes: &'b [u8]) -> Result<Self, SheetError> {
        Self::directory(bytes).map(|entries| Self { bytes, entries }).ok_or(SheetError::Unreadable)
    }

    /// `None` for what is no archive, and for one of more than 4 GB (ZIP64), which no table is.
    fn directory(bytes: &[u8]) -> Option<Vec<Entry>> {
        let last = bytes.len().checked_sub(END_BYTES)?;
        let first = last.saturating_sub(MAX_COMMENT);
        let end = (first..=last).rev().find(|at| four(bytes, *at) == Some(END))?;
        let (count, mut at) = (two(bytes, end + 10)?, size(bytes, end + 16)?);
        if count > MAX_ENTRIES {
            return None;
        }
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            if four(bytes, at)? != CENTRAL {
                return None;
            }
            let (name, extra, comment) = (two(bytes, at + 28)?, two(bytes, at + 30)?, two(bytes, at + 32)?);
            entries.push(Entry {
                name: String::from_utf8_lossy(bytes.get(at + 46..at + 46 + name)?).into_owned(),
                method: u16::try_from(two(bytes, at + 10)?).ok()?,
                packed_bytes: size(bytes, at + 20)?,
                offset: size(bytes, at + 42)?,
            });
            at += 46 + name + extra + comment;
        }
        Some(entries)
    }

    /// A part by its name; none when it is not there.
    pub fn read(&self, name: &str, most: usize) -> Result<Option<String>, SheetError> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name == name) else { return Ok(None) };
        let packed = self.packed(entry).ok_or(SheetError::Unreadable)?;
        let mut read = Vec::new();
        let limit = most as u64 + 1;
        match entry.method {
            0 => packed.take(limit).read_to_end(&mut read),
            8 => DeflateDecoder::new(packed).take(limit).read_to_end(&mut read),
            _ => return Err(SheetError::Unreadable),
        }
        .map_err(|_| SheetError::Unreadable)?;
        if read.len() > most {
            return Err(SheetError::TooLarge);
        }
        String::from_utf8(read).map(Some).map_err(|_| SheetError::Unreadable)
    }

    fn packed(&self, entry: &Entry) -> Option<&'b [u8]> {
        let at = entry.offset;
        if four(self.bytes, at)? != LOCAL {
            return None;
        }
        let begin =
            at.checked_add(30)?.checked_add(two(self.bytes, at + 26)?)?.checked_add(two(self.bytes, at + 28)?)?;
        self.bytes.get(begin..begin.checked_add(entry.packed_bytes)?)
    }
}
