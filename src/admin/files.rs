//! The editor's stylesheets and scripts, embedded. Their addresses have their digests, so that browsers keep them until a
//! new binary brings others.

use std::sync::{Arc, OnceLock};

use axum::extract::{Path, Request, State};
use axum::response::Response;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Admin, answer};
use crate::admin::texts::said;
use crate::http::encoding::{self, Effort, Encoding};
use crate::telemetry::label::Route;

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

struct File {
    /// As templates know it.
    key: &'static str,
    name: String,
    media_type: &'static str,
    text: &'static str,
    /// Made once, when a browser first asks: brotli at its best takes a second for the largest.
    brotli: OnceLock<Option<Bytes>>,
}

impl File {
    fn new(key: &'static str, extension: &'static str, text: &'static str) -> Self {
        let digest = HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..4]);
        let media_type = if extension == "css" { CSS } else { JAVASCRIPT };
        Self { key, name: format!("{key}.{digest}.{extension}"), media_type, text, brotli: OnceLock::new() }
    }
}

pub(super) struct Files(Vec<File>);

impl Files {
    pub(super) fn new() -> Self {
        Self(vec![
            File::new("admin", "css", include_str!("static/admin.css")),
            File::new("lists", "css", include_str!("static/lists.css")),
            File::new("editor", "css", include_str!("static/editor.css")),
            File::new("admin", "js", include_str!("../../assets/dist/admin.js")),
            File::new("passkeys", "js", include_str!("../../assets/dist/passkeys.js")),
            File::new("editor", "js", include_str!("../../assets/dist/editor.js")),
            File::new("userbar", "js", include_str!("../../assets/dist/userbar.js")),
            File::new("checks", "js", include_str!("../../assets/dist/checks.js")),
        ])
    }

    /// Addresses for templates: `files.admin.css`.
    pub(super) fn urls(&self) -> Value {
        let mut urls = json!({});
        for file in &self.0 {
            let extension = if file.media_type == CSS { "css" } else { "js" };
            urls[file.key][extension] = json!(format!("/admin/static/{}", file.name));
        }
        urls
    }

    /// The address of a script.
    pub(super) fn script(&self, key: &str) -> String {
        let file = self.0.iter().find(|file| file.key == key && file.media_type == JAVASCRIPT);
        file.map(|file| format!("/admin/static/{}", file.name)).unwrap_or_default()
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|file| file.name == name)
    }
}

pub(super) async fn file(State(admin): State<Arc<Admin>>, Path(name): Path<String>, request: Request) -> Response {
    let Some(at) = admin.files.find(&name) else {
        return admin.message(StatusCode::NOT_FOUND, Route::AdminStatic, said("no-such-file"));
    };
    let mut response = answer::plain(StatusCode::OK, Route::AdminStatic);
    let file = &admin.files.0[at];
    let wants_brotli = encoding::accepts(request.headers(), Encoding::Brotli);
    let compressed = if wants_brotli { brotli(admin.clone(), at).await } else { None };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    match compressed {
        Some(bytes) => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
            *response.body_mut() = bytes.into();
        }
        None => *response.body_mut() = file.text.into(),
    }
    response
}

/// None when it would not be smaller.
async fn brotli(admin: Arc<Admin>, at: usize) -> Option<Bytes> {
    if let Some(made) = admin.files.0[at].brotli.get() {
        return made.clone();
    }
    let make = move || {
        let file = &admin.files.0[at];
        let compress = || encoding::compress(file.text.as_bytes(), Encoding::Brotli, Effort::Best);
        file.brotli.get_or_init(compress).clone()
    };
    tokio::task::spawn_blocking(make).await.ok().flatten()
}
