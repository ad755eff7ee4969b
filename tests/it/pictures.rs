//! Pictures of people: what is taken and what is refused, who sees them, who removes them, and where they are shown.

use image::ImageFormat;
use reqwest::Method;
use vitrine::accounts::{GlobalPermission, Grant};

use crate::support::account::SAME_ORIGIN;
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::picture::{bomb, picture, png, size_of};
use crate::support::{Answer, Database, Server, on_both_databases};

const UPLOAD: &str = "/admin/pictures/";

async fn put_up(browser: &Browser<'_>, name: &str, bytes: &[u8]) -> Answer {
    browser.send_parts(UPLOAD, &[("picture", Some(name), bytes)]).await
}

/// The address of the picture in the bar of a page; none where there are initials.
fn shown(page: &str) -> Option<String> {
    let bar = page.split("<summary aria-label").nth(1).expect("the account's menu").split("</summary>").next()?;
    Some(bar.split("src=\"").nth(1)?.split('"').next()?.to_owned())
}

async fn a_picture_is_made_square_and_served_to_those_who_are_signed_in(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", &[]).await;
    let bob = server.browser("bob", &[]).await;
    let before = ann.text("/admin/account/").await;
    assert!(
        shown(&before).is_none() && before.contains("data-initials=\"A\" aria-hidden=\"true\"></span>"),
        "{before}"
    );
    let kept = put_up(&ann, "me.jpg", &picture(800, 400, 7, ImageFormat::Jpeg)).await;
    assert_eq!(location(&kept), "/admin/account/?said=picture#picture");
    let page = ann.text("/admin/account/?said=picture").await;
    assert!(page.contains("The picture is yours now."), "{page}");
    let address = shown(&page).expect("a picture");
    let answer = bob.get(&address).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/webp"));
    assert_eq!(size_of(&answer.body), (192, 192));
    assert_eq!(answer.header("cache-control"), "private, max-age=31536000, immutable");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';") && policy.ends_with("sandbox"), "{policy}");
    let out = server.get(&address).await;
    assert!(out.status == 303 && out.header("location").starts_with("/admin/login/"), "{}", out.status);
    let (of_ann, of_bob) = (address.split('/').nth(3).expect("an id"), shown(&bob.text("/admin/").await));
    assert_eq!(of_bob, None, "another's picture is no one else's");
    for wrong in [format!("/admin/pictures/{of_ann}/{}.webp", "0".repeat(64)), format!("/admin/pictures/{of_ann}/x")] {
        assert_eq!(bob.get(&wrong).await.status, 404, "{wrong}");
    }
    // Another one has another address, and the old one is gone.
    assert_eq!(put_up(&ann, "small.png", &png(60, 40, 3)).await.status, 303);
    let other = shown(&ann.text("/admin/").await).expect("a picture");
    assert_ne!(other, address);
    assert_eq!(bob.get(&address).await.status, 404);
    assert_eq!(size_of(&bob.get(&other).await.body), (40, 40), "nothing is made larger");
    assert_eq!(
        location(&ann.post("/admin/pictures/remove/", &[("a", "b")]).await),
        "/admin/account/?said=picture-removed#picture"
    );
    assert_eq!((shown(&ann.text("/admin/").await), bob.get(&other).await.status.as_u16()), (None, 404));
    assert_eq!(server.rows("account_picture"), 0);
    let told = server.events().await.into_iter().filter(|event| event == "user_changed ann").count();
    assert_eq!(told, 3, "each change is in the security log");
}

async fn what_is_no_picture_is_refused_at_the_field(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", &[]).await;
    let image = png(40, 30, 1);
    let script = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("bomb.png", bomb(20_000, 10_000), "pixels"),
        ("script.svg", script.to_vec(), "svg"),
        ("script.png", script.to_vec(), "SVG"),
        ("page.jpg", b"<!doctype html><script>alert(1)</script>".to_vec(), "not an image"),
        ("html.png", [&image[..], b"<script>alert(1)</script>"].concat(), "PNG"),
        ("half.png", image[..image.len() / 2].to_vec(), "PNG"),
        ("none.png", Vec::new(), "empty"),
    ];
    for (name, bytes, reason) in &cases {
        let refused = put_up(&ann, name, bytes).await;
        assert_eq!(refused.status, 422, "{name}: {}", refused.text());
        let note = refused.text().split("id=\"picture-note\" role=\"alert\">").nth(1).expect("told at the field");
        let note = note.split("</p>").next().unwrap_or_default();
        assert!(note.contains(reason) && !note.contains('<'), "{name}: {note}");
    }
    let nothing = ann.send_parts(UPLOAD, &[("picture", Some(""), b"")]).await;
    assert!(nothing.status == 422 && nothing.text().contains("Choose a file."), "{}", nothing.text());
    assert_eq!(ann.post(UPLOAD, &[("picture", "x")]).await.status, 400, "no form with a file");
    assert_eq!(server.rows("account_picture"), 0);
    assert_eq!(shown(&ann.text("/admin/").await), None);
}

async fn only_superusers_remove_the_pictures_of_others(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", &[]).await;
    let manager = server.browser("manager", &[Grant::Global(GlobalPermission::Users)]).await;
    let root = server.root_browser().await;
    assert_eq!(put_up(&ann, "me.png", &png(300, 300, 9)).await.status, 303);
    let id = server.accounts().user("ann").await.expect("found").id;
    let remove = format!("/admin/pictures/{id}/remove/");
    let user = format!("/admin/users/{id}/");
    let address = shown(&ann.text("/admin/").await).expect("a picture");
    assert!(manager.text("/admin/users/").await.contains(&address), "the list of users shows it");
    let of_manager = manager.text(&user).await;
    assert!(of_manager.contains(&address) && !of_manager.contains(&remove), "{of_manager}");
    assert_eq!(manager.post(&remove, &[("a", "b")]).await.status, 403);
    let foreign = [("sec-fetch-site", "cross-site"), ("cookie", root.cookie.as_str())];
    for path in [&remove, UPLOAD, "/admin/pictures/remove/"] {
        assert_eq!(server.send_form(path, &[("a", "b")], &foreign).await.status, 403, "{path}");
        let out = server.send_form(path, &[("a", "b")], &[SAME_ORIGIN]).await;
        assert!(out.header("location").starts_with("/admin/login/"), "{path}");
        assert_eq!(server.send(Method::GET, path, &[("cookie", &root.cookie)]).await.status, 405, "{path}");
    }
    assert_eq!(root.post("/admin/pictures/999999/remove/", &[("a", "b")]).await.status, 404);
    assert!(root.text(&user).await.contains(&remove));
    let page = root.follow(&remove, &[("a", "b")]).await;
    assert!(page.contains("The picture is removed.") && !page.contains(&remove), "{page}");
    assert_eq!(ann.get(&address).await.status, 404);
    let denied = [("http_route", "/admin/pictures/{*path}")];
    assert_eq!(server.metrics().await.sum("vitrine_permission_denied_total", &denied), 1.0);
    // Those who do something are shown beside it.
    assert_eq!(put_up(&root, "me.png", &png(300, 300, 8)).await.status, 303);
    assert_eq!(root.post("/admin/locales/", &[("code", "pt-BR"), ("name", "")]).await.status, 303);
    let own = shown(&root.text("/admin/").await).expect("a picture");
    let history = root.text("/admin/reports/history/?kind=locale").await;
    assert_eq!(history.matches(&own).count(), 2, "in the bar, and beside what they did: {history}");
}

on_both_databases!(
    a_picture_is_made_square_and_served_to_those_who_are_signed_in,
    what_is_no_picture_is_refused_at_the_field,
    only_superusers_remove_the_pictures_of_others,
);
