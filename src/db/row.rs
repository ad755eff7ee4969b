//! Rows of either database, and records made from them.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

use super::DbError;

/// One row of a result.
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column.
    ///
    /// # Errors
    /// [`DbError::Decode`] with the column's name when it is absent or of another type.
    pub fn take<T>(&self, column: &'static str) -> Result<T, DbError>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|source| DbError::Decode { column, source })
    }
}

/// A typed record made from a row.
pub trait Record: Sized {
    /// # Errors
    /// When a column is absent or of another type.
    fn from_row(row: &Row) -> Result<Self, DbError>;
}

/// Declares a struct whose fields are columns of the same name.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident { $($(#[$field_meta:meta])* $field_visibility:vis $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])* $visibility struct $name { $($(#[$field_meta])* $field_visibility $field: $type),+ }
        impl $crate::db::Record for $name {
            fn from_row(row: &$crate::db::Row) -> Result<Self, $crate::db::DbError> {
                Ok(Self { $($field: row.take(stringify!($field))?),+ })
            }
        }
    };
}

/// Two records of one row, whose columns have different names.
impl<A: Record, B: Record> Record for (A, B) {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok((A::from_row(row)?, B::from_row(row)?))
    }
}

impl Record for i64 {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        match row {
            Row::Sqlite(row) => row.try_get(0),
            Row::Postgres(row) => row.try_get(0),
        }
        .map_err(|source| DbError::Decode { column: "0", source })
    }
}

impl Record for String {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        match row {
            Row::Sqlite(row) => row.try_get(0),
            Row::Postgres(row) => row.try_get(0),
        }
        .map_err(|source| DbError::Decode { column: "0", source })
    }
}
