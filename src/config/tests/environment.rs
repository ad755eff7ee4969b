//! Variables: names of the replaced systems, POSTGRES_*, and what is ignored.

use super::{load, origin, refuse};
use crate::config::{LogLevel, Mode};

#[test]
fn the_names_of_the_replaced_systems_are_read() {
    let env = [
        ("DEBUG", "True"),
        ("ALLOWED_HOSTS", " example.com, .Example.org ,,[::1]"),
        ("DATABASE_URL", "postgres://u:p@db:5432/kni"),
        ("REDIS_URL", "redis://redis:6379"),
        ("FRONTEND_DIR", "./frontend/dist"),
        ("WEB_CONCURRENCY", "3"),
        ("GUNICORN_TIMEOUT", "60"),
        ("LOG_LEVEL", "WARNING"),
        ("EMAIL_HOST", "smtp.example.com"),
        ("EMAIL_PORT", "25"),
        ("EMAIL_USER", "me"),
        ("EMAIL_PASSWORD", "pw"),
        ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
        ("PORT", "8080"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"),
    ];
    let loaded = load("", &env, &[]);
    let config = &loaded.config;
    assert_eq!(config.mode, Mode::Dev);
    assert_eq!(config.server.allowed_hosts, ["example.com", ".example.org", "[::1]"]);
    assert_eq!(config.database_url().expose(), "postgres://u:p@db:5432/kni");
    assert_eq!(config.frontend.folder(), Some(std::path::Path::new("./frontend/dist")));
    assert_eq!(config.redis.url.expose(), "redis://redis:6379");
    assert_eq!((config.server.workers, config.server.request_timeout_s), (3, 60.0));
    assert_eq!(config.log.level, LogLevel::Warn);
    assert_eq!((config.email.host.as_str(), config.email.port), ("smtp.example.com", 25));
    assert_eq!((config.email.user.as_str(), config.email.password.expose()), ("me", "pw"));
    assert_eq!(config.security.secret_key.expose(), "0123456789abcdef0123456789abcdef");
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(config.telemetry.otlp_endpoint, "http://127.0.0.1:4318");
    assert_eq!(origin(&loaded, "mode"), "env DEBUG");
    assert_eq!(origin(&loaded, "database.url"), "env DATABASE_URL");
}

#[test]
fn our_own_name_is_stronger_than_an_alias_and_the_origin_names_what_was_ignored() {
    let loaded = load("", &[("LOG_LEVEL", "debug"), ("VITRINE_LOG_LEVEL", "error")], &[]);
    assert_eq!(loaded.config.log.level, LogLevel::Error);
    assert_eq!(origin(&loaded, "log.level"), "env VITRINE_LOG_LEVEL (ignored: env LOG_LEVEL)");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let env = [("SECRET_KEY", ""), ("DEBUG", " "), ("VITRINE_SERVER_WORKERS", ""), ("SECRET_KEY_FILE", "")];
    assert_eq!(load("[server]\nworkers = 5\n", &env, &[]).config.server.workers, 5);
}

#[test]
fn debug_and_concurrency_take_what_people_write() {
    let words = [("True", true), ("1", true), ("yes", true), ("False", false), ("0", false), ("no", false)];
    for (text, dev) in words {
        assert_eq!(load("", &[("DEBUG", text)], &[]).config.is_dev(), dev, "{text}");
    }
    assert_eq!(refuse("", &[("DEBUG", "app:*")], &[]), ["env DEBUG: mode: expected true or false, found \"app:*\""]);
    assert_eq!(load("", &[("WEB_CONCURRENCY", "auto")], &[]).config.server.workers, 0);
    assert!(refuse("", &[("PORT", "0")], &[])[0].starts_with("env PORT: server.listen: expected a port"));
    assert!(refuse("", &[("GUNICORN_TIMEOUT", "0")], &[])[0].contains("must be from 0.1 to 86400"));
}

#[test]
fn the_level_takes_the_names_of_python() {
    let names = [
        ("critical", LogLevel::Error),
        ("ERROR", LogLevel::Error),
        ("Warning", LogLevel::Warn),
        ("INFO", LogLevel::Info),
        ("DEBUG", LogLevel::Debug),
        ("trace", LogLevel::Trace),
    ];
    for (name, level) in names {
        assert_eq!(load("", &[("LOG_LEVEL", name)], &[]).config.log.level, level);
    }
}

#[test]
fn the_parts_for_postgres_make_an_encoded_url() {
    let env = [
        ("POSTGRES_DB", "kni db"),
        ("POSTGRES_USER", "kni@user"),
        ("POSTGRES_PASSWORD", "p@ss/w:rd%#?"),
        ("POSTGRES_HOST", "db"),
        ("POSTGRES_PORT", "5433"),
    ];
    let loaded = load("", &env, &[]);
    assert_eq!(
        loaded.config.database_url().expose(),
        "postgres://kni%40user:p%40ss%2Fw%3Ard%25%23%3F@db:5433/kni%20db"
    );
    assert_eq!(
        origin(&loaded, "database.url"),
        "env POSTGRES_USER, env POSTGRES_PASSWORD, env POSTGRES_HOST, env POSTGRES_PORT, env POSTGRES_DB"
    );
}

#[test]
fn the_parts_for_postgres_have_defaults_and_take_sockets_and_ipv6() {
    let url = |env: &[(&str, &str)]| load("", env, &[]).config.database_url().expose().to_owned();
    assert_eq!(url(&[("POSTGRES_DB", "kni")]), "postgres://localhost:5432/kni");
    assert_eq!(url(&[("POSTGRES_HOST", "::1")]), "postgres://[::1]:5432");
    let socket = [("POSTGRES_HOST", "/run/postgresql"), ("POSTGRES_DB", "kni")];
    assert_eq!(url(&socket), "postgres://%2Frun%2Fpostgresql:5432/kni");
    let several = [("POSTGRES_HOST", "db-1, ::1"), ("POSTGRES_PORT", "5433"), ("POSTGRES_DB", "kni")];
    assert_eq!(url(&several), "postgres://db-1:5433,[::1]:5433/kni");
    let problems = refuse("", &[("POSTGRES_DB", "kni"), ("POSTGRES_PORT", "many")], &[]);
    assert!(problems[0].contains("POSTGRES_PORT: expected a port"), "{problems:?}");
}

#[test]
fn a_whole_url_wins_over_the_parts_and_the_origin_says_so() {
    let env = [("POSTGRES_HOST", "db"), ("POSTGRES_PASSWORD", "x"), ("DATABASE_URL", "sqlite:a.db")];
    let loaded = load("", &env, &[]);
    assert_eq!(loaded.config.database_url().expose(), "sqlite:a.db");
    assert_eq!(origin(&loaded, "database.url"), "env DATABASE_URL (ignored: env POSTGRES_PASSWORD, env POSTGRES_HOST)");
}

#[test]
fn a_password_for_postgres_alone_does_not_silently_mean_sqlite() {
    let problems = refuse("", &[("POSTGRES_PASSWORD", "x"), ("POSTGRES_USER", "u")], &[]);
    assert_eq!(
        problems,
        ["env POSTGRES_USER: database.url: set POSTGRES_HOST or POSTGRES_DB too, or DATABASE_URL, \
          to use PostgreSQL"]
    );
    load("[database]\nurl = \"sqlite:a.db\"\n", &[("POSTGRES_PASSWORD", "x")], &[]);
}

#[test]
fn unknown_variables_of_ours_are_refused_and_others_are_not_looked_at() {
    let env = [
        ("VITRINE_SITE", "s"),
        ("VITRINE_CONFIG", "x.toml"),
        ("HOME", "/"),
        ("VITRINE_LOG_LEVEL_FILE", "x"),
        ("VITRINE_SITE_DIR", "s"),
        ("VITRINE_SECURITY_SECRETKEY", "x"),
    ];
    assert_eq!(
        refuse("", &env, &[]),
        [
            "env VITRINE_LOG_LEVEL_FILE: unknown variable: only secrets are read from a file",
            "env VITRINE_SECURITY_SECRETKEY: unknown variable; did you mean VITRINE_SECURITY_SECRET_KEY?",
            "env VITRINE_SITE_DIR: unknown variable; did you mean VITRINE_SITE?",
        ]
    );
}

#[test]
fn variables_that_kubernetes_sets_for_services_are_ignored() {
    let env = [
        ("VITRINE_PORT", "tcp://10.0.0.1:8000"),
        ("VITRINE_SERVICE_HOST", "10.0.0.1"),
        ("VITRINE_SERVICE_PORT_HTTP", "8000"),
        ("VITRINE_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("VITRINE_EMAIL_PORT", "tcp://10.0.0.2:25"),
        ("POSTGRES_PORT", "tcp://10.0.0.3:5432"),
        ("POSTGRES_HOST", "postgres"),
    ];
    let loaded = load("", &env, &[]);
    assert_eq!(loaded.config.database_url().expose(), "postgres://postgres:5432");
    assert_eq!(loaded.config.email.port, 587);
}
