//! Work on many users at once, through the front door: what is done to each, what nobody may do, and who did it.

use vitrine::accounts::{By, GlobalPermission, Grant, UserChange};
use vitrine::telemetry::label::BulkAction;

use crate::admin_bulk::{WEB, begin, ended, packed, worker};
use crate::support::account::{PASSWORD, SAME_ORIGIN};
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::postgres::execute;
use crate::support::{Database, Server, on_both_databases};

const USERS: Grant = Grant::Global(GlobalPermission::Users);
const PATH: &str = "/admin/users/bulk/";

async fn users(server: &Server, names: &[&str]) -> Vec<i64> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(server.user(name, false).await);
    }
    ids
}

/// What root did to an account, the oldest first.
async fn log_of(server: &Server, subject: &str) -> Vec<String> {
    let mut log = server.accounts().list_log().await.expect("listed");
    log.reverse();
    let of = log.iter().filter(|entry| entry.subject == subject && entry.actor == "root");
    of.map(|entry| format!("{} by {} {}", entry.event, entry.actor, entry.detail).trim_end().to_owned()).collect()
}

async fn order(browser: &Browser<'_>, ids: &[i64], action: BulkAction, more: &[(&str, &str)]) -> String {
    let ids = packed(ids);
    let fields = [&[("ids", ids.as_str()), ("action", action.as_str()), ("sure", "1")], more].concat();
    let url = begin(browser, PATH, &fields).await;
    ended(browser, &url).await
}

async fn each_is_shut_out_let_in_put_into_a_group_and_signed_out(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let ids = users(&server, &["ann", "bob", "cat"]).await;
    let accounts = server.accounts();
    let group = accounts.create_group("Editors", &By::cli()).await.expect("created").to_string();
    let list = root.text("/admin/users/").await;
    assert!(list.contains("data-bulk") && list.contains("<option value=\"") && list.contains(">Editors</option>"));
    assert_eq!(list.matches("name=\"ids\"").count(), 3, "one's own account is not offered");
    let cookie = server.session_of("ann").await;
    let asked = root.post(PATH, &[("ids", &packed(&ids)), ("action", "deactivate")]).await;
    assert!(asked.text().contains("Deactivate 3 users?") && asked.text().contains("signed out everywhere"));
    assert!(accounts.user("ann").await.expect("found").is_active, "it is asked before");

    let text = order(&root, &ids, BulkAction::SignOut, &[]).await;
    assert!(text.contains("3 of 3 users signed out") && text.contains("1 session ended."), "{text}");
    assert!(text.contains("They were signed in nowhere."), "{text}");
    assert_eq!(server.home(&cookie).await.status, 303);
    let text = order(&root, &ids, BulkAction::Deactivate, &[]).await;
    assert!(text.contains("3 of 3 users deactivated") && text.contains("Closed, and signed out everywhere."), "{text}");
    assert!(text.contains(&format!("/admin/users/{}/", ids[0])) && text.contains("Back to the list"));
    assert_ne!(server.log_in("ann", PASSWORD).await.status, 303, "they cannot sign in");
    let again = order(&root, &ids[..1], BulkAction::Deactivate, &[]).await;
    assert!(again.contains("The account was closed already."), "{again}");
    let text = order(&root, &ids, BulkAction::Activate, &[]).await;
    assert!(text.contains("3 of 3 users activated") && accounts.user("cat").await.expect("found").is_active, "{text}");
    let text = order(&root, &ids, BulkAction::Join, &[("group", &group)]).await;
    assert!(text.contains("3 of 3 users added to the group"), "{text}");
    let text = order(&root, &ids[..2], BulkAction::Leave, &[("group", &group)]).await;
    assert!(text.contains("2 of 2 users removed from the group"), "{text}");
    assert_eq!(server.rows("group_member JOIN account_group g ON g.id = group_id WHERE g.name = 'Editors'"), 1);
    let told = ["session_revoked by root all", "user_deactivated by root", "user_activated by root"];
    let groups = ["member_added by root Editors", "member_removed by root Editors"];
    assert_eq!(log_of(&server, "ann").await, [&told[..], &groups].concat(), "each is in the security log, once");
    assert_eq!(server.rows("security_event WHERE event = 'user_deactivated' AND network <> ''"), 3, "and from where");
    let metrics = server.metrics().await;
    for (action, done) in [("sign_out", 3.0), ("deactivate", 4.0), ("activate", 3.0), ("join", 3.0), ("leave", 2.0)] {
        let labels = [("action", action), ("outcome", "done")];
        assert_eq!(metrics.sum("vitrine_bulk_items_total", &labels), done, "{action}");
    }
}

async fn nobody_does_to_many_what_they_may_not_do_to_one(database: Database) {
    let server = Server::with(database, &[PATIENT, WEB]).await;
    let manager = server.browser("manager", &[USERS]).await;
    let me = server.accounts().user("manager").await.expect("found").id;
    let mut ids = users(&server, &["ann", "bob"]).await;
    ids.push(server.user("chief", true).await);
    ids.push(me);
    let (accounts, by) = (server.accounts(), By::cli());
    accounts.create_group("Mighty", &by).await.expect("created");
    accounts.grant("Mighty", Grant::Global(GlobalPermission::Sites), &by).await.expect("granted");
    let mighty = accounts.group_id("Mighty").await.expect("found");
    let plain = accounts.create_group("Plain", &by).await.expect("created");
    let all = packed(&ids);
    let post = async |action: &str, group: i64| {
        let fields = [("ids", all.as_str()), ("action", action), ("sure", "1"), ("group", &group.to_string())];
        manager.post(PATH, &fields).await
    };
    assert_eq!(post("join", mighty).await.status, 403, "a group that may do more");
    assert_eq!(post("leave", mighty).await.status, 403);
    let begun = async |action: &str, group: i64| location(&post(action, group).await).to_owned();
    let (shut, joined) = (begun("deactivate", 0).await, begun("join", plain).await);
    // By the time it runs the group may do more than whoever asked.
    accounts.grant("Plain", Grant::Global(GlobalPermission::Sites), &by).await.expect("granted");
    let work = worker(&server, &server.content().jobs);
    let text = ended(&manager, &shut).await;
    assert!(text.contains("2 of 4 users deactivated") && text.contains("2 not done"), "{text}");
    assert!(text.contains("Only a superuser may change a superuser.") && text.contains("your own account"), "{text}");
    assert!(
        accounts.user("chief").await.expect("found").is_active
            && accounts.user("manager").await.expect("found").is_active
    );
    let text = ended(&manager, &joined).await;
    assert!(text.contains("0 of 4 users added") && text.contains("may do or see more than you"), "{text}");
    work.abort();
    // Nor when they may no longer manage users at all.
    let late = begun("activate", 0).await;
    accounts.revoke_grant("manager", USERS, &by).await.expect("revoked");
    let work = worker(&server, &server.content().jobs);
    let text = ended(&manager, &late).await;
    assert!(text.contains("0 of 4 users activated") && text.contains("You may not manage users any more."), "{text}");
    work.abort();
}

async fn who_is_no_superuser_any_more_changes_none(database: Database) {
    let server = Server::with(database, &[PATIENT, WEB]).await;
    let root = server.root_browser().await;
    let chief = server.user("chief", true).await;
    let url = begin(&root, PATH, &[("ids", &chief.to_string()), ("action", "deactivate"), ("sure", "1")]).await;
    // Whoever asked is no superuser any more, and may still manage users.
    let change = UserChange { is_superuser: Some(false), ..UserChange::default() };
    server.accounts().change_user("root", change, &By::cli()).await.expect("changed");
    let work = worker(&server, &server.content().jobs);
    let text = ended(&root, &url).await;
    assert!(text.contains("0 of 1 user deactivated") && text.contains("You may not manage users"), "{text}");
    work.abort();
    let chief = server.accounts().user("chief").await.expect("found");
    assert!(chief.is_active && chief.is_superuser);
}

async fn what_makes_no_sense_is_refused_and_old_results_still_show(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let ids = users(&server, &["ann"]).await;
    let id = ids[0].to_string();
    for (fields, status) in [
        (vec![("ids", id.as_str())], 400),
        (vec![("action", "activate")], 400),
        (vec![("ids", &id), ("action", "publish")], 400),
        (vec![("ids", &id), ("action", "delete")], 400),
        (vec![("ids", "987654"), ("action", "activate")], 404),
        (vec![("ids", &id), ("action", "join")], 404),
        (vec![("ids", &id), ("action", "join"), ("group", "987654")], 404),
        (vec![("ids", "1-501"), ("action", "activate")], 400),
    ] {
        assert_eq!(root.post(PATH, &fields).await.status, status, "{fields:?}");
    }
    let nobody = server.browser("nobody", &[Grant::Global(GlobalPermission::Groups)]).await;
    assert_eq!(nobody.post(PATH, &[("ids", &id), ("action", "activate")]).await.status, 403);
    let out = server.send_form(PATH, &[("ids", "1")], &[SAME_ORIGIN]).await;
    assert!(out.status == 303 && out.header("location").starts_with("/admin/login/"));
    assert_eq!(root.get(PATH).await.status, 405);
    let url = begin(&root, PATH, &[("ids", &id), ("action", "activate")]).await;
    assert!(ended(&root, &url).await.contains("They could sign in already."));
    for (note, shown) in [("A sentence of <b>before</b>.", "A sentence of &lt;b&gt;before&lt;/b&gt;."), ("", "Done")] {
        execute(&server.database_url, &format!("UPDATE bulk_item SET note = '{note}'")).expect("written");
        assert!(root.text(&url).await.contains(shown), "{note}");
    }
}

on_both_databases!(
    each_is_shut_out_let_in_put_into_a_group_and_signed_out,
    nobody_does_to_many_what_they_may_not_do_to_one,
    who_is_no_superuser_any_more_changes_none,
    what_makes_no_sense_is_refused_and_old_results_still_show,
);
