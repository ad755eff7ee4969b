//! Whether a revision could be published now: what publishing checks, without publishing. What is scheduled is looked at
//! before its time, so that somebody can mend it by day.

use std::fmt;

use serde_json::{Value, json};

use super::operations::{self, page_type, restore};
use super::page::{self, Page, PageContent};
use super::tree::ROOT_ID;
use super::types::{ContentType, Mode, ReferenceKind, Types};
use super::{Content, EditError, edit, revision, schedule, shadow, site};
use crate::db::{Db, DbError};
use crate::{queries, record};

/// Places that point at nothing, of one page.
const MAX_MISSING: i64 = 50;

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Why it would not be published.
    pub refusals: Vec<EditError>,
    /// What would not be as it was meant, though it would be published.
    pub notes: Vec<Note>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The page above is not on the site, and will not be by then.
    ParentNotLive { id: i64, title: String },
    /// A field points at what is not there, or at what visitors will not see.
    Missing { path: String, kind: ReferenceKind, id: i64, hidden: bool },
}

impl Findings {
    pub fn is_empty(&self) -> bool {
        self.refusals.is_empty() && self.notes.is_empty()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ParentNotLive { title, .. } => {
                write!(f, "the page above it, \"{title}\", is not on the site: nobody is led to it")
            }
            Self::Missing { path, kind, id, hidden: true } => {
                write!(f, "{path}: {} {id} is not on the site: visitors will not see it", kind.as_str())
            }
            Self::Missing { path, kind, id, hidden: false } => write!(f, "{path}: there is no {} {id}", kind.as_str()),
        }
    }
}

record! { struct Missing { path: String, kind: String, target_id: i64, hidden: bool } }
record! { struct Above { id: i64, title: String, publish_at: Option<i64>, live: bool } }

queries! {
    ABOVE = read "preflight.find_parent"
        "SELECT id, draft_title AS title, publish_at, live FROM page WHERE id = $1";
    /// Of the references in $1; what goes live until $2, and the page $3 itself, will be there.
    MISSING = read "preflight.list_missing"
        "SELECT r.path, r.kind, r.target AS target_id, (tp.id IS NOT NULL OR ts.id IS NOT NULL) AS hidden
         FROM json_to_recordset(CAST($1 AS JSON)) AS r (kind TEXT, target BIGINT, path TEXT)
         LEFT JOIN page tp ON r.kind = 'page' AND tp.id = r.target
         LEFT JOIN snippet ts ON r.kind = 'snippet' AND ts.id = r.target
         LEFT JOIN image ti ON r.kind = 'image' AND ti.id = r.target
         LEFT JOIN document td ON r.kind = 'document' AND td.id = r.target
         WHERE (r.kind = 'page' AND r.target <> $3 AND (tp.id IS NULL OR NOT (tp.live OR COALESCE(tp.publish_at <= $2, FALSE))))
            OR (r.kind = 'snippet' AND (ts.id IS NULL OR NOT ts.live))
            OR (r.kind = 'image' AND ti.id IS NULL) OR (r.kind = 'document' AND td.id IS NULL)
         ORDER BY r.path, r.kind, r.target LIMIT $4"
        sqlite
        "SELECT r.path, r.kind, r.target AS target_id, (tp.id IS NOT NULL OR ts.id IS NOT NULL) AS hidden
         FROM (SELECT value ->> 'kind' AS kind, value ->> 'target' AS target, value ->> 'path' AS path FROM json_each($1)) AS r
         LEFT JOIN page tp ON r.kind = 'page' AND tp.id = r.target
         LEFT JOIN snippet ts ON r.kind = 'snippet' AND ts.id = r.target
         LEFT JOIN image ti ON r.kind = 'image' AND ti.id = r.target
         LEFT JOIN document td ON r.kind = 'document' AND td.id = r.target
         WHERE (r.kind = 'page' AND r.target <> $3 AND (tp.id IS NULL OR NOT (tp.live OR COALESCE(tp.publish_at <= $2, FALSE))))
            OR (r.kind = 'snippet' AND (ts.id IS NULL OR NOT ts.live))
            OR (r.kind = 'image' AND ti.id IS NULL) OR (r.kind = 'document' AND td.id IS NULL)
         ORDER BY r.path, r.kind, r.target LIMIT $4";
}

impl Content {
    /// What stands in the way of publishing this revision now.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn preflight(&self, id: i64, revision: i64) -> Result<Findings, DbError> {
        let mut findings = Findings::default();
        match self.look_at(id, revision, &mut findings).await {
            Ok(()) => Ok(findings),
            Err(EditError::Db(error)) => Err(error),
            // Of what is not there, nothing else can be said.
            Err(error) => Ok(Findings { refusals: vec![error], notes: Vec::new() }),
        }
    }

    async fn look_at(&self, id: i64, revision: i64, findings: &mut Findings) -> Result<(), EditError> {
        let (db, types): (&Db, _) = (&self.db, self.types());
        let page = page::find(db, id).await?.ok_or(EditError::PageNotFound(id))?;
        if page.trashed {
            return Err(EditError::InTrash(id));
        }
        operations::alias::refuse(&page)?;
        let draft = revision::find(db, id, revision).await?;
        let content = draft.ok_or(EditError::RevisionNotFound { page: id, revision })?.content;
        let of_type = page_type(&types, &page.type_name)?;
        findings.refusals.extend(edit::check_head(&content).err());
        let invalid = of_type.validate(&types, &content.fields, Mode::Publish);
        findings.refusals.extend(invalid.err().map(EditError::Invalid));
        if page.slug != content.slug {
            findings.refusals.extend(refused_slug(db, &page, &content.slug).await?);
        }
        let plan = schedule::find(db, id).await?;
        let by = plan.and_then(|plan| plan.publish_at).unwrap_or(0);
        findings.notes.extend(hidden_parent(db, &page, by).await?);
        findings.notes.extend(missing(db, &types, of_type, (&page, &content), by).await?);
        Ok(())
    }
}

async fn refused_slug(db: &Db, page: &Page, slug: &str) -> Result<Option<EditError>, DbError> {
    let Some(parent) = page.parent_id else { return Ok(None) };
    if restore::holder(db, parent, slug).await?.is_some_and(|holder| holder != page.id) {
        return Ok(Some(EditError::SlugTaken(slug.to_owned())));
    }
    if shadow::hides(db, parent, slug).await? {
        return Ok(Some(EditError::SlugReserved(slug.to_owned())));
    }
    Ok(site::is_prefix(db, parent, slug).await?.then(|| EditError::SlugIsLanguage(slug.to_owned())))
}

async fn hidden_parent(db: &Db, page: &Page, by: i64) -> Result<Option<Note>, DbError> {
    let Some(parent) = page.parent_id.filter(|parent| *parent != ROOT_ID) else { return Ok(None) };
    let above: Option<Above> = db.query(&ABOVE).bind(parent).optional().await?;
    let hidden = above.filter(|above| !above.live && above.publish_at.is_none_or(|at| at > by));
    Ok(hidden.map(|above| Note::ParentNotLive { id: above.id, title: above.title }))
}

async fn missing(
    db: &Db,
    types: &Types,
    of_type: &ContentType,
    (page, content): (&Page, &PageContent),
    by: i64,
) -> Result<Vec<Note>, DbError> {
    let placed = of_type.placed_references(types, &content.fields);
    if placed.is_empty() {
        return Ok(Vec::new());
    }
    let references: Vec<Value> = placed
        .iter()
        .map(|found| json!({ "kind": found.kind.as_str(), "target": found.id, "path": found.path }))
        .collect();
    let call = db.query(&MISSING).bind(Value::Array(references).to_string()).bind(by).bind(page.id);
    let found: Vec<Missing> = call.bind(MAX_MISSING).list().await?;
    let note = |found: Missing| {
        let kind = ReferenceKind::find(&found.kind)?;
        Some(Note::Missing { path: found.path, kind, id: found.target_id, hidden: found.hidden })
    };
    Ok(found.into_iter().filter_map(note).collect())
}
