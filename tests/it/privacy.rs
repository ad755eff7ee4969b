//! What is not for everybody: no interface shows it, until the password was given.

use reqwest::Method;
use vitrine::accounts::By;
use vitrine::content::privacy::{Rule, Target};
use vitrine::content::{EditError, Position};
use vitrine::telemetry::label::Channel;

use crate::support::edit::post;
use crate::support::postgres::number;
use crate::support::process::run;
use crate::support::{Answer, Database, SOON, Server, eventually, on_both_databases, vitrine};

const SECRET: &str = "<p>The lighthouse will be sold in spring.</p>";
const TITLE: &str = "Sale of the lighthouse";
pub const SLUG: &str = "/about/sale-of-the-lighthouse/";
pub const PASSWORD: &str = "Fünf Möwen & ein Boot";

impl Server {
    pub async fn restrict(&self, page: i64, rule: Rule) -> i64 {
        self.content().restrict(Target::Page(page), rule, Channel::Admin).await.expect("the page is restricted")
    }

    pub async fn unrestrict(&self, page: i64) -> bool {
        self.content().unrestrict(Target::Page(page), Channel::Admin).await.expect("the page is opened")
    }

    /// Gives a password at a path.
    pub async fn give(&self, path: &str, restriction: i64, password: &str) -> Answer {
        let restriction = restriction.to_string();
        let fields = [("vitrine_restriction", restriction.as_str()), ("vitrine_password", password)];
        self.send_form(path, &fields, &[("sec-fetch-site", "same-origin")]).await
    }

    pub async fn get_with(&self, path: &str, cookie: &str) -> Answer {
        self.send(Method::GET, path, &[("cookie", cookie)]).await
    }
}

pub fn password(text: &str) -> Rule {
    Rule::Password(text.to_owned())
}

/// The cookie of an answer, as a browser sends it back.
pub fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().expect("a cookie").to_owned()
}

/// A page below /about/ with a secret title and text.
pub async fn secret_page(server: &Server) -> i64 {
    let about = server.page_id("/about/").await;
    server.standard_page(about, TITLE, SECRET).await
}

pub fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 403, "{why}");
    assert_eq!(answer.header("cache-control"), "private, no-store", "{why}");
    assert_eq!(answer.header("x-robots-tag"), "noindex", "{why}");
    for header in ["etag", "last-modified", "age", "set-cookie"] {
        assert_eq!(answer.header(header), "", "{why}: {header}");
    }
    for secret in [TITLE, "sold in spring", "Sale of"] {
        assert!(!answer.text().contains(secret), "{why}: {secret:?} is told");
    }
}

async fn a_restricted_page_tells_nothing_but_that_it_asks_for_a_password(database: Database) {
    let server = Server::start(database).await;
    let page = secret_page(&server).await;
    let public = server.get(SLUG).await;
    assert_eq!((public.status.as_u16(), server.get(SLUG).await.cache()), (200, "hit"), "warm before");
    let restriction = server.restrict(page, password(PASSWORD)).await;
    let asked = server.get(SLUG).await;
    assert_refused(&asked, "GET");
    assert!(asked.text().contains(&format!("name=\"vitrine_restriction\" value=\"{restriction}\"")));
    assert!(asked.text().contains("type=\"password\""));
    for (why, headers) in [
        ("a stolen ETag", vec![("if-none-match", public.header("etag"))]),
        ("any ETag", vec![("if-none-match", "*")]),
        ("Markdown", vec![("accept", "text/markdown")]),
        ("compressed", vec![("accept-encoding", "br")]),
        ("a range", vec![("range", "bytes=0-100")]),
        ("a made-up cookie", vec![("cookie", "vitrine_pass_1=aa.9999999999.AAAAAAAAAAAAAAAAAAAAAA")]),
    ] {
        assert_refused(&server.send(Method::GET, SLUG, &headers).await, why);
    }
    let head = server.send(Method::HEAD, SLUG, &[]).await;
    assert_refused(&head, "HEAD");
    assert_refused(&server.get(&format!("{SLUG}?page=2")).await, "no part of it is told apart");
    let slashless = server.get(SLUG.trim_end_matches('/')).await;
    assert_eq!((slashless.status.as_u16(), slashless.header("location")), (301, SLUG));
    assert!(asked.queries() <= 4, "{} queries", asked.queries());
    assert!(server.unrestrict(page).await, "it was restricted");
    assert!(!server.unrestrict(page).await, "it was not");
    let open = server.get(SLUG).await;
    assert_eq!((open.status.as_u16(), open.header("cache-control")), (200, "public, max-age=0, must-revalidate"));
    assert!(open.text().contains("sold in spring"));
}

async fn the_right_password_opens_the_page_in_this_browser_alone(database: Database) {
    let server = Server::start(database).await;
    let page = secret_page(&server).await;
    let restriction = server.restrict(page, password(PASSWORD)).await;
    let wrong = server.give(SLUG, restriction, "Fünf Möwen").await;
    assert_refused(&wrong, "a wrong password");
    assert!(wrong.text().contains("aria-invalid=\"true\" aria-describedby=\"password-error\""));
    let url = format!("{SLUG}?utm_source=letter");
    let right = server.give(&url, restriction, PASSWORD).await;
    assert_eq!((right.status.as_u16(), right.header("location")), (303, url.as_str()));
    let said = right.header("set-cookie").to_owned();
    for attribute in ["; Path=/;", "; HttpOnly;", "; SameSite=Lax", "; Max-Age=1209600;"] {
        assert!(said.contains(attribute), "{attribute} in {said}");
    }
    assert!(!said.contains("Secure"), "plain HTTP");
    let cookie = cookie(&right);
    for round in 0..2 {
        let shown = server.get_with(SLUG, &cookie).await;
        assert_eq!((shown.status.as_u16(), shown.cache()), (200, "bypass"), "round {round}");
        assert!(shown.text().contains("sold in spring"));
        assert_eq!((shown.header("cache-control"), shown.header("etag")), ("private, no-store", ""));
        assert_eq!(shown.header("x-robots-tag"), "noindex");
        assert!(shown.queries() <= 4, "{} queries", shown.queries());
        assert_refused(&server.get(SLUG).await, "others are not let in");
    }
    let headers = [("cookie", cookie.as_str()), ("accept", "text/markdown")];
    let markdown = server.send(Method::GET, SLUG, &headers).await;
    assert_eq!((markdown.status.as_u16(), markdown.header("content-type")), (200, "text/markdown; charset=utf-8"));
    assert_eq!((markdown.header("cache-control"), markdown.header("etag")), ("private, no-store", ""));
    assert!(markdown.text().contains("sold in spring"));
    let (name, proof) = cookie.split_once('=').expect("a pair");
    let parts: Vec<&str> = proof.split('.').collect();
    for (why, forged) in [
        ("longer", format!("{}.9999999999.{}", parts[0], parts[2])),
        ("another pass", format!("{}.{}.{}", "0".repeat(32), parts[1], parts[2])),
        ("unsigned", format!("{}.{}.", parts[0], parts[1])),
    ] {
        assert_refused(&server.get_with(SLUG, &format!("{name}={forged}")).await, why);
    }
    server.restrict(page, password("another one")).await;
    assert_refused(&server.get_with(SLUG, &cookie).await, "the password changed");
    let text =
        format!("SELECT COUNT(*) FROM view_restriction WHERE password_hash LIKE '$argon2id$%' AND page_id = {page}");
    assert_eq!(number(&server.database_url, &text), 1, "one restriction, hashed");
}

async fn everything_below_is_restricted_and_all_restrictions_must_pass(database: Database) {
    let server = Server::start(database).await;
    let about = server.page_id("/about/").await;
    let page = secret_page(&server).await;
    let child = server.standard_page(page, "Sale of the lamp", SECRET).await;
    let outer = server.restrict(about, password("outer")).await;
    let inner = server.restrict(page, password("inner")).await;
    let path = format!("{SLUG}sale-of-the-lamp/");
    let grandchild = server.standard_page(child, "Sale of the bulb", SECRET).await;
    for below in ["/about/", SLUG, &path, &format!("{path}sale-of-the-bulb/")] {
        assert_refused(&server.get(below).await, below);
    }
    let asked = server.get(&path).await;
    assert!(asked.text().contains(&format!("value=\"{outer}\"")), "the outermost is asked for first");
    let first = cookie(&server.give(&path, outer, "outer").await);
    let asked = server.get_with(&path, &first).await;
    assert_refused(&asked, "one of two");
    assert!(asked.text().contains(&format!("value=\"{inner}\"")));
    let second = cookie(&server.give(&path, inner, "inner").await);
    assert_refused(&server.get_with(&path, &second).await, "the inner one alone");
    let both = format!("{first}; {second}");
    assert!(server.get_with(&path, &both).await.text().contains("sold in spring"));
    assert_eq!(server.get_with("/about/", &first).await.status, 200, "what is above the inner one");
    server.content().delete_page(grandchild, Channel::Admin).await.expect("it is deleted");
    assert!(server.unrestrict(about).await);
    assert_eq!(server.get("/about/").await.status, 200);
    assert_refused(&server.get(&path).await, "the inner restriction stays");
    assert_eq!(server.get_with(&path, &second).await.status, 200);
}

async fn a_page_that_moves_is_as_restricted_as_its_place(database: Database) {
    let server = Server::start(database).await;
    let (about, instruments) = (server.page_id("/about/").await, server.page_id("/instruments/").await);
    let page = secret_page(&server).await;
    let child = server.standard_page(page, "Lamp", SECRET).await;
    server.restrict(instruments, password(PASSWORD)).await;
    assert_eq!(server.get(SLUG).await.status, 200);
    let moved = "/instruments/sale-of-the-lighthouse/";
    let to = |id| server.content().move_page(page, Position::LastChildOf(id), Channel::Admin);
    to(instruments).await.expect("it moves in");
    assert_refused(&server.get(moved).await, "moved in");
    assert_refused(&server.get(&format!("{moved}lamp/")).await, "moved in, below");
    to(about).await.expect("it moves out");
    assert_eq!(server.get(SLUG).await.status, 200, "moved out");
    assert_eq!(server.get(&format!("{SLUG}lamp/")).await.status, 200, "moved out, below");
    server.restrict(child, Rule::Login).await;
    to(instruments).await.expect("it moves in again");
    to(about).await.expect("and out");
    assert_eq!(server.get(SLUG).await.status, 200);
    assert_refused(&server.get(&format!("{SLUG}lamp/")).await, "its own restriction moves with it");
    let wrong = "SELECT COUNT(*) FROM page WHERE restricted <> (restriction_id <> 0)";
    assert_eq!(number(&server.database_url, wrong), 0);
}

async fn lists_and_menus_leave_out_what_is_restricted(database: Database) {
    let server = Server::start(database).await;
    let draft = post(&server, TITLE).await;
    let page = server.create(draft).await.expect("it is created");
    server.publish(page).await.expect("it is published");
    let about = server.page_id("/about/").await;
    let lists = ["/", "/blog/", "/blog/category/water/", "/blog/tag/tests/", "/blog/soundings/", "/no-such-page/"];
    let told = async |word: &str| {
        let mut found = Vec::new();
        for path in lists {
            if server.get(path).await.text().contains(word) {
                found.push(path);
            }
        }
        found
    };
    assert!(told(TITLE).await.len() >= 4, "{:?}", told(TITLE).await);
    let menu = "<a href=\"/about/\"";
    assert_eq!(told(menu).await.len(), lists.len());
    let on_page = server.restrict(page, password(PASSWORD)).await;
    server.restrict(about, Rule::Login).await;
    assert_eq!(told(TITLE).await, [] as [&str; 0]);
    assert_eq!(told(menu).await, [] as [&str; 0]);
    let path = "/blog/sale-of-the-lighthouse/";
    let inside = cookie(&server.give(path, on_page, PASSWORD).await);
    let shown = server.get_with(path, &inside).await;
    assert!(shown.text().contains(TITLE) && !shown.text().contains(menu), "its own pass opens nothing else");
    assert!(shown.queries() <= 5, "{} queries", shown.queries());
    server.unrestrict(page).await;
    server.unrestrict(about).await;
    assert!(told(TITLE).await.len() >= 4, "open again");
    assert_eq!(told(menu).await.len(), lists.len());
}

async fn whoever_was_let_into_a_listing_sees_what_it_lists(database: Database) {
    let server = Server::start(database).await;
    let blog = server.page_id("/blog/").await;
    let public = server.get("/blog/").await;
    let posts = public.text().matches("href=\"/blog/soundings/\"").count();
    assert!(posts > 0);
    let restriction = server.restrict(blog, password(PASSWORD)).await;
    let deeper = server.restrict(server.page_id("/blog/soundings/").await, Rule::Login).await;
    assert_ne!(restriction, deeper);
    for path in ["/blog/", "/blog/?page=2", "/blog/?page=99", "/blog/category/water/", "/blog/tag/soundings/"] {
        assert_refused(&server.get(path).await, path);
    }
    assert!(!server.get("/").await.text().contains("href=\"/blog/"), "the front page shows none");
    let inside = cookie(&server.give("/blog/category/water/", restriction, PASSWORD).await);
    let listing = server.get_with("/blog/", &inside).await;
    assert!(listing.text().matches("href=\"/blog/").count() > 5, "{}", listing.text());
    assert!(!listing.text().contains("href=\"/blog/soundings/\""), "but not what needs more");
    assert!(listing.text().contains("<a href=\"/blog/\" aria-current"), "the menu has it");
    assert_eq!(server.get_with("/blog/category/water/", &inside).await.status, 200);
    assert_eq!(server.get_with("/blog/?page=99", &inside).await.status, 404);
    assert!(listing.queries() <= 6, "{} queries", listing.queries());
}

async fn pages_for_accounts_and_groups_are_refused(database: Database) {
    let server = Server::start(database).await;
    let page = secret_page(&server).await;
    server.accounts().create_group("Keepers", &By::cli()).await.expect("created");
    for rule in [Rule::Login, Rule::Groups(vec!["Keepers".into()])] {
        server.restrict(page, rule.clone()).await;
        let answer = server.get(SLUG).await;
        assert_refused(&answer, rule.kind());
        assert!(!answer.text().contains("type=\"password\"") && !answer.text().contains("Keepers"));
    }
    let refused = [
        (page, password("  "), "the password is empty"),
        (page, Rule::Groups(Vec::new()), "name at least one group"),
        (page, Rule::Groups(vec!["Keepers".into(), "Nobody".into()]), "there is no group \"Nobody\""),
        (1, Rule::Login, "not the root"),
    ];
    for (page, rule, why) in refused {
        let error = server.content().restrict(Target::Page(page), rule, Channel::Admin).await.expect_err(why);
        assert!(error.to_string().contains(why), "{error}");
    }
    let missing = server.content().restrict(Target::Page(999_999), Rule::Login, Channel::Admin).await;
    assert!(matches!(missing, Err(EditError::PageNotFound(999_999))));
}

async fn passwords_are_neither_guessed_nor_sent_from_elsewhere(database: Database) {
    let server = Server::start(database).await;
    let page = secret_page(&server).await;
    let restriction = server.restrict(page, password(PASSWORD)).await.to_string();
    let fields = [("vitrine_restriction", restriction.as_str()), ("vitrine_password", PASSWORD)];
    for headers in [[("sec-fetch-site", "cross-site")], [("origin", "https://evil.example")], [("origin", "null")]] {
        let forged = server.send_form(SLUG, &fields, &headers).await;
        assert_eq!((forged.status.as_u16(), forged.header("set-cookie")), (403, ""), "{headers:?}");
    }
    let own = server.site.clone();
    let taken = server.send_form(SLUG, &fields, &[("origin", &own)]).await;
    assert_eq!(taken.status, 303, "an older browser says where it comes from");
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(server.give(SLUG, restriction.parse().expect("a number"), "guess").await);
    }
    let last = answers.last().expect("there are some");
    assert_eq!((last.status.as_u16(), last.header("retry-after")), (429, "60"));
    assert!(last.text().contains("Too many attempts"));
    let even_right = server.give(SLUG, restriction.parse().expect("a number"), PASSWORD).await;
    assert_eq!((even_right.status.as_u16(), even_right.header("set-cookie")), (429, ""));
    let unknown = server.give(SLUG, 999_999, PASSWORD).await;
    assert_eq!(unknown.status, 403, "no such restriction");
    let metrics = server.metrics().await;
    let attempts = |outcome| metrics.sum("vitrine_page_password_attempts_total", &[("outcome", outcome)]);
    assert_eq!(attempts("right"), 1.0);
    assert_eq!(attempts("wrong"), 10.0, "nine guesses, and one where there is nothing to guess");
    assert_eq!(attempts("throttled"), 4.0);
    assert_eq!(metrics.sum("vitrine_http_requests_rejected_total", &[("reason", "csrf")]), 3.0);
    assert_eq!(metrics.sum("vitrine_page_password_check_duration_seconds_count", &[]), 10.0);
    server.get(SLUG).await;
    let checks = [("target", "page"), ("outcome", "needs_password")];
    assert_eq!(server.metrics().await.sum("vitrine_privacy_checks_total", &checks), 1.0);
    for body in ["a=b", &"x".repeat(2 << 20)] {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let url = format!("{}{SLUG}", server.site);
        let bytes = body.as_bytes().to_vec();
        let answer = crate::support::client::try_send_body(&server.client, Method::POST, &url, &headers, bytes).await;
        let expected = if body.len() > 10 { 413 } else { 403 };
        assert_eq!(answer.expect("an answer").status, expected);
    }
}

async fn every_node_forgets_what_was_restricted_on_another(database: Database) {
    let server = Server::start(database).await;
    let other = server.beside(&[]).await;
    let page = secret_page(&server).await;
    let warm = async || other.get(SLUG).await.status == 200 && other.get(SLUG).await.cache() == "hit";
    eventually("the other node serves it", SOON, warm).await;
    assert!(other.get("/about/").await.status == 200);
    let restriction = server.restrict(page, password(PASSWORD)).await;
    eventually("the other node refuses it", SOON, async || other.get(SLUG).await.status == 403).await;
    assert_refused(&other.get(SLUG).await, "on the other node");
    let inside = cookie(&server.give(SLUG, restriction, PASSWORD).await);
    assert_eq!(other.get_with(SLUG, &inside).await.status, 200, "a cookie holds on every node");
}

async fn pages_are_restricted_from_a_terminal(database: Database) {
    let server = Server::start(database).await;
    let page = secret_page(&server).await.to_string();
    let url = format!("database.url={}", server.database_url);
    let vitrine = |arguments: &[&str], input: &str| {
        let file = server.folder.path().join("input");
        std::fs::write(&file, input).expect("it is written");
        let input = std::fs::File::open(file).expect("it is there");
        run(vitrine(server.folder.path()).args(["privacy"]).args(arguments).args(["--set", &url]).stdin(input))
    };
    assert_eq!(server.get(SLUG).await.status, 200);
    let (code, said, _) = vitrine(&["set", &page, "--password-stdin"], "from a terminal\n");
    assert_eq!((code, said.contains("from a terminal")), (Some(0), false), "{said}");
    eventually("the server follows", SOON, async || server.get(SLUG).await.status == 403).await;
    let restriction = number(&server.database_url, "SELECT id FROM view_restriction");
    assert_eq!(server.give(SLUG, restriction, "from a terminal").await.status, 303, "without the end of the line");
    let (code, said, _) = vitrine(&["list"], "");
    assert_eq!(code, Some(0));
    assert!(said.contains(&page) && said.contains("/home/about/sale-of-the-lighthouse/  password"), "{said}");
    let groups = ["set", &page, "--groups", "Keepers, Wardens"];
    assert_eq!(vitrine(&groups, "").0, Some(1), "groups that there are not");
    for name in ["Keepers", "Wardens"] {
        server.accounts().create_group(name, &By::cli()).await.expect("created");
    }
    assert_eq!(vitrine(&groups, "").0, Some(0));
    assert!(vitrine(&["list"], "").1.contains("groups: Keepers, Wardens"));
    for wrong in [&["set", &page][..], &["set", &page, "--login", "--password-stdin"], &["set", "999999", "--login"]] {
        assert_ne!(vitrine(wrong, "").0, Some(0), "{wrong:?}");
    }
    assert_eq!(vitrine(&["clear", &page], "").1.trim(), format!("page {page} is open again"));
    eventually("it is open", SOON, async || server.get(SLUG).await.status == 200).await;
    assert!(vitrine(&["clear", &page], "").1.contains("no restriction of its own"));
}

on_both_databases!(
    pages_are_restricted_from_a_terminal,
    a_restricted_page_tells_nothing_but_that_it_asks_for_a_password,
    the_right_password_opens_the_page_in_this_browser_alone,
    everything_below_is_restricted_and_all_restrictions_must_pass,
    a_page_that_moves_is_as_restricted_as_its_place,
    lists_and_menus_leave_out_what_is_restricted,
    whoever_was_let_into_a_listing_sees_what_it_lists,
    pages_for_accounts_and_groups_are_refused,
    passwords_are_neither_guessed_nor_sent_from_elsewhere,
    every_node_forgets_what_was_restricted_on_another,
);
