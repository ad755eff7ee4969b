//! Lists of file name extensions.

use serde_json::Value as Json;

use super::list::List;

/// Longest extension.
const MAX_LENGTH: usize = 16;

/// Extensions without their dot, in lower case, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions(Vec<String>);

impl Extensions {
    /// `extension` is without its dot, in lower case.
    #[must_use]
    pub fn contains(&self, extension: &str) -> bool {
        self.0.iter().any(|known| known == extension)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl std::fmt::Display for Extensions {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0.join(", "))
    }
}

fn extension(text: &str) -> Result<String, String> {
    let name = text.strip_prefix('.').unwrap_or(text).to_ascii_lowercase();
    if (1..=MAX_LENGTH).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(name);
    }
    Err(format!("{text:?} is not a file name extension, such as pdf"))
}

impl List for Extensions {
    const KIND: &'static str = "list of extensions";

    fn of(items: Vec<&str>) -> Result<Self, String> {
        let mut list = items.into_iter().map(extension).collect::<Result<Vec<_>, _>>()?;
        list.sort();
        list.dedup();
        Ok(Self(list))
    }

    fn show(&self) -> Json {
        self.0.clone().into()
    }
}

/// The extensions of the formats that images may have.
const IMAGE_EXTENSIONS: [&str; 5] = ["gif", "jpeg", "jpg", "png", "webp"];

pub(crate) fn image_extensions(list: &Extensions) -> Result<(), String> {
    match list.iter().find(|extension| !IMAGE_EXTENSIONS.contains(extension)) {
        Some(other) => {
            Err(format!("{other:?} is not an image that can be read: take from {}", IMAGE_EXTENSIONS.join(", ")))
        }
        None => Ok(()),
    }
}
