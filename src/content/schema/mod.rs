//! Content migrations: what is stored follows types that changed, live rows and revisions alike. Read in the order:
//! `file`, `path`, `change`, `convert`, `documents`, `migrate`.

mod change;
mod convert;
mod documents;
mod effects;
mod file;
mod migrate;
mod path;
mod report;
mod standing;

pub use change::{Change, Example, Gather};
pub use convert::Conversion;
pub use file::{FOLDER, Migration, Operation, load};
pub use migrate::{Progress, Run, SchemaError};
pub use path::Path;
pub use report::{Counts, MigrationReport, Misfit, OperationReport, Report};
pub use standing::{Orphan, Standing, adopt, list, pending};

use crate::db::Query;

/// Every statement of this module.
pub const QUERIES: [&[&Query]; 2] = [documents::QUERIES, standing::QUERIES];

#[cfg(test)]
mod tests;
