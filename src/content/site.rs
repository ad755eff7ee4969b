//! Sites: a host name and port that show a part of the tree.

use crate::db::{Db, DbError, Exec};
use crate::{queries, record};

/// Sites one installation may have.
const MAX_SITES: i64 = 1_000;

record! {
    #[derive(Clone, Debug)]
    pub struct Site {
        pub id: i64, pub hostname: String, pub port: i64, pub name: String, pub is_default: bool,
        pub root_page_id: i64, pub root_path: String, pub root_url_path: String,
    }
}

queries! {
    LIST = read "site.list"
        "SELECT site.id, hostname, port, name, is_default, root_page_id, page.path AS root_path,
                page.url_path AS root_url_path
         FROM site JOIN page ON page.id = root_page_id ORDER BY site.id LIMIT $1";
    INSERT = write "site.insert"
        "INSERT INTO site (hostname, port, name, root_page_id, is_default) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING";
}

pub async fn list(db: &Db) -> Result<Vec<Site>, DbError> {
    db.query(&LIST).bind(MAX_SITES).list().await
}

pub(super) async fn insert(
    on: impl Into<Exec<'_>>,
    hostname: &str,
    port: i64,
    name: &str,
    root_page_id: i64,
) -> Result<(), DbError> {
    on.into().query(&INSERT).bind(hostname).bind(port).bind(name).bind(root_page_id).bind(true).execute().await?;
    Ok(())
}

impl Site {
    /// The path that visitors see: `/home/blog/` of the tree is `/blog/` on the site whose root is `/home/`.
    pub fn public_path<'u>(&self, url_path: &'u str) -> &'u str {
        match url_path.strip_prefix(self.root_url_path.trim_end_matches('/')) {
            Some(rest) if rest.starts_with('/') => rest,
            _ => url_path,
        }
    }

    /// The tree's path of what a visitor asks for.
    pub fn tree_path(&self, public_path: &str) -> String {
        format!("{}{}", self.root_url_path.trim_end_matches('/'), public_path)
    }
}
