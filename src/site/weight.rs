//! What a page costs whoever opens it for the first time: its HTML as it is sent, and the pictures that it shows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::PublicSite;
use crate::http::encoding::{self, Effort, Encoding};
use crate::media::url::{self, RenditionPath};

/// Pictures that are weighed; a page with more is heavy without a scale.
const MAX_IMAGES: usize = 60;

/// In bytes as they are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    pub html_bytes: u64,
    pub image_bytes: u64,
    pub images: usize,
    /// Pictures whose size could not be told.
    pub unknown: usize,
}

impl Weight {
    pub fn bytes(&self) -> u64 {
        self.html_bytes + self.image_bytes
    }
}

impl PublicSite {
    /// Weighs rendered HTML. Of a picture in several sizes the one that `src` names counts; sizes that nobody asked for
    /// yet are made.
    pub async fn weigh(self: &Arc<Self>, html: String) -> Weight {
        let paths: Vec<String> = pictures(&html).into_iter().map(str::to_owned).collect();
        let sent = tokio::task::spawn_blocking(move || {
            let compressed = encoding::compress(html.as_bytes(), Encoding::Brotli, Effort::Fast);
            compressed.map_or(html.len(), |bytes| bytes.len())
        });
        let mut weight = Weight { images: paths.len(), ..Weight::default() };
        for (number, path) in paths.iter().enumerate() {
            match if number < MAX_IMAGES { self.picture_bytes(path).await } else { None } {
                Some(bytes) => weight.image_bytes += bytes,
                None => weight.unknown += 1,
            }
        }
        weight.html_bytes = sent.await.unwrap_or_default() as u64;
        weight
    }

    async fn picture_bytes(self: &Arc<Self>, path: &str) -> Option<u64> {
        let path = RenditionPath::parse(path)?;
        let spec = path.verify(&self.app.keys)?;
        let media = &self.app.media;
        let known = media.find_rendition(path.image_id, &spec, path.version).await.ok()??;
        let rendition = match &known.rendition {
            Some(rendition) => rendition.clone(),
            None => media.make_rendition(known.clone(), &spec).await.ok()?,
        };
        Some(rendition.size_bytes)
    }
}

/// What stands behind the prefix of renditions in the `src` of each `<img>`, each once.
fn pictures(html: &str) -> BTreeSet<&str> {
    let tags = html.split("<img").skip(1).filter_map(|rest| rest.split('>').next());
    let sources = tags.filter_map(|tag| tag.split(" src=\"").nth(1)?.split('"').next());
    sources.filter_map(|source| source.split_once(url::RENDITIONS).map(|(_, path)| path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_picture_counts_once_in_the_size_that_its_source_names() {
        let html = r#"<img class="a" src="/media/images/1/x/y/z/a.webp" srcset="/media/images/1/big/y/z/a.webp 2x">
            <img alt="" src="/media/images/1/x/y/z/a.webp"><img src="/static/logo.svg">
            <a href="/media/images/2/x/y/z/b.webp">x</a>"#;
        assert_eq!(pictures(html).into_iter().collect::<Vec<_>>(), ["1/x/y/z/a.webp"]);
    }
}
