//! RESP2, as much of it as scripts that answer with numbers take: commands as lists of strings, and replies.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// Longest line of a reply, in bytes, and numbers of one.
const MAX_LINE: u64 = 4096;
const MAX_NUMBERS: usize = 64;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Word(String),
    Error(String),
    Numbers(Vec<i64>),
}

/// A command on the wire.
pub(super) fn command(parts: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", parts.len()).into_bytes();
    for part in parts {
        bytes.extend_from_slice(format!("${}\r\n{part}\r\n", part.len()).as_bytes());
    }
    bytes
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what came is no reply of Redis")
}

async fn line(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<(u8, String)> {
    let mut bytes = Vec::new();
    from.take(MAX_LINE).read_until(b'\n', &mut bytes).await?;
    if bytes.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let text = bytes.strip_suffix(b"\r\n").ok_or_else(malformed)?;
    let (kind, text) = text.split_first().ok_or_else(malformed)?;
    Ok((*kind, String::from_utf8_lossy(text).into_owned()))
}

impl Reply {
    pub(super) async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Self> {
        let (kind, text) = line(from).await?;
        match kind {
            b'+' => Ok(Self::Word(text)),
            b'-' => Ok(Self::Error(text)),
            b':' => Ok(Self::Numbers(vec![text.parse().map_err(|_| malformed())?])),
            b'*' => {
                let count = text.parse().ok().filter(|count| *count <= MAX_NUMBERS).ok_or_else(malformed)?;
                let mut numbers = Vec::with_capacity(count);
                for _ in 0..count {
                    let (kind, text) = line(from).await?;
                    numbers.push(text.parse().ok().filter(|_| kind == b':').ok_or_else(malformed)?);
                }
                Ok(Self::Numbers(numbers))
            }
            _ => Err(malformed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn replies_are_read_and_what_is_none_is_refused() {
        assert_eq!(command(&["EVAL", "é", ""]), "*3\r\n$4\r\nEVAL\r\n$2\r\né\r\n$0\r\n\r\n".as_bytes());
        let read = async |text: &str| Reply::read(&mut text.as_bytes()).await.ok();
        assert_eq!(read("+OK\r\n").await, Some(Reply::Word("OK".into())));
        assert_eq!(read("-NOSCRIPT No\r\n").await, Some(Reply::Error("NOSCRIPT No".into())));
        assert_eq!(read("*2\r\n:1\r\n:-7\r\n").await, Some(Reply::Numbers(vec![1, -7])));
        assert_eq!(read(":5\r\n").await, Some(Reply::Numbers(vec![5])));
        let long = format!("+{}\r\n", "x".repeat(5000));
        for wrong in [
            "",
            "+OK",
            "*2\r\n:1\r\n",
            "*1\r\n$1\r\na\r\n",
            "*-1\r\n",
            "*65\r\n",
            "*x\r\n",
            "$1\r\na\r\n",
            ":x\r\n",
            &long,
        ] {
            assert_eq!(read(wrong).await, None, "{wrong}");
        }
    }
}
