//! Named statements.

use crate::telemetry::label::DbSystem;

/// Whether a statement may change rows: reads go to the read pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// A statement with a name; made by [`queries!`](crate::queries) alone.
#[derive(Debug)]
pub struct Query {
    pub name: &'static str,
    pub access: Access,
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

impl Query {
    /// For [`queries!`](crate::queries) only.
    pub const fn declare(name: &'static str, access: Access, sqlite: &'static str, postgres: &'static str) -> Self {
        Self { name, access, sqlite, postgres }
    }

    /// Its text, for tests that look at plans.
    pub const fn text(&self, system: DbSystem) -> &'static str {
        match system {
            DbSystem::Sqlite => self.sqlite,
            DbSystem::Postgres => self.postgres,
        }
    }
}

/// Declares statements and the module's list of them, `QUERIES`, which a test prepares on both databases.
///
/// `NAME = read "domain.name" "SQL";` with one text for both databases, or `… "SQL" sqlite "SQL";` where the
/// dialects truly differ.
#[macro_export]
macro_rules! queries {
    ($( $(#[doc = $doc:literal])* $name:ident = $access:ident $label:literal $sql:literal $(sqlite $sqlite:literal)? ; )+) => {
        $( $(#[doc = $doc])* static $name: $crate::db::Query = $crate::db::Query::declare(
            $label, $crate::queries!(@access $access), $crate::queries!(@sqlite $sql $($sqlite)?), $sql,
        ); )+
        /// Every statement of this module.
        pub const QUERIES: &[&$crate::db::Query] = &[$(&$name),+];
    };
    (@access read) => { $crate::db::Access::Read };
    (@access write) => { $crate::db::Access::Write };
    (@sqlite $sql:literal) => { $sql };
    (@sqlite $sql:literal $sqlite:literal) => { $sqlite };
}
