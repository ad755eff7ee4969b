//! What type files say about each other. Read first, settled when every file has been read.

use super::model::Field;
use super::problem::Place;

pub(super) type Claims = Vec<(Place, Claim)>;

#[derive(Debug)]
pub(super) enum Claim {
    /// There is a block of that name.
    Block(String),
    /// There is a page type of that name.
    Page(String),
    /// There is a snippet type of that name.
    Snippet(String),
    /// `child` may stand under `parent`: said by the child's `parent_types`.
    Parent { child: String, parent: String },
    /// The same, said by the parent's `child_types`.
    Child { parent: String, child: String },
    /// `page` lists its children of the type `of`.
    Listed { page: String, of: String },
    /// `of` has a field of snippets or tags.
    Filter { of: String, field: String },
    /// The block can be a field of a form.
    FormField(String),
    /// No other type of settings has its name in templates.
    Settings(String),
    /// No other collection has this address.
    RecordPath { of: String, path: String },
    /// The default is a valid value of the field.
    Default(Box<Field>),
}
