//! Pictures of people: everybody puts up and removes their own; a superuser also removes another's. They are served to
//! those who are signed in, and never change under their address.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use futures_util::TryStreamExt as _;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use serde_json::json;
use tokio_util::io::StreamReader;

use super::account::show;
use super::answer::{plain, see_other};
use super::entry::{Seat, Speaks};
use super::manage;
use super::pages::ids;
use super::refusal::{Done, Refusal};
use super::texts::{Said, said};
use super::{Admin, only, words};
use crate::media::MediaError;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminPictures;
/// Parts of a form: one file.
const MAX_PARTS: usize = 4;
/// Nothing in a picture runs, wherever it is opened.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/pictures/", only(post(upload), ROUTE))
        .route("/admin/pictures/remove/", only(post(remove_own), ROUTE))
        .route("/admin/pictures/{id}/remove/", only(post(remove), ROUTE))
        .route("/admin/pictures/{id}/{name}", only(get(file), ROUTE))
}

/// What was done, after a form sent somebody to their account.
pub(super) fn notice(word: &str) -> Option<Said> {
    match word {
        "picture" => Some(said("picture-kept")),
        "picture-removed" => Some(said("picture-removed")),
        _ => None,
    }
}

async fn upload(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| take(&admin, seat, request).await).await
}

async fn refused(admin: &Admin, seat: &Seat, text: Said) -> Done {
    let context = json!({ "errors": { "picture": text } });
    Ok(show(admin, seat, StatusCode::UNPROCESSABLE_ENTITY, context).await)
}

async fn take(admin: &Admin, seat: &Seat, request: Request) -> Done {
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| Refusal::Bad(said("send-a-form-with-a-file")))?;
    for _ in 0..MAX_PARTS {
        let part = match form.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => break,
            Err(_) => return refused(admin, seat, said("file-broken")).await,
        };
        let name = part.file_name().unwrap_or_default().to_owned();
        if part.name() != Some("picture") || name.is_empty() {
            continue;
        }
        let source = StreamReader::new(part.map_err(std::io::Error::other));
        let made = admin.app.media.portrait(source, &name).await;
        return match made {
            Ok(bytes) => {
                let session = &seat.session;
                admin.app.accounts.set_picture(session.account_id, &session.username, &bytes, &seat.by()).await?;
                Ok(see_other("/admin/account/?said=picture#picture", ROUTE))
            }
            Err(MediaError::Db(error)) => Err(Refusal::Db(error)),
            Err(error) => refused(admin, seat, words::media(&error)).await,
        };
    }
    refused(admin, seat, said("choose-a-file")).await
}

async fn remove_own(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| {
        let session = &seat.session;
        admin.app.accounts.remove_picture(session.account_id, &session.username, &seat.by()).await?;
        Ok(see_other("/admin/account/?said=picture-removed#picture", ROUTE))
    };
    admin.answer(entering, work).await
}

/// Of somebody else: for superusers.
async fn remove(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| {
        if !seat.grants.is_superuser() {
            return Err(Refusal::Forbidden(said("only-superusers-remove-pictures")));
        }
        let id = manage::id(&id, said("no-such-user"))?;
        let accounts = &admin.app.accounts;
        let user = accounts.find_user(id).await?.ok_or(Refusal::Missing(said("no-such-user")))?;
        accounts.remove_picture(user.id, &user.username, &seat.by()).await?;
        Ok(see_other(&format!("/admin/users/{}/?said=picture-removed", user.id), ROUTE))
    };
    admin.answer(entering, work).await
}

async fn file(State(admin): State<Arc<Admin>>, Path((id, name)): Path<(String, String)>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |_: &Seat| {
        let known = ids::parse(&id).zip(name.strip_suffix(".webp"));
        let found = match known {
            Some((id, digest)) => admin.app.accounts.find_picture(id, digest).await?,
            None => None,
        };
        let bytes = found.ok_or(Refusal::Missing(said("no-such-file")))?;
        let mut response = plain(StatusCode::OK, ROUTE);
        *response.body_mut() = bytes.into();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/webp"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        Ok(response)
    };
    admin.answer(entering, work).await
}
