//! Who else is needed, where it is configured: the bucket of the media library, Redis, the mail server and the CDN.

use std::sync::Arc;

use super::report::Report;
use crate::cdn;
use crate::config::{Config, MediaPlace};
use crate::mail::Mailer;
use crate::media::storage::Storage;
use crate::redis::Redis;
use crate::telemetry::{Telemetry, Timer};

/// A bucket in which a file takes longer to come and go makes each upload and each new rendition slow.
const SLOW_BUCKET_S: f64 = 2.0;

/// Writes a file into the bucket of the media library, finds, reads and deletes it.
pub async fn bucket(config: &Config, telemetry: &Arc<Telemetry>, report: &mut Report) {
    let s3 = &config.s3;
    if config.media.storage != MediaPlace::S3 {
        return;
    }
    let storage = match Storage::of(config, telemetry.clone()) {
        Ok(storage) => storage,
        Err(error) => return report.problem("storage", error.to_string(), "correct the settings of [s3]"),
    };
    if s3.endpoint.starts_with("http://") {
        let found = format!("{} is spoken to without TLS: who listens on the way sees the files", s3.place());
        report.note("storage", found, "right within one machine or a network of your own; else https://");
    }
    let timer = Timer::start();
    match storage.try_out().await {
        Ok(()) => {
            let took_s = timer.elapsed_s();
            let found =
                format!("a file in the {} was written, found, read and deleted in {:.0} ms", s3.place(), took_s * 1e3);
            match took_s > SLOW_BUCKET_S {
                true => report.warning("storage", found, "use a bucket in a region near this machine"),
                false => report.ok("storage", found),
            }
        }
        Err(error) if error.is_refusal() => report.problem(
            "storage",
            error.to_string(),
            "are s3.access_key_id, s3.secret_access_key and s3.region right, and may this key get, put, delete and \
             list objects? docs/DEPLOY.md has the policy",
        ),
        Err(error) => report.problem(
            "storage",
            error.to_string(),
            "is s3.endpoint reachable from here, is there such a bucket, and is s3.path_style right?",
        ),
    }
}

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
