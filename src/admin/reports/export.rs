//! The history as a file, narrowed as the list is.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::history::asked;
use super::{NEEDS, ROUTE, csv, sight};
use crate::accounts::Grants;
use crate::admin::Admin;
use crate::clock::Micros;
use crate::content::history::{self, Asked, BATCH, Entry};

const COLUMNS: [&str; 10] = ["at", "event", "actor", "channel", "kind", "id", "title", "type", "revision", "trace"];

pub(super) async fn file(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &_, query: &_| {
        let rest = Rest { admin: admin.clone(), asked: asked(&admin, seat, query).await?, grants: seat.grants.clone() };
        csv::table("history", &COLUMNS, rest, Rest::next).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

/// An export under way.
struct Rest {
    admin: Arc<Admin>,
    asked: Asked,
    grants: Grants,
}

impl Rest {
    /// What is looked through for long ends in a part with nothing in it: the next one goes on.
    async fn next(mut self) -> csv::Part<Self> {
        loop {
            let may_see = |entry: &Entry| sight::may_see(&self.grants, entry);
            let part = history::list(&self.admin.app.db, &self.asked, BATCH, may_see).await?;
            let Some(next) = part.next else {
                return Ok((part.entries.iter().map(line).collect(), None));
            };
            self.asked.before = next;
            if !part.entries.is_empty() {
                return Ok((part.entries.iter().map(line).collect(), Some(self)));
            }
        }
    }
}

fn line(entry: &Entry) -> String {
    csv::line([
        Micros(entry.at).to_rfc3339(),
        entry.event.clone(),
        entry.actor.clone(),
        entry.channel.clone(),
        entry.kind.clone(),
        entry.object_id.to_string(),
        entry.title.clone(),
        entry.type_name.clone(),
        entry.revision_id.map(|id| id.to_string()).unwrap_or_default(),
        entry.trace_id.clone(),
    ])
}
