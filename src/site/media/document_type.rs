//! What a document is sent as: a closed table by extension. Nothing that a browser would run keeps its own type.

/// The Content-Type for an extension in lower case.
pub(super) fn content_type(extension: &str) -> &'static str {
    match extension {
        "pdf" => "application/pdf",
        "csv" => "text/csv; charset=utf-8",
        "ics" => "text/calendar; charset=utf-8",
        "rtf" => "application/rtf",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "pages" => "application/vnd.apple.pages",
        "numbers" => "application/vnd.apple.numbers",
        "key" => "application/vnd.apple.keynote",
        "epub" => "application/epub+zip",
        "zip" => "application/zip",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        // Markup and programs are shown as what they are made of.
        "txt" | "md" | "html" | "htm" | "xhtml" | "shtml" | "xht" | "svg" | "svgz" | "xml" | "xsl" | "xslt" | "js"
        | "mjs" | "css" | "json" | "mht" | "mhtml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_runs_keeps_its_type() {
        for extension in ["html", "svg", "xml", "js", "xhtml", "xslt", "mhtml", "unknown", "", "swf", "wasm", "hta"] {
            let sent = content_type(extension);
            assert!(matches!(sent, "text/plain; charset=utf-8" | "application/octet-stream"), "{extension}: {sent}");
        }
    }
}
