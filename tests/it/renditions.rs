//! Renditions: made by their own request, once, a few at a time; signed; served whole, in parts, and not again.

use image::ImageFormat;
use reqwest::Method;
use vitrine::content::privacy::{Rule, Target};
use vitrine::media::image::{FilterSpec, FocalPoint};
use vitrine::media::{Deletion, ImageChange, NewFile, Purged, Scope, url};
use vitrine::telemetry::label::Channel;

use crate::support::picture::{picture, png, size_of};
use crate::support::{Answer, Database, Server, on_both_databases};

async fn add(server: &Server, name: &str, bytes: &[u8]) -> i64 {
    let new = NewFile { name: name.into(), ..NewFile::default() };
    server.running.site.app.media.add_image(bytes, new, None).await.expect("the image is taken")
}

/// The URL of a rendition, as pages write it.
async fn url_of(server: &Server, image: i64, spec: &str) -> String {
    let app = &server.running.site.app;
    let facts = app.media.image(image).await.expect("the image is there").facts().expect("its format is known");
    url::of_rendition(&app.keys, &facts, &FilterSpec::parse(spec).expect("a spec"))
}

async fn count(server: &Server, outcome: &str) -> f64 {
    server.metrics().await.sum("vitrine_renditions_total", &[("outcome", outcome)])
}

async fn a_rendition_is_made_by_its_first_request_and_then_stored(database: Database) {
    let server = Server::start(database).await;
    let image = add(&server, "Tide clock.png", &png(400, 300, 1)).await;
    assert_eq!(server.rows("rendition"), 0);
    for (spec, mime, size) in [
        ("fill-200x200", "image/png", (200, 200)),
        ("width-100|format-webp", "image/webp", (100, 75)),
        ("max-150x150|format-jpeg", "image/jpeg", (150, 112)),
    ] {
        let url = url_of(&server, image, spec).await;
        let made = server.get(&url).await;
        assert_eq!((made.status.as_u16(), made.header("content-type")), (200, mime), "{url}");
        assert_eq!(size_of(&made.body), size, "{spec}");
        assert_eq!(made.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(made.header("content-length"), made.body.len().to_string());
        let again = server.get(&url).await;
        assert_eq!((&again.body, again.queries()), (&made.body, 1), "{spec} is read from its row once");
        assert_eq!(server.get(&url).await.queries(), 0, "and from then on known");
    }
    assert_eq!(server.rows("rendition"), 3);
    assert_eq!(count(&server, "made").await, 3.0);
    server.running.site.app.media.keep_house().await.expect("counted");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_media_files", &[("kind", "rendition")]), 3.0);
    assert_eq!(metrics.sum("vitrine_rendition_duration_seconds_count", &[]), 3.0);
}

async fn parts_heads_and_known_copies_are_answered_as_http_has_it(database: Database) {
    let server = Server::start(database).await;
    let image = add(&server, "a.png", &png(300, 200, 2)).await;
    let url = url_of(&server, image, "width-120").await;
    let whole = server.get(&url).await;
    let (etag, length) = (whole.header("etag").to_owned(), whole.body.len());
    let head = server.send(Method::HEAD, &url, &[]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!((head.header("content-length"), head.header("etag")), (length.to_string().as_str(), etag.as_str()));
    let known = server.send(Method::GET, &url, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status.as_u16(), known.body.len(), known.header("etag")), (304, 0, etag.as_str()));
    let part = server.send(Method::GET, &url, &[("range", "bytes=10-19")]).await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &whole.body[10..20]));
    assert_eq!(part.header("content-range"), format!("bytes 10-19/{length}"));
    let beyond = server.send(Method::GET, &url, &[("range", "bytes=99999999-")]).await;
    assert_eq!((beyond.status.as_u16(), beyond.header("content-range")), (416, format!("bytes */{length}").as_str()));
    let other = server.send(Method::GET, &url, &[("range", "bytes=0-1"), ("if-range", "\"other\"")]).await;
    assert_eq!((other.status.as_u16(), other.body.len()), (200, length));
    let posted = server.send(Method::POST, &url, &[("content-length", "0")]).await;
    assert_eq!((posted.status.as_u16(), posted.header("allow")), (405, "GET, HEAD"));
}

async fn only_urls_that_were_signed_are_answered(database: Database) {
    let server = Server::start(database).await;
    let image = add(&server, "a.png", &png(300, 200, 3)).await;
    let url = url_of(&server, image, "width-120").await;
    let status = async |path: &str| server.get(path).await.status.as_u16();
    let parts: Vec<&str> = url.split('/').collect();
    let with = |at: usize, text: &str| {
        let mut parts = parts.clone();
        parts[at] = text;
        parts.join("/")
    };
    for forged in [with(4, "AAAAAAAAAAAAAAAAAAAAAA"), with(5, "width-121"), with(6, "00000000"), with(3, "999")] {
        let answer = server.get(&forged).await;
        assert_eq!(answer.status, 403, "{forged}");
        assert_eq!((answer.header("etag"), answer.header("cache-control")), ("", "no-store"), "{forged}");
    }
    for none in [
        with(7, "b.png"),
        with(7, "a.html"),
        format!("{url}/x"),
        with(3, "x"),
        "/media/images/".into(),
        "/media/x".into(),
    ] {
        assert_eq!(status(&none).await, 404, "{none}");
    }
    assert_eq!(server.rows("rendition"), 1, "only what a page asked for was made");
    assert_eq!(status(&url).await, 200);
    assert_eq!(status(&format!("{url}?v=1")).await, 200, "a query changes nothing");
}

async fn those_who_ask_at_once_share_one_rendition(database: Database) {
    let server = Server::with(database, &[("media.rendition_workers", "1")]).await;
    let image = add(&server, "a.png", &png(640, 480, 4)).await;
    let url = url_of(&server, image, "width-600|format-webp").await;
    let answers = futures_util::future::join_all((0..12).map(|_| server.get(&url))).await;
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), &answer.body), (200, &answers[0].body), "{:?}", answer.headers);
    }
    assert_eq!(count(&server, "made").await, 1.0);
    assert_eq!(server.rows("rendition"), 1);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_renditions_waiting", &[]), 0.0);
    assert_eq!(metrics.sum("vitrine_renditions_in_progress", &[]), 0.0);
}

async fn a_full_queue_refuses_and_says_when_to_come_back(database: Database) {
    let settings = [("media.rendition_workers", "1"), ("media.rendition_queue", "2")];
    let server = Server::with(database, &settings).await;
    let image = add(&server, "a.png", &png(640, 480, 5)).await;
    let mut urls = Vec::new();
    for width in 0..12 {
        urls.push(url_of(&server, image, &format!("width-{}|format-webp", 500 + width)).await);
    }
    let answers = futures_util::future::join_all(urls.iter().map(|url| server.get(url))).await;
    let (made, refused): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.status == 200);
    assert!(made.len() >= 2 && !refused.is_empty(), "{} made", made.len());
    for answer in &refused {
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "2"));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(count(&server, "overload").await, refused.len() as f64);
    for url in urls {
        assert_eq!(server.get(&url).await.status, 200, "the queue is free again");
    }
}

async fn a_replaced_file_and_a_moved_focal_point_have_new_urls(database: Database) {
    let server = Server::start(database).await;
    let media = &server.running.site.app.media;
    let image = add(&server, "a.png", &png(400, 200, 6)).await;
    let (fill, width) = (url_of(&server, image, "fill-100x100").await, url_of(&server, image, "width-100").await);
    let before = server.get(&fill).await;
    let focal = FocalPoint { x: 390, y: 100, width: 10, height: 10 };
    let change = ImageChange { focal: Some(Some(focal)), ..Default::default() };
    media.update_image(image, change, Channel::Cli).await.expect("changed");
    let (moved, same) = (url_of(&server, image, "fill-100x100").await, url_of(&server, image, "width-100").await);
    assert!(moved != fill && same == width);
    assert_ne!(server.get(&moved).await.body, before.body, "the crop follows the focal point");
    assert_eq!(server.get(&fill).await.body, before.body, "pages that caches still hold show the old one");

    media.replace_image(image, &png(300, 300, 7)[..], "b.png", Channel::Cli).await.expect("replaced");
    assert_eq!(media.image(image).await.expect("there").focal(), None, "it was of another size");
    let new = url_of(&server, image, "width-100").await;
    assert_ne!(new, width);
    assert_eq!(server.get(&new).await.status, 200);
    // Was never made of the old file, and cannot be any more.
    let old = server.get(&width).await;
    assert_eq!((old.status.as_u16(), old.header("location")), (302, new.as_str()));

    media.delete_image(image, Deletion::Unused, Channel::Cli).await.expect("nothing refers to it");
    for gone in [&new, &fill, &moved] {
        assert_eq!(server.get(gone).await.status, 404);
    }
    assert_eq!(server.rows("rendition"), 0);
}

async fn files_stay_when_the_server_is_restarted_and_are_made_again_when_they_are_lost(database: Database) {
    let server = Server::start(database).await;
    let image = add(&server, "a.png", &png(400, 200, 8)).await;
    let url = url_of(&server, image, "width-100").await;
    let body = server.get(&url).await.body;
    let again = server.beside(&[]).await;
    assert_eq!(again.get(&url).await.body, body, "the other server has the same key and the same files");
    assert_eq!(count(&again, "made").await, 0.0);
    std::fs::remove_dir_all(server.folder.path().join("media/renditions")).expect("the files are there");
    assert_eq!(server.get(&url).await.body, body);
    assert_eq!(count(&server, "made").await, 2.0);
    // Files whose rows are lost are found.
    again.get(&url).await;
    assert_eq!(again.get(&url).await.status, 200);
    std::fs::remove_dir_all(server.folder.path().join("media/images")).expect("the files are there");
    assert_eq!(server.get(&url).await.status, 200, "what is made needs no original");
    let other = url_of(&server, image, "width-50").await;
    let broken = server.get(&other).await;
    assert_eq!((broken.status.as_u16(), broken.header("cache-control")), (500, "no-store"));
    assert_eq!(count(&server, "storage").await, 1.0);
}

async fn what_is_in_a_restricted_collection_is_denied_without_a_trace_of_it(database: Database) {
    let server = Server::start(database).await;
    let media = &server.running.site.app.media;
    let secret = media.ensure_collection("Secret", Channel::Cli).await.expect("made");
    let new = NewFile { name: "a.png".into(), collection: Some(secret), ..NewFile::default() };
    let image = media.add_image(&png(100, 100, 9)[..], new, None).await.expect("taken");
    let new = NewFile { name: "plan.pdf".into(), collection: Some(secret), ..NewFile::default() };
    let document = media.add_document(&b"%PDF-1.4"[..], new).await.expect("taken");
    let urls = [url_of(&server, image, "width-50").await, media.document(document).await.expect("there").url()];
    let mut etags = Vec::new();
    for url in &urls {
        let public = server.get(url).await;
        assert_eq!(public.status, 200, "{url}");
        etags.push(public.header("etag").to_owned());
    }
    let target = Target::Collection(secret);
    server.content().restrict(target, Rule::Login, Channel::Admin).await.expect("restricted");
    for (url, etag) in urls.iter().zip(&etags) {
        for headers in [vec![], vec![("if-none-match", etag.as_str())], vec![("range", "bytes=0-0")]] {
            let denied = server.send(Method::GET, url, &headers).await;
            assert_eq!((denied.status.as_u16(), denied.header("cache-control")), (403, "private, no-store"), "{url}");
            assert_eq!((denied.header("etag"), denied.header("content-range")), ("", ""));
            // The way back is what was asked for.
            let told = denied.text().replace("plan.pdf", "");
            assert!(told.contains("for members") && !told.contains("plan"), "{told}");
        }
        let head = server.send(Method::HEAD, url, &[]).await;
        assert_eq!((head.status.as_u16(), head.header("etag")), (403, ""));
    }
    let any = server.get(&format!("/documents/{document}/other.pdf")).await;
    assert_eq!((any.status.as_u16(), any.header("location")), (403, ""), "not even its name is told");
    assert!(server.content().unrestrict(target, Channel::Admin).await.expect("opened"));
    assert_eq!(server.get(&urls[0]).await.status, 200);
}

async fn renditions_are_purged_and_made_again(database: Database) {
    let server = Server::start(database).await;
    let media = &server.running.site.app.media;
    let (one, other) =
        (add(&server, "a.png", &png(300, 200, 11)).await, add(&server, "b.png", &png(300, 200, 12)).await);
    let mut urls = Vec::new();
    for (image, spec) in [(one, "width-100"), (one, "width-50"), (other, "width-100")] {
        urls.push(url_of(&server, image, spec).await);
    }
    for url in &urls {
        assert_eq!(server.get(url).await.status, 200);
    }
    let stray = server.folder.path().join("media/renditions/99");
    std::fs::create_dir_all(&stray).expect("a folder");
    std::fs::write(stray.join("stray.png"), "x").expect("a file");
    let mut seen = Vec::new();
    let rebuilt = media.rebuild_renditions(Scope::default(), |id| seen.push(id)).await.expect("rebuilt");
    assert_eq!((rebuilt.made, rebuilt.outdated, rebuilt.failed.len(), seen.len()), (3, 0, 0, 3));
    let scope = Scope { after: seen[1], ..Scope::default() };
    let rest = media.rebuild_renditions(scope, |_| {}).await.expect("rebuilt");
    assert_eq!((rest.made, rest.last), (1, seen[2]), "it goes on where it ended");
    let purged = media.purge_renditions(Scope { image: Some(one), ..Scope::default() }).await.expect("purged");
    assert_eq!(purged, Purged { renditions: 2, strays: 0 });
    assert_eq!(server.rows("rendition"), 1);
    let purged = media.purge_renditions(Scope::default()).await.expect("purged");
    assert_eq!(purged, Purged { renditions: 1, strays: 1 });
    assert!(!server.folder.path().join("media/renditions").exists());
    for url in &urls {
        assert_eq!(server.get(url).await.status, 200, "it is made again");
    }
}

async fn metadata_and_animations_are_kept_where_they_belong(database: Database) {
    let server = Server::start(database).await;
    let image = add(&server, "a.gif", &picture(60, 40, 10, ImageFormat::Gif)).await;
    let small = server.get(&url_of(&server, image, "width-30").await).await;
    assert_eq!((small.header("content-type"), size_of(&small.body)), ("image/png", (30, 20)));
    let original = server.get(&url_of(&server, image, "original").await).await;
    assert_eq!((original.header("content-type"), size_of(&original.body)), ("image/gif", (60, 40)));
}

on_both_databases!(
    a_rendition_is_made_by_its_first_request_and_then_stored,
    parts_heads_and_known_copies_are_answered_as_http_has_it,
    only_urls_that_were_signed_are_answered,
    those_who_ask_at_once_share_one_rendition,
    a_full_queue_refuses_and_says_when_to_come_back,
    a_replaced_file_and_a_moved_focal_point_have_new_urls,
    files_stay_when_the_server_is_restarted_and_are_made_again_when_they_are_lost,
    what_is_in_a_restricted_collection_is_denied_without_a_trace_of_it,
    renditions_are_purged_and_made_again,
    metadata_and_animations_are_kept_where_they_belong,
);
