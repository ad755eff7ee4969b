//! What somebody prefers of the editor's looks and keys.

use http::Method;

use crate::support::account::SAME_ORIGIN;
use crate::support::{Answer, Database, Server, on_both_databases};

async fn prefer(server: &Server, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    server.send_form("/admin/account/preferences/", fields, &[SAME_ORIGIN, ("cookie", cookie)]).await
}

/// The first tag of a page of the editor.
async fn root(server: &Server, cookie: &str) -> String {
    let page = server.send(Method::GET, "/admin/pages/", &[("cookie", cookie)]).await;
    let start = page.text().find("<html").expect("a page");
    page.text()[start..].split_once('>').expect("a tag").0.to_owned()
}

async fn every_page_looks_as_its_reader_prefers(database: Database) {
    let server = Server::start(database).await;
    server.user("grace", true).await;
    server.user("ada", false).await;
    let (grace, ada) = (server.session_of("grace").await, server.session_of("ada").await);
    let of_device = "data-theme=\"system\" data-contrast=\"system\" data-density=\"roomy\" data-keys=\"on\"";
    assert!(root(&server, &grace).await.ends_with(of_device), "{}", root(&server, &grace).await);
    let chosen = [("theme", "dark"), ("contrast", "more"), ("density", "snug"), ("shortcuts", "off")];
    let kept = prefer(&server, &grace, &chosen).await;
    assert_eq!((kept.status.as_u16(), kept.header("location")), (303, "/admin/account/?said=preferences#preferences"));
    let own = "data-theme=\"dark\" data-contrast=\"more\" data-density=\"snug\" data-keys=\"off\"";
    assert!(root(&server, &grace).await.ends_with(own));
    let page = server.send(Method::GET, "/admin/account/?said=preferences", &[("cookie", &grace)]).await;
    assert!(page.text().contains("Your preferences are kept."));
    assert!(page.text().contains("name=\"theme\" value=\"dark\" checked"), "{}", page.text());
    // Another browser of the same person, and somebody else.
    assert!(root(&server, &server.session_of("grace").await).await.ends_with(own));
    assert!(root(&server, &ada).await.ends_with(of_device));
    for wrong in [vec![("theme", "sepia"), ("contrast", "more"), ("density", "snug"), ("shortcuts", "off")], vec![]] {
        let refused = prefer(&server, &grace, &wrong).await;
        assert_eq!(refused.header("location"), "/admin/account/?said=preferences-unknown#preferences");
        assert!(root(&server, &grace).await.ends_with(own), "what was chosen stays");
    }
    let stranger = server.send_form("/admin/account/preferences/", &chosen, &[SAME_ORIGIN]).await;
    assert!(stranger.header("location").starts_with("/admin/login/"), "{}", stranger.status);
}

on_both_databases!(every_page_looks_as_its_reader_prefers);
