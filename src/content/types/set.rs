//! The loaded set of types: looking them up, and which page may stand where.

use std::collections::{BTreeMap, BTreeSet};

use super::library::Block;
use super::model::{ContentType, Kind};
use super::records::RecordOptions;
use crate::content::embed::SharedProviders;

/// All types and blocks of a site, checked: every name that one refers to exists, and blocks nest no deeper
/// than a fixed limit.
#[derive(Debug, Clone, Default)]
pub struct Types {
    types: BTreeMap<String, ContentType>,
    blocks: BTreeMap<String, Block>,
    /// Whose media may be embedded.
    pub embeds: SharedProviders,
}

/// The rule of a type file that a placement breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacementError {
    #[error("there is no type \"{0}\"")]
    UnknownType(String),
    #[error("\"{0}\" is not a page type: only pages stand in the tree")]
    NotAPage(String),
    #[error("\"{child}\" must stand under {}: the parent_types of \"{child}\"", listed(.allowed))]
    TopLevel { child: String, allowed: Vec<String> },
    #[error("\"{child}\" may not stand under \"{parent}\", only {}: the parent_types of \"{child}\"", at(.allowed))]
    ParentTypes { child: String, parent: String, allowed: Vec<String> },
    #[error("\"{parent}\" may not have \"{child}\" as a child, only {}: the child_types of \"{parent}\"", listed(.allowed))]
    ChildTypes { parent: String, child: String, allowed: Vec<String> },
}

impl PlacementError {
    /// The key of the type file.
    pub fn rule(&self) -> &'static str {
        match self {
            PlacementError::UnknownType(_) => "type",
            PlacementError::NotAPage(_) => "kind",
            PlacementError::TopLevel { .. } | PlacementError::ParentTypes { .. } => "parent_types",
            PlacementError::ChildTypes { .. } => "child_types",
        }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(" or ") }
}

fn at(names: &[String]) -> String {
    if names.is_empty() { "at the top of the site".to_owned() } else { format!("under {}", names.join(" or ")) }
}

impl Types {
    pub(super) fn new(types: BTreeMap<String, ContentType>, blocks: BTreeMap<String, Block>) -> Types {
        Types { types, blocks, embeds: SharedProviders::default() }
    }

    pub fn find(&self, name: &str) -> Option<&ContentType> {
        self.types.get(name)
    }

    /// By name.
    pub fn iter(&self) -> impl Iterator<Item = &ContentType> {
        self.types.values()
    }

    pub fn pages(&self) -> impl Iterator<Item = &ContentType> {
        self.iter().filter(|found| found.kind == Kind::Page)
    }

    pub fn snippets(&self) -> impl Iterator<Item = &ContentType> {
        self.iter().filter(|found| found.kind == Kind::Snippet)
    }

    /// Whether a group may set fields that others may not.
    pub fn guards(&self, group: &str) -> bool {
        let mut fields = self.types.values().flat_map(|known| &known.fields);
        fields.any(|field| field.permission.as_deref() == Some(group))
    }

    pub fn settings(&self) -> impl Iterator<Item = &ContentType> {
        self.iter().filter(|found| found.kind == Kind::Settings)
    }

    pub fn collections(&self) -> impl Iterator<Item = &ContentType> {
        self.iter().filter(|found| found.kind == Kind::Collection)
    }

    /// The collection that the API has at this path.
    pub fn collection_at(&self, path: &str) -> Option<(&ContentType, &RecordOptions)> {
        let of = |found: &'_ ContentType| found.records.as_ref().is_some_and(|records| records.path == path);
        self.collections().find(|found| of(found)).and_then(|found| Some((found, found.records.as_ref()?)))
    }

    pub fn block(&self, name: &str) -> Option<&Block> {
        self.blocks.get(name)
    }

    /// By name.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.values()
    }

    /// The page types that an editor may create under a page of the type `parent`, by name.
    pub fn allowed_children(&self, parent: &str) -> Vec<&ContentType> {
        let fits = |child: &&ContentType| child.creatable && self.check_placement(Some(parent), &child.name).is_ok();
        self.pages().filter(fits).collect()
    }

    /// Whether a page of the type `child` may stand under a page of the type `parent`, or at the top of a
    /// site. `max_count` and `max_count_per_parent` are for the caller, who can count.
    pub fn check_placement(&self, parent: Option<&str>, child: &str) -> Result<(), PlacementError> {
        let below = self.find_page(child)?;
        let Some(parent) = parent else {
            return match &below.parent_types {
                Some(allowed) if !allowed.is_empty() => {
                    Err(PlacementError::TopLevel { child: child.to_owned(), allowed: allowed.clone() })
                }
                _ => Ok(()),
            };
        };
        let above = self.find_page(parent)?;
        let (child, parent) = (child.to_owned(), parent.to_owned());
        if let Some(allowed) = below.parent_types.as_ref().filter(|allowed| !allowed.contains(&parent)) {
            return Err(PlacementError::ParentTypes { child, parent, allowed: allowed.clone() });
        }
        if let Some(allowed) = above.child_types.as_ref().filter(|allowed| !allowed.contains(&child)) {
            return Err(PlacementError::ChildTypes { parent, child, allowed: allowed.clone() });
        }
        Ok(())
    }

    fn find_page(&self, name: &str) -> Result<&ContentType, PlacementError> {
        let found = self.find(name).ok_or_else(|| PlacementError::UnknownType(name.to_owned()))?;
        if found.kind != Kind::Page {
            return Err(PlacementError::NotAPage(name.to_owned()));
        }
        Ok(found)
    }

    /// Without the fields that only some may set: what anybody may know of.
    pub fn without_guarded(&self) -> Types {
        let mut open = self.clone();
        for of in open.types.values_mut() {
            of.fields.retain(|field| field.permission.is_none());
        }
        open
    }

    /// Every template that the types name. Blocks that name none have a default.
    pub fn templates(&self) -> BTreeSet<&str> {
        let of_types = self.iter().filter_map(|found| found.template.as_deref());
        let of_modes = self.iter().flat_map(|found| found.preview_modes.iter().map(|mode| mode.template.as_str()));
        of_types.chain(of_modes).chain(self.blocks().filter_map(|block| block.template.as_deref())).collect()
    }
}
