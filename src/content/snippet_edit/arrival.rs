//! Snippets that come from another system, with the revisions that they have there.

use serde_json::{Value, json};

use super::{DEFAULT_LOCALE, INSERT, NewSnippet, SET_DRAFT, checked, refer, search_text, snippet_type, translated};
use crate::clock::Micros;
use crate::content::reference::State;
use crate::content::snippet::SnippetContent;
use crate::content::types::Mode;
use crate::content::{Actor, Content, EditError, object_log};
use crate::db::{DbError, Exec, Tx};
use crate::queries;
use crate::telemetry::label::{ObjectEvent, ObjectKind};

/// A snippet with all that there is of it.
#[derive(Clone, Debug, Default)]
pub struct ArrivedSnippet {
    /// With what is live; of one that is not, what was live last.
    pub new: NewSnippet,
    pub live: bool,
    /// The oldest first, with their times; an editor goes on from the last one. A type without drafts and revisions has none.
    pub revisions: Vec<(SnippetContent, Micros)>,
}

queries! {
    REVISIONS = write "snippet_arrival.insert_revisions"
        "INSERT INTO snippet_revision (snippet_id, content, channel, created_at)
         SELECT CAST($1 AS BIGINT), content, $3, created FROM json_to_recordset(CAST($2 AS JSON))
             AS given (place BIGINT, content TEXT, created BIGINT) ORDER BY place"
        sqlite
        "INSERT INTO snippet_revision (snippet_id, content, channel, created_at)
         SELECT $1, value ->> 'content', $3, value ->> 'created' FROM json_each($2) ORDER BY value ->> 'place'";
    NEWEST = write "snippet_arrival.find_newest" "SELECT MAX(id) FROM snippet_revision WHERE snippet_id = $1";
}

impl Content {
    /// Adds a snippet in a transaction; the new id.
    ///
    /// # Errors
    /// What [`EditError`] says; after one of the database the transaction is of no more use.
    pub async fn arrive_snippet(&self, tx: &mut Tx, arrived: ArrivedSnippet, by: &Actor) -> Result<i64, EditError> {
        let types = self.types();
        let ArrivedSnippet { new, live, revisions } = arrived;
        let of_type = snippet_type(&types, &new.type_name)?;
        let newest = revisions.last().map(|(newest, _)| newest).filter(|newest| !live || **newest != new.content);
        let (newest, has_draft) = (newest.cloned(), newest.is_some() || !live);
        let mode = if live { Mode::Publish } else { Mode::Draft };
        let (content, _) = checked(&types, of_type, new.content, mode)?;
        let key = match new.translation_of {
            Some(original) => translated(tx, of_type, original).await?.translation_key,
            None => uuid::Uuid::new_v4().to_string(),
        };
        let call = Exec::from(&mut *tx).query(&INSERT).bind(&of_type.name).bind(&content.slug).bind(&content.name);
        let call = call.bind(Value::Object(content.fields.clone()).to_string()).bind(live).bind(has_draft);
        let call = call.bind(new.locale.as_deref().unwrap_or(DEFAULT_LOCALE)).bind(&key);
        let made = call.bind(search_text(&types, of_type, &content)).bind(Micros::now()).optional::<i64>().await?;
        let id = made.ok_or_else(|| EditError::SlugTaken(content.slug.clone()))?;
        if live {
            refer(tx, &types, of_type, id, State::Live, &content).await?;
        }
        if has_draft {
            refer(tx, &types, of_type, id, State::Draft, newest.as_ref().unwrap_or(&content)).await?;
        }
        let revision = keep_all(tx, id, &revisions, (has_draft, by)).await?;
        let kind = ObjectKind::Snippet;
        let subject = object_log::Subject { kind, id, title: &content.name, type_name: &of_type.name, revision };
        object_log::append(tx, by, ObjectEvent::Create, subject, &Value::Null).await?;
        Ok(id)
    }
}

/// Keeps the revisions; the id of the newest.
async fn keep_all(
    tx: &mut Tx,
    id: i64,
    revisions: &[(SnippetContent, Micros)],
    (has_draft, by): (bool, &Actor),
) -> Result<Option<i64>, EditError> {
    let mut rows = Vec::with_capacity(revisions.len());
    for (place, (content, at)) in revisions.iter().enumerate() {
        let content = serde_json::to_string(content).map_err(|error| DbError::Other(error.to_string()))?;
        rows.push(json!({ "place": place, "content": content, "created": at.0 }));
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let call = Exec::from(&mut *tx).query(&REVISIONS).bind(id).bind(Value::Array(rows).to_string());
    call.bind(by.channel.as_str()).execute().await?;
    let newest: i64 = Exec::from(&mut *tx).query(&NEWEST).bind(id).one().await?;
    let call = Exec::from(tx).query(&SET_DRAFT).bind(id).bind(newest).bind(has_draft);
    call.bind(Micros::now()).execute().await?;
    Ok(Some(newest))
}
