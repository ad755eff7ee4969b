//! Groups, sites and languages in the editor: what is given by whom, and what stays.

use reqwest::Method;
use vitrine::accounts::{By, CollectionPermission, GlobalPermission, Grant, PagePermission};
use vitrine::content::privacy::{self, Rule, Target};
use vitrine::telemetry::label::Channel;

use crate::support::account::SAME_ORIGIN;
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::postgres::number;
use crate::support::process::run;
use crate::support::{Database, Server, on_both_databases, vitrine};

const GROUPS: Grant = Grant::Global(GlobalPermission::Groups);

async fn every_route_is_for_those_who_may(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let nobody = server.browser("nobody", &[Grant::Global(GlobalPermission::Users)]).await;
    let manager = server
        .browser(
            "manager",
            &[
                GROUPS,
                Grant::Global(GlobalPermission::Sites),
                Grant::Global(GlobalPermission::Locales),
                Grant::Page(home, PagePermission::Edit),
            ],
        )
        .await;
    let group = number(&server.database_url, "SELECT id FROM account_group WHERE name = 'nobody'");
    let site = number(&server.database_url, "SELECT id FROM site WHERE is_default");
    let pages = [
        "/admin/groups/".to_owned(),
        format!("/admin/groups/{group}/"),
        format!("/admin/groups/{group}/pages/"),
        format!("/admin/groups/{group}/collections/"),
        "/admin/sites/".to_owned(),
        "/admin/sites/add/".to_owned(),
        format!("/admin/sites/{site}/"),
        "/admin/locales/".to_owned(),
    ];
    for path in &pages {
        assert!(server.get(path).await.header("location").starts_with("/admin/login/"), "{path}");
        assert_eq!(nobody.get(path).await.status, 403, "{path}");
        let answer = manager.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "private, no-store"), "{path}");
        assert!(answer.queries() <= 8, "{path}: {} queries", answer.queries());
        let refused = server.send(Method::DELETE, path, &[("cookie", &manager.cookie)]).await;
        assert!(refused.status == 405 && refused.header("allow").contains("GET"), "{path}");
    }
    let forms = [
        "/admin/groups/".to_owned(),
        format!("/admin/groups/{group}/name/"),
        format!("/admin/groups/{group}/delete/"),
        format!("/admin/groups/{group}/members/"),
        format!("/admin/groups/{group}/global/"),
        format!("/admin/groups/{group}/pages/"),
        format!("/admin/groups/{group}/collections/"),
        "/admin/sites/add/".to_owned(),
        format!("/admin/sites/{site}/"),
        format!("/admin/sites/{site}/default/"),
        format!("/admin/sites/{site}/delete/"),
        "/admin/locales/".to_owned(),
        "/admin/locales/en/default/".to_owned(),
        "/admin/locales/en/delete/".to_owned(),
    ];
    for path in &forms {
        let out = server.send_form(path, &[("a", "b")], &[SAME_ORIGIN]).await;
        assert!(out.status == 303 && out.header("location").starts_with("/admin/login/"), "{path}");
        assert_eq!(nobody.post(path, &[("name", "x")]).await.status, 403, "{path}");
        let foreign = [("sec-fetch-site", "cross-site"), ("cookie", manager.cookie.as_str())];
        assert_eq!(server.send_form(path, &[("name", "x")], &foreign).await.status, 403, "foreign: {path}");
    }
    for path in ["/admin/groups/x/", "/admin/groups/987654/", "/admin/sites/987654/", "/admin/sites/0/"] {
        assert_eq!(manager.get(path).await.status, 404, "{path}");
    }
    let metrics = server.metrics().await;
    for route in ["/admin/groups/{*path}", "/admin/sites/{*path}", "/admin/locales/{*path}"] {
        assert!(metrics.sum("vitrine_permission_denied_total", &[("http_route", route)]) >= 4.0, "{route}");
    }
}

async fn only_what_one_has_is_given(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let blog = server.page_id("/blog/").await;
    let root_collection = 1;
    let grants = [
        GROUPS,
        Grant::Page(blog, PagePermission::Edit),
        Grant::Collection(root_collection, CollectionPermission::Choose),
    ];
    let manager = server.browser("manager", &grants).await;
    server.user("grace", false).await;
    let made = manager.post("/admin/groups/", &[("name", " Wri<i>ters ")]).await;
    let here = location(&made).to_owned();
    assert!(manager.text(&here).await.contains("Wri&lt;i&gt;ters"));
    let twice = manager.post("/admin/groups/", &[("name", "Wri<i>ters")]).await;
    assert!(twice.status == 422 && twice.text().contains("There is a group"), "{}", twice.text());
    assert_eq!(manager.post("/admin/groups/", &[("name", " ")]).await.status, 422);
    let (home, blog) = (home.to_string(), blog.to_string());
    let pages = format!("{here}pages/");
    assert_eq!(manager.post(&pages, &[("page", &blog), ("permission", "publish")]).await.status, 403);
    assert_eq!(manager.post(&pages, &[("page", &home), ("permission", "edit")]).await.status, 403, "above one's own");
    assert_eq!(manager.post(&pages, &[("page", &blog), ("permission", "burn")]).await.status, 400);
    assert_eq!(manager.post(&pages, &[("page", "987654"), ("permission", "edit")]).await.status, 404);
    assert_eq!(server.rows("page_grant"), 1, "nothing was given: only the manager's own");
    assert_eq!(manager.post(&pages, &[("page", &blog), ("permission", "edit")]).await.status, 303);
    let shown = manager.text(&here).await;
    assert!(shown.contains("Edit all pages"), "{shown}");
    assert_eq!(manager.post(&format!("{here}global/"), &[("permission", "manage_users")]).await.status, 403);
    assert_eq!(manager.post(&format!("{here}global/"), &[("permission", "manage_groups")]).await.status, 303);
    let collections = format!("{here}collections/");
    assert_eq!(manager.post(&collections, &[("collection", "1"), ("permission", "delete")]).await.status, 403);
    assert_eq!(manager.post(&collections, &[("collection", "1"), ("permission", "choose")]).await.status, 303);
    let members = format!("{here}members/");
    assert_eq!(manager.post(&members, &[("username", "grace"), ("action", "add")]).await.status, 303);
    assert!(manager.text(&here).await.contains("grace"));
    let unknown = manager.post(&members, &[("username", "<b>"), ("action", "add")]).await;
    assert!(unknown.status == 422 && unknown.text().contains("value=\"&lt;b&gt;\""), "{}", unknown.text());
    // What a superuser adds is beyond the manager: nobody is put in, and the boxes stay as they are.
    let root = server.root_browser().await;
    let both = [("page", blog.as_str()), ("permission", "edit"), ("permission", "publish")];
    assert_eq!(root.post(&pages, &both).await.status, 303);
    assert_eq!(manager.post(&members, &[("username", "manager"), ("action", "add")]).await.status, 403);
    assert_eq!(manager.post(&pages, &[("page", &blog)]).await.status, 303);
    let kept = number(&server.database_url, "SELECT COUNT(*) FROM page_grant WHERE permission = 'publish'");
    let gone = number(&server.database_url, "SELECT COUNT(*) FROM page_grant WHERE permission = 'edit'");
    assert_eq!((kept, gone), (1, 1), "publish stays, and of edit the manager's own");
    let remove = [("username", "grace"), ("action", "remove")];
    assert_eq!(manager.post(&members, &remove).await.status, 403, "the group may do more than the manager");
    assert_eq!(root.post(&members, &remove).await.status, 303);
    let log = server.events().await;
    for event in ["granted Wri<i>ters", "grant_revoked Wri<i>ters", "member_removed grace"] {
        assert!(log.iter().any(|known| known == event), "{event}: {log:?}");
    }
}

async fn a_new_name_is_carried_along_and_what_opens_something_stays(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let manager = server.browser("manager", &[GROUPS]).await;
    let root = server.root_browser().await;
    let about = server.page_id("/about/").await;
    let here = location(&root.post("/admin/groups/", &[("name", "Keepers")]).await).to_owned();
    root.post("/admin/groups/", &[("name", "Wardens")]).await;
    server.user("ann", false).await;
    root.post(&format!("{here}members/"), &[("username", "ann"), ("action", "add")]).await;
    let rule = || Rule::Groups(vec!["Keepers".into(), "Wardens".into()]);
    for target in [Target::Page(about), Target::Collection(1)] {
        server.content().restrict(target, rule(), Channel::Admin).await.expect("restricted");
    }
    let ann = server.session_of("ann").await;
    assert_eq!(server.get_as("/about/", &ann).await.status, 200);

    let name = format!("{here}name/");
    for (new, said) in [("Wardens", "There is a group"), (" ", "1 to 150 characters"), ("a\u{7}b", "1 to 150")] {
        let refused = root.post(&name, &[("name", new)]).await;
        assert!(refused.status == 422 && refused.text().contains(said), "{new}: {}", refused.text());
    }
    let new = "Keepers \"of\" <b>the</b> sea, Ü";
    assert_eq!(manager.post(&name, &[("name", new)]).await.status, 303, "whoever manages groups names them");
    assert_eq!(server.get_as("/about/", &ann).await.status, 200, "she sees it still");
    assert_eq!(server.get("/about/").await.status, 403);
    let rules = privacy::list(server.db()).await.expect("listed");
    let names: Vec<Vec<String>> =
        rules.iter().map(|rule| serde_json::from_str(&rule.group_names).expect("names")).collect();
    assert_eq!(names, [[new, "Wardens"], [new, "Wardens"]]);
    assert!(root.text(&here).await.contains("Keepers &quot;of&quot; &lt;b&gt;the&lt;/b&gt; sea, Ü"));

    let delete = format!("{here}delete/");
    let wrong = root.post(&delete, &[("word", "keepers")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("exactly as it is shown"), "{}", wrong.text());
    let used = root.post(&delete, &[("word", new)]).await;
    assert_eq!(used.status, 422);
    for place in ["stays while this is so", "(/home/about/)", "Root"] {
        assert!(used.text().contains(place), "{place}: {}", used.text());
    }
    for target in [Target::Page(about), Target::Collection(1)] {
        server
            .content()
            .restrict(target, Rule::Groups(vec!["Wardens".into()]), Channel::Admin)
            .await
            .expect("restricted");
    }
    assert_eq!(server.get_as("/about/", &ann).await.status, 403);
    let on_page = [("page", about.to_string()), ("permission", "publish".to_owned())];
    let on_page: Vec<(&str, &str)> = on_page.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(root.post(&format!("{here}pages/"), &on_page).await.status, 303);
    assert_eq!(manager.post(&delete, &[("word", new)]).await.status, 403, "it gives more than the manager has");
    let grants = server.rows("page_grant");
    assert_eq!(location(&root.post(&delete, &[("word", new)]).await), "/admin/groups/");
    assert_eq!(server.rows("page_grant"), grants - 1, "what it gave is gone");
    assert_eq!(root.get(&here).await.status, 404);
    let gone = server.content().restrict(Target::Page(about), rule(), Channel::Admin).await.expect_err("no such group");
    assert!(gone.to_string().contains("there is no group \"Keepers\""), "{gone}");
    let log = server.events().await;
    for event in [format!("group_renamed {new}"), format!("group_deleted {new}")] {
        assert!(log.contains(&event), "{event}: {log:?}");
    }
}

async fn commands_rename_and_delete_groups(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.accounts().create_group("Keepers", &By::cli()).await.expect("created");
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("database.url={}", server.database_url);
    let group = |arguments: &[&str]| run(vitrine(folder.path()).arg("group").args(arguments).args(["--set", &url]));
    assert_eq!(group(&["rename", "Keepers", "Wardens"]).1.trim(), "Keepers is called Wardens now");
    let about = Target::Page(server.page_id("/about/").await);
    let rule = Rule::Groups(vec!["Wardens".into()]);
    server.content().restrict(about, rule, Channel::Cli).await.expect("restricted");
    let (code, _, said) = group(&["delete", "Wardens"]);
    assert!(code == Some(1) && said.contains("(/home/about/)"), "{said}");
    server.content().unrestrict(about, Channel::Cli).await.expect("open");
    assert_eq!(group(&["delete", "Wardens"]).1.trim(), "deleted the group Wardens");
    assert_eq!(group(&["delete", "Wardens"]).0, Some(1));
}

async fn sites_are_added_changed_and_one_stays_the_default(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let home = server.page_id("/").await.to_string();
    let fields = [("name", "Shop <b>"), ("hostname", "Shop.Example.org."), ("port", "443"), ("root", home.as_str())];
    assert_eq!(location(&root.post("/admin/sites/add/", &fields).await), "/admin/sites/");
    let listed = root.text("/admin/sites/").await;
    assert!(listed.contains("Shop &lt;b&gt;") && listed.contains("https://shop.example.org"), "{listed}");
    let id = number(&server.database_url, "SELECT id FROM site WHERE hostname = 'shop.example.org'");
    let here = format!("/admin/sites/{id}/");
    for (change, said) in [
        (("hostname", "http://a.test"), "is not a host name"),
        (("port", "0"), "is not a port"),
        (("name", " "), "one line of 1 to"),
        (("root", "987654"), "There is no page 987654"),
    ] {
        let changed: Vec<_> = fields.iter().map(|field| if field.0 == change.0 { change } else { *field }).collect();
        let answer = root.post(&here, &changed).await;
        assert!(answer.status == 422 && answer.text().contains(said), "{change:?}: {}", answer.text());
    }
    let wrong = root.post(&format!("{here}delete/"), &[("word", "shop")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("exactly as it is shown"), "{}", wrong.text());
    let default = number(&server.database_url, "SELECT id FROM site WHERE is_default");
    let page = root.text(&format!("/admin/sites/{default}/")).await;
    assert!(!page.contains("delete/\""), "the default site stays: {page}");
    assert_eq!(root.post(&format!("{here}delete/"), &[("word", "shop.example.org")]).await.status, 303);
    assert_eq!(server.rows("site"), 1);
}

async fn a_language_that_is_used_stays(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    assert_eq!(root.post("/admin/locales/", &[("code", "PT-br"), ("name", "")]).await.status, 303);
    assert!(root.text("/admin/locales/").await.contains("Português (Brasil)"));
    let twice = root.post("/admin/locales/", &[("code", "pt-BR"), ("name", "")]).await;
    assert!(twice.status == 422 && twice.text().contains("There is a language"), "{}", twice.text());
    assert_eq!(root.post("/admin/locales/", &[("code", "english"), ("name", "")]).await.status, 422);
    let used = root.post("/admin/locales/en/delete/", &[("a", "b")]).await;
    assert_eq!(used.status, 422, "{}", used.text());
    assert_eq!(root.post("/admin/locales/xx/delete/", &[("a", "b")]).await.status, 404);
    assert_eq!(root.post("/admin/locales/pt-BR/delete/", &[("a", "b")]).await.status, 303);
    assert!(!root.text("/admin/locales/").await.contains("Português"));
}

async fn who_changed_sites_and_languages_is_noted(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let home = server.page_id("/").await.to_string();
    let fields = |name| [("name", name), ("hostname", "shop.example.org"), ("port", "443"), ("root", home.as_str())];
    location(&root.post("/admin/sites/add/", &fields("Shop")).await);
    let id = number(&server.database_url, "SELECT id FROM site WHERE hostname = 'shop.example.org'");
    let default = number(&server.database_url, "SELECT id FROM site WHERE is_default");
    let here = format!("/admin/sites/{id}/");
    location(&root.post(&here, &fields("Store")).await);
    location(&root.post(&format!("{here}default/"), &[("a", "b")]).await);
    location(&root.post(&format!("/admin/sites/{default}/default/"), &[("a", "b")]).await);
    let shown = root.text(&here).await;
    for event in ["create", "update"] {
        assert!(shown.contains(&format!("<td>{event}</td><td>root</td>")), "{event}: {shown}");
    }
    location(&root.post(&format!("{here}delete/"), &[("word", "shop.example.org")]).await);
    for path in ["", "pt-BR/default/", "en/default/", "pt-BR/delete/"] {
        location(&root.post(&format!("/admin/locales/{path}"), &[("code", "pt-BR")]).await);
    }
    let shown = root.text("/admin/locales/").await;
    assert!(shown.contains("<td>create pt-BR</td><td>root</td>") && shown.contains("<td>delete pt-BR</td>"), "{shown}");
    let noted = |kind: &str, event: &str, title: &str| {
        server.count(&format!(
            "object_event WHERE actor = 'root' AND account_id IS NOT NULL AND channel = 'admin' AND kind = '{kind}'
             AND event = '{event}' AND title = '{title}'"
        ))
    };
    for (kind, event, title) in [
        ("site", "create", "Shop"),
        ("site", "delete", "Store"),
        ("locale", "create", "pt-BR"),
        ("locale", "update", "pt-BR"),
        ("locale", "update", "en"),
        ("locale", "delete", "pt-BR"),
    ] {
        assert_eq!(noted(kind, event, title), 1, "{kind} {event} {title}");
    }
    assert_eq!(noted("site", "update", "Store"), 2, "renamed, and made the default");
    assert_eq!(server.count("object_event WHERE kind = 'site' AND detail LIKE '%\"was\":%\"name\":\"Shop\"%'"), 1);
    let metrics = server.metrics().await;
    let counted = |object| metrics.sum("vitrine_object_events_total", &[("object", object), ("channel", "admin")]);
    assert_eq!((counted("site"), counted("locale")), (5.0, 4.0));
}

async fn what_a_group_opens_counts_as_what_it_has(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let accounts = server.accounts();
    for group in ["Board", "Guests"] {
        accounts.create_group(group, &By::cli()).await.expect("created");
    }
    let minutes = server.standard_page(server.page_id("/").await, "Minutes", "<p>Secret.</p>").await;
    server.publish(minutes).await.expect("published");
    server.restrict(minutes, Rule::Groups(vec!["Board".into()])).await;
    let manager = server.browser("manager", &[GROUPS, Grant::Global(GlobalPermission::Users)]).await;
    let id =
        |group: &str| number(&server.database_url, &format!("SELECT id FROM account_group WHERE name = '{group}'"));
    let put_in = async |who: &Browser<'_>, group: &str, name: &str| {
        let path = format!("/admin/groups/{}/members/", id(group));
        who.post(&path, &[("username", name), ("action", "add")]).await.status.as_u16()
    };
    assert_eq!(put_in(&manager, "Guests", "manager").await, 303, "it opens nothing");
    assert_eq!(put_in(&manager, "Board", "manager").await, 403);
    assert_eq!(server.get_as("/minutes/", &manager.cookie).await.status, 403);
    let root = server.root_browser().await;
    server.user("grace", false).await;
    assert_eq!(put_in(&root, "Board", "grace").await, 303);
    let grace = number(&server.database_url, "SELECT id FROM account WHERE username = 'grace'");
    let change = [("name", "Grace"), ("email", "mine@example.org"), ("active", "1")];
    assert_eq!(manager.post(&format!("/admin/users/{grace}/"), &change).await.status, 403, "a link would go there");
    assert_eq!(put_in(&root, "Board", "manager").await, 303);
    server.user("ada", false).await;
    assert_eq!(put_in(&manager, "Board", "ada").await, 303, "who is in it may put others in");
    // Nobody is taken out of what the one who asks could not put them into, on whichever page.
    accounts.create_group("Council", &By::cli()).await.expect("created");
    server.restrict(server.page_id("/about/").await, Rule::Groups(vec!["Council".into()])).await;
    assert_eq!(put_in(&root, "Council", "ada").await, 303);
    let (ada, council) = (number(&server.database_url, "SELECT id FROM account WHERE username = 'ada'"), id("Council"));
    let leave = [("shown".to_owned(), council.to_string())];
    let leave: Vec<(&str, &str)> = leave.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(manager.post(&format!("/admin/users/{ada}/groups/"), &leave).await.status, 403);
    let members = format!("group_member WHERE group_id = {council}");
    assert_eq!(server.rows(&members), 1);
    assert_eq!(root.post(&format!("/admin/users/{ada}/groups/"), &leave).await.status, 303);
    assert_eq!(server.rows(&members), 0);
}

on_both_databases!(
    what_a_group_opens_counts_as_what_it_has,
    every_route_is_for_those_who_may,
    only_what_one_has_is_given,
    a_new_name_is_carried_along_and_what_opens_something_stays,
    commands_rename_and_delete_groups,
    sites_are_added_changed_and_one_stays_the_default,
    who_changed_sites_and_languages_is_noted,
    a_language_that_is_used_stays,
);
