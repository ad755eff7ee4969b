//! `/api/v1/webhooks/`: where changes are sent to, what became of each, and sending them again. For those who may manage
//! webhooks: whoever does learns of all that happens.

mod deliveries;
mod endpoints;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;

use super::at;
use super::problem::{Refusal, forbidden, invalid, not_found};
use crate::accounts::GlobalPermission;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::http::problem::Problem;
use crate::telemetry::label::Route;
use crate::webhooks::WebhookError;
use crate::words::sentence;

pub(super) fn routes() -> Router<Arc<Api>> {
    const ONE: Route = Route::ApiWebhook;
    let (all, one) = (get(endpoints::all).post(endpoints::create), get(endpoints::one));
    let one = one.patch(endpoints::change).delete(endpoints::delete);
    Router::new()
        .merge(at("/api/v1/webhooks/", all, (Route::ApiWebhooks, "GET, HEAD, POST")))
        .merge(at("/api/v1/webhooks/events/", get(endpoints::events), (ONE, "GET, HEAD")))
        .merge(at("/api/v1/webhooks/{id}/", one, (ONE, "GET, HEAD, PATCH, DELETE")))
        .merge(at("/api/v1/webhooks/{id}/secret/", post(endpoints::rotate), (ONE, "POST")))
        .merge(at("/api/v1/webhooks/{id}/test/", post(deliveries::test), (ONE, "POST")))
        .merge(at("/api/v1/webhooks/{id}/replay/", post(deliveries::replay_range), (ONE, "POST")))
        .merge(at("/api/v1/webhooks/{id}/deliveries/", get(deliveries::all), (ONE, "GET, HEAD")))
        .merge(at("/api/v1/webhooks/{id}/deliveries/{delivery}/", get(deliveries::one), (ONE, "GET, HEAD")))
        .merge(at("/api/v1/webhooks/{id}/deliveries/{delivery}/replay/", post(deliveries::replay), (ONE, "POST")))
}

fn refuse(caller: &Caller) -> Result<(), Refusal> {
    match caller.grants().may(GlobalPermission::Webhooks) {
        true => Ok(()),
        false => Err(forbidden("It takes the permission to manage webhooks.").into()),
    }
}

impl From<WebhookError> for Refusal {
    fn from(error: WebhookError) -> Self {
        let detail = sentence(&error.to_string());
        let (pointer, code) = match error {
            WebhookError::Db(error) => return Self::Db(error),
            WebhookError::NotFound(_) | WebhookError::DeliveryNotFound(_) => return not_found(detail).into(),
            WebhookError::Stale(_) => {
                let title = "Somebody changed it meanwhile";
                return Problem::new(StatusCode::PRECONDITION_FAILED, "stale", title).into();
            }
            WebhookError::NotActive => {
                return Problem::new(StatusCode::CONFLICT, "not_active", "It is not active").with_detail(detail).into();
            }
            WebhookError::TooMany => {
                let title = "There are as many as there may be";
                return Problem::new(StatusCode::CONFLICT, "too_many", title).with_detail(detail).into();
            }
            WebhookError::NameInvalid => ("/name", "invalid_name"),
            WebhookError::Target(_) => ("/url", "invalid_url"),
            WebhookError::EventUnknown(_) => ("/events", "unknown_event"),
            WebhookError::EventsMissing => ("/events", "required"),
        };
        invalid().at(pointer, code, detail).into()
    }
}
