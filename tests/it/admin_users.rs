//! Users in the editor: who manages whom, what nobody may take, and that no secret is shown.

use reqwest::Method;
use vitrine::accounts::{By, GlobalPermission, Grant, NewUser, PagePermission, UserChange};

use crate::support::account::{PASSWORD, SAME_ORIGIN};
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::postgres::{execute, number};
use crate::support::{Answer, Database, Server, on_both_databases};

const USERS: Grant = Grant::Global(GlobalPermission::Users);

async fn id_of(server: &Server, name: &str) -> i64 {
    server.accounts().user(name).await.expect("found").id
}

async fn set_email(server: &Server, name: &str, email: &str) {
    let change = UserChange { email: Some(email.into()), ..UserChange::default() };
    server.accounts().change_user(name, change, &By::cli()).await.expect("changed");
}

/// The fields of the form of a user as it stands, with some of them changed.
async fn save(browser: &Browser<'_>, name: &str, changes: &[(&str, &str)]) -> Answer {
    let user = browser.server.accounts().user(name).await.expect("found");
    let mut fields = vec![
        ("name", user.name.as_str()),
        ("email", &user.email),
        ("locale", &user.locale),
        ("time_zone", &user.time_zone),
        ("active", if user.is_active { "1" } else { "" }),
        ("superuser", if user.is_superuser { "1" } else { "" }),
    ];
    fields.retain(|(field, _)| !changes.iter().any(|(changed, _)| changed == field));
    fields.extend(changes);
    // A box that is not ticked is not sent.
    fields.retain(|(field, value)| !(["active", "superuser"].contains(field) && value.is_empty()));
    browser.post(&format!("/admin/users/{}/", user.id), &fields).await
}

async fn every_route_is_for_those_who_may(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", false).await;
    set_email(&server, "grace", "grace@example.org").await;
    let id = id_of(&server, "grace").await;
    let nobody = server.browser("nobody", &[Grant::Global(GlobalPermission::Groups)]).await;
    let manager = server.browser("manager", &[USERS]).await;
    for path in ["/admin/users/".to_owned(), "/admin/users/add/".to_owned(), format!("/admin/users/{id}/")] {
        let asked = server.get(&path).await;
        assert!(asked.header("location").starts_with("/admin/login/?next=%2Fadmin%2Fusers%2F"), "{path}");
        assert_eq!(nobody.get(&path).await.status, 403, "{path}");
        let answer = manager.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "private, no-store"), "{path}");
        assert!(answer.queries() <= 8, "{path}: {} queries", answer.queries());
    }
    for path in ["", "groups/", "reset/", "two-step/off/", "sessions/", "sessions/1/"] {
        let path = format!("/admin/users/{id}/{path}");
        let out = server.send_form(&path, &[("a", "b")], &[SAME_ORIGIN]).await;
        assert!(out.status == 303 && out.header("location").starts_with("/admin/login/"), "{path}");
        assert_eq!(nobody.post(&path, &[("active", "1")]).await.status, 403, "{path}");
        let foreign = [("sec-fetch-site", "cross-site"), ("cookie", manager.cookie.as_str())];
        assert_eq!(server.send_form(&path, &[("active", "1")], &foreign).await.status, 403, "foreign: {path}");
        let refused = server.send(Method::DELETE, &path, &[("cookie", &manager.cookie)]).await;
        assert!(refused.status == 405 && refused.header("allow").contains("POST"), "{path}");
    }
    for path in ["/admin/users/x/", "/admin/users/0/", "/admin/users/987654/"] {
        assert_eq!(manager.get(path).await.status, 404, "{path}");
    }
    assert_eq!(manager.get(&format!("/admin/users/?q={}", "x".repeat(300))).await.status, 400);
    let denied = [("http_route", "/admin/users/{*path}")];
    assert!(server.metrics().await.sum("vitrine_permission_denied_total", &denied) >= 9.0);
}

async fn users_are_found_and_listed_a_part_at_a_time(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    // Argon2 for each of them would take long: the rows are what is listed.
    for number in 0..60 {
        execute(
            &server.database_url,
            &format!(
                "INSERT INTO account (username, username_key, email, name, password_hash, created_at, password_changed_at)
                 VALUES ('U{number:02}', 'u{number:02}', 'u{number:02}@example.org', 'Name {number} 50%', 'x', 1, 1)"
            ),
        )
        .expect("inserted");
    }
    let first = root.text("/admin/users/").await;
    assert!(first.contains(">Name 0 50%<") && !first.contains(">Name 59 50%<"), "{first}");
    let next = first.split("rel=\"next\"").next().and_then(|text| text.rsplit("href=\"").next()).expect("a link");
    let next = next.split('"').next().expect("an address").replace("&amp;", "&");
    let second = root.text(&next.replace("&#x2f;", "/")).await;
    assert!(second.contains(">Name 59 50%<") && !second.contains(">Name 0 50%<"), "{second}");
    for (query, wanted) in [("u17%40EXAMPLE", "Name 17 50%"), ("name+23", "Name 23 50%"), ("U41", "Name 41 50%")] {
        let found = root.text(&format!("/admin/users/?q={query}")).await;
        assert_eq!(found.matches("scope=\"row\"").count(), 1, "{query}: {found}");
        assert!(found.contains(wanted), "{query}");
    }
    assert_eq!(root.text("/admin/users/?q=5_%25").await.matches("scope=\"row\"").count(), 0, "signs mean themselves");
    assert!(root.text("/admin/users/?q=%3Cscript%3E").await.contains("&lt;script&gt;"));
}

async fn a_user_is_added_with_a_password_or_a_link(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let manager = server.browser("manager", &[USERS]).await;
    let add = async |fields: &[(&str, &str)]| manager.post("/admin/users/add/", fields).await;
    let typed = [("username", "ann"), ("name", "<b>Ann</b>"), ("by", "typed"), ("password", PASSWORD)];
    let made = add(&typed).await;
    let page = location(&made).to_owned();
    assert!(page.starts_with("/admin/users/"), "{page}");
    let shown = manager.text(&page).await;
    assert!(shown.contains("&lt;b&gt;Ann&lt;") && !shown.contains("<b>Ann"), "{shown}");
    assert!(!shown.contains("$argon2") && !shown.contains(PASSWORD), "no hash is shown");
    assert_eq!(server.log_in("ann", PASSWORD).await.status, 303);
    let link = [("username", "bob"), ("email", "bob@example.org"), ("by", "link")];
    assert_eq!(add(&link).await.status, 303);
    let log = server.events().await;
    for event in ["user_created ann", "user_created bob", "reset_asked bob"] {
        assert!(log.iter().any(|known| known == event), "{event}: {log:?}");
    }
    for (fields, said) in [
        (vec![("username", "ANN"), ("by", "typed"), ("password", PASSWORD)], "There is a user"),
        (vec![("username", "a b"), ("by", "typed"), ("password", PASSWORD)], "A user name has 1 to 150"),
        (vec![("username", "cy"), ("by", "typed"), ("password", "short")], "fewer than 12"),
        (vec![("username", "cy"), ("by", "link")], "The link needs an address"),
        (vec![("username", "cy"), ("by", "link"), ("email", "x")], "An e-mail address has one"),
    ] {
        let answer = add(&fields).await;
        assert!(answer.status == 422 && answer.text().contains(said), "{fields:?}: {}", answer.text());
        assert!(answer.text().contains("role=\"alert\"") && answer.text().contains("aria-invalid"), "{fields:?}");
    }
    assert_eq!(add(&[("username", "cy"), ("by", "magic")]).await.status, 400);
    let superuser = [("username", "cy"), ("by", "typed"), ("password", PASSWORD), ("superuser", "1")];
    assert_eq!(add(&superuser).await.status, 403, "only a superuser makes superusers");
    assert!(server.accounts().user("cy").await.is_err());
    let root = server.root_browser().await;
    assert_eq!(root.post("/admin/users/add/", &superuser).await.status, 303);
    assert!(server.accounts().user("cy").await.expect("made").is_superuser);
}

async fn rights_are_not_taken_by_accident_nor_by_those_with_less(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let manager = server.browser("manager", &[USERS]).await;
    let home = server.page_id("/").await;
    server.browser("editor", &[Grant::Page(home, PagePermission::Edit)]).await;
    server.user("plain", false).await;
    let own = save(&root, "root", &[("superuser", "")]).await;
    assert!(own.status == 422 && own.text().contains("You cannot take this from yourself"), "{}", own.text());
    assert_eq!(save(&root, "root", &[("active", "")]).await.status, 422);
    assert_eq!(save(&root, "root", &[("email", "new@example.org")]).await.status, 422, "with the password alone");
    assert_eq!(save(&manager, "manager", &[("superuser", "1")]).await.status, 403);
    for changes in [[("email", "x@example.org")], [("active", "")], [("name", "X")]] {
        assert_eq!(save(&manager, "root", &changes).await.status, 403, "{changes:?}: a superuser");
    }
    assert_eq!(
        save(&manager, "editor", &[("email", "x@example.org")]).await.status,
        403,
        "it would take the account over"
    );
    assert_eq!(save(&manager, "editor", &[("name", "Ed")]).await.status, 303);
    assert_eq!(
        save(&manager, "plain", &[("email", "p@example.org"), ("time_zone", "Europe/Berlin")]).await.status,
        303
    );
    let plain = server.accounts().user("plain").await.expect("found");
    assert_eq!((plain.email.as_str(), plain.time_zone.as_str()), ("p@example.org", "Europe/Berlin"));
    let wrong = save(&manager, "plain", &[("time_zone", "Mars/Base")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("value=\"Mars/Base\""), "{}", wrong.text());
    let id = plain.id;
    let group = number(&server.database_url, "SELECT id FROM account_group WHERE name = 'editor'");
    let (group, path) = (group.to_string(), format!("/admin/users/{id}/groups/"));
    assert_eq!(manager.post(&path, &[("groups", &group)]).await.status, 403, "what one gives one must have");
    assert_eq!(root.post(&path, &[("groups", &group)]).await.status, 303);
    assert!(server.events().await.contains(&"member_added plain".to_owned()));
    let two_step = format!("/admin/users/{id}/two-step/off/");
    assert_eq!(manager.post(&two_step, &[("a", "b")]).await.status, 403, "now they may do more");
    assert_eq!(root.post(&two_step, &[("a", "b")]).await.status, 303);
    assert_eq!(root.post(&path, &[("shown", &group)]).await.status, 303);
    assert!(server.events().await.contains(&"member_removed plain".to_owned()));
    assert_eq!(root.post(&path, &[("groups", "987654")]).await.status, 404);
}

async fn sessions_end_and_whoever_is_closed_out_is_out(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let manager = server.browser("manager", &[USERS]).await;
    let grace = server.browser("grace", &[]).await;
    let (id, other) = (id_of(&server, "grace").await, server.session_of("grace").await);
    let session = number(&server.database_url, &format!("SELECT MAX(id) FROM login_session WHERE account_id = {id}"));
    assert_eq!(manager.post(&format!("/admin/users/{id}/sessions/{session}/"), &[("a", "b")]).await.status, 303);
    assert_eq!((server.home(&other).await.status.as_u16(), grace.get("/admin/").await.status.as_u16()), (303, 200));
    assert_eq!(manager.post(&format!("/admin/users/{id}/sessions/{session}/"), &[("a", "b")]).await.status, 404);
    assert_eq!(manager.post(&format!("/admin/users/{id}/sessions/"), &[("a", "b")]).await.status, 303);
    assert_eq!(grace.get("/admin/").await.status, 303);
    let again = server.session_of("grace").await;
    assert_eq!(save(&manager, "grace", &[("active", "")]).await.status, 303);
    assert_eq!(server.home(&again).await.status, 303);
    let shown = manager.text(&format!("/admin/users/{id}/")).await;
    assert!(shown.contains("user deactivated") && shown.contains("session revoked"), "{shown}");
    let digest = number(&server.database_url, "SELECT COUNT(*) FROM login_session WHERE digest <> ''");
    assert!(digest > 0 && !shown.contains("digest"), "no digest is shown");
}

async fn of_two_superusers_who_depose_each_other_one_stays(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let accounts = server.accounts();
    for name in ["one", "two"] {
        let new =
            NewUser { username: name.into(), password: PASSWORD.into(), is_superuser: true, ..NewUser::default() };
        accounts.create_user(new, &By::cli()).await.expect("created");
    }
    let set = async |name: &str, is_superuser: bool| {
        let change = UserChange { is_superuser: Some(is_superuser), ..UserChange::default() };
        accounts.change_user(name, change, &By::cli()).await
    };
    for _ in 0..20 {
        let (one, two) = tokio::join!(set("one", false), set("two", false));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM account WHERE is_superuser"), 1);
        set("one", true).await.expect("again");
        set("two", true).await.expect("again");
    }
}

async fn a_change_takes_nothing_back_that_was_written_meanwhile(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("root", true).await;
    for round in 0..8 {
        let name = format!("user{round}");
        server.user(&name, true).await;
        let by = By::cli();
        let own = async {
            for turn in 0..12 {
                let change = UserChange { name: Some(format!("Turn {turn}")), ..UserChange::default() };
                server.accounts().change_user(&name, change, &by).await.expect("changed");
            }
        };
        let closing = async {
            let change = UserChange { is_superuser: Some(false), is_active: Some(false), ..UserChange::default() };
            server.accounts().change_user(&name, change, &by).await.expect("closed out");
        };
        tokio::join!(own, closing);
        let user = server.accounts().user(&name).await.expect("there");
        assert_eq!((user.is_active, user.is_superuser, user.name.as_str()), (false, false, "Turn 11"), "{name}");
    }
    let spares = UserChange { name: Some("X".into()), spares_superusers: true, ..UserChange::default() };
    let refused = server.accounts().change_user("root", spares, &By::cli()).await;
    assert!(matches!(refused, Err(vitrine::accounts::AccountError::IsSuperuser(_))), "{refused:?}");
    for name in ["cli", "Server", "import"] {
        let new = NewUser { username: name.into(), password: PASSWORD.into(), ..NewUser::default() };
        let refused = server.accounts().create_user(new, &By::cli()).await;
        assert!(matches!(refused, Err(vitrine::accounts::AccountError::UsernameInvalid)), "{name}: {refused:?}");
    }
}

async fn sessions_and_events_of_a_superuser_are_for_superusers(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let manager = server.browser("manager", &[USERS]).await;
    let root = server.root_browser().await;
    server.log_in("root", "a wrong password").await;
    let (of_root, of_manager) = (id_of(&server, "root").await, id_of(&server, "manager").await);
    let path = format!("/admin/users/{of_root}/");
    let told = ["127.0.0.0/24", "login failed", "id=\"sessions\"", "id=\"log\""];
    let (above, own) = (root.text(&path).await, manager.text(&format!("/admin/users/{of_manager}/")).await);
    let shown = manager.text(&path).await;
    assert!(shown.contains("Only a superuser may change a superuser."), "{shown}");
    for part in told {
        assert!(above.contains(part), "{part}: {above}");
        assert!(!shown.contains(part), "{part}: {shown}");
    }
    assert!(own.contains("127.0.0.0/24") && own.contains("id=\"log\""), "{own}");
}

on_both_databases!(
    sessions_and_events_of_a_superuser_are_for_superusers,
    a_change_takes_nothing_back_that_was_written_meanwhile,
    every_route_is_for_those_who_may,
    users_are_found_and_listed_a_part_at_a_time,
    a_user_is_added_with_a_password_or_a_link,
    rights_are_not_taken_by_accident_nor_by_those_with_less,
    sessions_end_and_whoever_is_closed_out_is_out,
    of_two_superusers_who_depose_each_other_one_stays,
);
