//! Collections in the editor, through the front door: the tree, adding, renaming, moving and deleting, who may see what is in
//! one, and who may do all this.

use reqwest::Method;
use vitrine::accounts::{CollectionPermission, GlobalPermission, Grant};
use vitrine::media::NewFile;
use vitrine::telemetry::label::Channel;

use crate::privacy::{PASSWORD, assert_refused, cookie};
use crate::support::browser::{PATIENT, location};
use crate::support::{Database, Server, on_both_databases};

const HOME: &str = "/admin/collections/";
const MAY: &[Grant] = &[Grant::Global(GlobalPermission::Collections)];

fn at(id: i64) -> String {
    format!("{HOME}{id}/")
}

/// A document in a collection; its address on the site.
async fn file_in(server: &Server, collection: i64) -> String {
    let media = &server.running.site.app.media;
    let new = NewFile { name: "plan.pdf".into(), collection: Some(collection), ..NewFile::default() };
    let document = media.add_document(&b"%PDF-1.4"[..], new).await.expect("taken");
    media.document(document).await.expect("there").url()
}

async fn id_of(server: &Server, name: &str) -> i64 {
    server.running.site.app.media.collection_at(name).await.expect("there").id
}

async fn a_collection_is_made_renamed_moved_and_deleted(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", MAY).await;
    let made = ann.post(HOME, &[("name", " Press <b> "), ("into", "1")]).await;
    assert!(location(&made).starts_with("/admin/collections/#collection-"), "{}", location(&made));
    let press = id_of(&server, "Press <b>").await;
    location(&ann.post(HOME, &[("name", "2026"), ("into", &press.to_string())]).await);
    let year = id_of(&server, "Press <b>/2026").await;
    let tree = ann.text(HOME).await;
    assert!(
        tree.contains("Press &lt;b&gt;") && !tree.contains("<b>") && tree.contains(&format!("href=\"{}\"", at(year)))
    );
    assert!(tree.contains("\u{2003}\u{2003}"), "the tree is drawn: {tree}");
    let below = ann.text(&format!("{HOME}?into={press}")).await;
    assert!(below.contains(&format!("<option value=\"{press}\" selected>")), "{below}");
    let into = press.to_string();
    for (name, said) in [("2026", "There is a collection"), ("", "A collection needs a name"), ("a/b", "no slash")] {
        let refused = ann.post(HOME, &[("name", name), ("into", &into)]).await;
        assert_eq!(refused.status, 422, "{name}");
        let text = refused.text();
        assert!(
            text.contains(said) && text.contains(&format!("<option value=\"{press}\" selected>")),
            "{said}: {text}"
        );
        assert!(
            text.contains(&format!("name=\"name\" type=\"text\" value=\"{name}\"")),
            "what was typed stays: {text}"
        );
    }
    assert_eq!(ann.post(HOME, &[("name", "x"), ("into", "987654")]).await.status, 404);
    assert_eq!(location(&ann.post(&at(year), &[("name", "2027")]).await), at(year));
    let again = ann.post(&at(press), &[("name", "a/b")]).await;
    assert_eq!(again.status, 422);
    assert!(again.text().contains("value=\"a/b\""), "{}", again.text());
    let refused = ann.post(&format!("{}move/", at(press)), &[("into", &year.to_string())]).await;
    assert_eq!(refused.status, 422, "below itself");
    let full = ann.post(&format!("{}delete/", at(press)), &[("a", "b")]).await;
    assert_eq!(full.status, 422);
    assert!(full.text().contains("collections 1, images 0, documents 0"), "{}", full.text());
    file_in(&server, year).await;
    assert!(ann.text(&at(year)).await.contains("collections 0, images 0, documents 1"));
    location(&ann.post(&format!("{}move/", at(year)), &[("into", "1")]).await);
    assert_eq!(id_of(&server, "2027").await, year);
    assert_eq!(location(&ann.post(&format!("{}delete/", at(press)), &[("a", "b")]).await), HOME);
    assert_eq!(ann.get(&at(press)).await.status, 404);
    let log = ann.text(&at(year)).await;
    for event in ["create", "rename", "move"] {
        assert!(log.contains(&format!("<td>{event}</td><td>ann</td>")), "{event}: {log}");
    }
    assert_eq!(server.count("object_event WHERE kind = 'collection' AND event = 'delete' AND actor = 'ann'"), 1);
    for path in [at(1), format!("{}move/", at(1)), format!("{}delete/", at(1))] {
        assert_eq!(ann.post(&path, &[("name", "x"), ("into", "1")]).await.status, 403, "the root stays: {path}");
    }
}

async fn what_is_in_a_private_collection_is_refused_and_so_is_what_is_below(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    let outer = media.ensure_collection("Archive", Channel::Cli).await.expect("made");
    let inner = media.ensure_collection("Archive/Plans", Channel::Cli).await.expect("made");
    let ann = server.browser("ann", MAY).await;
    let url = file_in(&server, inner).await;
    assert_eq!(server.get(&url).await.status, 200);
    let here = format!("{}privacy/", at(outer));
    let form = ann.text(&here).await;
    assert!(form.contains("It covers one image or document, with the collection below it."), "{form}");
    let set = ann.post(&here, &[("rule", "password"), ("password", PASSWORD)]).await;
    assert_eq!(location(&set), format!("{here}?kept=1"));
    assert_refused(&server.get(&url).await, "below a private collection");
    assert!(!ann.text(location(&set)).await.contains("Möwen"));
    let restriction = crate::support::postgres::number(&server.database_url, "SELECT MAX(id) FROM view_restriction");
    let inside = cookie(&server.give(&url, restriction, PASSWORD).await);
    assert_eq!(server.get_with(&url, &inside).await.status, 200);
    let below = ann.text(&format!("{}privacy/", at(inner))).await;
    assert!(below.contains("inherited from") && below.contains(&format!("href=\"{here}\">Archive</a>")), "{below}");
    let tree = ann.text(HOME).await;
    assert!(tree.contains("As above") && tree.contains("<span class=\"chip note\">Password</span>"), "{tree}");
    let refused = ann.post(&here, &[("rule", "groups"), ("group", "Nobody")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("One of these groups is gone"), "{}", refused.text());
    location(&ann.post(&here, &[("rule", "groups"), ("group", "ann")]).await);
    assert_eq!(server.get_with(&url, &inside).await.status, 403);
    assert_eq!(server.get_with(&url, &ann.cookie).await.status, 200);
    location(&ann.post(&here, &[("rule", "public")]).await);
    assert_eq!(server.get(&url).await.status, 200);
    for event in ["create", "edit", "delete"] {
        let noted = format!(
            "object_event WHERE kind = 'collection' AND event = 'view_restriction.{event}' AND object_id = {outer}"
        );
        assert_eq!(server.count(&noted), 1, "{event}");
    }
    let labels = [("object", "collection"), ("event", "view_restriction.create"), ("channel", "admin")];
    assert_eq!(server.metrics().await.sum("vitrine_object_events_total", &labels), 1.0);
}

async fn only_managers_of_collections_come_in_and_none_gains_rights_by_moving(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    let mine = media.create_collection(1, "Mine", Channel::Cli).await.expect("created");
    let theirs = media.create_collection(1, "Theirs", Channel::Cli).await.expect("created");
    let change = Grant::Collection(mine, CollectionPermission::Change);
    let ann = server.browser("ann", &[MAY[0], change]).await;
    let ben = server.browser("ben", &[change]).await;
    let paths = [
        HOME.to_owned(),
        at(mine),
        format!("{}privacy/", at(mine)),
        format!("{}move/", at(mine)),
        format!("{}delete/", at(mine)),
    ];
    for path in &paths[..3] {
        assert_eq!(ben.get(path).await.status, 403, "{path}");
        let out = server.get(path).await;
        assert_eq!((out.status.as_u16(), out.header("location").starts_with("/admin/login/")), (303, true), "{path}");
        assert_eq!(ann.get(path).await.status, 200, "{path}");
        assert_eq!(server.send(Method::PUT, path, &[("cookie", &ann.cookie)]).await.status, 405, "{path}");
    }
    for path in &paths {
        assert_eq!(ben.post(path, &[("name", "x"), ("into", "1"), ("rule", "login")]).await.status, 403, "{path}");
    }
    for path in [at(987_654), format!("{HOME}x/"), format!("{}privacy/", at(987_654))] {
        assert_eq!(ann.get(&path).await.status, 404, "{path}");
    }
    let gains = ann.post(&format!("{}move/", at(theirs)), &[("into", &mine.to_string())]).await;
    assert_eq!(gains.status, 422);
    assert!(gains.text().contains("There you would get rights over its files"), "{}", gains.text());
    let root = server.root_browser().await;
    location(&root.post(&format!("{}move/", at(theirs)), &[("into", &mine.to_string())]).await);
    let listed = ann.text("/admin/images/").await;
    assert!(listed.contains("class=\"button\" href=\"/admin/collections/\""), "{listed}");
    let of_ben = ben.text("/admin/images/").await;
    assert!(!of_ben.contains("/admin/collections/"), "{of_ben}");
    let tree = ann.text(HOME).await;
    assert!(tree.contains("aria-current=\"page\">Collections"), "in the menu: {tree}");
    let refused = [("http_route", "/admin/collections/{*path}")];
    assert_eq!(server.metrics().await.sum("vitrine_permission_denied_total", &refused), 8.0);
}

on_both_databases! {
    a_collection_is_made_renamed_moved_and_deleted,
    what_is_in_a_private_collection_is_refused_and_so_is_what_is_below,
    only_managers_of_collections_come_in_and_none_gains_rights_by_moving,
}
