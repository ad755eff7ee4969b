//! All redirects as a table that an import reads.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::{ROUTE, enter, list, sites};
use crate::admin::Admin;
use crate::admin::export::{self, Format, Part, Row, Table};
use crate::admin::pages::query_of;
use crate::admin::refusal::Done;
use crate::content::redirect::{self, Filter, Redirect};
use crate::content::sheet::Cell;
use crate::content::site::Site;
use crate::http::form::FormData;

pub(super) async fn table(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let (query, format) = (query_of(&request), Format::of(&request));
    let entering = enter(&admin, &request);
    admin.answer(entering, async |_| begin(&admin, &query, format).await).await
}

/// What is still to be sent.
struct Rest {
    admin: Arc<Admin>,
    filter: Filter,
    sites: Vec<Site>,
    /// The last redirect that was.
    after: i64,
}

async fn begin(admin: &Arc<Admin>, query: &FormData, format: Format) -> Done {
    let rest = Rest { admin: admin.clone(), filter: list::filter(query)?, sites: sites(admin).await?, after: 0 };
    export::send(Table::new(format, ROUTE, "redirects", &redirect::EXPORTED), rest, Rest::next).await
}

impl Rest {
    async fn next(mut self) -> Part<Self> {
        let found = redirect::list(&self.admin.app.db, &self.filter, self.after, redirect::MAX_LISTED).await?;
        let rows = found.iter().map(|redirect| row(redirect, &self.sites)).collect();
        let Some(last) = found.last().filter(|_| found.len() as i64 == redirect::MAX_LISTED) else {
            return Ok((rows, None));
        };
        self.after = last.id;
        Ok((rows, Some(self)))
    }
}

fn row(redirect: &Redirect, sites: &[Site]) -> Row {
    let [from, to, page, _, _, site, _] = redirect.cells(sites);
    vec![
        Cell::Text(from),
        Cell::Text(to),
        page.parse().map_or(Cell::Empty, Cell::Number),
        Cell::Flag(redirect.is_permanent),
        Cell::Flag(redirect.covers_subtree),
        Cell::Text(site),
        Cell::Number(redirect.hits),
    ]
}
