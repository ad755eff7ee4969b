//! Editing through the domain operations, as the commands and the admin do.

use std::time::Duration;

use serde_json::{Value, json};
use vitrine::clock::Micros;
use vitrine::content::page::{self, PageContent};
use vitrine::content::{EditError, NewPage, revision, snippet};
use vitrine::db::Db;
use vitrine::telemetry::label::Channel;

use super::Server;
use super::postgres::execute;

pub const HOUR: Duration = Duration::from_secs(3600);

impl Server {
    pub fn db(&self) -> &Db {
        &self.content().db
    }

    pub fn db_shared(&self) -> &std::sync::Arc<Db> {
        &self.content().db
    }

    /// The id of the page at a public path, live or not.
    pub async fn page_id(&self, path: &str) -> i64 {
        let path_in_tree = match path.strip_prefix("/de/") {
            Some(below) => format!("/home-de/{below}"),
            None => format!("/home{path}"),
        };
        let found = page::find_id_by_url(self.db(), &path_in_tree).await.expect("the database answers");
        found.unwrap_or_else(|| panic!("there is no page at {path}"))
    }

    /// The newest revision's content.
    pub async fn newest(&self, id: i64) -> PageContent {
        let revisions = revision::list(self.db(), id).await.expect("the database answers");
        revisions.into_iter().next().expect("every page has a revision").content
    }

    /// Changes the newest draft.
    pub async fn change(&self, id: i64, change: impl FnOnce(&mut PageContent)) -> Result<i64, EditError> {
        let mut content = self.newest(id).await;
        change(&mut content);
        self.content().save_draft(id, content, Channel::Admin).await
    }

    /// Changes the newest draft and publishes it.
    pub async fn republish(&self, id: i64, change: impl FnOnce(&mut PageContent)) {
        self.change(id, change).await.expect("the draft is saved");
        self.publish(id).await.expect("the page is published");
    }

    pub async fn publish(&self, id: i64) -> Result<(), EditError> {
        self.content().publish(id, None, Channel::Admin).await
    }

    pub async fn create(&self, new: NewPage) -> Result<i64, EditError> {
        self.content().create_page(new, Channel::Admin).await
    }

    /// A published standard page with one paragraph.
    pub async fn standard_page(&self, parent: i64, title: &str, html: &str) -> i64 {
        let id = self.create(standard_page(parent, title, html)).await.expect("the page is created");
        self.publish(id).await.expect("the page is published");
        id
    }

    pub async fn snippet(&self, type_name: &str, slug: &str) -> snippet::Snippet {
        let found = snippet::find_by_slug(self.db(), type_name, slug).await.expect("the database answers");
        found.unwrap_or_else(|| panic!("there is no {type_name} {slug}"))
    }

    pub async fn rename_snippet(&self, id: i64, name: &str) {
        let known = snippet::find(self.db(), id).await.expect("the database answers").expect("it is there");
        let renamed = snippet::SnippetContent { name: name.into(), ..known.content() };
        self.content().update_snippet(id, renamed, Channel::Admin).await.expect("it is changed");
    }

    /// The number of rows of a table.
    pub fn rows(&self, table: &str) -> i64 {
        super::postgres::number(&self.database_url, &format!("SELECT COUNT(*) FROM {table}"))
    }
}

pub fn in_an_hour() -> Micros {
    Micros(Micros::now().0 + HOUR.as_micros() as i64)
}

/// As if so much time had passed for all that is scheduled; workers see it within a second.
pub fn pass_time(url: &str, time: Duration) {
    let us = time.as_micros();
    let text = format!(
        "BEGIN;
         UPDATE page SET publish_at = publish_at - {us}, expire_at = expire_at - {us}
         WHERE publish_at IS NOT NULL OR expire_at IS NOT NULL;
         UPDATE job SET payload = REPLACE(payload, CAST(run_at AS TEXT), CAST(run_at - {us} AS TEXT)),
                        run_at = run_at - {us}
         WHERE kind IN ('page.publish', 'page.expire') AND state = 'waiting';
         COMMIT"
    );
    execute(url, &text).expect("the database takes it");
}

/// A draft of a standard page with one paragraph.
pub fn standard_page(parent: i64, title: &str, html: &str) -> NewPage {
    let body = json!([{ "type": "paragraph", "value": html }]);
    NewPage {
        parent,
        type_name: "standard.StandardPage".into(),
        title: title.into(),
        fields: [("body".to_owned(), body)].into_iter().collect(),
        ..NewPage::default()
    }
}

/// A draft of a post that can be published.
pub async fn post(server: &Server, title: &str) -> NewPage {
    let author = server.snippet("blog.Author", "maren-osei").await.id;
    let category = server.snippet("blog.Category", "water").await.id;
    let fields = json!({
        "intro": "An introduction.",
        "cover": "art/tide.svg",
        "cover_alt": "A tide dial.",
        "author": author,
        "categories": [category],
        "tags": ["tests"],
        "body": [{ "type": "paragraph", "value": "<p>Some words.</p>" }],
    });
    let Value::Object(fields) = fields else { unreachable!("it is an object") };
    let parent = server.page_id("/blog/").await;
    NewPage { parent, type_name: "blog.BlogPage".into(), title: title.into(), fields, ..NewPage::default() }
}
