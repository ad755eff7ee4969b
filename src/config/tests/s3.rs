//! The bucket of the media library: what its settings may be, and what does not fit together.

use super::{load, refuse};

const WHOLE: [(&str, &str); 4] =
    [("media.storage", "s3"), ("s3.bucket", "media"), ("s3.access_key_id", "id"), ("s3.secret_access_key", "a secret")];

#[test]
fn a_bucket_has_a_name_and_both_parts_of_a_key() {
    let config = load("", &[], &WHOLE).config;
    assert_eq!(config.s3.place(), "bucket media of Amazon S3 in us-east-1");
    assert_eq!(config.s3.driver_endpoint(), None);
    for (left_out, named) in [(1, "s3.bucket"), (2, "s3.access_key_id"), (3, "s3.secret_access_key")] {
        let mut flags = WHOLE.to_vec();
        flags.remove(left_out);
        let problems = refuse("", &[], &flags);
        assert!(problems.len() == 1 && problems[0].contains(named), "{problems:?}");
    }
    let beside = refuse("", &[("VITRINE_S3_BUCKET", "media")], &[]);
    assert!(beside[0].contains("set media.storage to s3, or leave s3.bucket out"), "{beside:?}");
}

#[test]
fn a_bucket_is_where_its_address_says() {
    let with = |flags: &[(&'static str, &'static str)]| load("", &[], &[&WHOLE[..], flags].concat()).config.s3;
    let own = with(&[("s3.endpoint", "https://storage.example.org/")]);
    assert_eq!(own.driver_endpoint().as_deref(), Some("https://storage.example.org"));
    assert_eq!(own.place(), "bucket media at https://storage.example.org");
    let by_name = with(&[("s3.endpoint", "https://storage.example.org"), ("s3.path_style", "false")]);
    assert_eq!(by_name.driver_endpoint().as_deref(), Some("https://media.storage.example.org"));
}

#[test]
fn what_no_server_takes_is_refused() {
    for (key, wrong) in [
        ("s3.bucket", "Media"),
        ("s3.bucket", "a"),
        ("s3.bucket", "-media"),
        ("s3.bucket", "me/dia"),
        ("s3.endpoint", "storage.example.org"),
        ("s3.endpoint", "https://me:secret@storage.example.org"),
        ("s3.endpoint", "https://storage.example.org?a=b"),
        ("s3.prefix", "../media"),
        ("s3.prefix", "a//b"),
        ("s3.prefix", "a b"),
        ("s3.timeout_s", "0"),
        ("s3.max_calls", "0"),
        ("media.storage", "ftp"),
    ] {
        let flags: Vec<_> = WHOLE.into_iter().filter(|(known, _)| *known != key).chain([(key, wrong)]).collect();
        let problems = refuse("", &[], &flags);
        assert!(problems.len() == 1 && problems[0].contains(key) && !problems[0].contains("secret@"), "{problems:?}");
    }
    for (key, right) in [("s3.prefix", "/www.example.com/media/"), ("s3.prefix", ""), ("s3.bucket", "a.b-c9")] {
        let flags: Vec<_> = WHOLE.into_iter().filter(|(known, _)| *known != key).chain([(key, right)]).collect();
        load("", &[], &flags);
    }
}

#[test]
fn the_names_of_the_replaced_systems_set_it_too() {
    let env = [
        ("VITRINE_MEDIA_STORAGE", "s3"),
        ("AWS_STORAGE_BUCKET_NAME", "media"),
        ("AWS_S3_ENDPOINT_URL", "https://storage.example.org"),
        ("AWS_S3_REGION_NAME", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "a secret"),
    ];
    let s3 = load("", &env, &[]).config.s3;
    assert_eq!(
        (s3.bucket.as_str(), s3.region.as_str(), s3.secret_access_key.expose()),
        ("media", "eu-central-1", "a secret")
    );
    assert!(!format!("{s3:?}").contains("a secret"));
}
