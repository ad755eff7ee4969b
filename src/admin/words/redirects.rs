//! Refusals of redirects, and of tables of them.

use super::as_it_is;
use crate::admin::texts::{Said, said};
use crate::content::redirect::address::MAX_BYTES;
use crate::content::redirect::{COLUMNS, RedirectError, TableError};
use crate::content::sheet::SheetError;

pub(in crate::admin) fn redirect(error: &RedirectError) -> Said {
    match error {
        RedirectError::AddressInvalid(from) => {
            said("redirect-from-invalid").with("from", from.as_str()).with("max", MAX_BYTES)
        }
        RedirectError::TargetInvalid(to) => said("redirect-to-invalid").with("to", to.as_str()),
        RedirectError::PageNotFound(id) => said("page-not-found").with("id", *id),
        RedirectError::SiteNotFound(id) => said("site-not-found").with("id", *id),
        RedirectError::LeadsToItself(from) => said("redirect-leads-to-itself").with("from", from.as_str()),
        RedirectError::LeadsBelowItself { from, to } => {
            said("redirect-leads-below-itself").with("from", from.as_str()).with("to", to.as_str())
        }
        RedirectError::Circle(steps) => said("redirect-circle").with("steps", steps.join(" → ")),
        RedirectError::Taken { from, id } => said("redirect-taken").with("from", from.as_str()).with("id", *id),
        RedirectError::Repeated { from, line } => {
            said("redirect-repeated").with("from", from.as_str()).with("line", *line)
        }
        RedirectError::NotFound(id) => said("redirect-not-found").with("id", *id),
        RedirectError::TooMany(max) => said("too-many-redirects").with("max", *max),
        RedirectError::Db(_) => said("server-failed"),
    }
}

pub(in crate::admin) fn table(error: &TableError) -> Said {
    match error {
        TableError::ColumnUnknown(name) => {
            said("table-column-unknown").with("name", name.as_str()).with("known", COLUMNS.join(", "))
        }
        TableError::ColumnMissing(name) => said("table-column-missing").with("name", name.as_str()),
        TableError::EndsMissing => said("table-ends-missing"),
        TableError::FromMissing => said("table-from-missing"),
        TableError::ToMissing => said("table-to-missing"),
        TableError::PageInvalid(text) => said("table-page-invalid").with("text", text.as_str()),
        TableError::NotYesOrNo(text) => said("table-not-yes-or-no").with("text", text.as_str()),
        TableError::HeaderNotUtf8 => said("table-head-not-utf-8"),
        TableError::EndsNotChosen => said("table-ends-not-chosen"),
        TableError::NotUtf8(line) => said("table-not-utf-8").with("line", *line),
        TableError::Sheet(SheetError::Unreadable) => said("table-no-workbook"),
        TableError::Sheet(SheetError::TooLarge) => said("table-workbook-too-large"),
        TableError::RowNotUtf8 => said("table-row-not-utf-8"),
        TableError::TooManyRows(max) => said("table-too-long").with("max", *max),
        TableError::Site(error) => as_it_is(error),
        TableError::Csv(error) => said("table-unreadable").with("why", error.to_string()),
        TableError::Io(error) => said("table-unreadable").with("why", error.to_string()),
    }
}
