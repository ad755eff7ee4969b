//! Content types as data: what a page or snippet of a site may hold, where it may stand, and whether given
//! values fit. Read in the order: `model`, `load`, `set`, `validate`, `walk`.

mod check;
mod claim;
mod columns;
mod decimal;
mod field;
mod library;
mod load;
mod model;
mod options;
mod problem;
mod records;
mod rewrite;
mod set;
mod table;
mod validate;
mod walk;

pub use columns::{ListOptions, Sorting};
pub use decimal::Decimal;
pub(in crate::content) use field::check_name;
pub use library::{Block, BlockGroup, BlockShape};
pub use model::{
    BlockCount, ChildQuery, Choice, ContentType, DefaultPrivacy, Field, FieldKind, Items, Kind, Length, ListedBy,
    Listing, ListingFilter,
};
pub use options::{FormOptions, PreviewMode, SENT, Scope, SnippetOptions};
pub(in crate::content) use problem::{Place, suggestion};
pub use problem::{Problem, SourceFile};
pub use records::{RecordOptions, RecordOrder, RecordShape};
pub use rewrite::ValueSlot;
pub use set::{PlacementError, Types};
pub(in crate::content) use table::{Table, read_document};
pub use validate::{Code, Fact, FieldError, Mode, Removal, Validated};
pub(super) use validate::{is_email, is_url};
pub use walk::{PlacedReference, Reference, ReferenceKind, reading_time_minutes, word_count};

#[cfg(test)]
mod tests;
