//! `vitrine page` and `vitrine tree`, as a person at a terminal meets them.

use serde_json::Value;

use crate::support::postgres::execute;
use crate::support::process::run;
use crate::support::{Database, Server, on_both_databases, vitrine};

/// The commands on one server's database.
pub struct Terminal {
    pub server: Server,
    url: String,
}

impl Terminal {
    pub async fn start(database: Database) -> Self {
        let server = Server::start(database).await;
        let url = format!("database.url={}", server.database_url);
        Self { server, url }
    }

    pub fn run(&self, line: &str) -> (Option<i32>, String, String) {
        run(vitrine(self.server.folder.path()).args(line.split(' ')).args(["--set", &self.url]))
    }

    /// What a command prints that has to succeed.
    pub fn prints(&self, line: &str) -> String {
        let (code, said, errors) = self.run(line);
        assert_eq!(code, Some(0), "{line}: {said}{errors}");
        said.trim().to_owned()
    }

    /// What a command says that has to fail.
    pub fn refuses(&self, line: &str) -> String {
        let (code, said, errors) = self.run(line);
        assert_eq!(code, Some(1), "{line}: {said}{errors}");
        errors
    }
}

async fn pages_are_put_copied_and_mirrored_from_the_terminal(database: Database) {
    let at = Terminal::start(database).await;
    let home = at.server.page_id("/").await;
    let (about, contact) = (at.server.page_id("/about/").await, at.server.page_id("/contact/").await);
    at.prints(&format!("page move {contact} --left-of {about}"));
    let order = at.server.children(home).await;
    assert!(order.contains("contact about"), "{order}");
    at.prints(&format!("page move {contact} --right-of {about}"));
    at.prints(&format!("page move {about} --first-below {home}"));
    assert!(at.server.children(home).await.starts_with("about "));
    assert_eq!(at.run(&format!("page move {about}")).0, Some(2), "it asks where to");
    assert_eq!(at.run(&format!("page move {about} {home} --left-of {contact}")).0, Some(2), "one place");
    let copy = at.prints(&format!("page copy {about} {home} --subpages --keep-live --slug again --title Again"));
    let page = at.server.page(copy.parse().expect("the new id")).await;
    assert_eq!((page.url_path.as_str(), page.title.as_str(), page.live), ("/home/again/", "Again", true));
    let draft = at.prints(&format!("page copy {about} --right-of {about}"));
    assert!(!at.server.page(draft.parse().expect("an id")).await.live);
    let alias = at.prints(&format!("page alias {about} {contact}"));
    let refused = at.refuses(&format!("page publish {alias}"));
    assert!(refused.contains("edit that one, or convert the alias") && refused.contains(&about.to_string()));
    at.prints(&format!("page convert-alias {alias}"));
    at.prints(&format!("page publish {alias}"));
    assert_eq!(at.prints("tree check"), "the tree is right");
}

async fn the_trash_is_used_from_the_terminal(database: Database) {
    let at = Terminal::start(database).await;
    let home = at.server.page_id("/").await;
    let above = at.server.standard_page(home, "Above", "<p>x</p>").await;
    for below in 0..11 {
        at.server.standard_page(above, &format!("Below {below}"), "<p>x</p>").await;
    }
    let link = format!("<p><a linktype=\"page\" id=\"{above}\">there</a></p>");
    at.server.standard_page(home, "Pointing", &link).await;
    assert_eq!(at.prints("page trash-list"), "nothing is in the trash");
    let said = at.prints(&format!("page trash {above}"));
    assert!(said.contains("12 pages are in the trash") && said.contains("1 links elsewhere"), "{said}");
    let listed: Value = serde_json::from_str(&at.prints("page trash-list --json")).expect("JSON");
    assert_eq!((&listed["total"], &listed["items"][0]["pages"]), (&1.into(), &12.into()));
    assert_eq!(listed["items"][0]["url_path"], "/home/above/");
    assert!(at.prints("page trash-list").contains("/home/above/"));
    at.server.standard_page(home, "Above", "<p>Another one.</p>").await;
    let refused = at.refuses(&format!("page restore {above}"));
    assert!(refused.contains("/home/above/") && refused.contains("--slug"), "{refused}");
    assert_eq!(
        at.prints(&format!("page restore {above} --slug upper --left-of {}", at.server.page_id("/about/").await)),
        "12 pages are back"
    );
    assert_eq!(at.server.page(above).await.url_path, "/home/upper/");
    let refused = at.refuses(&format!("page restore {above}"));
    assert!(refused.contains("not what was put into the trash"), "{refused}");
    let refused = at.refuses(&format!("page delete {above}"));
    assert!(refused.contains("--yes 12"), "{refused}");
    assert!(at.refuses(&format!("page delete {above} --yes 11")).contains("12 pages"));
    let refused = at.refuses(&format!("page delete {above} --yes 12"));
    assert!(refused.contains("Pointing") && refused.contains("--force"), "{refused}");
    at.prints(&format!("page trash {above}"));
    assert!(at.refuses("page empty-trash").contains("--yes 12"));
    assert_eq!(at.prints("page empty-trash --older-than-hours 1"), "0 pages deleted for good");
    assert_eq!(at.prints("page empty-trash --yes 12"), "12 pages deleted for good");
    assert_eq!(at.server.rows("trash"), 0);
}

async fn a_broken_tree_is_repaired_once_and_then_right(database: Database) {
    let at = Terminal::start(database).await;
    let (tide, about) = (at.server.page_id("/instruments/tide/").await, at.server.page_id("/about/").await);
    let break_it = format!(
        "UPDATE page SET url_path = '/wrong/', depth = 9 WHERE id = {tide};
         UPDATE page SET path = 'ZZZZ', trashed = TRUE WHERE id = {about}"
    );
    execute(&at.server.database_url, &break_it).expect("broken");
    let (code, said, _) = at.run("tree check");
    assert_eq!(code, Some(1));
    assert!(said.contains("2 differ: repair them with --fix") && said.contains("/wrong/"), "{said}");
    let (code, said, _) = at.run("tree check --json");
    let told: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, told["faults"].as_array().map(Vec::len)), (Some(1), Some(2)), "{said}");
    assert!(at.prints("tree check --fix").contains("2 repaired"));
    for _ in 0..2 {
        assert_eq!(at.prints("tree check --fix"), "the tree is right");
    }
    assert!(at.prints("tree show").contains("/home/instruments/tide/"));
    let nodes: Value = serde_json::from_str(&at.prints("tree show --json")).expect("JSON");
    assert_eq!(nodes.as_array().map(Vec::len), Some(at.server.rows("page") as usize));
    let served = async || at.server.get("/instruments/tide/").await.status == 200;
    crate::support::eventually("servers follow", crate::support::SOON, served).await;
}

on_both_databases!(
    pages_are_put_copied_and_mirrored_from_the_terminal,
    the_trash_is_used_from_the_terminal,
    a_broken_tree_is_repaired_once_and_then_right
);
