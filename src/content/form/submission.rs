//! What visitors sent: kept as answers by name, beside the form as it was when they did.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Answers, Definition};
use crate::clock::Micros;
use crate::content::page::json_object;
use crate::content::{Actor, Content, EditError, audit, page};
use crate::db::{Db, DbError, Exec, Tx, TxName};
use crate::telemetry::label::PageEvent;
use crate::{queries, record};

/// Submissions of one part of the list.
pub const LIST_LIMIT: i64 = 1_000;
/// Versions of one form whose columns are told.
const MAX_VERSIONS: i64 = 1_000;
/// Form pages of one part of the list.
pub const FORMS_AT_ONCE: i64 = 1_000;
/// Submissions deleted by one statement, so that writers do not wait long.
const DELETE_BATCH: i64 = 5_000;
/// Statements of one round of housekeeping.
const PURGE_ROUNDS: usize = 4;
const DAY_US: i64 = 86_400_000_000;

record! { struct Row { id: i64, data: String, submitted_at: i64 } }
record! { struct Version { fields: String } }
record! {
    /// A page with submissions.
    #[derive(Clone, Debug)]
    pub struct Form {
        pub page_id: i64, pub title: String, pub url_path: String, pub submissions: i64, pub last_submitted_at: i64,
    }
}

/// One submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    pub id: i64,
    pub answers: Map<String, Value>,
    pub submitted_at: Micros,
}

/// A column of the list and of exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub label: String,
}

/// Which submissions: `from <= submitted_at < until`.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    pub from: Micros,
    pub until: Micros,
}

impl Period {
    pub const ALWAYS: Self = Self { from: Micros(i64::MIN), until: Micros(i64::MAX) };
}

queries! {
    FIND_DEFINITION = read "form.find_definition" "SELECT id FROM form_definition WHERE page_id = $1 AND digest = $2";
    ADD_DEFINITION = write "form.add_definition"
        "INSERT INTO form_definition (page_id, digest, fields, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING id";
    ADD = write "form.add_submission"
        "INSERT INTO form_submission (page_id, definition_id, data, submitted_at) VALUES ($1, $2, $3, $4) RETURNING id";
    /// The newest first: their labels count.
    VERSIONS = read "form.list_definitions"
        "SELECT fields FROM form_definition WHERE page_id = $1 ORDER BY id DESC LIMIT $2";
    NEWEST = read "form.list_newest_submissions"
        "SELECT id, data, submitted_at FROM form_submission
         WHERE page_id = $1 AND submitted_at >= $2 AND submitted_at < $3 AND id < $4 ORDER BY id DESC LIMIT $5";
    OLDEST = read "form.list_oldest_submissions"
        "SELECT id, data, submitted_at FROM form_submission
         WHERE page_id = $1 AND submitted_at >= $2 AND submitted_at < $3 AND id > $4 ORDER BY id LIMIT $5";
    COUNT = read "form.count_submissions"
        "SELECT COUNT(*) FROM form_submission WHERE page_id = $1 AND submitted_at >= $2 AND submitted_at < $3";
    /// With $2 all, else what is below one of the places in $3; with $4 also what is in the trash.
    FORMS = read "form.list_pages"
        ("SELECT f.id AS page_id, f.title, f.url_path, COUNT(*) AS submissions, MAX(s.submitted_at) AS last_submitted_at
         FROM (SELECT p.id, p.draft_title AS title, p.url_path FROM page p
               WHERE p.id > $1 AND p.id IN (SELECT d.page_id FROM form_definition d WHERE d.page_id > $1)
                 AND ($4 OR NOT p.trashed) AND EXISTS (SELECT 1 FROM form_submission s WHERE s.page_id = p.id)
                 AND ($2 OR EXISTS (SELECT 1 FROM " [texts "$3" "place"] "
                                    WHERE SUBSTR(p.path, 1, LENGTH(place.value)) = place.value))
               ORDER BY p.id LIMIT $5) f
         JOIN form_submission s ON s.page_id = f.id GROUP BY f.id, f.title, f.url_path ORDER BY f.id");
    DELETE_ONE = write "form.delete_submission" "DELETE FROM form_submission WHERE page_id = $1 AND id = $2";
    DELETE_MANY = write "form.delete_submissions"
        "DELETE FROM form_submission WHERE id IN (
             SELECT id FROM form_submission WHERE page_id = $1 AND submitted_at >= $2 AND submitted_at < $3 LIMIT $4)";
    DELETE_OLD = write "form.delete_old_submissions"
        "DELETE FROM form_submission WHERE id IN (SELECT id FROM form_submission WHERE submitted_at < $1 LIMIT $2)";
}

impl Content {
    /// Keeps what a visitor sent; the submission's id.
    ///
    /// # Errors
    /// When the database is out of reach; nothing is kept then.
    pub async fn submit_form(&self, page_id: i64, definition: &Definition, answers: &Answers) -> Result<i64, DbError> {
        let mut tx = self.db.begin(TxName("form.submit")).await?;
        let id = keep(&mut tx, page_id, definition, (answers, Micros::now())).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Deletes submissions that are there now; how many went. The log of the page has it before the first is gone.
    ///
    /// # Errors
    /// What [`EditError`] says; what was deleted until then stays deleted.
    pub async fn delete_submissions(
        &self,
        page_id: i64,
        period: Period,
        by: impl Into<Actor>,
    ) -> Result<u64, EditError> {
        let mut deleted = 0;
        // What comes in meanwhile stays, so that this ends.
        let until = period.until.min(Micros::now());
        let told = Period { until, ..period };
        self.note_submissions(page_id, PageEvent::SubmissionsDelete, told, &by.into()).await?;
        loop {
            let call = self.db.query(&DELETE_MANY).bind(page_id).bind(period.from).bind(until);
            match call.bind(DELETE_BATCH).execute().await? {
                0 => return Ok(deleted),
                batch => deleted += batch,
            }
        }
    }

    /// Deletes one submission.
    ///
    /// # Errors
    /// [`EditError::SubmissionNotFound`] when there is none; what else [`EditError`] says.
    pub async fn delete_submission(&self, page_id: i64, id: i64, by: impl Into<Actor>) -> Result<(), EditError> {
        let by = by.into();
        let mut tx = self.db.begin(TxName("form.delete_submission")).await?;
        let page = page::find(&mut tx, page_id).await?.ok_or(EditError::PageNotFound(page_id))?;
        if Exec::from(&mut tx).query(&DELETE_ONE).bind(page_id).bind(id).execute().await? == 0 {
            return Err(EditError::SubmissionNotFound(id));
        }
        let told = json!({ "submission": id });
        audit::append(&mut tx, &by, PageEvent::SubmissionsDelete, (&page).into(), &told).await?;
        tx.commit().await?;
        self.count_event(PageEvent::SubmissionsDelete, &page.type_name, by.channel);
        Ok(())
    }

    /// Notes in the log of a page that somebody takes its submissions of a period as a file, or deletes them.
    ///
    /// # Errors
    /// What [`EditError`] says.
    pub async fn note_submissions(
        &self,
        page_id: i64,
        event: PageEvent,
        period: Period,
        by: &Actor,
    ) -> Result<(), EditError> {
        let time = |at: Micros| (Period::ALWAYS.from < at && at < Period::ALWAYS.until).then(|| at.to_rfc3339());
        let told = json!({ "from": time(period.from), "until": time(period.until) });
        let mut tx = self.db.begin(TxName("form.note_submissions")).await?;
        let page = page::find(&mut tx, page_id).await?.ok_or(EditError::PageNotFound(page_id))?;
        audit::append(&mut tx, by, event, (&page).into(), &told).await?;
        tx.commit().await?;
        self.count_event(event, &page.type_name, by.channel);
        Ok(())
    }

    /// Deletes a part of what is older than `days`, for housekeeping; how many went.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn delete_old_submissions(&self, days: u32) -> Result<u64, DbError> {
        let until = Micros(Micros::now().0 - i64::from(days) * DAY_US);
        let mut deleted = 0;
        for _ in 0..PURGE_ROUNDS {
            let batch = self.db.query(&DELETE_OLD).bind(until).bind(DELETE_BATCH).execute().await?;
            deleted += batch;
            if batch < DELETE_BATCH as u64 {
                break;
            }
        }
        Ok(deleted)
    }
}

/// The row of a form as it is now, made when there is none.
/// Keeps what was sent at a time, in a transaction; the submission's id.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    tx: &mut Tx,
    page_id: i64,
    definition: &Definition,
    (answers, at): (&Answers, Micros),
) -> Result<i64, DbError> {
    let fields = definition.columns().to_string();
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(fields.as_bytes())[..16]);
    let version = definition_id(tx, page_id, &digest, &fields, Micros::now()).await?;
    let call = Exec::from(tx).query(&ADD).bind(page_id).bind(version);
    call.bind(Value::Object(answers.0.clone()).to_string()).bind(at).one().await
}

async fn definition_id(tx: &mut Tx, page_id: i64, digest: &str, fields: &str, now: Micros) -> Result<i64, DbError> {
    let find = Exec::from(&mut *tx).query(&FIND_DEFINITION).bind(page_id).bind(digest);
    if let Some(known) = find.optional().await? {
        return Ok(known);
    }
    let add = Exec::from(&mut *tx).query(&ADD_DEFINITION).bind(page_id).bind(digest).bind(fields).bind(now);
    match add.optional().await? {
        Some(made) => Ok(made),
        // Somebody else made it at the same time.
        None => Exec::from(tx).query(&FIND_DEFINITION).bind(page_id).bind(digest).one().await,
    }
}

/// The newest submissions before the one with the id `before`, at most `limit`.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(
    db: &Db,
    page_id: i64,
    period: Period,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Submission>, DbError> {
    let call = db.query(&NEWEST).bind(page_id).bind(period.from).bind(period.until);
    rows(call.bind(before.unwrap_or(i64::MAX)).bind(limit.clamp(0, LIST_LIMIT)).list().await?)
}

/// The oldest submissions behind the one with the id `after`, for exports.
pub(super) async fn list_after(
    db: &Db,
    page_id: i64,
    period: Period,
    after: i64,
    limit: i64,
) -> Result<Vec<Submission>, DbError> {
    let call = db.query(&OLDEST).bind(page_id).bind(period.from).bind(period.until);
    rows(call.bind(after).bind(limit).list().await?)
}

fn rows(rows: Vec<Row>) -> Result<Vec<Submission>, DbError> {
    let read =
        |row: Row| Submission { id: row.id, answers: json_object(&row.data), submitted_at: Micros(row.submitted_at) };
    Ok(rows.into_iter().map(read).collect())
}

/// # Errors
/// When the database is out of reach.
pub async fn count(db: &Db, page_id: i64, period: Period) -> Result<i64, DbError> {
    db.query(&COUNT).bind(page_id).bind(period.from).bind(period.until).one().await
}

/// Which pages with submissions, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct FormsAsked {
    /// Behind the page with this id.
    pub after: i64,
    /// Paths, one of which a page has to be below or at; `None`: all pages.
    pub places: Option<Vec<String>>,
    /// Also those in the trash.
    pub has_trashed: bool,
    pub limit: i64,
}

/// Pages with submissions, at most [`FORMS_AT_ONCE`].
///
/// # Errors
/// When the database is out of reach.
pub async fn list_forms(db: &Db, asked: FormsAsked) -> Result<Vec<Form>, DbError> {
    let call = db.query(&FORMS).bind(asked.after).bind(asked.places.is_none());
    let call = call.bind(asked.places.unwrap_or_default()).bind(asked.has_trashed);
    call.bind(asked.limit.clamp(0, FORMS_AT_ONCE)).list().await
}

/// Every column that a form has or had: those of the newest version first.
///
/// # Errors
/// When the database is out of reach.
pub async fn columns(db: &Db, page_id: i64) -> Result<Vec<Column>, DbError> {
    let versions: Vec<Version> = db.query(&VERSIONS).bind(page_id).bind(MAX_VERSIONS).list().await?;
    let mut columns: Vec<Column> = Vec::new();
    for version in versions {
        let fields: Vec<Value> = serde_json::from_str(&version.fields).unwrap_or_default();
        for field in fields {
            let text = |key: &str| field.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let column = Column { name: text("name"), label: text("label") };
            if !columns.iter().any(|known| known.name == column.name) {
                columns.push(column);
            }
        }
    }
    Ok(columns)
}
