//! Why a redirect is refused.

use super::address;
use crate::db::DbError;

#[derive(Debug, thiserror::Error)]
pub enum RedirectError {
    #[error("\"{0}\" is not an address to redirect from: write a path such as /old/, of at most {max} bytes", max = address::MAX_BYTES)]
    AddressInvalid(String),
    #[error("\"{0}\" is not a target: write a path such as /new/, or an address that begins with http:// or https://")]
    TargetInvalid(String),
    #[error("there is no page {0}")]
    PageNotFound(i64),
    #[error("there is no site {0}")]
    SiteNotFound(i64),
    #[error("{0} leads to itself")]
    LeadsToItself(String),
    #[error("{from} covers all that is below it, and {to} is: a visitor would never arrive")]
    LeadsBelowItself { from: String, to: String },
    #[error("a circle: {}", .0.join(" → "))]
    Circle(Vec<String>),
    #[error("{from} is redirected already, by number {id}")]
    Taken { from: String, id: i64 },
    #[error("{from} is redirected on line {line} already")]
    Repeated { from: String, line: u64 },
    #[error("there is no redirect {0}")]
    NotFound(i64),
    #[error("there may be {0} redirects")]
    TooMany(i64),
    #[error(transparent)]
    Db(#[from] DbError),
}
