//! Properties: loading never panics, and problems never hold a secret.

use proptest::prelude::*;

use super::refuse;
use crate::config::environment::names;
use crate::config::settings::SETTINGS;
use crate::config::{Config, SourceText, Sources};

/// A setting's key, or one of its variables, or its file form.
fn variable() -> impl Strategy<Value = String> {
    let all: Vec<String> = SETTINGS
        .iter()
        .flat_map(names)
        .chain(["POSTGRES_DB", "POSTGRES_PORT", "POSTGRES_PASSWORD", "POSTGRES_HOST"].map(str::to_owned))
        .collect();
    prop_oneof![9 => prop::sample::select(all), 1 => "VITRINE_[A-Z_]{0,20}", 1 => "[A-Z_]{0,9}_FILE"]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "-?[0-9]{1,25}(\\.[0-9e]{1,9})?",
        "[a-z]{0,9}:(//)?[a-z:@/?%\\[\\].0-9#]{0,30}",
        "[*.a-z:\\[\\]/,0-9]{0,30}",
    ]
}

/// Lines that are nearly a configuration file.
fn document() -> impl Strategy<Value = String> {
    let key = prop::sample::select(SETTINGS.iter().map(|setting| setting.key).collect::<Vec<_>>());
    let literal = prop_oneof![
        value().prop_map(|text| format!("{text:?}")),
        "-?[0-9]{1,25}",
        "0x[0-9a-f]{1,20}",
        "[0-9]{1,5}\\.[0-9]{1,5}(e[0-9]{1,4})?",
        Just("true".to_owned()),
        Just("nan".to_owned()),
        Just("1979-05-27".to_owned()),
        Just("[1, [\"a\"], {b = 2}]".to_owned()),
        ".{0,20}",
    ];
    prop::collection::vec((key, literal), 0..8)
        .prop_map(|lines| lines.iter().map(|(key, literal)| format!("{key} = {literal}\n")).collect())
}

proptest! {
    #[test]
    fn loading_never_panics_and_its_result_can_always_be_printed(
        text in prop_oneof![document(), ".{0,200}"],
        env in prop::collection::vec((variable(), value()), 0..8),
        flags in prop::collection::vec(("[a-z_.]{0,30}", value()), 0..3),
    ) {
        let file = Some(SourceText { path: "vitrine.toml".to_owned(), text });
        match Config::load(Sources { file, env, flags }) {
            Ok(loaded) => {
                prop_assert!(loaded.table().lines().count() >= SETTINGS.len());
                prop_assert!(loaded.config.server.request_timeout().as_secs() <= 86_400);
            }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }

    #[test]
    fn problems_never_hold_a_secret(
        before in "[a-z:/@%?#\\[\\] ]{0,12}",
        after in "[a-z:/@%?#\\[\\] ]{0,12}",
        by_file in any::<bool>(),
    ) {
        let secret = format!("{before}hunter2{after}");
        let (toml, env): (String, Vec<(&str, &str)>) = if by_file {
            let toml = format!(
                "[database]\nurl = {secret:?}\n[redis]\nurl = {secret:?}\n[email]\npassword = {secret:?}\n\
                 [security]\nsecret_key = {secret:?}\n[cache]\nenabled = 1\n"
            );
            (toml, vec![])
        } else {
            let names = ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EMAIL_PASSWORD", "VITRINE_SECRET"];
            (String::new(), names.map(|name| (name, secret.as_str())).to_vec())
        };
        for problem in refuse(&toml, &env, &[]) {
            prop_assert!(!problem.contains("hunter2"), "{}", problem);
        }
    }
}
