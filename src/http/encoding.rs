//! Content codings: which one a client takes (RFC 9110, 12.5.3), and making one.

use std::io::Write as _;

use bytes::Bytes;
use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderValue};

/// A content coding, in the order of preference among those that a client likes equally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    Brotli,
    Zstd,
    Gzip,
    Identity,
}

/// How hard to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For a response that waits for it.
    Fast,
    /// For bytes that are kept and sent many times; brotli then takes a second for some megabytes.
    Best,
}

impl Encoding {
    pub const ALL: [Self; 4] = [Self::Brotli, Self::Zstd, Self::Gzip, Self::Identity];

    /// The `Content-Encoding` token; `identity` is never sent as one.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    pub fn header_value(self) -> HeaderValue {
        HeaderValue::from_static(self.as_str())
    }
}

/// What a client accepts: one weight (0..=1000) per coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted([u16; 4]);

impl Accepted {
    /// Reads `Accept-Encoding`; without one, or with one that is not text, only identity is sent.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut seen = [None; 4];
        let mut others = None;
        for value in headers.get_all(ACCEPT_ENCODING) {
            let Ok(text) = value.to_str() else { continue };
            for item in text.split(',') {
                let (coding, weight) = split_weight(item);
                match Encoding::ALL.iter().position(|encoding| is_coding(coding, *encoding)) {
                    Some(index) => seen[index] = Some(weight),
                    None if coding == "*" => others = Some(weight),
                    None => {}
                }
            }
        }
        let identity = match (seen[3], others) {
            (Some(weight), _) => weight,
            // Unless refused, identity is acceptable, but anything that was asked for is better.
            (None, Some(0)) => 0,
            (None, _) => 1,
        };
        let coded = |index: usize| seen[index].or(others).unwrap_or(0);
        Self([coded(0), coded(1), coded(2), identity])
    }

    /// The best of `available`; `None` when the client refuses all of them, which is 406.
    pub fn best(self, available: &[Encoding]) -> Option<Encoding> {
        let mut best = None;
        let mut best_weight = 0;
        for (encoding, weight) in Encoding::ALL.into_iter().zip(self.0) {
            if weight > best_weight && available.contains(&encoding) {
                best = Some(encoding);
                best_weight = weight;
            }
        }
        best
    }
}

/// Whether the client takes this coding.
pub fn accepts(headers: &HeaderMap, encoding: Encoding) -> bool {
    Accepted::of(headers).best(&[encoding]) == Some(encoding)
}

/// The best of all codings, identity when the client refuses everything: an answer it may not
/// understand is better for a page than 406.
pub fn negotiate(headers: &HeaderMap) -> Encoding {
    Accepted::of(headers).best(&Encoding::ALL).unwrap_or(Encoding::Identity)
}

fn is_coding(text: &str, encoding: Encoding) -> bool {
    text.eq_ignore_ascii_case(encoding.as_str()) || (encoding == Encoding::Gzip && text.eq_ignore_ascii_case("x-gzip"))
}

fn split_weight(item: &str) -> (&str, u16) {
    match item.split_once(';') {
        None => (item.trim(), 1000),
        Some((coding, parameter)) => (coding.trim(), weight(parameter)),
    }
}

/// `q=0.5` in thousandths; 0 for what is not a weight, so a malformed coding is not used.
pub(super) fn weight(parameter: &str) -> u16 {
    let Some((name, value)) = parameter.split_once('=') else {
        return 0;
    };
    if !name.trim().eq_ignore_ascii_case("q") {
        return 0;
    }
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return 0;
    }
    let thousandths = fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(3)
        .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match whole {
        "0" => thousandths,
        "1" if thousandths == 0 => 1000,
        _ => 0,
    }
}

/// `bytes` in `encoding`; `None` for identity, or when it does not get smaller.
pub fn compress(bytes: &[u8], encoding: Encoding, effort: Effort) -> Option<Bytes> {
    let compressed = match (encoding, effort) {
        (Encoding::Identity, _) => return None,
        (Encoding::Brotli, Effort::Fast) => brotli(bytes, 4),
        (Encoding::Brotli, Effort::Best) => brotli(bytes, 11),
        (Encoding::Zstd, Effort::Fast) => zstd::bulk::compress(bytes, 3).expect("the buffer is zstd's own bound"),
        (Encoding::Zstd, Effort::Best) => zstd::bulk::compress(bytes, 19).expect("the buffer is zstd's own bound"),
        (Encoding::Gzip, Effort::Fast) => gzip(bytes, flate2::Compression::new(5)),
        (Encoding::Gzip, Effort::Best) => gzip(bytes, flate2::Compression::best()),
    };
    (compressed.len() < bytes.len()).then(|| Bytes::from(compressed))
}

fn brotli(bytes: &[u8], quality: u32) -> Vec<u8> {
    const BUFFER_BYTES: usize = 4096;
    /// 2^22 bytes, the largest window that every decoder takes.
    const WINDOW_LOG2: u32 = 22;
    let mut compressed = Vec::with_capacity(bytes.len() / 3);
    let mut writer = brotli::CompressorWriter::new(&mut compressed, BUFFER_BYTES, quality, WINDOW_LOG2);
    writer.write_all(bytes).expect("a Vec takes every write");
    // Writes the last block; a flush before it would only add an empty one.
    drop(writer);
    compressed
}

fn gzip(bytes: &[u8], level: flate2::Compression) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(bytes.len() / 3), level);
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("a Vec takes every write")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use proptest::prelude::*;

    fn accepted(value: &str) -> Accepted {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(value).expect("a header"));
        Accepted::of(&headers)
    }

    fn chosen(value: &str) -> Option<Encoding> {
        accepted(value).best(&Encoding::ALL)
    }

    #[test]
    fn the_examples_of_rfc_9110_are_understood() {
        assert_eq!(chosen("compress, gzip"), Some(Encoding::Gzip));
        assert_eq!(chosen(""), Some(Encoding::Identity));
        assert_eq!(chosen("*"), Some(Encoding::Brotli));
        assert_eq!(chosen("compress;q=0.5, gzip;q=1.0"), Some(Encoding::Gzip));
        assert_eq!(chosen("gzip;q=1.0, identity; q=0.5, *;q=0"), Some(Encoding::Gzip));
    }

    #[test]
    fn without_the_header_nothing_is_encoded() {
        assert_eq!(negotiate(&HeaderMap::new()), Encoding::Identity);
    }

    #[test]
    fn browsers_get_brotli_and_equal_weights_follow_our_order() {
        assert_eq!(chosen("gzip, deflate, br, zstd"), Some(Encoding::Brotli));
        assert_eq!(chosen("gzip, zstd"), Some(Encoding::Zstd));
        assert_eq!(chosen("BR;Q=0.9, gzip;q=0.8"), Some(Encoding::Brotli));
    }

    #[test]
    fn the_clients_weights_come_before_our_order() {
        assert_eq!(chosen("br;q=0.1, gzip;q=0.9"), Some(Encoding::Gzip));
        assert_eq!(chosen("gzip;q=0.5, identity"), Some(Encoding::Identity));
        assert_eq!(chosen("br;q=0, *"), Some(Encoding::Zstd));
    }

    #[test]
    fn a_refused_identity_is_used_only_when_nothing_else_is_wanted() {
        assert_eq!(chosen("identity;q=0"), None);
        assert_eq!(chosen("*;q=0"), None);
        assert_eq!(chosen("gzip, identity;q=0"), Some(Encoding::Gzip));
        assert_eq!(accepted("gzip, *;q=0").best(&[Encoding::Identity]), None);
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("*;q=0"));
        assert_eq!(negotiate(&headers), Encoding::Identity);
    }

    #[test]
    fn malformed_weights_switch_their_coding_off() {
        for value in ["br;q=2", "br;q=0.1234", "br;q=x", "br;level=1", "br;q", "br;q=-1", "br;q=1.001"] {
            assert_eq!(chosen(value), Some(Encoding::Identity), "{value}");
        }
    }

    #[test]
    fn several_header_lines_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("gzip;q=0.5"));
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(negotiate(&headers), Encoding::Brotli);
    }

    fn decompress(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
        let mut plain = Vec::new();
        match encoding {
            Encoding::Brotli => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut plain),
            Encoding::Zstd => zstd::Decoder::new(bytes).and_then(|mut decoder| decoder.read_to_end(&mut plain)),
            Encoding::Gzip => flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain),
            Encoding::Identity => (&mut &*bytes).read_to_end(&mut plain),
        }
        .expect("what we compressed");
        plain
    }

    #[test]
    fn compressed_text_comes_back_and_best_is_no_larger_than_fast() {
        let text = include_str!("encoding.rs");
        for encoding in [Encoding::Brotli, Encoding::Zstd, Encoding::Gzip] {
            let sizes = [Effort::Fast, Effort::Best].map(|effort| {
                let compressed = compress(text.as_bytes(), encoding, effort).expect("smaller");
                assert_eq!(decompress(&compressed, encoding), text.as_bytes());
                compressed.len()
            });
            assert!(sizes[1] <= sizes[0], "{encoding:?} {sizes:?}");
        }
    }

    #[test]
    fn what_does_not_get_smaller_is_left_alone() {
        for encoding in Encoding::ALL {
            assert_eq!(compress(b"tiny", encoding, Effort::Best), None);
            assert_eq!(compress(b"", encoding, Effort::Fast), None);
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(value in "[ -~]{0,60}") {
            let _ = chosen(&value);
        }
    }
}
