//! Search: what is live, as folded words, in the index of either database; ranked here, the same on both.
//!
//! [`words`] folds, [`entry`] and [`store`] write in the transaction that changes the content, [`query`],
//! [`vocabulary`], [`find`] and [`rank`] answer, [`rebuild`] makes a new index beside the one that answers.

mod distance;
mod entry;
mod find;
mod index;
mod query;
mod rank;
mod store;
mod vocabulary;
pub mod words;

pub use entry::{Entry, Kind};
pub use find::{Found, Results, Scope, SearchError, find};
pub use index::{Texts, refresh_pages, snippet_renamed};
pub use query::{MAX_CHARS, Refusal};
pub use store::{index_again, index_many, remove, remove_subtree, review_subtree};

use crate::db::Query;

/// Every statement of this module.
pub const QUERIES: [&[&Query]; 4] = [find::QUERIES, index::QUERIES, store::QUERIES, vocabulary::QUERIES];
