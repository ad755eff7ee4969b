//! What waits on an editor's desk: the pages they worked on, what is planned next, and what is edited right now. One
//! query, however much there is.

use super::{Content, presence};
use crate::db::DbError;
use crate::{queries, record};

/// Revisions of one account that are looked through for its pages: the newest.
const MAX_REVISIONS: i64 = 2_000;
/// Things of one sort: some of them may be for others to see.
const MAX_LISTED: i64 = 40;

record! {
    /// One thing on the desk.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Thing {
        /// `touched`, `publish`, `expire` or `editing`.
        pub kind: String,
        pub page_id: i64,
        /// When it is due; when the editor was seen; the id of the revision.
        pub at: i64,
        /// Whoever edits.
        pub who: String,
    }
}

queries! {
    LIST = read "desk.list"
        "SELECT kind, page_id, at, who FROM (
             SELECT 'touched' AS kind, page_id, MAX(id) AS at, '' AS who FROM (
                 SELECT id, page_id FROM revision WHERE account_id = $1 ORDER BY id DESC LIMIT $2) AS mine
             GROUP BY page_id ORDER BY MAX(id) DESC LIMIT $3) AS touched
         UNION ALL
         SELECT kind, page_id, at, who FROM (
             SELECT 'publish' AS kind, id AS page_id, publish_at AS at, '' AS who FROM page
             WHERE publish_at IS NOT NULL ORDER BY publish_at LIMIT $3) AS publishing
         UNION ALL
         SELECT kind, page_id, at, who FROM (
             SELECT 'expire' AS kind, id AS page_id, expire_at AS at, '' AS who FROM page
             WHERE expire_at IS NOT NULL ORDER BY expire_at LIMIT $3) AS expiring
         UNION ALL
         SELECT kind, page_id, at, who FROM (
             SELECT 'editing' AS kind, page_id, seen_at AS at, name AS who FROM presence
             WHERE seen_at >= $4 ORDER BY seen_at DESC LIMIT $3) AS editing";
}

impl Content {
    /// The desk of an account: the last pages it worked on first, then what is due next, then who edits. Whether it may
    /// see them is to be asked.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_desk(&self, account: i64) -> Result<Vec<Thing>, DbError> {
        let call = self.db.query(&LIST).bind(account).bind(MAX_REVISIONS).bind(MAX_LISTED);
        call.bind(presence::horizon()).list().await
    }
}
