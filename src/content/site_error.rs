//! Why a change of sites or languages is refused.

use crate::db::DbError;

#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("\"{0}\" is not a language code such as de or pt-BR")]
    LocaleInvalid(String),
    #[error("there is a language {0} already")]
    LocaleTaken(String),
    #[error("there is no language {0}")]
    LocaleNotFound(String),
    #[error("{0} is the default language")]
    LocaleIsDefault(String),
    #[error("page {page} is written in {code}")]
    LocaleUsed { code: String, page: i64 },
    #[error("name: one line of 1 to {max} characters")]
    NameInvalid { max: usize },
    #[error("there is no site {0}")]
    SiteNotFound(i64),
    #[error("\"{0}\" is not a host name (give it without scheme, port and path)")]
    HostInvalid(String),
    #[error("{0} is not a port: 1 to 65535")]
    PortInvalid(i64),
    #[error("{0}:{1} is taken by another site")]
    AddressTaken(String, i64),
    #[error("there is no page {0}")]
    PageNotFound(i64),
    #[error("page {0} cannot be the root of a site: it is the root of the tree, or in the trash")]
    RootUnfit(i64),
    #[error("there is always one default site: make another one the default first")]
    DefaultIsNeeded,
    #[error("there may be {0} languages")]
    TooManyLocales(i64),
    #[error("there may be {0} sites")]
    TooManySites(i64),
    #[error(transparent)]
    Db(#[from] DbError),
}
