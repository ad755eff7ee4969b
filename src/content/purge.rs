//! Old revisions are deleted for good, in bounded parts: of a page, or a snippet, the newest stays, and so does what is
//! live or is to go live.

use std::collections::HashSet;

use super::Content;
use crate::clock::Micros;
use crate::db::{DbError, Query};
use crate::jobs::Failure;
use crate::{queries, record};

/// Revisions looked at by one statement: memory, and the time that writers wait, stay the same however many there are.
const PART: i64 = 1_000;
/// Revisions asked for at once.
const MAX_ASKED: usize = 500;
const DAY_US: i64 = 86_400_000_000;

/// Whose revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Pages,
    /// Snippets.
    Objects,
}

/// Whether anything is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purging {
    Count,
    Delete,
}

/// What a purge did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    pub pages: u64,
    pub objects: u64,
}

record! { struct Ids { id: i64 } }

queries! {
    END = read "revision.find_last" "SELECT COALESCE(MAX(id), 0) FROM revision";
    PART_END = read "revision.find_end_of_part"
        "SELECT COALESCE(MAX(id), 0) FROM (SELECT id FROM revision WHERE id > $1 ORDER BY id LIMIT $2) AS part";
    COUNT = read "revision.count_old"
        "SELECT COUNT(*) FROM revision r JOIN page p ON p.id = r.page_id
         WHERE r.id > $1 AND r.id <= $2 AND r.created_at < $3 AND r.id <> COALESCE(p.latest_revision_id, 0)
           AND r.id <> COALESCE(p.live_revision_id, 0) AND r.id <> COALESCE(p.publish_revision_id, 0)";
    /// A page that is changed meanwhile has a newer revision by then, and this one goes with the next purge.
    DELETE = write "revision.purge"
        "DELETE FROM revision WHERE id IN (
             SELECT r.id FROM revision r JOIN page p ON p.id = r.page_id
             WHERE r.id > $1 AND r.id <= $2 AND r.created_at < $3 AND r.id <> COALESCE(p.latest_revision_id, 0)
               AND r.id <> COALESCE(p.live_revision_id, 0) AND r.id <> COALESCE(p.publish_revision_id, 0))";
    OBJECT_END = read "snippet.find_last_revision" "SELECT COALESCE(MAX(id), 0) FROM snippet_revision";
    OBJECT_PART_END = read "snippet.find_end_of_revisions"
        "SELECT COALESCE(MAX(id), 0) FROM (SELECT id FROM snippet_revision WHERE id > $1 ORDER BY id LIMIT $2) AS part";
    OBJECT_COUNT = read "snippet.count_old_revisions"
        "SELECT COUNT(*) FROM snippet_revision r JOIN snippet s ON s.id = r.snippet_id
         WHERE r.id > $1 AND r.id <= $2 AND r.created_at < $3 AND r.id <> COALESCE(s.latest_revision_id, 0)";
    OBJECT_DELETE = write "snippet.purge_revisions"
        "DELETE FROM snippet_revision WHERE id IN (
             SELECT r.id FROM snippet_revision r JOIN snippet s ON s.id = r.snippet_id
             WHERE r.id > $1 AND r.id <= $2 AND r.created_at < $3 AND r.id <> COALESCE(s.latest_revision_id, 0))";
    THERE = read "revision.list_there"
        ("SELECT id FROM revision WHERE page_id = $1 AND id " [any "$2"]);
}

/// The statements for one sort: the last id, the end of a part, what would go, and what goes.
fn statements(of: Of) -> [&'static Query; 4] {
    match of {
        Of::Pages => [&END, &PART_END, &COUNT, &DELETE],
        Of::Objects => [&OBJECT_END, &OBJECT_PART_END, &OBJECT_COUNT, &OBJECT_DELETE],
    }
}

impl Content {
    /// Deletes, or counts, revisions that are older than so many days. `told` hears how far it is, in ids, and how far
    /// it goes.
    ///
    /// # Errors
    /// When the database is out of reach; what was deleted until then stays deleted.
    pub async fn purge_revisions(
        &self,
        days: u32,
        sorts: &[Of],
        purging: Purging,
        told: &mut (dyn FnMut(i64, i64) + Send),
    ) -> Result<Purged, DbError> {
        let until = Micros(Micros::now().0 - i64::from(days) * DAY_US);
        let mut purged = Purged::default();
        for of in sorts {
            let [end, part_end, count, delete] = statements(*of);
            let (end, mut after): (i64, i64) = (self.db.query(end).one().await?, 0);
            while after < end {
                let upto: i64 = self.db.query(part_end).bind(after).bind(PART).one().await?;
                if upto == 0 {
                    break;
                }
                let query = if purging == Purging::Count { count } else { delete };
                let call = self.db.query(query).bind(after).bind(upto).bind(until);
                let gone = match purging {
                    Purging::Count => call.one::<i64>().await?.unsigned_abs(),
                    Purging::Delete => call.execute().await?,
                };
                match of {
                    Of::Pages => purged.pages += gone,
                    Of::Objects => purged.objects += gone,
                }
                after = upto;
                told(after, end);
            }
        }
        Ok(purged)
    }

    /// 0 days: nothing is ever deleted.
    pub(super) async fn purge_revisions_after(&self, days: u32) -> Result<(), Failure> {
        if days == 0 {
            return Ok(());
        }
        let sorts = [Of::Pages, Of::Objects];
        let purged = self.purge_revisions(days, &sorts, Purging::Delete, &mut |_, _| {}).await?;
        if purged != Purged::default() {
            let Purged { pages, objects } = purged;
            tracing::info!(pages, objects, days, "deleted revisions that were older than they are kept");
        }
        Ok(())
    }

    /// Which of these revisions of a page are still there: others were purged.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn revisions_there(&self, page: i64, mut ids: Vec<i64>) -> Result<HashSet<i64>, DbError> {
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(MAX_ASKED);
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let rows: Vec<Ids> = self.db.query(&THERE).bind(page).bind(ids).list().await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}
