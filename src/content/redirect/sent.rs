//! Tables of redirects that were sent and wait for their columns to be chosen: the last one of each account, for a day.

use std::time::Duration;

use super::TableError;
use crate::clock::Micros;
use crate::content::sheet;
use crate::db::{Db, DbError};
use crate::{queries, record};

/// How long a table waits.
const KEEP: Duration = Duration::from_secs(86_400);

record! {
    #[derive(Clone, Debug)]
    pub struct SentTable {
        /// As the file was called.
        pub name: String,
        /// Separated values.
        pub content: String,
        pub created_at: i64,
    }
}

queries! {
    KEEP_TABLE = write "redirect.keep_table"
        "INSERT INTO redirect_table (account_id, name, content, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id) DO UPDATE
         SET name = excluded.name, content = excluded.content, created_at = excluded.created_at";
    FIND_TABLE = read "redirect.find_table"
        "SELECT name, content, created_at FROM redirect_table WHERE account_id = $1 AND created_at >= $2";
    FORGET_TABLE = write "redirect.forget_table" "DELETE FROM redirect_table WHERE account_id = $1";
    /// Of anybody: accounts bound them.
    FORGET_OLD = write "redirect.forget_old_tables" "DELETE FROM redirect_table WHERE created_at < $1";
}

/// The text of a file: a workbook's first sheet, or what is UTF-8 or UTF-16 already.
///
/// # Errors
/// With the line that is no text.
pub fn text_of(bytes: &[u8]) -> Result<String, TableError> {
    if sheet::is_workbook(bytes) {
        return Ok(sheet::to_text(bytes)?);
    }
    let units = |of: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes.get(2..).unwrap_or_default().chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect()
    };
    let wide = match bytes {
        [0xff, 0xfe, ..] => Some(units(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => Some(units(u16::from_be_bytes)),
        _ => None,
    };
    let line = |before: &[u8]| before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let text = match wide {
        Some(units) => String::from_utf16(&units).map_err(|_| TableError::NotUtf8(1))?,
        None => {
            let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
            let text = std::str::from_utf8(bytes);
            text.map_err(|error| TableError::NotUtf8(line(&bytes[..error.valid_up_to()])))?.to_owned()
        }
    };
    match text.find('\0') {
        Some(at) => Err(TableError::NotUtf8(line(&text.as_bytes()[..at]))),
        None => Ok(text),
    }
}

fn oldest() -> Micros {
    Micros(Micros::now().0 - KEEP.as_micros() as i64)
}

/// Keeps a table in the place of the one that the account sent before.
pub async fn keep_sent(db: &Db, account: i64, name: &str, content: String) -> Result<(), DbError> {
    db.query(&FORGET_OLD).bind(oldest()).execute().await?;
    db.query(&KEEP_TABLE).bind(account).bind(name).bind(content).bind(Micros::now()).execute().await.map(drop)
}

pub async fn find_sent(db: &Db, account: i64) -> Result<Option<SentTable>, DbError> {
    db.query(&FIND_TABLE).bind(account).bind(oldest()).optional().await
}

pub async fn forget_sent(db: &Db, account: i64) -> Result<(), DbError> {
    db.query(&FORGET_TABLE).bind(account).execute().await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_however_it_is_written() {
        let wide = |text: &str, of: fn(u16) -> [u8; 2], mark: [u8; 2]| {
            [mark.to_vec(), text.encode_utf16().flat_map(of).collect()].concat()
        };
        let text = "from;to\n/größe;/a";
        assert_eq!(text_of(text.as_bytes()).expect("UTF-8"), text);
        assert_eq!(text_of(format!("\u{feff}{text}").as_bytes()).expect("with a mark"), text);
        assert_eq!(text_of(&wide(text, u16::to_le_bytes, [0xff, 0xfe])).expect("as Excel writes"), text);
        assert_eq!(text_of(&wide(text, u16::to_be_bytes, [0xfe, 0xff])).expect("UTF-16"), text);
        for bad in [&b"a\nb\n\xe4"[..], b"a\nb\nc\0"] {
            assert!(matches!(text_of(bad), Err(TableError::NotUtf8(3))));
        }
        assert!(matches!(text_of(b"PK\x03\x04x"), Err(TableError::Sheet(_))));
    }
}
