//! A writer of flat JSON objects into a byte buffer: log lines without an intermediate tree.

/// Longest string value in a log line, in bytes; the rest is cut.
const MAX_VALUE_BYTES: usize = 1024;

/// A key with the punctuation around it, made by [`key!`] at compile time.
#[derive(Clone, Copy)]
pub struct Key(pub &'static str);

macro_rules! key {
    ($name:literal) => {
        $crate::telemetry::json::Key(concat!(",\"", $name, "\":"))
    };
}
pub(super) use key;

/// An object being appended to a buffer; `finish` closes it. Its first key is `ts`.
pub struct JsonLine<'b> {
    out: &'b mut Vec<u8>,
}

impl<'b> JsonLine<'b> {
    /// `ts`: a time in ASCII.
    pub fn start(out: &'b mut Vec<u8>, ts: &[u8]) -> Self {
        out.extend_from_slice(b"{\"ts\":\"");
        out.extend_from_slice(ts);
        out.push(b'"');
        Self { out }
    }

    fn key(&mut self, key: Key) {
        self.out.extend_from_slice(key.0.as_bytes());
    }

    /// Text of any origin: escaped, and cut at [`MAX_VALUE_BYTES`].
    pub fn text(&mut self, key: Key, value: impl AsRef<[u8]>) {
        self.key(key);
        self.out.push(b'"');
        let value = value.as_ref();
        escape(self.out, &value[..value.len().min(MAX_VALUE_BYTES)]);
        self.out.push(b'"');
    }

    /// Text of this program's own, such as a digit string or a label: copied as it is.
    pub fn plain(&mut self, key: Key, value: impl AsRef<[u8]>) {
        self.key(key);
        self.out.push(b'"');
        self.out.extend_from_slice(value.as_ref());
        self.out.push(b'"');
    }

    pub fn address(&mut self, key: Key, value: std::net::IpAddr) {
        self.key(key);
        self.out.push(b'"');
        match value {
            std::net::IpAddr::V4(ip) => {
                for (at, octet) in ip.octets().into_iter().enumerate() {
                    if at > 0 {
                        self.out.push(b'.');
                    }
                    self.digits(octet.into());
                }
            }
            std::net::IpAddr::V6(ip) => self.out.extend_from_slice(ip.to_string().as_bytes()),
        }
        self.out.push(b'"');
    }

    pub fn integer(&mut self, key: Key, value: i64) {
        self.key(key);
        if value < 0 {
            self.out.push(b'-');
        }
        self.digits(value.unsigned_abs());
    }

    fn digits(&mut self, mut rest: u64) {
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.out.extend_from_slice(&digits[at..]);
    }

    /// Milliseconds with three digits after the point.
    pub fn milliseconds(&mut self, key: Key, time: std::time::Duration) {
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

    /// As [`JsonLine::text`], for a name that is known at run time.
    pub fn named_text(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.named(name);
        self.text(Key(""), value);
    }

    /// As [`JsonLine::raw`], for a name that is known at run time.
    pub fn named_raw(&mut self, name: &str, value: &str) {
        self.named(name);
        self.raw(Key(""), value);
    }

    fn named(&mut self, name: &str) {
        self.out.extend_from_slice(b",\"");
        escape(self.out, name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A value that is JSON already (numbers, booleans).
    pub fn raw(&mut self, key: Key, value: &str) {
        self.key(key);
        self.out.extend_from_slice(value.as_bytes());
    }

    pub fn finish(self) {
        self.out.extend_from_slice(b"}\n");
    }
}

/// 1 for every byte that JSON does not take as it is.
const SPECIAL: [u8; 256] = {
    let mut special = [1; 256];
    let mut byte = 0x20;
    while byte < 0x7f {
        special[byte] = (byte == b'"' as usize || byte == b'\\' as usize) as u8;
        byte += 1;
    }
    special
};

/// Escapes for JSON; bytes that are not UTF-8 become U+FFFD.
fn escape(out: &mut Vec<u8>, bytes: &[u8]) {
    // Nearly every value is plain ASCII: one pass without a branch per byte, and one copy.
    if bytes.iter().fold(0, |seen, byte| seen | SPECIAL[usize::from(*byte)]) == 0 {
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
        fn any_bytes_become_valid_json(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64), number: i64, micros in 0u64..10_000_000) {
            let mut buffer = Vec::new();
            let mut line = JsonLine::start(&mut buffer, b"now");
            line.text(key!("bytes"), &bytes);
            line.integer(key!("n"), number);
            line.milliseconds(key!("ms"), std::time::Duration::from_micros(micros));
            line.finish();
            let value: serde_json::Value = serde_json::from_slice(&buffer).expect("one JSON object");
            proptest::prop_assert_eq!(value["n"].as_i64(), Some(number));
            proptest::prop_assert!((value["ms"].as_f64().unwrap() - micros as f64 / 1000.0).abs() < 1e-9);
        }
    }

    #[test]
    fn control_characters_cannot_forge_a_second_line() {
        let mut buffer = Vec::new();
        let mut line = JsonLine::start(&mut buffer, b"now");
        line.text(key!("path"), b"/a\n{\"level\":\"error\"}\xff\0");
        line.finish();
        assert_eq!(buffer.iter().filter(|byte| **byte == b'\n').count(), 1);
        let value: serde_json::Value = serde_json::from_slice(&buffer).unwrap();
        assert_eq!(value["path"], "/a\n{\"level\":\"error\"}\u{fffd}\0");
    }
}
