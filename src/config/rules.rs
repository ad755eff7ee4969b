//! Limits of single settings, and rules between settings.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;

use super::load::Loading;
use super::s3;
use super::security::weakness;
use super::settings::{Cdn, Config};
use super::suggest::closest;
use super::variant::{CdnProvider, Mode};

pub(crate) fn within<T: PartialOrd + Display>(value: &T, range: &RangeInclusive<T>) -> Result<(), String> {
    if range.contains(value) {
        return Ok(());
    }
    Err(format!("must be from {} to {}, found {value}", range.start(), range.end()))
}

/// Days of the security log, of which the database keeps 30 in any case.
pub(crate) fn log_days(days: &u32) -> Result<(), String> {
    match days {
        0 | 30..=36500 => Ok(()),
        _ => Err(format!("must be 0, for ever, or from 30 to 36500, found {days}")),
    }
}

pub(crate) fn not_empty(path: &Path) -> Result<(), String> {
    if path.as_os_str().is_empty() { Err("must not be empty".to_owned()) } else { Ok(()) }
}

/// Goes into telemetry as it is.
pub(crate) fn header_token(text: &str) -> Result<(), String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(format!("expected visible ASCII characters without blanks, found {text:?}"))
}

/// Goes into a header as it is; may be empty.
pub(crate) fn header_text(text: &str) -> Result<(), String> {
    if text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(format!("expected one line of visible ASCII characters, found {text:?}"))
}

pub(crate) fn frame_options(text: &str) -> Result<(), String> {
    one_of(text, &["SAMEORIGIN", "DENY"])
}

/// The policies of the W3C Referrer Policy recommendation, section 3.
pub(crate) fn referrer_policy(text: &str) -> Result<(), String> {
    one_of(
        text,
        &[
            "no-referrer",
            "no-referrer-when-downgrade",
            "same-origin",
            "origin",
            "strict-origin",
            "origin-when-cross-origin",
            "strict-origin-when-cross-origin",
            "unsafe-url",
        ],
    )
}

fn one_of(text: &str, allowed: &[&str]) -> Result<(), String> {
    if allowed.contains(&text) {
        return Ok(());
    }
    let hint =
        closest(text, allowed.iter().copied()).map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
    Err(format!("expected one of {}, found {text:?}{hint}", allowed.join(", ")))
}

/// Checks settings against each other. A setting that is wrong by itself is not checked again.
pub(super) fn check(config: &Config, loading: &mut Loading<'_>) {
    let (certificate, key) = (&config.tls.certificate_file, &config.tls.key_file);
    if certificate.as_os_str().is_empty() != key.as_os_str().is_empty() {
        loading.refuse(
            &["tls.certificate_file", "tls.key_file"],
            "HTTPS needs both tls.certificate_file and tls.key_file: set the other one too, or neither",
        );
    }
    if overlap(config.server.listen, config.server.ops_listen) {
        loading.refuse(
            &["server.ops_listen", "server.listen"],
            "server.listen and server.ops_listen are the same port: give each its own",
        );
    }
    if config.faults.enabled && !config.server.ops_listen.ip().is_loopback() {
        loading.refuse(
            &["faults.enabled", "server.ops_listen"],
            "faults can be injected through server.ops_listen, which other machines reach: \
             give it a loopback address such as 127.0.0.1:9464, or leave faults.enabled (VITRINE_FAULTS) off",
        );
    }
    if config.api.cors_credentials && config.api.cors_origins.is_any() {
        loading.refuse(
            &["api.cors_credentials", "api.cors_origins"],
            "pages of any origin would act as whoever is signed in here: name the origins, or leave api.cors_credentials off",
        );
    }
    if config.frontend.proxy().is_some() && config.mode == Mode::Prod {
        loading.refuse(
            &["frontend.proxy", "mode"],
            "a development server is asked in vitrine dev alone: build the front end, and name its folder in frontend.dir",
        );
    }
    if config.frontend.proxy().is_some() && config.frontend.folder().is_some() {
        loading.refuse(
            &["frontend.proxy", "frontend.dir"],
            "the front end comes from a folder or from a development server: set one of both",
        );
    }
    check_cdn(&config.cdn, loading);
    s3::check(config, loading);
    if config.mode == Mode::Prod
        && let Some(weakness) = weakness(config.security.secret_key.expose())
    {
        loading.refuse(
            &["security.secret_key", "mode"],
            &format!(
                "{weakness}: refused in prod. Give 32 or more random characters (openssl rand -hex 32), \
                 or leave it empty to have one generated into data.dir"
            ),
        );
    }
}

/// What each provider needs, and what is another one's.
fn check_cdn(cdn: &Cdn, loading: &mut Loading<'_>) {
    let (service, zone) = (!cdn.service.is_empty(), !cdn.zone.is_empty());
    let (needs, others, most) = match cdn.provider {
        CdnProvider::None => return,
        CdnProvider::Fastly => {
            ([("cdn.service", service), ("cdn.token", !cdn.token.is_empty())], [("cdn.zone", zone)], 1)
        }
        CdnProvider::Cloudflare => {
            ([("cdn.zone", zone), ("cdn.token", !cdn.token.is_empty())], [("cdn.service", service)], 1)
        }
        CdnProvider::Varnish => {
            let others = [if zone { ("cdn.zone", zone) } else { ("cdn.service", service) }];
            ([("cdn.urls", !cdn.urls.is_empty()); 2], others, usize::MAX)
        }
    };
    let provider = cdn.provider;
    if let Some((key, _)) = needs.iter().find(|(_, is_set)| !is_set) {
        loading.refuse(&["cdn.provider", key], &format!("cdn.provider = \"{provider}\" needs {key}: set it too"));
    }
    if let Some((key, _)) = others.iter().find(|(_, is_set)| *is_set) {
        loading.refuse(
            &[key, "cdn.provider"],
            &format!("{key} says nothing to cdn.provider = \"{provider}\": leave one of both out"),
        );
    }
    if cdn.urls.count() > most {
        loading.refuse(
            &["cdn.urls", "cdn.provider"],
            &format!("cdn.provider = \"{provider}\" is asked at one address: leave the others out"),
        );
    }
}

fn overlap(first: SocketAddr, second: SocketAddr) -> bool {
    let wide = first.ip().is_unspecified() || second.ip().is_unspecified();
    first.port() != 0 && first.port() == second.port() && (wide || first.ip() == second.ip())
}
