//! Settings of a site: shown without a query, checked, audited, purged exactly.

use serde_json::{Map, Value, json};
use vitrine::content::privacy::Grant;
use vitrine::content::shown::{self, Wanted};
use vitrine::content::types::ReferenceKind;
use vitrine::content::{EditError, setting, site};
use vitrine::telemetry::label::Channel;

use crate::support::process::run;
use crate::support::{Database, SOON, Server, eventually, on_both_databases, vitrine};

const TYPE: &str = "site.SiteSettings";

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

async fn default_site(server: &Server) -> i64 {
    site::list(server.db(), "").await.expect("listed")[0].id
}

async fn set(server: &Server, fields: Value) -> Result<(), EditError> {
    let site = default_site(server).await;
    server.content().update_setting(Some(site), TYPE, &object(fields), Channel::Admin).await
}

async fn a_setting_shows_on_every_page_and_takes_no_query(database: Database) {
    let server = Server::start(database).await;
    let other = server.beside(&[]).await;
    for path in ["/", "/about/", "/blog/", "/no-such-page/"] {
        assert!(server.get(path).await.text().contains("let a whole street read the sky"), "{path}: as seeded");
        other.get(path).await;
    }
    let queries = |metrics: &crate::support::Metrics| {
        metrics.sum("db_client_operation_duration_seconds_count", &[("db_query_summary", "setting.list")])
    };
    let before = queries(&server.metrics().await);
    set(&server, json!({ "footer_text": "Made by <us>." })).await.expect("it is valid");
    for path in ["/", "/about/", "/blog/", "/no-such-page/"] {
        let answer = server.get(path).await;
        assert!(answer.text().contains("Made by &lt;us&gt;."), "{path}: the page was purged");
        assert!(!answer.text().contains("Quay Row"), "what is left out has its default");
    }
    assert!(queries(&server.metrics().await) - before <= 2.0, "read again once by the change, never by a page");
    eventually("the other node follows", SOON, async || other.get("/about/").await.text().contains("Made by")).await;
    let site = default_site(&server).await;
    server.content().revert_setting(Some(site), TYPE, Channel::Admin).await.expect("reverted");
    assert!(!server.get("/").await.text().contains("Made by"));
    let rows = setting::history(server.db(), TYPE, Some(site)).await.expect("listed");
    let said: Vec<bool> = rows.iter().map(|row| row.data.is_some()).collect();
    assert_eq!(said, [false, true, true], "the revert, the change, the seed");
    let metrics = server.metrics().await;
    for event in ["update", "revert"] {
        let labels = [("object", "setting"), ("event", event), ("channel", "admin")];
        assert_eq!(metrics.sum("vitrine_object_events_total", &labels), 1.0);
    }
}

async fn settings_that_do_not_fit_change_nothing(database: Database) {
    let server = Server::start(database).await;
    let site = default_site(&server).await;
    let refused = set(&server, json!({ "contact_email": "nobody", "footer": "x" })).await;
    assert!(matches!(&refused, Err(EditError::Invalid(errors)) if errors.len() == 2), "{refused:?}");
    let content = server.content();
    let empty = Map::new();
    assert!(matches!(content.update_setting(None, TYPE, &empty, Channel::Admin).await, Err(EditError::SiteSetting(_))));
    assert!(matches!(
        content.update_setting(Some(site + 1), TYPE, &empty, Channel::Admin).await,
        Err(EditError::SiteNotFound(_))
    ));
    assert!(matches!(
        content.update_setting(Some(site), "blog.Author", &empty, Channel::Admin).await,
        Err(EditError::WrongKind(..))
    ));
    assert_eq!(server.rows("setting"), 1);
    assert_eq!(server.rows("setting_revision"), 1, "the seed alone");
}

async fn pages_in_settings_follow_their_titles_and_count_as_uses(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let id = server.standard_page(home, "Harbour", "<p>x</p>").await;
    let link = json!([{ "type": "item", "value": { "page": id } }]);
    set(&server, json!({ "footer_links": link })).await.expect("it is valid");
    let uses = server.content().usage(ReferenceKind::Page, id, 0).await.expect("listed");
    let places: Vec<(&str, &str)> = uses.iter().map(|found| (found.title.as_str(), found.path.as_str())).collect();
    assert_eq!(places, [(TYPE, "footer_links[0].value.page")]);
    assert!(server.get("/about/").await.text().contains("<a href=\"/harbour/\">Harbour</a>"));
    server.republish(id, |content| content.title = "Haven".into()).await;
    assert!(server.get("/about/").await.text().contains("<a href=\"/harbour/\">Haven</a>"));
    server.content().unpublish(id, Channel::Admin).await.expect("unpublished");
    let text = server.get("/about/").await.text().to_owned();
    assert!(!text.contains("Haven") && text.contains("aria-label=\"Footer\""), "what is not live is not shown");
    let metrics = server.metrics().await;
    assert!(metrics.sum("vitrine_missing_references_total", &[("kind", "page")]) >= 1.0);
}

async fn a_menu_has_two_levels_in_one_query(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    for (parent, title, shown) in [(about, "Crew", true), (about, "Hidden", false), (home, "Quay", false)] {
        let id = server.standard_page(parent, title, "<p>x</p>").await;
        server.republish(id, |content| content.show_in_menus = shown).await;
    }
    let site = site::list(server.db(), "").await.expect("listed").remove(0);
    let wanted = Wanted {
        menu_root: &site.root_path,
        paths: Vec::new(),
        pages: Vec::new(),
        translation_key: "",
        grant: &Grant::NONE,
        images: Vec::new(),
        documents: Vec::new(),
        embeds: Vec::new(),
    };
    let links = shown::list(server.db(), wanted).await.expect("listed").links;
    let titles: Vec<&str> = links.iter().map(|link| link.title.as_str()).collect();
    assert!(titles.contains(&"Crew") && !titles.contains(&"Hidden") && !titles.contains(&"Quay"), "{titles:?}");
}

async fn settings_are_changed_from_a_terminal(database: Database) {
    let server = Server::start(database).await;
    let folder = server.folder.path();
    let url = format!("database.url={}", server.database_url);
    let command = |arguments: &[&str]| {
        let mut command = vitrine(folder);
        command.arg("setting").args(arguments).args(["--set", &url]);
        run(&mut command)
    };
    let (code, said, errors) = command(&["list"]);
    assert_eq!((code, said.contains("set for localhost")), (Some(0), true), "{said}{errors}");
    std::fs::write(folder.join("site.toml"), "footer_text = \"From a terminal.\"\n").expect("written");
    let (code, _, errors) = command(&["set", TYPE, "site.toml"]);
    assert_eq!(code, Some(0), "{errors}");
    let (_, said, _) = command(&["show", TYPE]);
    let shown: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(shown["footer_text"], "From a terminal.");
    assert_eq!(shown["social_links"], json!([]), "complete");
    eventually("the server follows", SOON, async || server.get("/").await.text().contains("From a terminal.")).await;
    let (_, said, _) = command(&["history", TYPE]);
    assert!(
        said.lines().next().is_some_and(|line| line.contains("cli") && line.contains("From a terminal.")),
        "{said}"
    );
    std::fs::write(folder.join("bad.json"), "{\"contact_email\": \"nobody\"}").expect("written");
    let (code, _, errors) = command(&["set", TYPE, "bad.json"]);
    assert!(code == Some(1) && errors.contains("contact_email"), "{errors}");
    let (code, _, errors) = command(&["show", "site.None"]);
    assert!(code == Some(1) && errors.contains("site.SiteSettings"), "{errors}");
    let (code, _, errors) = command(&["show", TYPE, "--for", "nowhere.test"]);
    assert!(code == Some(1) && errors.contains("nowhere.test"), "{errors}");
    assert_eq!(command(&["revert", TYPE]).0, Some(0));
    assert_eq!(server.rows("setting"), 0);
}

on_both_databases!(
    a_setting_shows_on_every_page_and_takes_no_query,
    settings_that_do_not_fit_change_nothing,
    pages_in_settings_follow_their_titles_and_count_as_uses,
    a_menu_has_two_levels_in_one_query,
    settings_are_changed_from_a_terminal,
);
