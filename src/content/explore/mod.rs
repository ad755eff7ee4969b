//! Pages as editors see them: drafts included, by id, below a page, above a page, by words. Who may see which is asked
//! elsewhere: here are the paths of the tree that it is asked with.

mod children;
mod find;
mod matching;
mod parents;
mod places;
mod row;
mod translations;
mod trash;

use crate::db::Query;
pub(super) use children::bounds;
pub use children::{Asked, Below, Cursor, Direction, Filter, MAX_COUNTED, Order, PER_PART, Part, Status};
pub use find::MAX_FOUND;
pub use matching::Matching;
pub use parents::Parents;
pub use row::{Branch, Listed, MAX_COUNTED_BELOW, Owner};
pub use translations::{Languages, Spot, Translation};
pub use trash::{Entry, TRASH_PART, TrashAsked};

/// Every statement of this module.
pub const QUERIES: [&[&Query]; 8] = [
    children::QUERIES,
    find::QUERIES,
    matching::QUERIES,
    parents::QUERIES,
    places::QUERIES,
    row::QUERIES,
    translations::QUERIES,
    trash::QUERIES,
];
