//! What waits on an editor's desk: the pages they worked on, what is planned next, and what is edited right now. One
//! query, however much there is.

use super::{Content, explore, presence};
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
        /// Whether it would not go live, as of the last look.
        pub refused: bool,
    }
}

// `|| ''`: what is due is read by its time, not all pages of a branch by their paths.
queries! {
    /// $5 and $6: the branch that holds all that the account may see, so that what others wait for takes no place.
    LIST = read "desk.list"
        "SELECT kind, page_id, at, who, FALSE AS refused FROM (
             SELECT 'touched' AS kind, mine.page_id, MAX(mine.id) AS at, '' AS who FROM (
                 SELECT id, page_id FROM revision WHERE account_id = $1 ORDER BY id DESC LIMIT $2) AS mine
             JOIN page p ON p.id = mine.page_id
             WHERE p.path || '' >= $5 AND p.path || '' < $6
             GROUP BY mine.page_id ORDER BY MAX(mine.id) DESC LIMIT $3) AS touched
         UNION ALL
         SELECT kind, page_id, at, who, refused FROM (
             SELECT 'publish' AS kind, id AS page_id, publish_at AS at, '' AS who,
                    EXISTS (SELECT 1 FROM page_schedule s WHERE s.page_id = page.id AND s.refusals <> '[]') AS refused
             FROM page
             WHERE publish_at IS NOT NULL AND path || '' >= $5 AND path || '' < $6
             ORDER BY publish_at LIMIT $3) AS publishing
         UNION ALL
         SELECT kind, page_id, at, who, FALSE FROM (
             SELECT 'expire' AS kind, id AS page_id, expire_at AS at, '' AS who FROM page
             WHERE expire_at IS NOT NULL AND path || '' >= $5 AND path || '' < $6
             ORDER BY expire_at LIMIT $3) AS expiring
         UNION ALL
         SELECT kind, page_id, at, who, FALSE FROM (
             SELECT 'editing' AS kind, e.page_id, e.seen_at AS at, e.name AS who
             FROM presence e JOIN page p ON p.id = e.page_id
             WHERE e.seen_at >= $4 AND p.path || '' >= $5 AND p.path || '' < $6
             ORDER BY e.seen_at DESC LIMIT $3) AS editing";
}

impl Content {
    /// The desk of an account, of the branch at `root` alone: the last pages it worked on first, then what is due next,
    /// then who edits. Whether it may see them is to be asked.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_desk(&self, account: i64, root: &str) -> Result<Vec<Thing>, DbError> {
        let (start, end) = explore::bounds(root);
        let call = self.db.query(&LIST).bind(account).bind(MAX_REVISIONS).bind(MAX_LISTED);
        call.bind(presence::horizon()).bind(start).bind(end).list().await
    }
}
