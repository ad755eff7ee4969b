//! The attributes of an `<img>`, escaped, in a fixed order; what the template gives comes last and wins.

use minijinja::value::{Kwargs, Value};
use minijinja::{Error, ErrorKind};

use super::RenditionFacts;
use super::source::Shown;
use crate::render::escaped;

/// Attributes a template may give to one image.
const MAX_OPTIONS: usize = 30;

#[derive(Clone, Debug)]
pub(super) struct Attributes {
    pairs: Vec<(String, String)>,
    sizes: Option<String>,
}

impl Attributes {
    /// `src`, `width`, `height`, `alt`, `loading` and `decoding`, and the template's own: `class="wide"`,
    /// `fetchpriority="high"`, `data_x="1"` for `data-x`. An option that is none or false removes the attribute.
    pub(super) fn of(shown: &Shown, rendition: &RenditionFacts, options: Kwargs) -> Result<Self, Error> {
        let mut this = Self::plain(&shown.alt, rendition);
        let names: Vec<String> = options.args().map(str::to_owned).collect();
        if names.len() > MAX_OPTIONS {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                format!("an image has at most {MAX_OPTIONS} attributes"),
            ));
        }
        for name in names {
            let value: Value = options.get(&name)?;
            this.set(&name, &value)?;
        }
        Ok(this)
    }

    /// What every image has.
    pub(super) fn plain(alt: &str, rendition: &RenditionFacts) -> Self {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Self {
            pairs: vec![
                pair("src", &rendition.url),
                pair("width", &rendition.width.to_string()),
                pair("height", &rendition.height.to_string()),
                pair("alt", alt),
                pair("loading", "lazy"),
                pair("decoding", "async"),
            ],
            sizes: None,
        }
    }

    fn set(&mut self, option: &str, value: &Value) -> Result<(), Error> {
        let name = option.replace('_', "-").to_ascii_lowercase();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if name.is_empty() || !name.bytes().all(plain) || name == "srcset" {
            return Err(Error::new(ErrorKind::InvalidOperation, format!("{option:?} is no attribute of an image")));
        }
        let text = match value.as_str() {
            Some(text) => text.to_owned(),
            None if !value.is_true() => {
                // Without alternative text, an image says the name of its file.
                self.pairs.retain(|(known, _)| *known != name || name == "alt");
                return Ok(());
            }
            None => value.to_string(),
        };
        if name == "sizes" {
            self.sizes(&text);
            return Ok(());
        }
        match self.pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = text,
            None => self.pairs.push((name, text)),
        }
        Ok(())
    }

    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.pairs.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn sizes(&mut self, sizes: &str) {
        self.sizes = Some(sizes.to_owned());
    }

    /// Adds `srcset` and `sizes`, when there is more than one width to choose from.
    pub(super) fn srcset(&mut self, renditions: &[RenditionFacts]) {
        let candidates = candidates(renditions);
        if candidates.contains(' ') {
            self.pairs.insert(1, ("srcset".to_owned(), candidates));
            if let Some(sizes) = self.sizes.clone() {
                self.pairs.insert(2, ("sizes".to_owned(), sizes));
            }
        }
    }

    /// A `<source>` of one format.
    pub(super) fn source(&self, renditions: &[RenditionFacts]) -> String {
        let mime = renditions.first().map_or("", |rendition| rendition.mime);
        let candidates = candidates(renditions);
        let mut html = format!("<source type=\"{mime}\" srcset=\"{}\"", escaped(&candidates));
        if let Some(sizes) = self.sizes.as_deref().filter(|_| candidates.contains(' ')) {
            html.push_str(&format!(" sizes=\"{}\"", escaped(sizes)));
        }
        html + ">"
    }

    pub(super) fn text(&self) -> String {
        let pairs: Vec<String> =
            self.pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        pairs.join(" ")
    }

    pub(super) fn tag(&self) -> String {
        format!("<img {}>", self.text())
    }
}

/// Each width once; a single one needs no width.
fn candidates(renditions: &[RenditionFacts]) -> String {
    let mut distinct: Vec<&RenditionFacts> = Vec::new();
    for rendition in renditions {
        if !distinct.iter().any(|known| known.width == rendition.width) {
            distinct.push(rendition);
        }
    }
    match &distinct[..] {
        [only] => only.url.clone(),
        several => {
            let with_width: Vec<String> =
                several.iter().map(|found| format!("{} {}w", found.url, found.width)).collect();
            with_width.join(", ")
        }
    }
}
