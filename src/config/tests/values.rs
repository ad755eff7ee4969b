//! Addresses, URLs, hosts, networks and numbers: what is taken and what is refused.

use super::{load, refuse};
use crate::config::Cidr;

fn takes(key: &str, values: &[&str]) {
    for value in values {
        load("", &[], &[(key, value)]);
    }
}

fn refuses(key: &str, values: &[&str]) {
    for value in values {
        let problems = refuse("", &[], &[(key, value)]);
        assert_eq!(problems.len(), 1, "{key}={value}");
        assert!(problems[0].starts_with(&format!("flag --set: {key}: ")), "{problems:?}");
    }
}

#[test]
fn urls_are_checked() {
    takes("server.base_url", &["", "https://example.com", "http://127.0.0.1:8000", "http://[::1]:80"]);
    refuses(
        "server.base_url",
        &[
            "example.com",
            "ftp://example.com",
            "https://",
            "https://a b",
            "https://example.com/",
            "https://u:p@example.com",
            "https://example.com:0",
        ],
    );
    takes("telemetry.otlp_endpoint", &["", "http://collector:4318", "https://otel.example.com/v1"]);
    refuses("telemetry.otlp_endpoint", &["collector:4318", "grpc://collector:4317"]);
    takes("redis.url", &["", "redis://redis:6379/1", "rediss://:pw@redis"]);
    refuses("redis.url", &["redis:6379", "http://redis", "redis://"]);
}

#[test]
fn database_urls_are_checked() {
    takes(
        "database.url",
        &[
            "",
            "sqlite:a.db",
            "sqlite:///srv/a.db",
            "sqlite::memory:",
            "postgres://db/kni",
            "postgresql://u:p%40@[::1]:5432/kni?sslmode=require",
            "postgres:///kni?host=/run/postgresql",
            "postgres://%2Frun%2Fpostgresql/kni",
            "postgres://u:p@a:5432,b:5433/kni?sslmode=require&target_session_attrs=read-write",
            "postgres://10.0.0.1,[::1],%2Frun%2Fpostgresql/kni",
        ],
    );
    refuses(
        "database.url",
        &[
            "sqlite:",
            "sqlite:///",
            "mysql://db/kni",
            "postgres:db",
            "postgres://",
            "postgres://u:p@ss@db/k",
            "postgres://u:pa/ss@db/k",
            "postgres://u:1/ss@db/k",
            "postgres://u:100%@db/k",
            "postgres://db:99999/k",
            "postgres://a,,b/k",
            "postgres://a:1,b:x/k",
            "postgres://a,b,c,d,e,f,g,h,i/k",
            "postgres://a,b/k?target_session_attrs=any",
            "postgres://a,b/k?target_session_attrs=standby",
        ],
    );
}

#[test]
fn hosts_are_checked_and_the_message_helps() {
    takes("server.allowed_hosts", &["*", ".example.com", "a-b.example.com,my_host,192.0.2.1,[2001:db8::1]"]);
    let hints = [
        ("https://example.com", "without scheme"),
        ("example.com:80", "without port"),
        ("*.example.com", "write \".example.com\""),
        ("::1", "write \"[::1]\""),
        ("bücher.example", "xn--"),
        ("1.2.3.400", "is not a host"),
        ("-a.com", "is not a host"),
        (",", "name at least one"),
    ];
    for (host, hint) in hints {
        let problems = refuse("", &[("ALLOWED_HOSTS", host)], &[]);
        assert!(problems[0].contains(hint), "{problems:?}");
    }
    let problems = refuse("[server]\nallowed_hosts = [\n  \"a\",\n  3,\n]\n", &[], &[]);
    assert_eq!(problems, ["vitrine.toml:2: server.allowed_hosts: item 2: expected a string, found an integer"]);
}

#[test]
fn networks_are_checked_and_contain_their_addresses() {
    takes("server.trusted_proxies", &["", "10.0.0.0/8, 192.0.2.7,::1,fd00::/8", "0.0.0.0/0,::/0"]);
    refuses("server.trusted_proxies", &["10.0.0.0/33", "proxy", "10.0.0/8", "::1/129", "10.0.0.1/8", "10.0.0.0/+8"]);
    let contains = |network: &str, address: &str| {
        let network: Cidr = network.parse().expect("a network");
        network.contains(address.parse().expect("an address"))
    };
    assert!(contains("10.0.0.0/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.1"));
    assert!(contains("10.0.0.0/8", "::ffff:10.1.2.3") && !contains("10.0.0.0/8", "::1"));
    assert!(contains("0.0.0.0/0", "203.0.113.9") && contains("::/0", "2001:db8::1"));
    assert!(contains("192.0.2.7", "192.0.2.7") && !contains("192.0.2.7", "192.0.2.8"));
    assert!(contains("fd00::/8", "fdff::1") && !contains("fd00::/8", "fe00::1"));
}

#[test]
fn numbers_and_closed_sets_are_checked() {
    takes("server.request_timeout_s", &["0.1", "5", "86400"]);
    refuses("server.request_timeout_s", &["0", "-1", "NaN", "inf", "1e300", "fast"]);
    takes("telemetry.trace_sample_ratio", &["0", "1", "0.25"]);
    refuses("telemetry.trace_sample_ratio", &["1.1", "-0.1"]);
    refuses("email.port", &["0", "65536", "tls"]);
    refuses("email.host", &["smtp://mail", "mail:25"]);
    takes("security.frame_options", &["DENY"]);
    refuses("security.frame_options", &["ALLOW", ""]);
    refuses("security.referrer_policy", &["", "never", "same_origin"]);
    refuses("telemetry.service_name", &["", "my service"]);
    refuses("data.dir", &[""]);
    refuses("log.format", &["xml"]);
    let toml = "[server]\nmax_body_bytes = 0x10_0000\nrequest_timeout_s = 5\n[log]\naccess = false\n";
    let config = load(toml, &[], &[]).config;
    assert_eq!((config.server.max_body_bytes, config.server.request_timeout_s), (1_048_576, 5.0));
    assert!(!config.log.access);
    assert_eq!(
        refuse("[server]\nworkers = \"2\"\nrequest_timeout_s = \"5\"\nallowed_hosts = \"a\"\n", &[], &[]),
        [
            "vitrine.toml:2: server.workers: expected a whole number, found a string",
            "vitrine.toml:3: server.request_timeout_s: expected a number, found a string",
            "vitrine.toml:4: server.allowed_hosts: expected an array of strings, found a string",
        ]
    );
}

#[test]
fn a_data_folder_with_special_characters_stays_one_path() {
    let config = load("", &[], &[("data.dir", "/srv/50% a?b#c")]).config;
    assert_eq!(config.database_url().expose(), "sqlite:/srv/50%25 a%3Fb%23c/vitrine.db");
}

#[test]
fn pages_of_any_origin_never_come_with_cookies() {
    takes("api.cors_origins", &["", "*", "https://app.example.org,http://localhost:3000"]);
    refuses("api.cors_origins", &["app.example.org", "https://app.example.org/", "*,https://app.example.org"]);
    let problems = refuse("", &[], &[("api.cors_origins", "*"), ("api.cors_credentials", "true")]);
    assert!(problems.len() == 1 && problems[0].contains("name the origins"), "{problems:?}");
    load("", &[], &[("api.cors_origins", "https://app.example.org"), ("api.cors_credentials", "true")]);
}

#[test]
fn a_cdn_has_what_its_provider_asks_for_and_nothing_of_another_one() {
    let fastly = "cdn.provider = \"fastly\"\ncdn.service = \"SU1Z0isxPaozGVKXdv0eY\"\ncdn.token = \"t\"\n";
    let cloudflare = "cdn.provider = \"cloudflare\"\ncdn.zone = \"023e105f4ecef8ad\"\ncdn.token = \"t\"\n";
    let varnish = "cdn.provider = \"varnish\"\ncdn.urls = [\"http://10.0.0.5:6081\", \"http://10.0.0.6:6081\"]\n";
    for good in [fastly, cloudflare, varnish, "cdn.zone = \"023e105f4ecef8ad\"\n"] {
        load(good, &[], &[]);
    }
    let two = "cdn.urls=http://a.example,http://b.example";
    for (file, set, key) in [
        (fastly, "cdn.service=", "cdn.service"),
        (fastly, "cdn.token=", "cdn.token"),
        (fastly, "cdn.zone=z1", "cdn.zone"),
        (fastly, two, "cdn.urls"),
        (cloudflare, "cdn.zone=", "cdn.zone"),
        (cloudflare, "cdn.service=s1", "cdn.service"),
        (cloudflare, two, "cdn.urls"),
        (varnish, "cdn.urls=", "cdn.urls"),
        (varnish, "cdn.service=s1", "cdn.service"),
        (varnish, "cdn.zone=z1", "cdn.zone"),
    ] {
        let problems = refuse(file, &[], &[set.split_once('=').expect("a pair")]);
        assert!(problems.len() == 1 && problems[0].contains(key), "{set}: {problems:?}");
        assert!(problems[0].contains("cdn.provider"), "{set}: {problems:?}");
    }
    refuses("cdn.service", &["a/b", "../x", "a b"]);
    refuses("cdn.urls", &["cache:6081", "http://u:p@cache"]);
}
