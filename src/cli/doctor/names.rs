//! Host names that the settings name: whether they lead to an address.

use std::net::IpAddr;
use std::time::Duration;

use url::Url;

use super::report::Report;
use crate::config::{Config, DatabaseHosts};

/// A resolver that takes longer makes every new connection slow.
const TIMEOUT: Duration = Duration::from_secs(5);

pub async fn examine(config: &Config, report: &mut Report) {
    for (key, host) in named(config) {
        let found = tokio::time::timeout(TIMEOUT, tokio::net::lookup_host((host.as_str(), 0))).await;
        let answer = match found {
            Err(_) => Err("no answer within 5 s".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Ok(Ok(addresses)) => Ok(addresses.map(|address| address.ip()).collect::<Vec<_>>()),
        };
        match answer {
            Ok(addresses) if !addresses.is_empty() => {
                let shown: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
                let mut distinct = shown;
                distinct.sort();
                distinct.dedup();
                report.ok("dns", format!("{host} ({key}) is {}", distinct.join(", ")));
            }
            Ok(_) => report.problem("dns", format!("{host} ({key}) has no address"), advice(key)),
            // The site works without its own name, as long as its visitors find it.
            Err(error) if key == "server.base_url" => {
                report.warning("dns", format!("{host} ({key}) is not found from here: {error}"), advice(key));
            }
            Err(error) => report.problem("dns", format!("{host} ({key}) is not found: {error}"), advice(key)),
        }
    }
}

fn advice(key: &str) -> String {
    format!("correct {key}, or the record; ask the same resolver: getent hosts NAME")
}

/// Names, without those that are addresses.
fn named(config: &Config) -> Vec<(&'static str, String)> {
    let host = |address: &str| Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
    let databases = DatabaseHosts::parse(&config.database.url).map(|hosts| hosts.urls).unwrap_or_default();
    let databases = databases.iter().filter(|_| !is_file(config));
    let mut found = vec![("server.base_url", host(&config.server.base_url))];
    found.extend(databases.map(|url| ("database.url", host(url.expose()))));
    found.extend([
        ("redis.url", host(config.redis.url.expose())),
        ("telemetry.otlp_endpoint", host(&config.telemetry.otlp_endpoint)),
        ("email.host", Some(config.email.host.clone())),
    ]);
    let is_name = |host: &String| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        !bare.is_empty() && bare.parse::<IpAddr>().is_err()
    };
    found.into_iter().filter_map(|(key, host)| Some((key, host.filter(is_name)?))).collect()
}

fn is_file(config: &Config) -> bool {
    config.database.url.expose().starts_with("sqlite:")
}

#[cfg(test)]
mod tests {
    use super::named;
    use crate::config::{Config, Sources};

    fn config_with(pairs: &[(&str, &str)]) -> Config {
        let flags = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Config::load(Sources { flags, ..Sources::default() }).expect("settings of a test").config
    }

    #[test]
    fn names_are_looked_up_and_addresses_are_not() {
        let config = config_with(&[
            ("server.base_url", "https://www.example.test"),
            ("database.url", "postgres://user:secret@db.test:5433,standby.test/site"),
            ("redis.url", "redis://:secret@127.0.0.1:6379/0"),
            ("telemetry.otlp_endpoint", "http://[::1]:4318"),
            ("email.host", "mail.test"),
        ]);
        let expected = [
            ("server.base_url", "www.example.test"),
            ("database.url", "db.test"),
            ("database.url", "standby.test"),
            ("email.host", "mail.test"),
        ];
        let found = named(&config);
        assert_eq!(found.iter().map(|(key, host)| (*key, host.as_str())).collect::<Vec<_>>(), expected);
        let local = config_with(&[("database.url", "sqlite://some.file/vitrine.db")]);
        assert!(named(&local).is_empty(), "a file has no address");
    }
}
