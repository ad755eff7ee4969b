//! Content types of static files: a closed table by extension.

/// What a file is, as far as serving it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MediaType {
    pub(super) name: &'static str,
    /// Worth compressing.
    pub(super) is_text: bool,
    /// Fonts load with CORS even from a page's own CDN.
    pub(super) is_cross_origin: bool,
}

impl MediaType {
    pub(super) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        let (name, is_text) = match extension.as_str() {
            "css" => ("text/css; charset=utf-8", true),
            "js" | "mjs" => ("text/javascript; charset=utf-8", true),
            "html" | "htm" => ("text/html; charset=utf-8", true),
            "txt" | "md" => ("text/plain; charset=utf-8", true),
            "csv" => ("text/csv; charset=utf-8", true),
            "xml" => ("application/xml; charset=utf-8", true),
            "svg" => ("image/svg+xml; charset=utf-8", true),
            "json" | "map" => ("application/json", true),
            "webmanifest" => ("application/manifest+json", true),
            "wasm" => ("application/wasm", true),
            "ico" => ("image/x-icon", true),
            "ttf" => ("font/ttf", true),
            "otf" => ("font/otf", true),
            "woff" => ("font/woff", false),
            "woff2" => ("font/woff2", false),
            "png" => ("image/png", false),
            "jpg" | "jpeg" => ("image/jpeg", false),
            "gif" => ("image/gif", false),
            "webp" => ("image/webp", false),
            "avif" => ("image/avif", false),
            "mp4" => ("video/mp4", false),
            "webm" => ("video/webm", false),
            "mp3" => ("audio/mpeg", false),
            "ogg" => ("audio/ogg", false),
            "pdf" => ("application/pdf", false),
            _ => ("application/octet-stream", false),
        };
        Self { name, is_text, is_cross_origin: name.starts_with("font/") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_utf8_and_compressed() {
        assert_eq!(
            MediaType::of("css/site.min.CSS"),
            MediaType { name: "text/css; charset=utf-8", is_text: true, is_cross_origin: false }
        );
        assert!(MediaType::of("logo.svg").is_text);
    }

    #[test]
    fn images_and_fonts_are_compressed_already() {
        assert!(!MediaType::of("a.png").is_text && !MediaType::of("fonts/x.woff2").is_text);
        assert!(MediaType::of("fonts/x.woff2").is_cross_origin);
    }

    #[test]
    fn unknown_extensions_are_bytes() {
        for path in ["LICENSE", "a.d/README", "x.exe", ".hidden"] {
            assert_eq!(MediaType::of(path).name, "application/octet-stream", "{path}");
        }
    }
}
