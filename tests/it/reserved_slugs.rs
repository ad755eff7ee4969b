//! Addresses that the server itself answers: no page directly below a site's root may take one, by whichever way.

use serde_json::json;
use vitrine::content::shadow::RESERVED;
use vitrine::content::{CopyState, Copying, EditError, Extent, Position, Restoring};
use vitrine::telemetry::label::Channel;

use crate::cli_page::Terminal;
use crate::support::browser::PATIENT;
use crate::support::edit::standard_page;
use crate::support::postgres::execute;
use crate::support::{Database, Server, on_both_databases};

fn is_reserved<T: std::fmt::Debug>(made: Result<T, EditError>, word: &str) {
    assert!(matches!(&made, Err(EditError::SlugReserved(slug)) if slug == word), "{word}: {made:?}");
}

async fn none_is_created_renamed_moved_copied_or_restored_there(database: Database) {
    let server = Server::start(database).await;
    let (home, content) = (server.page_id("/").await, server.content());
    for word in RESERVED {
        let mut new = standard_page(home, "Hidden", "<p>x</p>");
        new.slug = Some((*word).to_owned());
        is_reserved(server.create(new).await, word);
    }
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let mut new = standard_page(section, "Admin", "<p>x</p>");
    new.slug = Some("admin".into());
    let deeper = server.create(new).await.expect("deeper there is room for it");
    server.publish(deeper).await.expect("published");
    assert_eq!(server.get("/section/admin/").await.status, 200);
    is_reserved(content.move_page(deeper, Position::LastChildOf(home), Channel::Cli).await, "admin");
    let copying = |slug: Option<&str>| Copying {
        to: Position::LastChildOf(home),
        extent: Extent::Page,
        state: CopyState::Draft,
        slug: slug.map(str::to_owned),
        title: None,
    };
    is_reserved(content.copy_page(deeper, &copying(Some("media")), Channel::Cli).await, "media");
    let copied = content.copy_page(deeper, &copying(None), Channel::Cli).await.expect("copied");
    assert_eq!(server.page(copied).await.slug, "admin-2", "a slug of its own avoids it");
    let made = server.create(standard_page(home, "Search", "<p>x</p>")).await.expect("created");
    assert_eq!(server.page(made).await.slug, "search-2");
    content.trash_page(deeper, Channel::Cli).await.expect("in the trash");
    let there = Restoring { to: Some(Position::LastChildOf(home)), slug: None };
    is_reserved(content.restore_page(deeper, &there, Channel::Cli).await, "admin");
    let renamed = server.change(section, |content| content.slug = "health".into()).await;
    renamed.expect("a draft may say so");
    is_reserved(server.publish(section).await, "health");
    assert_eq!(server.get("/section/").await.status, 200, "nothing was changed");
}

async fn the_editor_names_the_word_at_the_slug(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let root = server.root_browser().await;
    let page = root.text(&format!("/admin/pages/{section}/edit/")).await;
    let data = page.split("id=\"editor-data\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: serde_json::Value = serde_json::from_str(data.expect("a data block")).expect("it is JSON");
    let mut content = data["content"].clone();
    content["slug"] = json!("admin");
    let sent = json!({ "base_revision": data["revision"], "sitting": "", "automatic": true, "content": content });
    let saved = server.send_json(&format!("/admin/pages/{section}/draft/"), &root.cookie, &sent).await;
    let wanted = ("slug", "slug_reserved");
    let told = |errors: &serde_json::Value| {
        let message = errors[0]["message"].as_str().unwrap_or_default();
        assert_eq!(
            (errors[0]["path"].as_str(), errors[0]["code"].as_str()),
            (Some(wanted.0), Some(wanted.1)),
            "{errors}"
        );
        assert!(message.contains("\"admin\""), "{message}");
    };
    assert_eq!(saved.status, 200, "{}", saved.text());
    told(&saved.json()["blockers"]);
    let sent = json!({ "revision": saved.json()["revision"] });
    let refused = server.send_json(&format!("/admin/pages/{section}/publish/"), &root.cookie, &sent).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    told(&refused.json()["errors"]);
    let hidden = [("title", "Admin"), ("slug", "admin")];
    let copied = root
        .post(&format!("/admin/pages/{section}/copy/"), &[&hidden[..], &[("to", &home.to_string())]].concat())
        .await;
    assert!(copied.status.is_client_error() && copied.text().contains("admin"), "{}", copied.text());
}

async fn one_that_is_there_already_is_named_and_stays_editable(database: Database) {
    let at = Terminal::start(database).await;
    let server = &at.server;
    let home = server.page_id("/").await;
    let about = server.page_id("/about/").await;
    let refused = at.refuses(&format!("page copy {about} {home} --slug admin"));
    assert!(refused.contains("\"admin\" is reserved"), "{refused}");
    let old = server.standard_page(home, "Old", "<p>x</p>").await;
    let path =
        format!("UPDATE page SET slug = 'health', url_path = REPLACE(url_path, '/old/', '/health/') WHERE id = {old}");
    execute(&server.database_url, &path).expect("written");
    let (code, said, _) = at.run("tree check");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("page {old} (/home/health/): no visitor sees it")), "{said}");
    assert!(said.contains("1 to be put right by hand") && !said.contains("--fix"), "{said}");
    server.change(old, |content| content.title = "Changed".into()).await.expect("changed");
    server.publish(old).await.expect("published as it is");
}

on_both_databases! {
    none_is_created_renamed_moved_copied_or_restored_there,
    the_editor_names_the_word_at_the_slug,
    one_that_is_there_already_is_named_and_stays_editable,
}
