//! What the queue does for webhooks: the mail about one that was disabled, and forgetting old events.

use std::sync::Arc;

use super::{App, one_line};
use crate::jobs::{Failure, Handler, Schedule, Task};
use crate::mail::Mail;
use crate::telemetry::label::JobKind;
use crate::webhooks::WebhookError;

const PRUNE_EVERY: Schedule = Schedule::Every(std::time::Duration::from_secs(3600));

impl App {
    pub(super) fn work_of_webhooks(self: &Arc<Self>, handlers: &mut Vec<Handler>, tasks: &mut Vec<Task>) {
        let app = self.clone();
        handlers.push(Handler::new(JobKind::WebhookNotice, move |run| {
            let app = app.clone();
            async move { app.send_webhook_notice(run.number("webhook")?).await }
        }));
        let app = self.clone();
        handlers.push(Handler::new(JobKind::EventPrune, move |_| {
            let app = app.clone();
            async move { Ok(app.webhooks.forget_old().await.map(drop)?) }
        }));
        tasks.push(Task { kind: JobKind::EventPrune, schedule: PRUNE_EVERY });
    }

    /// Mails whoever made a webhook that the server has disabled it, while it still is.
    async fn send_webhook_notice(&self, webhook: i64) -> Result<(), Failure> {
        let found = match self.webhooks.find(webhook).await {
            Ok(found) if !found.why.is_empty() => found,
            Ok(_) | Err(WebhookError::NotFound(_)) => return Ok(()),
            Err(error) => return Err(Failure::Later(error.to_string())),
        };
        let Some(account) = found.account_id else { return Ok(()) };
        let Some((to, _)) = self.accounts.find_standing(account).await? else { return Ok(()) };
        if !to.is_active || to.email.is_empty() {
            return Ok(());
        }
        let (site, name) = (self.default_site().await?, one_line(&found.name));
        let text = format!(
            "The webhook \"{name}\" of {} is disabled: {}.\n\nWhat happens from now on is not sent to {}. {} deliveries wait. \
             Mend its receiver, switch it on again, and replay what it missed:\n\n{}/admin/webhooks/{webhook}/\n",
            site.name, found.why, found.url, found.waiting, site.base_url
        );
        self.deliver(&Mail { to: to.email, subject: format!("Webhook disabled: {name}"), text }).await
    }
}
