//! The order in which editors put the snippets of a type.

use serde_json::json;

use super::snippet_edit::{Done, snippet_type};
use super::{Actor, Content, EditError};
use crate::db::{Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::label::ObjectEvent;

/// Snippets that one type may have in an order.
const MAX_ORDERED: usize = 10_000;

queries! {
    /// As lists have them.
    IDS = read "snippet.list_order"
        "SELECT id FROM snippet WHERE type = $1 ORDER BY sort_order, LOWER(name), id LIMIT $2";
    /// The list is one JSON document, so that an order of any length is one statement.
    SET_ORDER = write "snippet.set_order"
        "UPDATE snippet SET sort_order = given.place
         FROM (SELECT CAST(value AS BIGINT) AS id, ordinality AS place
               FROM json_array_elements_text(CAST($2 AS JSON)) WITH ORDINALITY) AS given
         WHERE snippet.id = given.id AND snippet.type = $1"
        sqlite
        "UPDATE snippet SET sort_order = given.key + 1 FROM json_each($2) AS given
         WHERE snippet.id = given.value AND snippet.type = $1";
}

/// Where a snippet goes in the order of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placing {
    First,
    /// Behind the snippet with this id.
    After(i64),
    /// One step.
    Up,
    Down,
}

impl Content {
    /// Puts snippets of a type that is `orderable` in this order; others of the type keep their places.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn order_snippets(&self, type_name: &str, ids: &[i64], by: impl Into<Actor>) -> Result<(), EditError> {
        let types = self.types();
        if !snippet_type(&types, type_name)?.snippet.orderable {
            return Err(EditError::NotOrderable(type_name.to_owned()));
        }
        let tx = self.db.begin(TxName("snippet.order")).await?;
        self.set_order(tx, type_name, ids, &by.into()).await
    }

    /// Puts one snippet of a type that is `orderable` elsewhere; the others keep their order.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn place_snippet(
        &self,
        type_name: &str,
        id: i64,
        to: Placing,
        by: impl Into<Actor>,
    ) -> Result<(), EditError> {
        let types = self.types();
        if !snippet_type(&types, type_name)?.snippet.orderable {
            return Err(EditError::NotOrderable(type_name.to_owned()));
        }
        let mut tx = self.db.begin(TxName("snippet.place")).await?;
        let call = Exec::from(&mut tx).query(&IDS).bind(type_name).bind(MAX_ORDERED as i64 + 1);
        let mut ids: Vec<i64> = call.list().await?;
        let at = |ids: &[i64], id: i64| ids.iter().position(|known| *known == id);
        let was = at(&ids, id).ok_or(EditError::SnippetNotFound(id))?;
        ids.remove(was);
        let place = match to {
            Placing::First => 0,
            Placing::Up => was.saturating_sub(1),
            Placing::Down => (was + 1).min(ids.len()),
            Placing::After(other) => at(&ids, other).ok_or(EditError::SnippetNotFound(other))? + 1,
        };
        ids.insert(place, id);
        self.set_order(tx, type_name, &ids, &by.into()).await
    }

    async fn set_order(&self, mut tx: Tx, type_name: &str, ids: &[i64], by: &Actor) -> Result<(), EditError> {
        if ids.len() > MAX_ORDERED {
            return Err(EditError::TooLong { field: "order", max: MAX_ORDERED });
        }
        let order = json!(ids).to_string();
        Exec::from(&mut tx).query(&SET_ORDER).bind(type_name).bind(order).execute().await?;
        let done = Done { event: ObjectEvent::Update, id: 0, name: "the order", type_name, revision: None };
        self.finish_snippet(tx, &[], done, by).await
    }
}
