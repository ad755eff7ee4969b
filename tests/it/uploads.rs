//! Files from the terminal: what is taken, what is refused and why, and what running servers see of it.

use std::path::Path;

use image::ImageFormat;
use serde_json::Value;

use crate::support::picture::{bomb, picture, png};
use crate::support::process::run;
use crate::support::{Database, SOON, Server, eventually, on_both_databases, vitrine};

/// `vitrine media …` on the server's installation: exit code, standard output, standard error.
fn media(server: &Server, arguments: &[&str]) -> (Option<i32>, String, String) {
    let url = format!("database.url={}", server.database_url);
    let mut command = vitrine(server.folder.path());
    command.arg("media").args(arguments).args(["--set", &url, "--set", "data.dir=."]);
    run(&mut command)
}

/// Images of the default site.
const SEEDED_IMAGES: i64 = 4;

fn write(server: &Server, name: &str, bytes: &[u8]) {
    let path = server.folder.path().join("in").join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// What became of each file, one JSON object a line.
fn outcomes(said: &str) -> Vec<Value> {
    said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn stored_files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| entry.expect("readable").path())
        .map(|path| if path.is_dir() { stored_files(&path) } else { 1 })
        .sum()
}

async fn of_fifty_files_with_one_bad_forty_nine_are_saved_and_one_is_explained(database: Database) {
    let server = Server::start(database).await;
    let mut arguments =
        vec!["add".to_owned(), "--collection".into(), "Press/2024".into(), "--tag".into(), "sea".into()];
    for number in 0..50_u8 {
        let name = format!("photo_{number:02}.png");
        let bytes = if number == 17 { b"\x89PNG\r\n\x1a\nnothing".to_vec() } else { png(20, 20, number) };
        write(&server, &name, &bytes);
        arguments.push(format!("in/{name}"));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (code, said, errors) = media(&server, &arguments);
    assert_eq!(code, Some(1), "{errors}");
    assert!(said.ends_with("49 added, 0 there already, 1 refused\n"), "{said}");
    let refused: Vec<&str> = said.lines().filter(|line| line.starts_with("refused")).collect();
    assert!(matches!(refused[..], [line] if line.contains("photo_17.png: ") && line.contains("PNG")), "{refused:?}");
    assert_eq!(server.rows("image"), SEEDED_IMAGES + 49);
    let (code, said, _) = media(&server, &arguments);
    assert_eq!(code, Some(1));
    assert!(said.ends_with("0 added, 49 there already, 1 refused\n"), "{said}");
    let (_, said, _) = media(&server, &["list", "--collection", "Press", "--tag", "sea", "--limit", "5", "--json"]);
    let listed: Vec<Value> = serde_json::from_str(&said).expect("JSON");
    assert_eq!((listed.len(), &listed[0]["title"], &listed[0]["width"]), (5, &"Photo 49".into(), &20.into()));
}

async fn attacks_are_refused_with_the_reason_and_leave_nothing(database: Database) {
    let server = Server::start(database).await;
    let image = png(40, 30, 1);
    let with = |tail: &[u8]| [&image, tail].concat();
    let script = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("bomb.png", bomb(20_000, 10_000), "200000000 pixels"),
        ("script.svg", script.to_vec(), "the extension \"svg\" is not taken"),
        ("script.png", script.to_vec(), "SVG"),
        ("page.jpg", b"<!doctype html><script>alert(1)</script>".to_vec(), "not an image"),
        ("jpeg.png", picture(40, 30, 1, ImageFormat::Jpeg), "does not match the content"),
        ("zip.png", with(b"PK\x03\x04 an archive behind it"), "after the end of the PNG"),
        ("html.png", with(b"<script>alert(1)</script>"), "after the end of the PNG"),
        ("half.png", image[..image.len() / 2].to_vec(), "PNG file"),
        ("shell.php", image.clone(), "the extension \"php\" is not taken"),
        ("image.png.exe", image.clone(), "the extension \"exe\" is not taken"),
    ];
    let mut arguments = vec!["add".to_owned(), "--json".into()];
    for (name, bytes, _) in &cases {
        write(&server, name, bytes);
        arguments.push(format!("in/{name}"));
    }
    // A file of one gigabyte, of which nothing but its length is on the disk.
    let huge = std::fs::File::create(server.folder.path().join("in/huge.png")).expect("a file");
    huge.set_len(1 << 30).expect("sparse");
    arguments.push("in/huge.png".into());
    arguments.push("in/none.png".into());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (code, said, errors) = media(&server, &arguments);
    assert_eq!(code, Some(1), "{errors}");
    let outcomes = outcomes(&said);
    let reasons = cases.iter().map(|(.., reason)| *reason).chain(["more than 10485760 bytes", "could not be read"]);
    assert_eq!(outcomes.len(), cases.len() + 2);
    for (outcome, reason) in outcomes.iter().zip(reasons) {
        assert_eq!(outcome["outcome"], "refused", "{outcome}");
        assert!(outcome["error"].as_str().is_some_and(|error| error.contains(reason)), "{reason}: {outcome}");
    }
    assert_eq!((server.rows("image"), server.rows("discarded_file")), (SEEDED_IMAGES, 0));
    assert_eq!(stored_files(&server.folder.path().join("media/images")), SEEDED_IMAGES as usize);
}

async fn tricks_in_names_name_no_other_file(database: Database) {
    let server = Server::start(database).await;
    let names = ["..%2f..%2fetc%2fpasswd.png", "a b;rm -rf $(x) `y`.png", "con.png", "....png", "-rf.png"];
    for (number, name) in names.iter().enumerate() {
        write(&server, name, &png(20, 20, number as u8));
        let (code, said, errors) = media(&server, &["add", "--json", &format!("in/{name}")]);
        assert_eq!(code, Some(0), "{name}: {said}{errors}");
    }
    let (_, said, _) = media(&server, &["list", "--json"]);
    let listed: Vec<Value> = serde_json::from_str(&said).expect("JSON");
    assert_eq!(listed.len(), SEEDED_IMAGES as usize + names.len());
    let inside = server.folder.path().join("media/images");
    assert_eq!(stored_files(&inside), SEEDED_IMAGES as usize + names.len(), "all are below the media folder");
    assert_eq!(server.rows("image"), SEEDED_IMAGES + names.len() as i64);
}

async fn the_library_is_kept_from_the_terminal(database: Database) {
    let server = Server::start(database).await;
    write(&server, "tide-clock.png", &png(400, 300, 1));
    write(&server, "other.png", &png(200, 100, 2));
    write(&server, "table.csv", b"time,height\n");
    let done = |arguments: &[&str]| {
        let (code, said, errors) = media(&server, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}{errors}");
        said
    };
    let said = done(&["add", "in/tide-clock.png", "--alt", "A clock.", "--focal-point", "200,150,100,80", "--json"]);
    let image = outcomes(&said)[0]["id"].as_i64().expect("an id").to_string();
    done(&["add", "--document", "in/table.csv", "--title", "Tides"]);
    done(&["set", &image, "--title", "Tide clock", "--tag", "sea", "--tag", "brass", "--collection", ""]);
    let listed: Vec<Value> = serde_json::from_str(&done(&["list", "--json"])).expect("JSON");
    assert_eq!((&listed[0]["title"], &listed[0]["alt"]), (&"Tide clock".into(), &"A clock.".into()));
    assert_eq!(listed[0]["focal_point"], serde_json::json!([200, 150, 100, 80]));
    let listed: Vec<Value> = serde_json::from_str(&done(&["list", "--document", "--json"])).expect("JSON");
    let url = listed[0]["url"].as_str().expect("a URL").to_owned();
    assert_eq!(url, "/documents/2/table.csv");
    eventually("the server serves it", SOON, async || server.get(&url).await.status == 200).await;

    done(&["collection", "add", "Press/2024"]);
    done(&["collection", "move", "Press/2024", ""]);
    done(&["collection", "rename", "2024", "Year"]);
    done(&["collection", "delete", "Press"]);
    assert!(done(&["collection", "list"]).contains("Year  0 images"));
    done(&["replace", &image, "in/other.png"]);
    let listed: Vec<Value> = serde_json::from_str(&done(&["list", "--json"])).expect("JSON");
    assert_eq!((&listed[0]["width"], &listed[0]["focal_point"]), (&200.into(), &Value::Null));
    for wrong in [&["set", &image, "--focal-point", "1,2,3"][..], &["set", &image, "--focal-point", "900,1,1,1"]] {
        assert_ne!(media(&server, wrong).0, Some(0), "{wrong:?}");
    }
    assert!(done(&["delete", &image]).contains("deleted"));
    assert_eq!(media(&server, &["delete", &image]).0, Some(1), "it is gone");
}

on_both_databases!(
    of_fifty_files_with_one_bad_forty_nine_are_saved_and_one_is_explained,
    attacks_are_refused_with_the_reason_and_leave_nothing,
    tricks_in_names_name_no_other_file,
    the_library_is_kept_from_the_terminal,
);
