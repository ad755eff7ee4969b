//! Uploads that attack: each is refused, with the reason, before it costs anything.

/// A chunk of a PNG with its checksum.
pub(super) fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(body);
    let length = u32::try_from(body.len()).expect("short").to_be_bytes();
    [&length, kind.as_slice(), body, &crc.sum().to_be_bytes()].concat()
}
