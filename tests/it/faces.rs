//! Faces in images: looked for after an upload, kept in every crop, and never in the place of what an editor said.

use image::ImageFormat;
use vitrine::accounts::{CollectionPermission, Grant};
use vitrine::media::image::{FilterSpec, FocalBy, FocalPoint};
use vitrine::media::{Image, ImageChange, NewFile, url};
use vitrine::telemetry::label::Channel;

use crate::support::browser::{Browser, PATIENT, location};
use crate::support::picture::picture;
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

/// Eileen Collins (NASA, public domain): 256 x 492 pixels, her face around (122, 98).
pub const PERSON: &[u8] = include_bytes!("../fixtures/astronaut.jpg");
const FACE: (i64, i64) = (122, 98);

async fn added(server: &Server, name: &str, bytes: &[u8], focal: Option<FocalPoint>) -> i64 {
    let new = NewFile { name: name.into(), by: Some(Channel::Cli.into()), ..NewFile::default() };
    server.running.site.app.media.add_image(bytes, new, focal).await.expect("taken")
}

async fn image(server: &Server, id: i64) -> Image {
    server.running.site.app.media.image(id).await.expect("there")
}

/// The image, once faces were looked for in it.
async fn looked_at(server: &Server, id: i64) -> Image {
    eventually("faces were looked for", SOON, async || image(server, id).await.focal_by() != FocalBy::Waiting).await;
    image(server, id).await
}

fn is_on_face(image: &Image) -> bool {
    let near = |found: Option<i64>, wanted: i64| found.is_some_and(|found| found.abs_diff(wanted) < 15);
    near(image.focal_x, FACE.0) && near(image.focal_y, FACE.1) && image.focal_width.is_some_and(|width| width > 80)
}

async fn faces(browser: &Browser<'_>, id: i64, what: &str) -> u16 {
    browser.post(&format!("/admin/images/{id}/faces/"), &[("do", what)]).await.status.as_u16()
}

async fn a_face_is_found_after_the_upload_and_stays_in_every_crop(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let parts: [(&str, Option<&str>, &[u8]); 2] = [("collection", None, b"1"), ("file", Some("eileen.jpg"), PERSON)];
    assert_eq!(root.send_parts("/admin/images/", &parts).await.status, 200);
    let media = &server.running.site.app.media;
    let id = media.list_images(&vitrine::media::Filter::default(), 1).await.expect("listed")[0].id;
    let found = looked_at(&server, id).await;
    assert_eq!((found.focal_by(), is_on_face(&found)), (FocalBy::Faces, true), "{found:?}");
    let crop = |image: &Image| {
        let spec = FilterSpec::parse("fill-160x160").expect("a spec");
        url::of_rendition(&server.running.site.app.keys, &image.facts().expect("a JPEG"), &spec)
    };
    let first = crop(&found);
    let with_face = server.get(&first).await;
    assert_eq!(with_face.status, 200);
    let page = root.text(&format!("/admin/images/{id}/")).await;
    assert!(page.contains("was found by face detection") && page.contains("Find faces again"), "{page}");

    assert_eq!(faces(&root, id, "remove").await, 303);
    let removed = image(&server, id).await;
    assert_eq!((removed.focal_by(), removed.focal()), (FocalBy::Editor, None));
    let second = crop(&removed);
    assert_ne!(first, second, "renditions have new addresses");
    assert_ne!(server.get(&second).await.body, with_face.body, "the middle of the picture");
    assert_eq!(
        server.count(&format!("discarded_file d JOIN rendition r ON r.file_key = d.file_key WHERE r.image_id = {id}")),
        1
    );
    let page = root.text(&format!("/admin/images/{id}/")).await;
    assert!(page.contains(">Find faces<") && !page.contains("face detection"), "{page}");

    assert_eq!(faces(&root, id, "search").await, 303);
    assert!(is_on_face(&looked_at(&server, id).await), "found again");
    assert_eq!(faces(&root, id, "search").await, 303);
    assert_eq!(crop(&looked_at(&server, id).await), first, "the same is found");
    let jobs = [("kind", "image.faces"), ("outcome", "success")];
    assert_eq!(server.metrics().await.sum("vitrine_job_executions_total", &jobs), 3.0);
}

async fn what_an_editor_said_stays(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let point = FocalPoint { x: 60, y: 400, width: 20, height: 20 };
    let set = added(&server, "set.jpg", PERSON, Some(point)).await;
    assert_eq!(image(&server, set).await.focal_by(), FocalBy::Editor);
    assert_eq!(faces(&root, set, "search").await, 400);
    assert_eq!(faces(&root, set, "remove").await, 400, "not by face detection");
    assert_eq!(faces(&root, set, "burn").await, 400);
    let media = &server.running.site.app.media;
    media.replace_image(set, PERSON, "set.jpg", Channel::Cli).await.expect("replaced");
    assert_eq!(image(&server, set).await.focal(), Some(point), "of the same size");
    assert!(!root.text(&format!("/admin/images/{set}/")).await.contains("/faces/\""));

    let without = added(&server, "plain.png", &picture(300, 200, 7, ImageFormat::Png), None).await;
    let looked = looked_at(&server, without).await;
    assert_eq!((looked.focal_by(), looked.focal()), (FocalBy::Nothing, None));
    assert!(root.text(&format!("/admin/images/{without}/")).await.contains("found no face"));
    // A page that was opened before the face was found, and saved behind it.
    media.replace_image(without, PERSON, "plain.jpg", Channel::Cli).await.expect("replaced");
    assert!(is_on_face(&looked_at(&server, without).await), "another file is looked at, too");
    let empty = [("focal_x", ""), ("focal_y", ""), ("focal_width", ""), ("focal_height", "")];
    let url = format!("/admin/images/{without}/");
    let stale = [&[("title", "Eileen"), ("focal_was", "")], &empty[..]].concat();
    assert_eq!(location(&root.post(&url, &stale).await), "/admin/images/");
    let kept = image(&server, without).await;
    assert_eq!((kept.title.as_str(), kept.focal_by(), is_on_face(&kept)), ("Eileen", FocalBy::Faces, true));
    let change = ImageChange { focal: Some(Some(point)), ..ImageChange::default() };
    media.update_image(without, change, Channel::Cli).await.expect("changed");
    assert_eq!(image(&server, without).await.focal_by(), FocalBy::Editor);
    let cleared = [&[("focal_was", "60 400 20 20")], &empty[..]].concat();
    assert_eq!(location(&root.post(&url, &cleared).await), "/admin/images/");
    assert_eq!(
        (image(&server, without).await.focal_by(), image(&server, without).await.focal()),
        (FocalBy::Editor, None)
    );
}

async fn only_who_may_change_an_image_has_faces_looked_for(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let id = added(&server, "eileen.jpg", PERSON, None).await;
    looked_at(&server, id).await;
    let choose = server.browser("choose", &[Grant::Collection(1, CollectionPermission::Choose)]).await;
    let change = server.browser("change", &[Grant::Collection(1, CollectionPermission::Change)]).await;
    let nobody = server.browser("nobody", &[]).await;
    for browser in [&choose, &nobody] {
        for what in ["search", "remove"] {
            assert_eq!(faces(browser, id, what).await, 403);
        }
    }
    let path = format!("/admin/images/{id}/faces/");
    assert!(!choose.text(&format!("/admin/images/{id}/")).await.contains("Find faces"));
    assert_eq!(faces(&change, id, "remove").await, 303);
    assert_eq!(faces(&change, 987_654, "search").await, 404);
    assert_eq!(change.get(&path).await.status, 405);
    assert_eq!(change.post("/admin/documents/1/faces/", &[("do", "search")]).await.status, 405, "images alone");
    assert_eq!(server.send_form(&path, &[("do", "search")], &[]).await.status, 303, "signed out");
}

async fn it_can_be_turned_off_and_a_broken_file_ends_it(database: Database) {
    let off = Server::with(database, &[PATIENT, ("media.feature_detection", "false")]).await;
    let root = off.root_browser().await;
    let id = added(&off, "eileen.jpg", PERSON, None).await;
    assert_eq!((image(&off, id).await.focal_by(), off.count("job WHERE kind = 'image.faces'")), (FocalBy::Nobody, 0));
    assert_eq!(faces(&root, id, "search").await, 400);
    assert!(!root.text(&format!("/admin/images/{id}/")).await.contains("Find faces"));

    let server = Server::with(database, &[PATIENT, ("server.role", "web")]).await;
    let id = added(&server, "eileen.jpg", PERSON, None).await;
    let waiting = image(&server, id).await;
    assert_eq!(waiting.focal_by(), FocalBy::Waiting);
    let key = waiting.file_key.parse().expect("a key");
    server.running.site.app.media.storage.put(&key, PERSON[..9_000].to_vec()).await.expect("stored");
    let (handlers, _) = server.running.site.app.work();
    let jobs = server.content().jobs.clone();
    let stop = tokio_util::sync::CancellationToken::new();
    let work = tokio::spawn(jobs.work(handlers, Vec::new(), stop.clone(), std::time::Duration::from_secs(1)));
    let looked = looked_at(&server, id).await;
    stop.cancel();
    work.await.expect("ended");
    assert_eq!((looked.focal_by(), looked.focal()), (FocalBy::Nothing, None), "no face, and no dead job");
    assert_eq!(server.count("job WHERE state = 'dead'"), 0);
}

on_both_databases! {
    a_face_is_found_after_the_upload_and_stays_in_every_crop,
    what_an_editor_said_stays,
    only_who_may_change_an_image_has_faces_looked_for,
    it_can_be_turned_off_and_a_broken_file_ends_it,
}
