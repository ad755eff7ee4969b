//! Sites and their languages: which page an address shows, and what a page says of its translations.

use vitrine::content::page::{self, Page};
use vitrine::content::site;
use vitrine::content::{EditError, NewPage, NewSite, Position, SiteChange, SiteError};
use vitrine::telemetry::label::Channel;

use crate::support::edit::standard_page;
use crate::support::process::{run, vitrine};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

async fn load(server: &Server, id: i64) -> Page {
    page::find(server.db(), id).await.expect("the database answers").expect("the page is there")
}

/// A page that translates another one, as a draft.
async fn translation(server: &Server, of: i64, parent: i64, title: &str, slug: &str) -> NewPage {
    let original = load(server, of).await;
    NewPage {
        parent,
        type_name: original.type_name,
        title: title.into(),
        slug: Some(slug.into()),
        show_in_menus: original.show_in_menus,
        fields: original.fields,
        locale: Some("de".into()),
        translation_key: Some(original.translation_key),
        ..NewPage::default()
    }
}

/// The default site in German too, with its front page and the page about us; the ids of both.
async fn german(server: &Server) -> (i64, i64) {
    server.content().create_locale("de", None, Channel::Admin).await.expect("created");
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let root = server.create(translation(server, home, 1, "Startseite", "home-de").await).await.expect("created");
    server.publish(root).await.expect("published");
    let ours = server.create(translation(server, about, root, "Über uns", "ueber-uns").await).await.expect("created");
    server.publish(ours).await.expect("published");
    let speaks = async || server.get("/de/ueber-uns/").await.status == 200;
    eventually("the site speaks German", SOON, speaks).await;
    (root, ours)
}

fn alternates(html: &str) -> Vec<String> {
    let links = html.split('<').filter(|tag| tag.starts_with("link rel=\"alternate\" hreflang="));
    links.map(|tag| format!("<{}", tag.trim())).collect()
}

async fn a_second_language_has_a_prefix_menus_and_breadcrumbs_of_its_own(database: Database) {
    let server = Server::in_english(database, &[]).await;
    german(&server).await;
    let page = server.get("/de/ueber-uns/").await;
    assert!(page.text().contains("<html lang=\"de\">"), "the page says its language");
    let main = page.text().split("<main").nth(1).expect("a main part");
    assert!(main.contains("Über uns"));
    assert!(
        page.text().contains("href=\"/de/ueber-uns/\"") && !page.text().contains("<a href=\"/services/\""),
        "its menu"
    );
    assert!(page.text().contains("class=\"wordmark\" href=\"/de/\""));
    let english = server.get("/about/").await;
    assert!(english.text().contains("<html lang=\"en\">") && english.text().contains("class=\"wordmark\" href=\"/\""));
    let slash = server.get("/de").await;
    assert_eq!((slash.status.as_u16(), slash.header("location")), (301, "/de/"));
    let missing = server.get("/de/nichts/").await;
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("<html lang=\"de\">") && missing.text().contains("href=\"/de/ueber-uns/\""));
    assert!(server.get("/nothing/").await.text().contains("<html lang=\"en\">"));
    for path in ["/DE/", "/home-de/", "/fr/", "/de/about/"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

async fn alternates_are_complete_and_the_same_on_every_version(database: Database) {
    let server = Server::in_english(database, &[]).await;
    assert_eq!(alternates(server.get("/about/").await.text()), Vec::<String>::new(), "one language needs none");
    let (root, ours) = german(&server).await;
    let expected = [
        "<link rel=\"alternate\" hreflang=\"en\" href=\"http://site.test/about/\">",
        "<link rel=\"alternate\" hreflang=\"de\" href=\"http://site.test/de/ueber-uns/\">",
        "<link rel=\"alternate\" hreflang=\"x-default\" href=\"http://site.test/about/\">",
    ];
    let same = async |path: &str| alternates(server.get(path).await.text()) == expected;
    eventually("the page tells of its translation", SOON, async || same("/about/").await).await;
    assert!(same("/de/ueber-uns/").await);
    assert_eq!(alternates(server.get("/de/").await.text()).len(), 3);
    assert_eq!(alternates(server.get("/services/").await.text()).len(), 0, "it is not translated");
    let about = server.get("/about/").await;
    assert!(about.text().contains("<a href=\"/de/ueber-uns/\" hreflang=\"de\" lang=\"de\"><"));
    assert!(about.text().contains("hreflang=\"en\" lang=\"en\" aria-current=\"true\"><"));
    server.republish(ours, |content| content.slug = "wir".into()).await;
    assert!(alternates(server.get("/about/").await.text())[1].contains("/de/wir/"), "a new address is told at once");
    server.content().unpublish(ours, Channel::Admin).await.expect("unpublished");
    assert_eq!(alternates(server.get("/about/").await.text()).len(), 0, "and so is a version that is gone");
    server.publish(ours).await.expect("published");
    assert_eq!(alternates(server.get("/about/").await.text()).len(), 3);
    server.republish(root, |content| content.slug = "start".into()).await;
    // The slug of a language's root is not in addresses.
    eventually("the site follows", SOON, async || server.get("/de/wir/").await.status == 200).await;
}

async fn a_page_in_two_languages_takes_as_many_queries(database: Database) {
    let server = Server::in_english(database, &[("cache.enabled", "false")]).await;
    let before = server.get("/about/").await.queries();
    german(&server).await;
    assert_eq!(server.get("/about/").await.queries(), before);
    assert!(server.get("/de/ueber-uns/").await.queries() <= 4);
    assert_eq!(server.get("/blog/soundings/").await.queries(), 4);
}

async fn lists_stay_within_their_language(database: Database) {
    let server = Server::in_english(database, &[]).await;
    german(&server).await;
    assert!(server.get("/").await.text().contains("/blog/"), "the front page shows the latest posts");
    let latest = server.get("/de/").await;
    let main = latest.text().split("<main").nth(1).expect("a main part");
    assert!(!main.contains("class=\"entry"), "no post is written in German");
}

async fn a_page_stays_in_its_language(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let (root, ours) = german(&server).await;
    let about = server.page_id("/about/").await;
    let moved = server.content().move_page(ours, Position::LastChildOf(about), Channel::Admin).await;
    assert!(matches!(moved, Err(EditError::OtherLanguage { .. })), "{moved:?}");
    let mut new = standard_page(root, "Englisch", "<p>x</p>");
    new.locale = Some("en".into());
    let made = server.create(new.clone()).await;
    assert!(matches!(made, Err(EditError::OtherLanguage { .. })), "{made:?}");
    new.locale = Some("fr".into());
    let made = server.create(new.clone()).await;
    assert!(matches!(made, Err(EditError::LocaleNotFound(code)) if code == "fr"));
    new.locale = None;
    let id = server.create(new).await.expect("created");
    assert_eq!(load(&server, id).await.locale, "de", "a page is in the language of its parent");
    let home = server.page_id("/").await;
    for title in ["De", "DE"] {
        let made = server.create(standard_page(home, title, "<p>x</p>")).await;
        assert!(matches!(made, Err(EditError::SlugIsLanguage(slug)) if slug == "de"), "{title}");
    }
    let renamed = server.change(about, |content| content.slug = "de".into()).await;
    renamed.expect("a draft may say so");
    assert!(matches!(server.publish(about).await, Err(EditError::SlugIsLanguage(_))));
    assert_eq!(server.get("/about/").await.status, 200, "nothing was changed");
}

async fn a_language_is_removed_only_when_no_page_is_written_in_it(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let content = server.content();
    for bad in ["", "german", "de_DE", "d"] {
        let made = content.create_locale(bad, None, Channel::Admin).await;
        assert!(matches!(made, Err(SiteError::LocaleInvalid(_))), "{bad}");
    }
    assert_eq!(content.create_locale("PT-br", None, Channel::Admin).await.expect("created"), "pt-BR");
    assert!(matches!(content.create_locale("pt-BR", None, Channel::Admin).await, Err(SiteError::LocaleTaken(_))));
    german(&server).await;
    assert!(matches!(content.delete_locale("de", Channel::Admin).await, Err(SiteError::LocaleUsed { .. })));
    assert!(matches!(content.delete_locale("en", Channel::Admin).await, Err(SiteError::LocaleIsDefault(_))));
    assert!(matches!(content.delete_locale("fr", Channel::Admin).await, Err(SiteError::LocaleNotFound(_))));
    content.delete_locale("pt-br", Channel::Admin).await.expect("removed");
    content.set_default_locale("de", Channel::Admin).await.expect("changed");
    let tree = server.create(NewPage {
        parent: 1,
        type_name: "home.HomePage".into(),
        title: "Zweite".into(),
        ..Default::default()
    });
    assert!(matches!(tree.await, Err(EditError::MaxCount { .. })), "one front page in each language");
}

/// Answers of a server that listens to every name, by host and path.
async fn at(server: &Server, host: &str, path: &str) -> crate::support::Answer {
    server.send(reqwest::Method::GET, path, &[("host", host)]).await
}

async fn each_host_shows_its_part_of_the_tree(database: Database) {
    let server = Server::with(database, &[("server.allowed_hosts", "*")]).await;
    let content = server.content();
    let instruments = server.page_id("/instruments/").await;
    let new = |hostname: &str, port| NewSite {
        hostname: hostname.into(),
        port,
        name: "Instruments".into(),
        root_page_id: instruments,
    };
    let id = content.create_site(&new("Instruments.test", 443), Channel::Admin).await.expect("created");
    let shown = async |host: &'static str, path: &'static str| at(&server, host, path).await.status.as_u16();
    eventually("the new site is there", SOON, async || shown("instruments.test", "/tide/").await == 200).await;
    assert_eq!(
        shown("INSTRUMENTS.test:8443", "/tide/").await,
        200,
        "the port does not matter when one site has the name"
    );
    assert_eq!(shown("localhost", "/tide/").await, 404);
    assert_eq!(shown("nobody.test", "/instruments/tide/").await, 200, "the default site answers for other hosts");
    let page = at(&server, "instruments.test", "/tide/").await;
    assert!(
        page.text().contains("<link rel=\"canonical\" href=\"https://instruments.test/tide/\">"),
        "its own address"
    );
    assert!(page.text().contains("Instruments</title>"));
    let about = server.page_id("/about/").await;
    let link = format!("<p>See <a linktype=\"page\" id=\"{about}\">us</a>.</p>");
    server.standard_page(instruments, "Linking", &link).await;
    let linking = at(&server, "instruments.test", "/linking/").await;
    assert!(
        linking.text().contains("href=\"http://site.test/about/\""),
        "a page of another site has an absolute address"
    );
    let moved = server.page_id("/instruments/linking/").await;
    content.move_page(moved, Position::LastChildOf(about), Channel::Admin).await.expect("moved");
    let answer = at(&server, "instruments.test", "/linking/?a=b").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (301, "http://site.test/about/linking/?a=b"));
    let answer = at(&server, "localhost", "/instruments/linking/").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (301, "/about/linking/"));
    content.move_page(moved, Position::LastChildOf(instruments), Channel::Admin).await.expect("moved back");
    let answer = at(&server, "localhost", "/about/linking/").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (301, "/instruments/linking/"));
    content.delete_site(id, Channel::Admin).await.expect("removed");
    eventually("the site is gone", SOON, async || shown("instruments.test", "/tide/").await == 404).await;
    assert_eq!(shown("instruments.test", "/about/").await, 200);
}

async fn sites_are_checked_and_one_is_the_default(database: Database) {
    let server = Server::start(database).await;
    let content = server.content();
    let home = server.page_id("/").await;
    let new =
        |hostname: &str, port, root| NewSite { hostname: hostname.into(), port, name: "x".into(), root_page_id: root };
    let made = async |new: NewSite| content.create_site(&new, Channel::Admin).await;
    assert!(matches!(made(new("a b", 80, home)).await, Err(SiteError::HostInvalid(_))));
    assert!(matches!(made(new("a.test", 0, home)).await, Err(SiteError::PortInvalid(0))));
    assert!(matches!(made(new("a.test", 80, 9_999)).await, Err(SiteError::PageNotFound(9_999))));
    assert!(matches!(made(new("a.test", 80, 1)).await, Err(SiteError::RootUnfit(1))));
    assert!(matches!(
        made(NewSite { name: " ".into(), ..new("a.test", 80, home) }).await,
        Err(SiteError::NameInvalid { .. })
    ));
    assert_eq!(server.rows("site"), 1, "nothing was written");
    let other = made(new("a.test", 80, home)).await.expect("created");
    assert!(matches!(made(new("A.test", 80, home)).await, Err(SiteError::AddressTaken(..))));
    made(new("a.test", 81, home)).await.expect("another port is another site");
    let change = SiteChange { port: Some(81), ..SiteChange::default() };
    assert!(matches!(content.update_site(other, &change, Channel::Admin).await, Err(SiteError::AddressTaken(..))));
    assert!(matches!(content.update_site(9_999, &change, Channel::Admin).await, Err(SiteError::SiteNotFound(9_999))));
    let first = site::list(server.db(), "").await.expect("listed").iter().find(|site| site.is_default).expect("one").id;
    assert!(matches!(content.delete_site(first, Channel::Admin).await, Err(SiteError::DefaultIsNeeded)));
    content.set_default_site(other, Channel::Admin).await.expect("changed");
    content.delete_site(first, Channel::Admin).await.expect("removed");
    let sites = site::list(server.db(), "https://www.test").await.expect("listed");
    let defaults: Vec<_> = sites.iter().filter(|site| site.is_default).map(|site| site.base_url.as_str()).collect();
    assert_eq!(defaults, ["https://www.test"]);
}

async fn sites_are_kept_from_the_terminal(database: Database) {
    let server = Server::with(database, &[("server.allowed_hosts", "*")]).await;
    let url = format!("database.url={}", server.database_url);
    let vitrine = |arguments: &[&str]| run(vitrine(server.folder.path()).args(arguments).args(["--set", &url]));
    let root = server.page_id("/instruments/").await.to_string();
    let (code, said, errors) = vitrine(&["site", "add", "tools.test", "--root", &root, "--name", "Tools"]);
    assert_eq!(code, Some(0), "{errors}");
    let id = said.trim().to_owned();
    let shown = async || at(&server, "tools.test", "/tide/").await.status == 200;
    eventually("servers follow", SOON, shown).await;
    let (_, said, _) = vitrine(&["site", "list"]);
    assert!(said.contains("https://tools.test  Tools") && said.contains("default"), "{said}");
    assert_eq!(vitrine(&["site", "set", "tools.test", "--name", "Fine tools", "--default"]).0, Some(0));
    let (_, said, _) = vitrine(&["site", "list", "--json"]);
    let sites: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let tools = sites.as_array().expect("a list").iter().find(|site| site["hostname"] == "tools.test").expect("there");
    assert_eq!(
        (&tools["name"], &tools["is_default"], &tools["id"]),
        (&"Fine tools".into(), &true.into(), &id.parse::<i64>().expect("a number").into())
    );
    let (code, _, errors) = vitrine(&["site", "remove", &id]);
    assert!(code == Some(1) && errors.contains("default"), "{errors}");
    assert_eq!(vitrine(&["site", "set", "localhost", "--default"]).0, Some(0));
    assert_eq!(vitrine(&["site", "remove", "tools.test"]).0, Some(0));
    assert_eq!(vitrine(&["site", "remove", "tools.test"]).0, Some(1));
}

on_both_databases!(
    a_second_language_has_a_prefix_menus_and_breadcrumbs_of_its_own,
    alternates_are_complete_and_the_same_on_every_version,
    a_page_in_two_languages_takes_as_many_queries,
    lists_stay_within_their_language,
    a_page_stays_in_its_language,
    a_language_is_removed_only_when_no_page_is_written_in_it,
    each_host_shows_its_part_of_the_tree,
    sites_are_checked_and_one_is_the_default,
    sites_are_kept_from_the_terminal,
);
