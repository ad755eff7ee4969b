//! Lists of rows: `?account=DE1&booked__gte=2026-01-01&order=-booked&q=rent&count=bounded&fields=id,amount`.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::open;
use super::show::{rights, whole};
use crate::accounts::RecordPermission;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{Sent, answer, next};
use crate::api::v1::problem::{Done, Refusal, bad_request};
use crate::api::v1::sparse::Sparse;
use crate::content::explore;
use crate::content::records::{self, Asked, Count, Cursor, Filter, FilterError};
use crate::content::types::{ContentType, RecordOptions, RecordOrder};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

/// Rows of a part when nobody says otherwise, and at most.
const USUAL: i64 = 20;
const MOST: i64 = 100;
/// What an address has beside filters.
const NAMES: [&str; 6] = ["fields", "order", "limit", "after", "count", "q"];
/// What a file of one has beside them.
pub(super) const OF_FILES: [&str; 1] = ["format"];

pub(super) async fn all(
    State(api): State<Arc<Api>>,
    Path(path): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| list(&api, &caller, &path, sent).await;
    answer(&api, &caller, request, (Route::ApiRecords, None), work).await
}

fn unreadable(error: FilterError) -> Refusal {
    bad_request(crate::words::sentence(&error.to_string())).into()
}

/// What an address asks for; it may have some other names.
pub(super) fn asked<'t>(
    (of_type, options): (&'t ContentType, &RecordOptions),
    query: &FormData,
    others: &[&str],
) -> Result<Asked<'t>, Refusal> {
    let text = |name: &str| query.first(name);
    let mut filters = records::words(text("q").unwrap_or_default()).map_err(unreadable)?;
    for (at, (name, value)) in query.pairs().iter().enumerate() {
        if query.pairs()[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(bad_request(format!("{name} is there twice.")).into());
        }
        if !NAMES.contains(&name.as_str()) && !others.contains(&name.as_str()) {
            filters.push(Filter::parse((of_type, options), name, value).map_err(unreadable)?);
        }
    }
    records::bounded(&filters).map_err(unreadable)?;
    if text("q").is_some() && options.search.is_empty() {
        return Err(bad_request("The words of this collection are not searched.").into());
    }
    let order = text("order").map_or_else(|| options.order.clone(), RecordOrder::parse);
    if order.name != "id" && !options.orders.contains(&order.name) {
        let known = options.orders.join(", ");
        return Err(bad_request(format!("order is id or one of: {known}; with - in front the other way.")).into());
    }
    let limit = match text("limit") {
        None => USUAL,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MOST).contains(limit))
            .ok_or_else(|| bad_request(format!("limit is a number from 1 to {MOST}.")))?,
    };
    let count = match text("count") {
        None => Count::None,
        Some("bounded") => Count::Bounded,
        Some("exact") => Count::Exact,
        Some(_) => return Err(bad_request("count is bounded or exact.").into()),
    };
    let after = match text("after").map(explore::Cursor::parse) {
        None => None,
        Some(Some(explore::Cursor { key, id })) => Some(Cursor { place: key, id }),
        Some(None) => return Err(bad_request("after is none that a list gave.").into()),
    };
    Ok(Asked { type_name: &of_type.name, filters, order, after, limit, count })
}

async fn list(api: &Api, caller: &Caller, path: &str, sent: &Sent) -> Done {
    let content = &api.site.app.content;
    let types = content.types();
    let (of_type, options) = open(&types, caller, (path, RecordPermission::View))?;
    let sparse = Sparse::parse(sent.query.first("fields").unwrap_or("*"))?;
    let asked = asked((of_type, options), &sent.query, &[])?;
    let part = content.list_records(&asked).await?;
    let rights = rights(caller);
    let items: Vec<Value> = part.rows.iter().map(|row| sparse.select(whole(of_type, row, &rights))).collect();
    let after = part.next.map(|Cursor { place, id }| explore::Cursor { key: place, id }.to_string());
    let mut told = json!({ "items": items, "next": after.map(|after| next(sent, &after)) });
    if let Some(counted) = part.counted {
        told["count"] = json!({ "total": counted.total, "exact": counted.is_exact });
    }
    Ok(Reply::ok(&told))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, OF_FILES};
    use crate::content::types::{SourceFile, Types};

    /// A filter by such a field could not be said.
    #[test]
    fn no_field_has_a_name_that_addresses_of_lists_have() {
        let load = |field: &str| {
            let text = format!(
                "name = \"x.Row\"\nkind = \"collection\"\nlabel = \"Row\"\npath = \"rows\"\nfilter = [\"{field}\"]\n\
                 [[fields]]\nname = \"{field}\"\nkind = \"char\"\n"
            );
            Types::load(&[SourceFile { path: "x.toml".into(), text }])
        };
        assert!(load("account").is_ok());
        for name in NAMES.iter().chain(&OF_FILES) {
            assert!(load(name).is_err(), "{name}");
        }
    }
}
