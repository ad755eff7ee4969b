//! Who else is needed, where it is configured: Redis, the mail server and the CDN.

use std::sync::Arc;

use super::report::Report;
use crate::cdn;
use crate::config::Config;
use crate::mail::Mailer;
use crate::redis::Redis;
use crate::telemetry::{Telemetry, Timer};

pub async fn redis(config: &Config, telemetry: &Arc<Telemetry>, report: &mut Report) {
    let redis = match Redis::open(config, telemetry) {
        Ok(Some(redis)) => redis,
        Ok(None) => return report.note("redis", "none is set up: one node needs none", ""),
        Err(error) => return report.problem("redis", error.to_string(), "correct redis.url"),
    };
    let timer = Timer::start();
    match redis.check().await {
        Ok(()) => report.ok("redis", format!("answers in {:.1} ms", timer.elapsed_s() * 1e3)),
        Err(error) => report.problem(
            "redis",
            format!("{error}: each node counts the limits of the API by itself"),
            "is it running, and is redis.url right? docs/runbooks/VitrineRateLimitsLocal.md",
        ),
    }
}

pub async fn smtp(config: &Config, telemetry: &Arc<Telemetry>, report: &mut Report) {
    let settings = &config.email;
    if settings.host.is_empty() {
        let found = "email.host is not set: mail is written into a folder, nobody gets a link for a new password";
        return report.note("smtp", found, "set email.host, email.user, email.password and email.from");
    }
    let mailer = match Mailer::open(config, telemetry.clone()) {
        Ok(mailer) => mailer,
        Err(error) => return report.problem("smtp", error.to_string(), "correct the settings of [email]"),
    };
    let server = format!("{}:{}", settings.host, settings.port);
    match mailer.check().await {
        Ok(()) => report.ok("smtp", format!("{server} takes mail from here")),
        Err(error) => report.problem(
            "smtp",
            format!("{server}: {error}"),
            "are port, encryption, user and password of [email] right, and does a firewall let it out?",
        ),
    }
}

pub async fn cdn(config: &Config, telemetry: &Arc<Telemetry>, report: &mut Report) {
    let timer = Timer::start();
    match cdn::check(&config.cdn, telemetry).await {
        None => {}
        Some(Ok(())) => {
            let provider = config.cdn.provider;
            report.ok("cdn", format!("{provider} takes purges, in {:.1} ms", timer.elapsed_s() * 1e3));
        }
        Some(Err(unsent)) => report.problem(
            "cdn",
            format!("{unsent}: visitors may see pages as they were before a change"),
            "are the settings of [cdn] right, and may the token purge? docs/runbooks/VitrineCdnPurgesFailing.md",
        ),
    }
}
