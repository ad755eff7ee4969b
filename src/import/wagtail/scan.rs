//! Finding the objects of a dump: a JSON array, JSON lines, or objects one behind the other, however they are indented.
//! One is held at a time.

use std::io::BufRead;

/// Longest object, in bytes: a page with all its text is one.
const MAX_OBJECT_BYTES: usize = 64 << 20;

#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    #[error(transparent)]
    Read(#[from] std::io::Error),
    #[error("byte {at}: this is no list of JSON objects, as `manage.py dumpdata` writes it")]
    NoObject { at: u64 },
    #[error("byte {at}: the object that begins here is longer than {MAX_OBJECT_BYTES} bytes")]
    TooLong { at: u64 },
    #[error("byte {at}: the file ends within the object that begins here: it was cut short")]
    CutShort { at: u64 },
}

/// The text of one object, and where in the file it begins.
pub(super) struct Found<'s> {
    pub at: u64,
    pub text: &'s [u8],
}

pub(super) struct Scanner<R> {
    source: R,
    /// Bytes that were read.
    at: u64,
    object: Vec<u8>,
}

/// Where in an object a byte is.
#[derive(Default)]
struct State {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl State {
    /// Takes one byte; whether the object ends with it.
    fn take(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.depth == 0
    }
}

impl<R: BufRead> Scanner<R> {
    pub fn new(source: R) -> Self {
        Self { source, at: 0, object: Vec::new() }
    }

    /// The next object; `None` at the end.
    ///
    /// # Errors
    /// What [`ScanError`] says.
    pub fn next_object(&mut self) -> Result<Option<Found<'_>>, ScanError> {
        self.object.clear();
        let mut state = State::default();
        let mut begun = self.at;
        loop {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                return if self.object.is_empty() { Ok(None) } else { Err(ScanError::CutShort { at: begun }) };
            }
            let (mut used, mut whole) = (0, false);
            for &byte in bytes {
                if state.depth == 0 {
                    match byte {
                        b'{' => begun = self.at + used as u64,
                        // Between objects; the last three are a byte order mark.
                        b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']' | 0xEF | 0xBB | 0xBF => {
                            used += 1;
                            continue;
                        }
                        _ => return Err(ScanError::NoObject { at: self.at + used as u64 }),
                    }
                }
                used += 1;
                self.object.push(byte);
                whole = state.take(byte);
                if whole {
                    break;
                }
            }
            self.source.consume(used);
            self.at += used as u64;
            if whole {
                return Ok(Some(Found { at: begun, text: &self.object }));
            }
            if self.object.len() > MAX_OBJECT_BYTES {
                return Err(ScanError::TooLong { at: begun });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// Objects with their places, read two bytes at a time.
    fn all(text: &str) -> Result<Vec<(u64, String)>, ScanError> {
        let mut scanner = Scanner::new(BufReader::with_capacity(2, text.as_bytes()));
        let mut found = Vec::new();
        while let Some(object) = scanner.next_object()? {
            found.push((object.at, String::from_utf8_lossy(object.text).into_owned()));
        }
        Ok(found)
    }

    #[test]
    fn arrays_lines_and_indented_lists_have_the_same_objects() {
        let odd = r#"{"a": "}\"{", "b": [{"c": 1}]}"#;
        let wanted = |at: &[u64]| at.iter().map(|at| (*at, odd.to_owned())).collect::<Vec<_>>();
        let length = odd.len() as u64;
        assert_eq!(all(&format!("[{odd},{odd}]")).expect("an array"), wanted(&[1, 2 + length]));
        assert_eq!(all(&format!("{odd}\n{odd}\n")).expect("lines"), wanted(&[0, 1 + length]));
        assert_eq!(all(&format!("\u{feff}[\n  {odd}\n]\n")).expect("indented"), wanted(&[7]));
        assert_eq!(all("").expect("nothing"), wanted(&[]));
    }

    #[test]
    fn what_is_no_dump_is_refused_with_its_place() {
        assert!(matches!(all("PGDMP"), Err(ScanError::NoObject { at: 0 })));
        assert!(matches!(all("[{\"a\": 1}, 7]"), Err(ScanError::NoObject { at: 11 })));
        assert!(matches!(all("[{\"a\": {\"b\""), Err(ScanError::CutShort { at: 1 })));
    }
}
