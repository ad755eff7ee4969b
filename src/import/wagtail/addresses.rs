//! Addresses of media files as they were: originals, documents, and the renditions that somebody may have linked to. Whoever
//! asks for one is led to the file here.

use std::collections::HashMap;

use super::files::FileKind;
use super::key::Key;
use super::{ImportError, Known, Run, SOURCE, Told, store};
use crate::media::former;
use crate::media::image::FilterSpec;

const RENDITION: &str = "wagtailimages.rendition";
const ADDRESSES: &str = "addresses of files";
/// Addresses that are noted at once.
const BATCH: usize = 500;

impl Run<'_> {
    pub(super) async fn addresses(&mut self, told: Told<'_>) -> Result<(), ImportError> {
        for kind in [FileKind::Image, FileKind::Document] {
            let model = self.model_of_files(kind);
            let says =
                if kind == FileKind::Image { FilterSpec::original().to_string() } else { former::DOCUMENT.into() };
            let keys: Vec<Key> = self.dump.keys(&model).cloned().collect();
            for (at, batch) in keys.chunks(BATCH).enumerate() {
                let mut coming = HashMap::new();
                for key in batch.iter().filter(|key| key.id().is_some_and(|id| self.has_file(kind, id))) {
                    let Some(object) = self.dump.read(&model, key)? else { continue };
                    let known = Known { id: key.id().unwrap_or_default(), digest: says.clone() };
                    coming.insert(object.text("file").to_owned(), known);
                }
                self.note_addresses(coming).await?;
                told(ADDRESSES, (at * BATCH + batch.len()) as u64, keys.len() as u64);
            }
        }
        self.addresses_of_renditions(told).await
    }

    /// Those alone that the dump names: nobody can ask for others.
    async fn addresses_of_renditions(&mut self, told: Told<'_>) -> Result<(), ImportError> {
        let images = self.model_of_files(FileKind::Image);
        let model = self.model_of_renditions();
        let keys: Vec<Key> = self.dump.keys(&model).cloned().collect();
        for (at, batch) in keys.chunks(BATCH).enumerate() {
            let mut coming = HashMap::new();
            for key in batch {
                let Some(object) = self.dump.read(&model, key)? else { continue };
                let image = object.fields.get("image").and_then(|image| self.dump.resolve(&images, image));
                let image = image.and_then(|image| image.id()).filter(|id| self.has_file(FileKind::Image, *id));
                let Some(id) = image else { continue };
                let (spec, unknown) = as_far_as_known(object.text("filter_spec"));
                if !unknown.is_empty() {
                    let what =
                        format!("{} is not known here: its address leads to the image without it", unknown.join(", "));
                    self.report.notice(&object.name(), "filter_spec", what);
                }
                coming.insert(object.text("file").to_owned(), Known { id, digest: spec.to_string() });
            }
            self.note_addresses(coming).await?;
            told(ADDRESSES, (at * BATCH + batch.len()) as u64, keys.len() as u64);
        }
        Ok(())
    }

    /// Wagtail's, or the site's own, which has the same fields.
    fn model_of_renditions(&self) -> String {
        let is_it = |names: &[String]| {
            ["filter_spec", "focal_point_key", "file", "image"]
                .iter()
                .all(|name| names.iter().any(|known| known == name))
        };
        let own = self.dump.models().find(|(name, model)| *name != RENDITION && is_it(&model.names));
        own.filter(|_| self.dump.count(RENDITION) == 0).map_or(RENDITION, |(name, _)| name).to_owned()
    }

    async fn note_addresses(&mut self, mut coming: HashMap<String, Known>) -> Result<(), ImportError> {
        coming.retain(|path, _| !path.is_empty());
        let db = self.target.content.db.clone();
        let known = store::count(&db, SOURCE, former::NOTED_AS, coming.keys().cloned().collect()).await?;
        let known = usize::try_from(known).unwrap_or(coming.len()).min(coming.len());
        if self.writes() && known < coming.len() {
            let all = coming.iter().map(|(path, known)| (path.clone(), known));
            store::note_all(&*db, SOURCE, former::NOTED_AS, all).await?;
        }
        (0..known).for_each(|_| self.report.known(ADDRESSES));
        (known..coming.len()).for_each(|_| self.report.made(ADDRESSES));
        Ok(())
    }
}

/// A filter spec with the operations that are known here, and the others.
fn as_far_as_known(text: &str) -> (FilterSpec, Vec<&str>) {
    if let Ok(spec) = FilterSpec::parse(text) {
        return (spec, Vec::new());
    }
    let (known, unknown): (Vec<&str>, Vec<&str>) =
        text.split('|').partition(|operation| FilterSpec::parse(operation).is_ok());
    (FilterSpec::parse(&known.join("|")).unwrap_or_default(), unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_that_are_not_known_are_left_out_of_a_spec() {
        let cases = [
            ("fill-32x32", "fill-32x32", ""),
            ("width-800|format-webp", "width-800|format-webp", ""),
            ("original", "original", ""),
            ("watermark-3|width-400", "width-400", "watermark-3"),
            ("watermark", "original", "watermark"),
            ("width-99999999", "original", "width-99999999"),
        ];
        for (given, spec, unknown) in cases {
            let (known, others) = as_far_as_known(given);
            assert_eq!((known.to_string().as_str(), others.join("|").as_str()), (spec, unknown), "{given}");
        }
    }
}
