//! Refusals of webhooks.

use crate::admin::texts::{Said, said};
use crate::webhooks::{MAX_ENDPOINTS, MAX_NAME, TargetRefused, WebhookError};

pub(in crate::admin) fn webhook(error: &WebhookError) -> Said {
    match error {
        WebhookError::NotFound(_) => said("no-such-webhook"),
        WebhookError::DeliveryNotFound(_) => said("no-such-delivery"),
        WebhookError::NameInvalid => said("webhook-name-invalid").with("max", MAX_NAME),
        WebhookError::Target(TargetRefused::NoUrl) => said("webhook-url-invalid"),
        WebhookError::Target(TargetRefused::NotHttps) => said("webhook-url-not-https"),
        WebhookError::Target(TargetRefused::Credentials) => said("webhook-url-credentials"),
        WebhookError::Target(TargetRefused::Fragment) => said("webhook-url-fragment"),
        WebhookError::Target(TargetRefused::Network) => said("webhook-url-network"),
        WebhookError::EventUnknown(_) => said("not-what-is-sent-here"),
        WebhookError::EventsMissing => said("webhook-events-missing"),
        WebhookError::NotActive => said("webhook-not-active"),
        WebhookError::TooMany => said("too-many-webhooks").with("max", MAX_ENDPOINTS),
        WebhookError::Stale(_) => said("webhook-stale"),
        WebhookError::Db(_) => said("server-failed"),
    }
}
