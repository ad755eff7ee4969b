//! Layers, origins and the mistakes of the file.

use std::time::Duration;

use super::{load, origin, refuse};
use crate::config::{Config, LogFormat, LogLevel, Mode};

#[test]
fn the_defaults_are_those_of_the_reference() {
    let config = Config::default();
    assert_eq!(config.mode, Mode::Prod);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(config.server.ops_listen.to_string(), "127.0.0.1:9464");
    assert_eq!(config.server.allowed_hosts, ["localhost", "127.0.0.1", "[::1]"]);
    assert!(config.server.trusted_proxies.is_empty() && config.server.append_slash);
    assert_eq!(config.server.request_timeout(), Duration::from_secs(30));
    assert_eq!(config.database.slow_query(), Duration::from_millis(200));
    assert_eq!((config.log.level, config.log.format), (LogLevel::Info, LogFormat::Json));
    assert_eq!(config.database_url().expose(), "sqlite:./data/vitrine.db");
    assert_eq!((config.tls.files(), config.site.folder()), (None, None));
}

#[test]
fn a_stronger_layer_wins_and_every_value_knows_its_origin() {
    let toml = "mode = \"dev\"\n[server]\nworkers = 2\nmax_in_flight = 3\n\n[data]\ndir = \"a\"\n";
    let env = [("VITRINE_SERVER_WORKERS", "4"), ("VITRINE_DATA_DIR", "b")];
    let loaded = load(toml, &env, &[("data.dir", "c"), ("--site", "own")]);
    assert_eq!((loaded.config.server.workers, loaded.config.server.max_in_flight), (4, 3));
    assert_eq!(loaded.config.data.dir.to_str(), Some("c"));
    assert_eq!(loaded.config.site.folder().and_then(|path| path.to_str()), Some("own"));
    assert_eq!(origin(&loaded, "mode"), "vitrine.toml:1");
    assert_eq!(origin(&loaded, "server.max_in_flight"), "vitrine.toml:4");
    assert_eq!(origin(&loaded, "server.workers"), "env VITRINE_SERVER_WORKERS");
    assert_eq!(origin(&loaded, "data.dir"), "flag --set");
    assert_eq!(origin(&loaded, "site.dir"), "flag --site");
    assert_eq!(origin(&loaded, "log.level"), "default");
}

#[test]
fn the_last_of_two_equal_flags_wins() {
    let loaded = load("", &[], &[("server.workers", "1"), ("server.workers", "2")]);
    assert_eq!(loaded.config.server.workers, 2);
}

#[test]
fn all_mistakes_are_reported_at_once_in_order() {
    let toml = "mode = \"production\"\n[server]\nlisten = \"localhost:80\"\nworker = 2\nmax_body_bytes = 1\n\
                append_slash = \"yes\"\ntrusted_proxies = [\"10.0.0.1/8\"]\n[sevrer]\nx = 1\n";
    let env = [("VITRINE_LOG_LEVEL", "loud"), ("VITRINE_SERVER_LISTE", "x")];
    assert_eq!(
        refuse(toml, &env, &[("server.ops_listen", "9464"), ("cache.size", "1")]),
        [
            "vitrine.toml:1: mode: expected dev or prod, found \"production\"",
            "vitrine.toml:3: server.listen: \"localhost:80\" is not an IP address with a port; \
             did you mean 127.0.0.1:80?",
            "vitrine.toml:4: server.worker: unknown setting; did you mean server.workers?",
            "vitrine.toml:5: server.max_body_bytes: must be from 1024 to 1073741824, found 1",
            "vitrine.toml:6: server.append_slash: expected true or false, found a string",
            "vitrine.toml:7: server.trusted_proxies: \"10.0.0.1/8\" has bits after its prefix; \
             did you mean 10.0.0.0/8?",
            "vitrine.toml:8: sevrer: unknown section; did you mean [server]?",
            "env VITRINE_LOG_LEVEL: log.level: expected error, warn, info, debug or trace, found \"loud\"",
            "env VITRINE_SERVER_LISTE: unknown variable; did you mean VITRINE_SERVER_LISTEN?",
            "flag --set: cache.size: unknown setting",
            "flag --set: server.ops_listen: \"9464\" is not an IP address with a port; \
             did you mean 127.0.0.1:9464?",
        ]
    );
}

#[test]
fn a_key_in_the_wrong_section_names_the_right_one() {
    assert_eq!(
        refuse("listen = \"127.0.0.1:1\"\n[tls]\nsecret_key = \"x\"\n", &[], &[]),
        [
            "vitrine.toml:1: listen: unknown setting; did you mean server.listen?",
            "vitrine.toml:3: tls.secret_key: unknown setting; did you mean security.secret_key?",
        ]
    );
}

#[test]
fn a_value_in_place_of_a_section_and_a_section_in_place_of_a_value_are_refused() {
    assert_eq!(
        refuse("server = 3\n[log.level]\nx = 1\n[mode]\n", &[], &[]),
        [
            "vitrine.toml:1: server: expected a section [server], found an integer",
            "vitrine.toml:2: log.level: expected a string, found a table",
            "vitrine.toml:4: mode: expected a string, found a table",
        ]
    );
}

#[test]
fn text_that_is_not_toml_is_reported_with_every_line_and_the_other_layers_are_still_checked() {
    let problems = refuse("[server]\nworkers = \n[log]\nlevel = x y\n", &[("VITRINE_CACHE_ENABLED", "maybe")], &[]);
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[0].starts_with("vitrine.toml:2: not TOML: "), "{problems:?}");
    assert!(problems[1].starts_with("vitrine.toml:4: not TOML: "), "{problems:?}");
    assert!(problems[2].starts_with("env VITRINE_CACHE_ENABLED: cache.enabled: "), "{problems:?}");
}

#[test]
fn a_file_that_is_not_toml_does_not_cause_mistakes_between_settings() {
    let problems = refuse("mode = dev\n", &[("SECRET_KEY", "short"), ("POSTGRES_USER", "u")], &[]);
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn a_mistake_is_reported_even_when_a_stronger_layer_overrides_it() {
    let problems = refuse("[server]\nworkers = -1\n", &[], &[("server.workers", "1")]);
    assert_eq!(problems, ["vitrine.toml:2: server.workers: expected a whole number, 0 or more, found -1"]);
}

#[test]
fn a_certificate_needs_its_key_and_a_key_its_certificate() {
    for (section, key) in [("certificate_file = \"c\"", "certificate_file"), ("key_file = \"k\"", "key_file")] {
        let problems = refuse(&format!("[tls]\n{section}\n"), &[], &[]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with(&format!("vitrine.toml:2: tls.{key}: HTTPS needs both")), "{problems:?}");
    }
    let both = load("[tls]\ncertificate_file = \"c\"\nkey_file = \"k\"\n", &[], &[]);
    assert_eq!(both.config.tls.files(), Some(("c".as_ref(), "k".as_ref())));
}

#[test]
fn both_listeners_on_one_port_are_refused() {
    for ops in ["127.0.0.1:8000", "0.0.0.0:8000", "[::]:8000"] {
        let problems = refuse("", &[("VITRINE_SERVER_OPS_LISTEN", ops)], &[]);
        assert!(problems[0].contains("same port"), "{problems:?}");
    }
    load("", &[], &[("server.listen", "127.0.0.1:0"), ("server.ops_listen", "127.0.0.1:0")]);
    load("", &[], &[("server.listen", "127.0.0.2:80"), ("server.ops_listen", "127.0.0.1:80")]);
}
