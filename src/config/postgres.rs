//! `POSTGRES_HOST`, `_PORT`, `_USER`, `_PASSWORD` and `_DB`, as the PostgreSQL image names them, made
//! into one URL. Each has its `_FILE` form.

use std::net::Ipv6Addr;

use super::environment::{Environment, Variable};
use super::origin::Source;
use super::url::percent_encode;

/// The setting that they make.
pub(super) const KEY: &str = "database.url";
pub(super) const VARIABLES: [&str; 5] =
    ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB"];

/// Where the parts that are set come from.
pub(super) fn sources(environment: &Environment<'_>) -> Vec<Source> {
    // A port alone does not say that PostgreSQL is meant.
    let parts = VARIABLES.into_iter().filter(|name| *name != "POSTGRES_PORT");
    let found = parts.filter_map(|name| environment.find(name, true));
    found.map(|variable| variable.source).collect()
}

/// The URL, when a host or a database is set.
pub(super) fn compose(environment: &Environment<'_>) -> Option<(Result<String, String>, Source)> {
    let [user, password, host, port, database] = VARIABLES.map(|name| environment.find(name, true));
    if host.is_none() && database.is_none() {
        return None;
    }
    let parts = [&user, &password, &host, &port, &database];
    let sources = parts.iter().filter_map(|part| part.as_ref());
    let source = Source::Parts(sources.map(|variable| variable.source.clone()).collect());
    Some((url(user, password, host, port, database), source))
}

fn url(
    user: Option<Variable>,
    password: Option<Variable>,
    host: Option<Variable>,
    port: Option<Variable>,
    database: Option<Variable>,
) -> Result<String, String> {
    let text = |part: Option<Variable>| part.map(|variable| variable.text).transpose();
    let mut url = "postgres://".to_owned();
    let (user, password) = (text(user)?, text(password)?);
    if user.is_some() || password.is_some() {
        url.push_str(&percent_encode(&user.unwrap_or_default()));
        if let Some(password) = password {
            url.push(':');
            url.push_str(&percent_encode(&password));
        }
        url.push('@');
    }
    let host = text(host)?.unwrap_or_else(|| "localhost".to_owned());
    let port = text(port)?.unwrap_or_else(|| "5432".to_owned());
    let Some(port) = port.trim().parse::<u16>().ok().filter(|port| *port > 0) else {
        return Err(format!("POSTGRES_PORT: expected a port from 1 to 65535, found {port:?}"));
    };
    // Several, of which one takes writes, stand with commas between them, as in libpq's PGHOST.
    let hosts = host.split(',').map(str::trim).map(|host| {
        let host = if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { percent_encode(host) };
        format!("{host}:{port}")
    });
    url.push_str(&hosts.collect::<Vec<_>>().join(","));
    if let Some(database) = text(database)? {
        url.push('/');
        url.push_str(&percent_encode(&database));
    }
    Ok(url)
}
