//! The history as a file, narrowed as the list is.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::history::asked;
use super::{NEEDS, ROUTE};
use crate::accounts::Grants;
use crate::admin::Admin;
use crate::admin::export::{self, Format, Part, Row, Table};
use crate::clock::Micros;
use crate::content::history::{self, Asked, BATCH, Entry};
use crate::content::sheet::Cell;
use crate::permit::sight;

const COLUMNS: [&str; 10] = ["at", "event", "actor", "channel", "kind", "id", "title", "type", "revision", "trace"];

pub(super) async fn file(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let table = Table::new(Format::of(&request), ROUTE, "history", &COLUMNS);
    let work = async |seat: &_, query: &_| {
        let rest = Rest { admin: admin.clone(), asked: asked(&admin, seat, query).await?, grants: seat.grants.clone() };
        export::send(table, rest, Rest::next).await
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
    async fn next(mut self) -> Part<Self> {
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

fn line(entry: &Entry) -> Row {
    let text = |text: &String| Cell::Text(text.clone());
    vec![
        Cell::Time(Micros(entry.at)),
        text(&entry.event),
        text(&entry.actor),
        text(&entry.channel),
        text(&entry.kind),
        Cell::Number(entry.object_id),
        text(&entry.title),
        text(&entry.type_name),
        entry.revision_id.map_or(Cell::Empty, Cell::Number),
        text(&entry.trace_id),
    ]
}
