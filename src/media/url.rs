//! URLs of renditions and documents. A rendition's URL is signed: only those that a page asked for are made.

use super::document::Document;
use super::image::FilterSpec;
use super::stored_image::Facts;
use crate::keys::{Keys, Purpose};

/// Where all media files were that come from another system, and where renditions are.
pub const MEDIA: &str = "/media/";
/// Where renditions are, in URLs.
pub const RENDITIONS: &str = "/media/images/";
/// Where documents are, in URLs.
pub const DOCUMENTS: &str = "/documents/";
/// Longest path that can be a rendition's: the spec is the longest part.
const MAX_PATH_BYTES: usize = 1_000;

/// The parts of a rendition's URL, not yet believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenditionPath<'p> {
    pub image_id: i64,
    signature: &'p str,
    /// A filter spec in one segment.
    segment: &'p str,
    pub version: &'p str,
    pub name: &'p str,
}

impl<'p> RenditionPath<'p> {
    /// Takes the part of a URL's path behind [`RENDITIONS`], undecoded: nothing in it is ever escaped.
    pub fn parse(path: &'p str) -> Option<Self> {
        if path.len() > MAX_PATH_BYTES {
            return None;
        }
        let mut parts = path.split('/');
        let this = Self {
            image_id: id(parts.next()?)?,
            signature: parts.next()?,
            segment: parts.next()?,
            version: parts.next()?,
            name: parts.next()?,
        };
        parts.next().is_none().then_some(this)
    }

    /// The filter spec, when the URL is one that this server, or one with the same key, wrote.
    pub fn verify(&self, keys: &Keys) -> Option<FilterSpec> {
        let id = self.image_id.to_string();
        if !keys.verify(Purpose::Rendition, &[&id, self.version, self.segment], self.signature) {
            return None;
        }
        FilterSpec::from_path_segment(self.segment).ok()
    }
}

/// The number in a URL: digits without leading zeros, so that one thing has one URL.
fn id(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

/// The path of a rendition; safe in HTML and headers as it is.
pub fn of_rendition(keys: &Keys, facts: &Facts, spec: &FilterSpec) -> String {
    let (id, segment, version) = (facts.id.to_string(), spec.to_path_segment(), facts.version(spec));
    let signature = keys.sign(Purpose::Rendition, &[&id, &version, &segment]);
    let name = facts.name(facts.output(spec).format);
    format!("{RENDITIONS}{id}/{signature}/{segment}/{version}/{name}")
}

/// The path of a document; escaped.
pub fn of_document(id: i64, file_name: &str) -> String {
    format!("{DOCUMENTS}{id}/{}", escaped(file_name))
}

impl Document {
    pub fn url(&self) -> String {
        of_document(self.id, &self.file_name)
    }
}

/// The id and the name in the part of a URL's path behind [`DOCUMENTS`], still escaped.
pub fn parse_document(path: &str) -> Option<(i64, &str)> {
    let (number, name) = path.split_once('/')?;
    (!name.contains('/')).then_some((id(number)?, name))
}

/// Percent-encoding of a segment: RFC 3986's unreserved characters stay.
pub fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};
    use crate::media::image::{FocalPoint, Format, Size, Source};

    fn keys() -> Keys {
        let flags = vec![("security.secret_key".to_owned(), "a-secret-key-of-more-than-32-characters".to_owned())];
        let config = Config::load(Sources { flags, ..Sources::default() }).expect("valid").config;
        Keys::open(&config).expect("configured")
    }

    fn facts() -> Facts {
        Facts {
            id: 7,
            source: Source { size: Size::new(1600, 900), format: Format::Png },
            focal: None,
            digest: "00".repeat(32),
            file_name: "Grüße aus Köln.PNG".into(),
        }
    }

    #[test]
    fn a_url_leads_back_to_its_spec_and_to_no_other() {
        let (keys, facts) = (keys(), facts());
        let spec = FilterSpec::parse("fill-800x450-c50|format-webp").expect("a spec");
        let url = of_rendition(&keys, &facts, &spec);
        assert!(url.ends_with("/grusse-aus-koln.webp") && !url.contains(['%', '|', '"', '&', ' ']), "{url}");
        let path = RenditionPath::parse(&url[RENDITIONS.len()..]).expect("a path");
        assert_eq!((path.image_id, path.verify(&keys)), (7, Some(spec)));
        for (from, to) in
            [("/7/", "/8/"), ("fill-800x450", "fill-801x450"), ("webp/", "avif/"), (path.version, "00000000")]
        {
            let other = url.replacen(from, to, 1);
            assert_ne!(other, url);
            assert_eq!(
                RenditionPath::parse(&other[RENDITIONS.len()..]).and_then(|path| path.verify(&keys)),
                None,
                "{other}"
            );
        }
    }

    #[test]
    fn a_url_changes_with_the_file_and_with_the_focal_point_of_a_crop() {
        let keys = keys();
        let url = |facts: &Facts, spec: &str| of_rendition(&keys, facts, &FilterSpec::parse(spec).expect("a spec"));
        let focal = Some(FocalPoint { x: 10, y: 10, width: 4, height: 4 });
        let moved = Facts { focal, ..facts() };
        let replaced = Facts { digest: "11".repeat(32), ..facts() };
        assert_ne!(url(&facts(), "fill-100x100"), url(&moved, "fill-100x100"));
        assert_eq!(url(&facts(), "width-100"), url(&moved, "width-100"));
        assert_ne!(url(&facts(), "width-100"), url(&replaced, "width-100"));
    }

    #[test]
    fn what_is_no_path_of_ours_is_not_parsed() {
        for bad in ["", "7", "7/s/width-1/00/n.png/x", "x/s/width-1/00/n.png", "07/s/w/0/n", "-1/s/w/0/n", "+7/s/w/0/n"]
        {
            assert_eq!(RenditionPath::parse(bad), None, "{bad}");
        }
        assert_eq!(RenditionPath::parse(&"1/".repeat(600)), None);
        assert_eq!(parse_document("12/a%20b.pdf"), Some((12, "a%20b.pdf")));
        for bad in ["12", "x/a.pdf", "12/a/b.pdf", "/a.pdf"] {
            assert_eq!(parse_document(bad), None, "{bad}");
        }
        assert_eq!(of_document(3, "Grüße 1.pdf"), "/documents/3/Gr%C3%BC%C3%9Fe%201.pdf");
    }
}
