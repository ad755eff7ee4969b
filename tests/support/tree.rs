//! The page tree, as tests look at it.

use vitrine::content::{EditError, Position, tree};
use vitrine::db::TxName;
use vitrine::telemetry::label::Channel;

use super::Server;

impl Server {
    /// Every page, the trash last.
    pub async fn nodes(&self) -> Vec<tree::Node> {
        let mut tx = self.content().db.begin(TxName("test")).await.expect("begun");
        tree::list(&mut tx).await.expect("listed")
    }

    /// The slugs of a page's children, in the order of the tree.
    pub async fn children(&self, parent: i64) -> String {
        let nodes = self.nodes().await;
        let slugs: Vec<String> =
            nodes.into_iter().filter(|node| node.parent_id == Some(parent)).map(|node| node.slug).collect();
        slugs.join(" ")
    }

    pub async fn put(&self, id: i64, to: Position) -> Result<(), EditError> {
        self.content().move_page(id, to, Channel::Admin).await
    }

    pub async fn assert_tree_is_right(&self) {
        let mut tx = self.content().db.begin(TxName("test")).await.expect("begun");
        assert_eq!(tree::check(&mut tx).await.expect("checked"), []);
    }

    pub async fn page(&self, id: i64) -> vitrine::content::page::Page {
        vitrine::content::page::find(self.db(), id).await.expect("the database answers").expect("there is such a page")
    }

    /// A number that the database counts.
    pub fn count(&self, text: &str) -> i64 {
        super::postgres::number(&self.database_url, &format!("SELECT COUNT(*) FROM {text}"))
    }
}
