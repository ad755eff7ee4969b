//! Pages for those who sign in, and for groups of them.

use vitrine::accounts::{By, NewUser};
use vitrine::content::privacy::{Rule, Target};
use vitrine::telemetry::label::Channel;

use crate::privacy::{SLUG, assert_refused, password, secret_page};
use crate::support::account::PASSWORD;
use crate::support::{Database, Server, on_both_databases};

/// A user in these groups, signed in.
async fn member(server: &Server, username: &str, groups: &[&str]) -> String {
    server.user(username, false).await;
    let (accounts, by) = (server.accounts(), By::cli());
    let user = accounts.user(username).await.expect("there");
    for group in groups {
        let _ = accounts.create_group(group, &by).await;
        accounts.add_member(group, &user, &by).await.expect("a member");
    }
    server.session_of(username).await
}

async fn whoever_signed_in_sees_what_is_for_members(database: Database) {
    let server = Server::start(database).await;
    let id = secret_page(&server).await;
    let cookie = member(&server, "ann", &[]).await;
    server.restrict(id, Rule::Login).await;
    let refused = server.get(SLUG).await;
    assert_refused(&refused, "a visitor");
    let way_in = "/admin/login/?next=%2Fabout%2Fsale-of-the-lighthouse%2F";
    assert!(refused.text().contains(&format!("href=\"{way_in}\"")), "{}", refused.text());
    assert_refused(&server.get_with(SLUG, "vitrine_session=made-up").await, "a made-up session");
    let seen = server.get_with(SLUG, &cookie).await;
    assert_eq!(seen.status, 200);
    assert!(seen.text().contains("The lighthouse will be sold"), "{}", seen.text());
    assert_eq!((seen.header("cache-control"), seen.header("etag")), ("private, no-store", ""));
    assert_refused(&server.get(SLUG).await, "nobody sees what was made for a member");
    let form = [("username", "ann"), ("password", PASSWORD), ("next", SLUG)];
    let inside = server.send_form("/admin/login/", &form, &[crate::support::account::SAME_ORIGIN]).await;
    assert_eq!(inside.header("location"), SLUG, "back to where one came from");
    server.post("/admin/logout/", &cookie).await;
    assert_refused(&server.get_with(SLUG, &cookie).await, "a session that ended");
}

async fn groups_passwords_and_superusers(database: Database) {
    let server = Server::start(database).await;
    let id = secret_page(&server).await;
    let (staff, guest) = (member(&server, "ann", &["Staff"]).await, member(&server, "ben", &["Guests"]).await);
    let new = NewUser { username: "root".into(), password: PASSWORD.into(), is_superuser: true, ..NewUser::default() };
    server.accounts().create_user(new, &By::cli()).await.expect("created");
    let root = server.session_of("root").await;
    server.accounts().create_group("Board", &By::cli()).await.expect("created");
    server.restrict(id, Rule::Groups(vec!["Staff".into(), "Board".into()])).await;
    assert_eq!(server.get_with(SLUG, &staff).await.status, 200);
    assert_refused(&server.get_with(SLUG, &guest).await, "another group");
    assert_eq!(server.get_with(SLUG, &root).await.status, 200, "a superuser may do everything");
    let about = server.page_id("/about/").await;
    server.restrict(about, password("a long enough password")).await;
    assert_refused(&server.get_with(SLUG, &staff).await, "what is above has to be passed too");
    assert_eq!(server.get_with(SLUG, &root).await.status, 200);
    assert!(!server.get("/search/?q=lighthouse").await.text().contains("Sale of the lighthouse"));
}

async fn files_of_members_are_for_members(database: Database) {
    let server = Server::start(database).await;
    let document = vitrine::media::NewFile { name: "plan.txt".into(), ..Default::default() };
    let id = server.running.site.app.media.add_document(&b"the plan"[..], document).await.expect("taken");
    let of = server.running.site.app.media.document(id).await.expect("there").collection_id;
    server.content().restrict(Target::Collection(of), Rule::Login, Channel::Cli).await.expect("restricted");
    let path = format!("/documents/{id}/plan.txt");
    assert_eq!(server.get(&path).await.status, 403);
    let cookie = member(&server, "ann", &[]).await;
    let seen = server.get_with(&path, &cookie).await;
    assert_eq!((seen.status.as_u16(), seen.body.as_slice()), (200, &b"the plan"[..]));
    assert!(seen.header("cache-control").contains("private"), "{}", seen.header("cache-control"));
}

on_both_databases!(
    whoever_signed_in_sees_what_is_for_members,
    groups_passwords_and_superusers,
    files_of_members_are_for_members,
);
