//! A writer of flat JSON objects into a byte buffer: log lines without an intermediate tree.

/// Longest string value in a log line, in bytes; the rest is cut.
const MAX_VALUE_BYTES: usize = 1024;

/// An object being appended to a buffer; `finish` closes it.
pub struct JsonLine<'b> {
    out: &'b mut Vec<u8>,
    first: bool,
}

impl<'b> JsonLine<'b> {
    pub fn start(out: &'b mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    fn key(&mut self, key: &str) {
        self.out.extend_from_slice(if self.first { b"\"" } else { b",\"" });
        self.first = false;
        escape(self.out, key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    pub fn text(&mut self, key: &str, value: impl AsRef<[u8]>) {
        self.key(key);
        self.out.push(b'"');
        let value = value.as_ref();
        escape(self.out, &value[..value.len().min(MAX_VALUE_BYTES)]);
        self.out.push(b'"');
    }

    /// An IP address: its text needs no escaping.
    pub fn address(&mut self, key: &str, value: std::net::IpAddr) {
        use std::io::Write as _;
        self.key(key);
        // Writing into memory does not fail.
        let _ = write!(self.out, "\"{value}\"");
    }

    pub fn integer(&mut self, key: &str, value: i64) {
        self.key(key);
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut rest = value.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            self.out.push(b'-');
        }
        self.out.extend_from_slice(&digits[at..]);
    }

    /// Milliseconds with three digits after the point.
    pub fn milliseconds(&mut self, key: &str, time: std::time::Duration) {
        let micros = time.as_micros().min(i64::MAX as u128) as i64;
        self.integer(key, micros / 1000);
        let rest = (micros % 1000) as u16;
        self.out.extend_from_slice(&[
            b'.',
            b'0' + (rest / 100) as u8,
            b'0' + (rest / 10 % 10) as u8,
            b'0' + (rest % 10) as u8,
        ]);
    }

    /// A value that is JSON already (numbers, booleans).
    pub fn raw(&mut self, key: &str, value: &str) {
        self.key(key);
        self.out.extend_from_slice(value.as_bytes());
    }

    pub fn finish(self) {
        self.out.extend_from_slice(b"}\n");
    }
}

/// Escapes for JSON; bytes that are not UTF-8 become U+FFFD.
fn escape(out: &mut Vec<u8>, bytes: &[u8]) {
    // Nearly every value is plain ASCII: one pass that the compiler vectorises, and one copy.
    if bytes.iter().all(|byte| (0x20..0x7f).contains(byte) && *byte != b'"' && *byte != b'\\') {
        out.extend_from_slice(bytes);
        return;
    }
    for chunk in bytes.utf8_chunks() {
        let mut clean = 0;
        let valid = chunk.valid().as_bytes();
        for (at, byte) in valid.iter().enumerate() {
            if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' && *byte != 0x7f {
                continue;
            }
            out.extend_from_slice(&valid[clean..at]);
            clean = at + 1;
            match byte {
                b'"' => out.extend_from_slice(b"\\\""),
                b'\\' => out.extend_from_slice(b"\\\\"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
            }
        }
        out.extend_from_slice(&valid[clean..]);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_bytes_become_valid_json(key in "\\PC{0,12}", bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64), number: i64, micros in 0u64..10_000_000) {
            let mut buffer = Vec::new();
            let mut line = JsonLine::start(&mut buffer);
            line.text(&key, &bytes);
            line.integer("n", number);
            line.milliseconds("ms", std::time::Duration::from_micros(micros));
            line.finish();
            let value: serde_json::Value = serde_json::from_slice(&buffer).expect("one JSON object");
            proptest::prop_assert_eq!(value["n"].as_i64(), Some(number));
            proptest::prop_assert!((value["ms"].as_f64().unwrap() - micros as f64 / 1000.0).abs() < 1e-9);
        }
    }

    #[test]
    fn control_characters_cannot_forge_a_second_line() {
        let mut buffer = Vec::new();
        let mut line = JsonLine::start(&mut buffer);
        line.text("path", b"/a\n{\"level\":\"error\"}\xff\0");
        line.finish();
        assert_eq!(buffer.iter().filter(|byte| **byte == b'\n').count(), 1);
        let value: serde_json::Value = serde_json::from_slice(&buffer).unwrap();
        assert_eq!(value["path"], "/a\n{\"level\":\"error\"}\u{fffd}\0");
    }
}
