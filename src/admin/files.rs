//! The stylesheet, embedded. Its address has its digest, so that browsers keep it until a new binary brings another one.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use data_encoding::HEXLOWER;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use sha2::{Digest as _, Sha256};

use super::{Admin, answer};
use crate::telemetry::label::Route;

const TEXT: &str = include_str!("static/admin.css");

pub(super) struct Styles {
    name: String,
}

impl Styles {
    pub(super) fn new() -> Self {
        let digest = HEXLOWER.encode(&Sha256::digest(TEXT.as_bytes())[..4]);
        Self { name: format!("admin.{digest}.css") }
    }

    pub(super) fn url(&self) -> String {
        format!("/admin/static/{}", self.name)
    }
}

pub(super) async fn style(State(admin): State<Arc<Admin>>, Path(name): Path<String>) -> Response {
    if name != admin.styles.name {
        return admin.message(StatusCode::NOT_FOUND, Route::AdminStatic, "There is no such file.");
    }
    let mut response = answer::plain(StatusCode::OK, Route::AdminStatic);
    *response.body_mut() = TEXT.into();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    response
}
