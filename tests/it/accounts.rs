//! Sessions, users, groups and what they may do, the first superuser, and the log of it all.

use std::time::Instant;

use vitrine::accounts::{
    AccountError, By, CollectionPermission, GlobalPermission, Grant, Grants, NewUser, PageOf, PagePermission, SignedIn,
    UserChange,
};

use crate::support::account::{PASSWORD, SAME_ORIGIN, session_cookie};
use crate::support::postgres::{execute, number};
use crate::support::process::run;
use crate::support::server::empty_database;
use crate::support::{Database, Process, Server, on_both_databases, vitrine, within_ms};

const PATIENT: (&str, &str) = ("accounts.attempts_per_minute", "10000");

impl Server {
    /// Whoever has the session of a cookie.
    async fn signed_in(&self, cookie: &str) -> SignedIn {
        let (_, token) = cookie.split_once('=').expect("a cookie");
        self.accounts().find_session(token).await.expect("asked").expect("the session is there")
    }

    async fn grants_of(&self, username: &str) -> Grants {
        let session = self.signed_in(&self.session_of(username).await).await;
        self.accounts().load_grants(&session).await.expect("loaded")
    }

    async fn group_with(&self, name: &str, username: &str, grants: &[Grant]) {
        let (accounts, by) = (self.accounts(), By::cli());
        accounts.create_group(name, &by).await.expect("created");
        let user = accounts.user(username).await.expect("found");
        assert!(accounts.add_member(name, &user, &by).await.expect("added"));
        for grant in grants {
            assert!(accounts.grant(name, *grant, &by).await.expect("granted"), "{grant}");
        }
    }
}

async fn a_session_ends_by_sign_out_revocation_age_and_idleness(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", false).await;
    server.user("ada", false).await;
    let (first, second) = (server.session_of("grace").await, server.session_of("grace").await);
    let others = server.session_of("ada").await;
    let ids = [server.signed_in(&first).await.session_id, server.signed_in(&others).await.session_id];
    let own = server.get_as("/admin/account/", &second).await;
    assert_eq!(own.text().matches("/revoke/").count(), 2, "one's own: {}", own.text());
    let of_others = server.post(&format!("/admin/sessions/{}/revoke/", ids[1]), &second).await;
    assert_eq!(of_others.status, 404, "not somebody else's");
    assert_eq!(server.home(&others).await.status, 200);
    let revoked = server.post(&format!("/admin/sessions/{}/revoke/", ids[0]), &second).await;
    assert_eq!((revoked.status.as_u16(), revoked.header("location")), (303, "/admin/account/#sessions"));
    assert_eq!(server.home(&first).await.status, 303, "revoked");
    assert_eq!(server.home(&second).await.status, 200);
    let out = server.post("/admin/logout/", &second).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/admin/login/"));
    assert!(out.header("set-cookie").starts_with("vitrine_session=; Path=/; Max-Age=0"), "{:?}", out.headers);
    assert_eq!(server.home(&second).await.status, 303, "signed out");
    for (what, change) in [("old", "expires_at = 1"), ("idle", "last_seen_at = 1")] {
        let cookie = server.session_of("grace").await;
        let id = server.signed_in(&cookie).await.session_id;
        execute(&server.database_url, &format!("UPDATE login_session SET {change} WHERE id = {id}")).expect("aged");
        assert_eq!(server.home(&cookie).await.status, 303, "{what}");
    }
    server.accounts().keep_house().await.expect("kept");
    assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM login_session"), 1, "Ada's");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_auth_sessions", &[]), 1.0);
    let expired = [("method", "session"), ("outcome", "expired")];
    assert_eq!(metrics.sum("vitrine_auth_attempts_total", &expired), 4.0);
    assert_eq!(server.home("vitrine_session=forged").await.status, 303);
}

async fn a_sign_in_brings_a_new_token_and_only_its_digest_is_kept(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", false).await;
    let old = server.session_of("grace").await;
    let again = server.log_in_with("grace", PASSWORD, &[("cookie", &old)]).await;
    let new = session_cookie(&again);
    assert_ne!(old, new);
    assert_eq!(server.home(&old).await.status, 303, "the one before has ended");
    assert_eq!(server.home(&new).await.status, 200);
    let token = new.split_once('=').expect("a cookie").1;
    let found = format!("SELECT COUNT(*) FROM login_session WHERE digest = '{token}'");
    assert_eq!(number(&server.database_url, &found), 0);
    assert_eq!(server.home(&format!("vitrine_session={}", "A".repeat(43))).await.status, 303);
    let lines = server.log_lines();
    let told = lines.iter().map(ToString::to_string).find(|line| line.contains(token) || line.contains(PASSWORD));
    assert_eq!(told, None, "no secret is logged");
    for _ in 0..52 {
        server.session_of("grace").await;
    }
    assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM login_session"), 50, "bounded");
}

async fn a_new_password_and_deactivation_end_all_sessions(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let (accounts, by) = (server.accounts(), By::cli());
    server.user("root", true).await;
    server.user("grace", false).await;
    let (one, other) = (server.session_of("grace").await, server.session_of("grace").await);
    let keep = server.signed_in(&one).await.session_id;
    accounts.set_password("grace", "two owls on the roof", Some(keep), &by).await.expect("set");
    assert_eq!((server.home(&one).await.status.as_u16(), server.home(&other).await.status.as_u16()), (200, 303));
    assert_eq!(server.log_in("grace", PASSWORD).await.status, 403, "the old one");
    assert_eq!(server.log_in("grace", "two owls on the roof").await.status, 303);
    let close = UserChange { is_active: Some(false), ..UserChange::default() };
    accounts.change_user("grace", close.clone(), &by).await.expect("changed");
    assert_eq!(server.home(&one).await.status, 303);
    assert_eq!(server.log_in("grace", "two owls on the roof").await.status, 403);
    let last = accounts.change_user("root", close, &by).await;
    assert!(matches!(last, Err(AccountError::LastSuperuser(_))), "{last:?}");
    let log = server.events().await;
    for event in ["password_changed grace", "user_deactivated grace", "login_failed grace"] {
        assert!(log.iter().any(|known| known == event), "{event}: {log:?}");
    }
}

async fn what_is_wrong_with_a_user_is_said(database: Database) {
    let server = Server::start(database).await;
    let (accounts, by) = (server.accounts(), By::cli());
    server.user("grace", false).await;
    let new = |username: &str, email: &str, password: &str| NewUser {
        username: username.into(),
        email: email.into(),
        password: password.into(),
        ..NewUser::default()
    };
    for (user, said) in [
        (new("GRACE", "", PASSWORD), "there is a user \"GRACE\" already"),
        (new("a b", "", PASSWORD), "a user name has"),
        (new("ada", "ada", PASSWORD), "an e-mail address has"),
        (new("ada", "", "too short"), "fewer than 12 characters"),
        (new("ada", "", "Password1234"), "tried first"),
        (new("adaline", "", "I am Adaline myself"), "holds the user's name"),
        (new("ada", "", &"a b ".repeat(300)), "more than 1000 characters"),
    ] {
        let error = accounts.create_user(user, &by).await.expect_err(said).to_string();
        assert!(error.contains(said), "{error}");
    }
    let zone = UserChange { time_zone: Some("Mars/Olympus".into()), ..UserChange::default() };
    assert!(matches!(accounts.change_user("grace", zone, &by).await, Err(AccountError::TimeZoneInvalid(_))));
    let nobody = accounts.change_user("nobody", UserChange::default(), &by).await;
    assert!(matches!(nobody, Err(AccountError::UserNotFound(_))));
    assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM account"), 1);
}

async fn grants_of_all_groups_hold_for_a_page_and_what_is_below_it(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let author = server.user("grace", false).await;
    let (blog, about) = (server.page_id("/blog/").await, server.page_id("/about/").await);
    server.group_with("Authors", "grace", &[Grant::Page(blog, PagePermission::Add)]).await;
    let more = [Grant::Page(about, PagePermission::Publish), Grant::Global(GlobalPermission::Reports)];
    server.group_with("Reporters, inland", "grace", &more).await;
    let choose = Grant::Collection(1, CollectionPermission::Choose);
    server.group_with("Pictures", "grace", &[choose]).await;
    let grants = server.grants_of("grace").await;
    assert_eq!(grants.groups(), ["Authors", "Pictures", "Reporters, inland"]);
    let path = async |id: i64| vitrine::content::page::find(server.db(), id).await.expect("found").expect("there").path;
    let (blog_path, about_path) = (path(blog).await, path(about).await);
    let mut post = crate::support::edit::post(&server, "Mine").await;
    post.owner = Some(author);
    let mine = server.create(post).await.expect("created");
    let owner = number(&server.database_url, &format!("SELECT owner_id FROM page WHERE id = {mine}"));
    assert_eq!(owner, author);
    let (path, owner) = (path(mine).await, Some(owner));
    assert!(grants.may_add_below(PageOf { path: &blog_path, owner: None }));
    assert!(grants.may_edit(PageOf { path: &path, owner }) && !grants.may_publish(PageOf { path: &path, owner }));
    assert!(!grants.may_edit(PageOf { path: &path, owner: Some(author + 1) }));
    assert!(grants.may_publish(PageOf { path: &about_path, owner: None }));
    assert!(grants.may(GlobalPermission::Reports) && !grants.may(GlobalPermission::Users));
    assert!(grants.may_in_collection(CollectionPermission::Choose, "0001", None));
    let by = By::cli();
    let add = Grant::Page(blog, PagePermission::Add);
    assert!(server.accounts().revoke_grant("Authors", add, &by).await.expect("revoked"));
    assert!(!server.accounts().revoke_grant("Authors", add, &by).await.expect("asked"));
    assert!(!server.grants_of("grace").await.may_add_below(PageOf { path: &blog_path, owner: None }));
    for (group, grant) in [
        ("Authors", Grant::Page(999_999, PagePermission::Add)),
        ("Authors", Grant::Collection(999_999, CollectionPermission::Add)),
        ("No such group", add),
    ] {
        assert!(server.accounts().grant(group, grant, &by).await.is_err(), "{group}: {grant}");
    }
    let log = server.events().await;
    for event in ["group_created Authors", "member_added grace", "granted Authors", "grant_revoked Authors"] {
        assert!(log.iter().any(|known| known == event), "{event}: {log:?}");
    }
}

async fn fourteen_hundred_grants_cost_as_much_as_none(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("root", true).await;
    server.user("grace", false).await;
    server.group_with("Everywhere", "grace", &[]).await;
    // Two hundred places beside each other, with seven grants on each but one.
    let home = server.page_id("/").await;
    for number in 0..280 {
        server.standard_page(home, &format!("Section {number}"), "<p>x</p>").await;
    }
    let granted = "INSERT INTO page_grant (group_id, page_id, permission)
        SELECT g.id, p.id, k.name FROM account_group g, (SELECT id FROM page WHERE slug LIKE 'section-%') p,
        (SELECT 'add' AS name UNION SELECT 'edit' UNION SELECT 'publish' UNION SELECT 'lock' UNION SELECT 'unlock') k";
    execute(&server.database_url, granted).expect("granted");
    assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM page_grant"), 1_400);
    let sessions = [server.session_of("root").await, server.session_of("grace").await];
    let mut loads = [f64::MAX; 2];
    let mut checks = [f64::MAX; 2];
    let mut queries = [0; 2];
    for (at, cookie) in sessions.iter().enumerate() {
        queries[at] = server.home(cookie).await.queries();
        let session = server.signed_in(cookie).await;
        for _ in 0..10 {
            let began = Instant::now();
            let grants = server.accounts().load_grants(&session).await.expect("loaded");
            loads[at] = loads[at].min(began.elapsed().as_secs_f64());
            let began = Instant::now();
            let allowed = (0..1_000).filter(|number| {
                let path = format!("0001{number:04}0001");
                grants.may_edit(PageOf { path: &path, owner: None })
            });
            let allowed = allowed.count();
            checks[at] = checks[at].min(began.elapsed().as_secs_f64() / 1_000.0);
            assert_eq!(allowed > 0, at == 0, "{allowed}");
        }
        let path = "SELECT COUNT(*) FROM page WHERE slug LIKE 'section-%'";
        assert_eq!(number(&server.database_url, path), 280);
    }
    println!(
        "loading {:.0} and {:.0} us, checking {:.2} and {:.2} us",
        loads[0] * 1e6,
        loads[1] * 1e6,
        checks[0] * 1e6,
        checks[1] * 1e6
    );
    assert_eq!(queries[0], queries[1], "as many queries");
    assert!(queries[1] <= 3, "{queries:?}");
    assert!(loads[1] < within_ms(50).as_secs_f64(), "{} s to load 1,400 grants", loads[1]);
    assert!(checks[1] * 1e3 < within_ms(20).as_secs_f64(), "{} s to check one page", checks[1]);
}

async fn the_first_superuser_comes_by_a_link_that_works_once(database: Database) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = empty_database(database, &folder);
    let settings = [("database.url", url.as_str()), ("data.dir", "data"), PATIENT];
    let server = Process::start(folder.path(), &settings, &[], &[]);
    crate::support::eventually_blocking("the link is printed", crate::support::SOON, || {
        server.stderr.contain("/admin/welcome/")
    });
    let lines = server.stderr.all();
    let link = lines.iter().find_map(|line| line.split_once("/admin/welcome/")).expect("a link").1.to_owned();
    let client = crate::support::client::client();
    let path = format!("{}/admin/welcome/{link}", server.site);
    let get = async || {
        let sent = crate::support::client::try_send(&client, reqwest::Method::GET, &path, &[]).await;
        sent.expect("an answer")
    };
    let post = async |username: &str, password: &str| {
        let fields = [("username", username), ("password", password)];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [("content-type", "application/x-www-form-urlencoded"), SAME_ORIGIN];
        let method = reqwest::Method::POST;
        crate::support::client::try_send_body(&client, method, &path, &headers, body.into_bytes()).await.expect("sent")
    };
    assert_eq!(get().await.status, 200);
    let refused = post("grace", "too short").await;
    assert_eq!(refused.status, 422);
    for part in ["fewer than 12 characters.", "aria-invalid=\"true\"", "value=\"grace\""] {
        assert!(refused.text().contains(part), "{part}: {}", refused.text());
    }
    let both = futures_util::future::join(post("grace", PASSWORD), post("ada", PASSWORD)).await;
    let mut statuses = [both.0.status.as_u16(), both.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404], "one of two at the same time");
    let cookie = session_cookie(if both.0.status == 303 { &both.0 } else { &both.1 });
    let home = format!("{}/admin/", server.site);
    let home = crate::support::client::try_send(&client, reqwest::Method::GET, &home, &[("cookie", &cookie)]).await;
    assert!(home.expect("an answer").text().contains("a superuser"));
    assert_eq!((get().await.status.as_u16(), post("eve", PASSWORD).await.status.as_u16()), (404, 404), "used");
    assert_eq!(number(&url, "SELECT COUNT(*) FROM account WHERE is_superuser"), 1);
    assert!(!server.stdout.contain(&link), "the link is in no log: {:?}", server.stdout.all());
    drop(server);
    let again = Process::start(folder.path(), &settings, &[], &[]);
    assert!(!again.stderr.contain("/admin/welcome/"), "there is a user");
}

async fn an_old_link_and_a_forged_one_are_refused(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let token = server.accounts().offer_welcome().await.expect("offered").expect("there is no user");
    let path = format!("/admin/welcome/{token}");
    assert_eq!(server.get(&path).await.status, 200);
    assert_eq!(server.get(&format!("/admin/welcome/{}", "A".repeat(43))).await.status, 404);
    execute(&server.database_url, "UPDATE welcome_link SET expires_at = 1").expect("aged");
    assert_eq!(server.get(&path).await.status, 404);
    let fields = [("username", "eve"), ("password", PASSWORD)];
    assert_eq!(server.send_form(&path, &fields, &[SAME_ORIGIN]).await.status, 404);
    assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM account"), 0);
}

async fn the_security_log_is_append_only_and_knows_the_trace(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", false).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    server.log_in_with("grace", PASSWORD, &[("traceparent", &parent), ("user-agent", "Firefox/1 Linux")]).await;
    let log = server.accounts().list_log().await.expect("listed");
    let login = &log[0];
    assert_eq!((login.event.as_str(), login.actor.as_str(), login.trace_id.as_str()), ("login", "grace", trace));
    assert_eq!((login.detail.as_str(), login.network.as_str()), ("Firefox on Linux", "127.0.0.0/24"));
    for change in ["UPDATE security_event SET actor = 'eve'", "DELETE FROM security_event"] {
        let error = execute(&server.database_url, change).expect_err("refused").to_string();
        assert!(error.contains("append-only"), "{error}");
    }
    assert_eq!(server.metrics().await.sum("vitrine_audit_events_total", &[("event", "login")]), 1.0);
}

async fn the_commands_make_users_and_groups(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let folder = server.folder.path();
    let vitrine = |arguments: &[&str], input: &str| {
        let file = folder.join("input.txt");
        std::fs::write(&file, input).expect("written");
        let mut command = vitrine(folder);
        command.args(arguments).arg("--set").arg(format!("database.url={}", server.database_url));
        command.args(["--set", "data.dir=."]).stdin(std::fs::File::open(&file).expect("there"));
        run(&mut command)
    };
    let ok = |arguments: &[&str], input: &str| {
        let (code, out, error) = vitrine(arguments, input);
        assert_eq!(code, Some(0), "{arguments:?}: {error}");
        out
    };
    ok(&["user", "create", "grace", "--superuser", "--name", "Grace H.", "--password-stdin"], &format!("{PASSWORD}\n"));
    assert!(ok(&["user", "list"], "").contains("grace  Grace H.    never signed in  superuser"));
    let cookie = server.session_of("grace").await;
    assert!(server.home(&cookie).await.text().contains("Hello, Grace H."));
    assert!(ok(&["user", "sessions", "grace"], "").contains("127.0.0.0/24"));
    ok(&["user", "set", "grace", "--time-zone", "Europe/Berlin"], "");
    let account = server.send(http::Method::GET, "/admin/account/", &[("cookie", &cookie)]).await;
    assert!(account.text().contains(" CE"), "CET or CEST");
    assert_eq!(ok(&["user", "revoke", "grace"], ""), "ended 1 sessions of grace\n");
    assert_eq!(server.home(&cookie).await.status, 303);
    ok(&["user", "set-password", "grace", "--password-stdin"], "three owls on the roof");
    assert_eq!(server.log_in("grace", "three owls on the roof").await.status, 303);
    ok(&["group", "create", "Editors"], "");
    ok(&["group", "add", "Editors", "grace"], "");
    assert_eq!(ok(&["group", "grant", "Editors", "edit", "--page", "2"], ""), "Editors has edit on page 2\n");
    ok(&["group", "grant", "Editors", "manage_users"], "");
    assert_eq!(ok(&["group", "list"], ""), "Editors  1 members  2 grants\n");
    ok(&["group", "revoke", "Editors", "edit", "--page", "2"], "");
    ok(&["group", "remove", "Editors", "grace"], "");
    assert!(ok(&["user", "log"], "").contains("granted           cli: Editors  manage_users"));
    for (arguments, said) in [
        (&["user", "create", "ada", "--password-stdin"][..], "fewer than 12"),
        (&["user", "create", "ada"], "--password-stdin"),
        (&["user", "deactivate", "grace"], "last superuser"),
        (&["user", "sessions", "nobody"], "no user"),
        (&["group", "grant", "Editors", "fly"], "is no permission on no place: manage_users"),
        (&["group", "grant", "Editors", "edit", "--page", "999999"], "no page 999999"),
        (&["group", "create", "Editors"], "already"),
    ] {
        let (code, _, error) = vitrine(arguments, "short");
        assert_eq!(code, Some(1), "{arguments:?}");
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

on_both_databases!(
    a_session_ends_by_sign_out_revocation_age_and_idleness,
    a_sign_in_brings_a_new_token_and_only_its_digest_is_kept,
    a_new_password_and_deactivation_end_all_sessions,
    what_is_wrong_with_a_user_is_said,
    grants_of_all_groups_hold_for_a_page_and_what_is_below_it,
    fourteen_hundred_grants_cost_as_much_as_none,
    the_first_superuser_comes_by_a_link_that_works_once,
    an_old_link_and_a_forged_one_are_refused,
    the_security_log_is_append_only_and_knows_the_trace,
    the_commands_make_users_and_groups,
);
