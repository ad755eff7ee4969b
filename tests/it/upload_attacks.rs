//! Hostile files, sent to the library as an editor's browser sends them: each is refused with its name and a reason, or
//! kept so that it harms nobody.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use image::ImageFormat;
use vitrine::media::{FileName, Filter};

use crate::support::account::SAME_ORIGIN;
use crate::support::browser::{Browser, PATIENT};
use crate::support::dom::{self, assert_harmless};
use crate::support::picture::{bomb, picture, png};
use crate::support::{Answer, Database, Process, Server, on_both_databases, within_ms};

const HEAD: (&str, Option<&str>, &[u8]) = ("collection", None, b"1");
/// What refusing a file from its header takes at most, the rest of its request included.
const AT_ONCE_MS: u64 = 50;
const MEGABYTE: u64 = 1 << 20;

async fn send(browser: &Browser<'_>, path: &str, files: &[(&str, Vec<u8>)]) -> Answer {
    let mut parts = vec![HEAD];
    parts.extend(files.iter().map(|(name, bytes)| ("file", Some(*name), bytes.as_slice())));
    browser.send_parts(path, &parts).await
}

/// A GIF of this size, with so many frames of one pixel.
fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let head = [&b"GIF89a"[..], &width.to_le_bytes(), &height.to_le_bytes(), &[0x80, 0, 0], &[0; 6]].concat();
    let frame = [&b","[..], &[0, 0, 0, 0, 1, 0, 1, 0, 0], &[2, 2, 0x44, 0x01, 0]].concat();
    [head, frame.repeat(frames), b";".to_vec()].concat()
}

/// A WebP whose header claims 268 million pixels.
fn webp() -> Vec<u8> {
    let mut bytes = picture(8, 8, 1, ImageFormat::WebP);
    bytes[21..25].copy_from_slice(&(16_383_u32 | 16_383 << 14).to_le_bytes());
    bytes
}

async fn each_hostile_image_is_refused_with_its_name_and_the_reason(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let before = server.rows("image");
    let image = png(40, 30, 1);
    let with = |tail: &[u8]| [&image, tail].concat();
    let svg =
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"planted()\"><script>planted()</script></svg>".to_vec();
    let mut variable = gif(8, 8, 1);
    variable[6..8].copy_from_slice(b"/*");
    variable.extend(b"*/=1;planted()//");
    let cases: [(&str, Vec<u8>, &str); 20] = [
        ("bomb.png", bomb(20_000, 10_000), "200000000 pixels"),
        ("frames.gif", gif(1, 1, 20_000), "frames allowed"),
        ("wide.gif", gif(65_535, 65_535, 1), "65535 x 65535"),
        ("all-frames.gif", gif(1_000, 1_000, 129), "129000000 pixels"),
        ("claims.webp", webp(), "16384 x 16384"),
        ("vector.svg", svg.clone(), "extension"),
        ("vector.png", svg.clone(), "SVG"),
        ("spaced.png", [b"\xef\xbb\xbf \n<!-- x -->".to_vec(), svg].concat(), "SVG"),
        ("page.gif", [gif(8, 8, 1), b"<html><script>planted()</script>".to_vec()].concat(), "of markup"),
        ("variable.gif", variable, "GIF"),
        ("archive.jpg", [picture(40, 30, 1, ImageFormat::Jpeg), b"PK\x03\x04 and more".to_vec()].concat(), "ZIP"),
        ("paper.png", with(b"%PDF-1.7\n<script>planted()</script>"), "a PDF"),
        ("program.png", with(b"MZ\x90\0"), "program"),
        ("html.png", b"<!doctype html><script>planted()</script>".to_vec(), "not an image"),
        ("jpeg.png", picture(40, 30, 1, ImageFormat::Jpeg), "does not match the content"),
        ("shell.php", image.clone(), "extension"),
        ("shell.png.php", image.clone(), "extension"),
        ("none", image.clone(), "extension"),
        ("half.png", image[..image.len() / 2].to_vec(), "ends in the middle"),
        ("empty.png", Vec::new(), "empty"),
    ];
    let files: Vec<(&str, Vec<u8>)> = cases.iter().map(|(name, bytes, _)| (*name, bytes.clone())).collect();
    let answer = send(&root, "/admin/images/", &files).await;
    assert_eq!(answer.status, 422);
    assert_harmless(&answer, "the list of what became of the files");
    let texts = dom::shown(answer.text()).join("\n");
    for (name, bytes, reason) in &cases {
        assert!(texts.contains(name), "{name} is not named: {texts}");
        let alone = send(&root, "/admin/images/", &[(*name, bytes.clone())]).await;
        assert_eq!(alone.status, 422, "{name}");
        let said = dom::shown(alone.text()).join("\n");
        assert!(said.contains(name) && said.contains(reason), "{name}: {reason}: {said}");
        let chosen = send(&root, "/admin/choose/images/", &[(*name, bytes.clone())]).await;
        assert_eq!((chosen.status.as_u16(), &chosen.json()["errors"][0]["path"]), (422, &"file".into()), "{name}");
    }
    assert_eq!((server.rows("image"), server.rows("discarded_file")), (before, 0), "nothing of them is kept");
}

async fn a_bomb_is_refused_from_its_header(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let mut bytes = bomb(20_000, 10_000);
    // The same, with a megabyte that nobody needs to read.
    let end = bytes.len() - 12;
    let padding = vec![0_u8; MEGABYTE as usize - bytes.len()];
    let chunk = [&(padding.len() as u32).to_be_bytes()[..], b"prVt", &padding, &[0; 4]].concat();
    bytes.splice(end..end, chunk);
    let mut best = Duration::MAX;
    // The best of some: other programs of the machine are nobody's fault.
    for _ in 0..10 {
        let began = Instant::now();
        let refused = send(&root, "/admin/choose/images/", &[("bomb.png", bytes.clone())]).await;
        best = best.min(began.elapsed());
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("200000000 pixels"), "{}", refused.text());
    }
    assert!(best < within_ms(AT_ONCE_MS), "{best:?}");
}

async fn what_a_sender_calls_the_content_is_not_believed(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let image = png(40, 30, 5);
    for (path, name, bytes) in
        [("/admin/images/", "told.png", &image[..]), ("/admin/documents/", "told.txt", b"<script>planted()</script>")]
    {
        let head = format!(
            "--limit\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\n1\r\n--limit\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--limit--\r\n"].concat();
        let kind = ("content-type", "multipart/form-data; boundary=limit");
        let headers = [kind, ("cookie", root.cookie.as_str()), SAME_ORIGIN];
        let answer = server.send_body(reqwest::Method::POST, path, &headers, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let media = &server.running.site.app.media;
    let document = media.list_documents(&Filter::default(), 1).await.expect("listed").remove(0);
    let served = server.get(&document.url()).await;
    assert_eq!(served.header("content-type"), "text/plain; charset=utf-8");
    assert_shown_by_no_browser(&served);
}

fn assert_shown_by_no_browser(served: &Answer) {
    assert_eq!(served.status, 200);
    assert_eq!(served.header("x-content-type-options"), "nosniff");
    assert!(
        served.header("content-disposition").starts_with("attachment; "),
        "{}",
        served.header("content-disposition")
    );
    assert!(
        served.header("content-security-policy").contains("sandbox"),
        "{}",
        served.header("content-security-policy")
    );
}

async fn a_document_that_is_two_things_is_served_as_what_it_is_called(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let markup = b"<!doctype html><script>planted()</script><svg onload=planted()>";
    let named = ["a.pdf", "b.zip", "c.doc", "d.csv", "e.md", "f.mp4", "g.epub", "h.txt"];
    let files: Vec<(&str, Vec<u8>)> =
        named.iter().map(|name| (*name, [b"%PDF-1.7\n", &markup[..], name.as_bytes()].concat())).collect();
    let answer = send(&root, "/admin/documents/", &files).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let media = &server.running.site.app.media;
    for document in media.list_documents(&Filter::default(), named.len() as u32).await.expect("listed") {
        let served = server.get(&document.url()).await;
        let kind = served.header("content-type").to_owned();
        let runs = ["html", "xml", "svg", "javascript"].into_iter().any(|word| kind.contains(word));
        assert!(!runs || kind == "application/epub+zip", "{}: {kind}", document.file_name);
        if document.file_name != "a.pdf" {
            assert_shown_by_no_browser(&served);
            continue;
        }
        let policy = served.header("content-security-policy");
        assert_eq!((&kind[..], served.header("x-content-type-options")), ("application/pdf", "nosniff"));
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
    }
    for name in
        ["page.html", "page.htm", "page.xhtml", "page.svg", "page.xml", "page.js", "page.mjs", "page.exe", "page.hta"]
    {
        let refused = send(&root, "/admin/documents/", &[(name, markup.to_vec())]).await;
        let said = dom::shown(refused.text()).join("\n");
        assert!(refused.status == 422 && said.contains(name) && said.contains("extension"), "{name}: {said}");
    }
}

async fn tricks_in_names_name_no_other_file(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let long = format!("{}.txt", "\u{fc}".repeat(2_000));
    let taken = [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("/etc/shadow.txt", "shadow.txt"),
        ("C:\\fakepath\\CON.txt", "CON.txt"),
        ("..%2f..%2fpasswd.txt", "..%2f..%2fpasswd.txt"),
        ("nul.txt. . ", "nul.txt"),
        ("-rf $(x) `y`;.txt", "-rf $(x) `y`;.txt"),
        ("x%0d%0aSet-Cookie: a=b.txt", "x%0d%0aSet-Cookie: a=b.txt"),
        (&long[..], ""),
    ];
    let media = &server.running.site.app.media;
    for (at, (name, kept)) in taken.into_iter().enumerate() {
        let answer = send(&root, "/admin/documents/", &[(name, format!("text {at}").into_bytes())]).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert_harmless(&answer, name);
        let document = media.list_documents(&Filter::default(), 1).await.expect("listed").remove(0);
        assert!(kept.is_empty() || document.file_name == kept, "{name}: {}", document.file_name);
        assert!(document.file_name.chars().count() <= 150, "{}", document.file_name);
        let key = &document.file_key;
        assert!(key.starts_with("documents/") && !key.contains("..") && !key.contains('%'), "{key}");
        let served = server.get(&document.url()).await;
        assert_shown_by_no_browser(&served);
        assert!(served.header("set-cookie").is_empty() && served.text() == format!("text {at}"), "{name}");
    }
    for name in
        ["..", "photo\u{202e}txt.exe", "photo\u{202e}exe.txt", "a\u{200b}.txt", "\u{feff}a.txt", "a\u{2028}b.txt"]
    {
        assert_eq!(FileName::of(name).map(|name| name.as_str().to_owned()), None, "{name:?}");
        let refused = send(&root, "/admin/documents/", &[(name, b"x".to_vec())]).await;
        let said = dom::shown(refused.text()).join("\n");
        assert!(refused.status == 422 && said.contains("name"), "{name:?}: {}: {said}", refused.status);
        assert_harmless(&refused, name);
    }
    let before = server.rows("document");
    for name in ["a\0.txt", "a\n.txt", "a\r\nX: y.txt"] {
        let refused = send(&root, "/admin/documents/", &[(name, b"x".to_vec())]).await;
        assert!([400, 422].contains(&refused.status.as_u16()), "{name:?}: {}", refused.status);
    }
    assert_eq!(server.rows("document"), before);
}

/// A form with a file of a gigabyte, of which no more is made than is asked for.
struct Endless {
    left: u64,
    head: Option<Bytes>,
    made: Arc<AtomicU64>,
    /// Whether its length is told.
    length: Option<u64>,
}

impl Endless {
    fn new(length: Option<u64>) -> (Self, Arc<AtomicU64>) {
        let head = "--limit\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\n1\r\n--limit\r\n\
                    Content-Disposition: form-data; name=\"file\"; filename=\"huge.zip\"\r\n\r\n";
        let made = Arc::new(AtomicU64::new(0));
        (Self { left: 1 << 30, head: Some(Bytes::from_static(head.as_bytes())), made: made.clone(), length }, made)
    }
}

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::convert::Infallible>>> {
        static PART: [u8; 1 << 16] = [b'x'; 1 << 16];
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= PART.len() as u64;
        self.made.fetch_add(PART.len() as u64, Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&PART)))))
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map(SizeHint::with_exact).unwrap_or_default()
    }
}

/// The most memory that a process ever had, in bytes.
fn most_memory(process: &Process) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", process.id())).expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

async fn a_gigabyte_is_refused_early_and_takes_no_memory(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let cookie = server.root_browser().await.cookie;
    let data = server.folder.path().display().to_string();
    let settings = [
        ("database.url", server.database_url.as_str()),
        ("data.dir", data.as_str()),
        ("media.max_document_bytes", "4194304"),
    ];
    let before_rows = server.rows("document");
    let process = Process::start(server.folder.path(), &settings, &[], &[]);
    let client = crate::support::client::client();
    // What a first request makes is not counted.
    let ask = async || {
        let request = client.get(format!("{}/admin/documents/", process.site)).header("cookie", &cookie);
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(ask().await, 200);
    let before = most_memory(&process);
    for (path, length) in [
        ("/admin/documents/", Some(1_u64 << 30)),
        ("/admin/documents/", None),
        ("/admin/choose/documents/", Some(1 << 30)),
        ("/admin/choose/documents/", None),
        ("/admin/images/", None),
    ] {
        let (body, made) = Endless::new(length);
        let request = client
            .post(format!("{}{path}", process.site))
            .header("cookie", &cookie)
            .header("content-type", "multipart/form-data; boundary=limit")
            .header("sec-fetch-site", "same-origin")
            .body(reqwest::Body::wrap(body));
        // The server may close while it is still sent to.
        if let Ok(answer) = request.send().await {
            let status = answer.status().as_u16();
            assert!([400, 413, 422].contains(&status), "{path}: {status}");
        }
        let made = made.load(Relaxed);
        assert!(made < 64 * MEGABYTE, "{path}, {length:?}: {made} bytes were taken");
    }
    let grown = most_memory(&process).saturating_sub(before);
    assert!(grown < 64 * MEGABYTE, "the server grew by {grown} bytes");
    assert_eq!((server.rows("document"), ask().await), (before_rows, 200));
    let text = format!("{data}/media");
    assert!(size_of(std::path::Path::new(&text)) < 32 * MEGABYTE, "what was taken in is gone");
}

fn size_of(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("readable").path());
    entries.map(|path| if path.is_dir() { size_of(&path) } else { path.metadata().map_or(0, |it| it.len()) }).sum()
}

on_both_databases!(
    each_hostile_image_is_refused_with_its_name_and_the_reason,
    a_bomb_is_refused_from_its_header,
    what_a_sender_calls_the_content_is_not_believed,
    a_document_that_is_two_things_is_served_as_what_it_is_called,
    tricks_in_names_name_no_other_file,
    a_gigabyte_is_refused_early_and_takes_no_memory,
);
