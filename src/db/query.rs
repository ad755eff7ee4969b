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
/// dialects truly differ. A text that shares parts with others is a group of pieces: see [`sql_text!`](crate::sql_text).
#[macro_export]
macro_rules! queries {
    ($( $(#[doc = $doc:literal])* $name:ident = $access:ident $label:literal $sql:tt $(sqlite $sqlite:tt)? ; )+) => {
        $( $(#[doc = $doc])* static $name: $crate::db::Query = $crate::db::Query::declare(
            $label,
            $crate::queries!(@access $access),
            $crate::queries!(@sqlite $sql $($sqlite)?),
            $crate::sql_text!(postgres $sql),
        ); )+
        /// Every statement of this module.
        pub const QUERIES: &[&$crate::db::Query] = &[$(&$name),+];
    };
    (@access read) => { $crate::db::Access::Read };
    (@access write) => { $crate::db::Access::Write };
    (@sqlite $sql:tt) => { $crate::sql_text!(sqlite $sql) };
    (@sqlite $sql:tt $sqlite:tt) => { $crate::sql_text!(sqlite $sqlite) };
}

/// Declares parts that several statements share, as `name = "SQL";` or, where the dialects differ, `… sqlite "SQL";`.
#[macro_export]
macro_rules! sql_parts {
    ($( $(#[doc = $doc:literal])* $name:ident = $sql:tt $(sqlite $sqlite:tt)? ; )+) => { $(
        $(#[doc = $doc])*
        macro_rules! $name {
            (postgres) => { $crate::sql_text!(postgres $sql) };
            (sqlite) => { $crate::queries!(@sqlite $sql $($sqlite)?) };
        }
    )+ };
}

/// The text of a statement in one dialect: a literal, or a group of pieces, each a literal, the name of a part, or
/// `[name "…"]` for a part that is a macro of more than the dialect. Known everywhere, for what the dialects always differ in:
/// `[any "$1"]`, one of a list; `[texts "$1" "place"]`, a list of texts as the `value` of rows, `[numbers …]` of
/// whole numbers; `for_update`.
#[macro_export]
macro_rules! sql_text {
    ($dialect:ident ($($piece:tt)+)) => { concat!($($crate::sql_text!($dialect $piece)),+) };
    (postgres [any $list:literal]) => { concat!("= ANY(", $list, ")") };
    (sqlite [any $list:literal]) => { concat!("IN (SELECT value FROM json_each(", $list, "))") };
    (postgres [texts $list:literal $name:literal]) => { concat!("UNNEST(CAST(", $list, " AS TEXT[])) AS ", $name, " (value)") };
    (sqlite [texts $list:literal $name:literal]) => { concat!("json_each(", $list, ") AS ", $name) };
    (postgres [numbers $list:literal $name:literal]) => { concat!("UNNEST(CAST(", $list, " AS BIGINT[])) AS ", $name, " (value)") };
    (sqlite [numbers $list:literal $name:literal]) => { concat!("json_each(", $list, ") AS ", $name) };
    (postgres for_update) => { " FOR UPDATE" };
    (sqlite for_update) => { "" };
    ($dialect:ident [$part:ident $($given:tt)+]) => { $part!($dialect $($given)+) };
    ($dialect:ident $part:ident) => { $part!($dialect) };
    ($dialect:ident $text:literal) => { $text };
}
