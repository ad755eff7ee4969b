//! Search: what is live, as folded words, in the index of either database; ranked here, the same on both.
//!
//! [`words`] folds, [`entry`] and [`store`] write in the transaction that changes the content, [`query`],
//! [`vocabulary`], [`find`] and [`rank`] answer, [`hits`] and [`excerpt`] show, [`rebuild`] makes a new index beside the one that answers.

mod ask;
mod distance;
mod entry;
mod excerpt;
mod find;
mod hits;
mod index;
mod query;
mod rank;
mod rebuild;
mod store;
mod vocabulary;
pub mod words;

pub(super) use ask::Misses;
pub use ask::{MAX_MISSES, Miss};
pub use entry::{Entry, Kind};
pub use find::{Found, Results, Scope, SearchError, Words, find};
pub use hits::{Hit, PER_PAGE, hits};
pub use index::{Texts, refresh_pages, snippet_renamed};
pub use query::{MAX_CHARS, Refusal};
pub use rebuild::{Extent, RebuildError, State};
pub use store::{index_again, index_many, remove, remove_subtree, review_subtree};

use crate::db::Query;

/// Every statement of this module.
pub const QUERIES: [&[&Query]; 7] =
    [ask::QUERIES, find::QUERIES, hits::QUERIES, index::QUERIES, rebuild::QUERIES, store::QUERIES, vocabulary::QUERIES];
