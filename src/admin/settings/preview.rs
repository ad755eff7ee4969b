//! The home page of a site as it would be with other settings, before they are saved: never cached, and shown to whoever
//! edits them alone.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::edit::Sent;
use super::{enter, permitted, type_of};
use crate::admin::Admin;
use crate::admin::editor::preview::answer;
use crate::admin::editor::refusal;
use crate::admin::editor::save::body;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::Done;
use crate::content::setting;

/// As they are.
pub(super) async fn current(
    State(admin): State<Arc<Admin>>,
    Path((type_name, site)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    drop(request);
    admin.answer(entering, async |seat| show(&admin, seat, (&type_name, &site), None).await).await
}

/// What the form holds just now.
pub(super) async fn unsaved(
    State(admin): State<Arc<Admin>>,
    Path((type_name, site)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Json);
    admin.answer(entering, async |seat| show(&admin, seat, (&type_name, &site), Some(request)).await).await
}

async fn show(admin: &Admin, seat: &Seat, (type_name, site): (&str, &str), sent: Option<Request>) -> Done {
    let content = &admin.app.content;
    let types = content.types();
    let of_type = type_of(&types, type_name)?;
    let site = permitted(admin, seat, of_type, site).await?.map(|site| site.id);
    let values = match sent {
        Some(request) => {
            let sent: Sent = body(admin, seat, request).await?;
            let tried = content.try_setting(site, type_name, &sent.content.fields, &seat.actor()).await;
            match tried {
                Ok(values) => values,
                Err(error) => return Ok(refusal::of(admin, seat, error)),
            }
        }
        None => setting::find(&content.db, &types, of_type, site).await?.0,
    };
    Ok(answer(admin, seat, admin.site.preview_settings(site, type_name, &values).await))
}
