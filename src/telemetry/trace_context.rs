//! W3C trace context: who called, and under which id the work is found again in logs and traces.

use rand::Rng as _;

/// The identity of one request within a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    pub trace_id: u128,
    /// This request's own span.
    pub span_id: u64,
    /// The caller's span, when the request carried a valid `traceparent`.
    pub parent_id: Option<u64>,
    pub sampled: bool,
    /// The header form, `00-<trace>-<span>-<flags>`.
    text: [u8; 55],
}

impl TraceContext {
    /// A context that continues `traceparent` when it is valid, and starts a new trace otherwise.
    pub fn accept(traceparent: Option<&[u8]>) -> Self {
        let mut random = rand::rng();
        let span_id = random.next_u64().max(1);
        let (trace_id, parent_id, sampled) = match traceparent.and_then(parse) {
            Some((trace_id, parent_id, sampled)) => (trace_id, Some(parent_id), sampled),
            None => ((u128::from(random.next_u64()) << 64) | u128::from(random.next_u64().max(1)), None, true),
        };
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        hex(&mut text[3..35], &trace_id.to_be_bytes());
        hex(&mut text[36..52], &span_id.to_be_bytes());
        text[54] = if sampled { b'1' } else { b'0' };
        Self { trace_id, span_id, parent_id, sampled, text }
    }

    /// The header form, `00-<trace>-<span>-<flags>`.
    pub fn header(&self) -> &[u8; 55] {
        &self.text
    }

    /// The trace id in hex.
    pub fn trace_id(&self) -> &str {
        std::str::from_utf8(&self.text[3..35]).expect("hex digits")
    }
}

fn hex(out: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// Section 3.2 of W3C Trace Context: lower-case hex, no zero ids, version ff refused, later versions may append.
fn parse(header: &[u8]) -> Option<(u128, u64, bool)> {
    let fits = header.len() == 55 || (header.len() > 55 && header[55] == b'-' && !header.starts_with(b"00"));
    if !fits || header[2] != b'-' || header[35] != b'-' || header[52] != b'-' || header.starts_with(b"ff") {
        return None;
    }
    number(&header[0..2])?;
    let trace_id = number(&header[3..35]).filter(|id| *id != 0)?;
    let parent = number(&header[36..52]).filter(|id| *id != 0)?;
    let flags = number(&header[53..55])?;
    Some((trace_id, parent as u64, flags & 1 == 1))
}

fn number(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0u128, |value, digit| match digit {
        b'0'..=b'9' => Some((value << 4) | u128::from(digit - b'0')),
        b'a'..=b'f' => Some((value << 4) | u128::from(digit - b'a' + 10)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &[u8] = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_header_is_continued_and_written_back_with_its_own_span() {
        let context = TraceContext::accept(Some(VALID));
        assert_eq!(context.trace_id, 0x4bf92f3577b34da6a3ce929d0e0e4736);
        assert_eq!(context.parent_id, Some(0x00f067aa0ba902b7));
        let header = context.header();
        assert_eq!(&header[..36], &VALID[..36]);
        assert_ne!(&header[36..52], &VALID[36..52]);
        assert_eq!(parse(header).map(|(trace, _, _)| trace), Some(context.trace_id));
    }

    #[test]
    fn invalid_headers_start_a_new_trace() {
        for bad in [
            &b""[..],
            b"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            b"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            b"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            b"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            b"\xff\xff\xff\xff",
        ] {
            let context = TraceContext::accept(Some(bad));
            assert_eq!(context.parent_id, None, "{}", String::from_utf8_lossy(bad));
            assert_ne!(context.trace_id, 0);
        }
    }

    #[test]
    fn a_later_version_may_append_fields() {
        let later = b"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more";
        assert_eq!(TraceContext::accept(Some(later)).parent_id, Some(0x00f067aa0ba902b7));
    }
}
