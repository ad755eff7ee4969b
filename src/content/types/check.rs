//! Settling what type files say about each other: references, placement, block nesting, defaults.

use std::collections::{BTreeMap, BTreeSet};

use super::claim::{Claim, Claims};
use super::model::{ContentType, FieldKind, Kind};
use super::problem::{Place, Problem, suggestion};
use super::set::Types;
use super::validate::check_default;
use crate::content::form;

/// How deep blocks may nest, by name: `stream > struct > list > struct` is 4.
pub(super) const MAX_BLOCK_DEPTH: usize = 8;

pub(super) fn settle(
    types: &Types,
    places: &BTreeMap<String, Place>,
    broken: &BTreeSet<String>,
    claims: Claims,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (defaults, others): (Claims, Claims) =
        claims.into_iter().partition(|(_, claim)| matches!(claim, Claim::Default(_)));
    for (place, claim) in &others {
        if let Err(message) = settle_one(types, broken, claim) {
            problems.push(place.problem(message));
        }
    }
    problems.append(&mut Nesting::new(types, places).check());
    // A structural default can only be judged when every block that it may contain is known.
    let sound = problems.is_empty() && broken.is_empty();
    for (place, claim) in &defaults {
        if let Claim::Default(field) = claim
            && (sound || field.kind.blocks().is_empty())
        {
            for error in check_default(types, field) {
                problems
                    .push(place.problem(format!("is not valid for its own field: {}: {}", error.path, error.message)));
            }
        }
    }
    problems
}

fn settle_one(types: &Types, broken: &BTreeSet<String>, claim: &Claim) -> Result<(), String> {
    match claim {
        Claim::Block(name) => {
            if types.block(name).is_none() && !broken.contains(name) {
                let known = suggestion(name, types.blocks().map(|block| block.name.as_str()));
                return Err(format!("\"{name}\" is not a block of blocks.toml{known}"));
            }
            Ok(())
        }
        Claim::FormField(name) => {
            let Some(block) = types.block(name) else { return Ok(()) };
            let has_label = block.fields().iter().any(|field| field.name == "label" && field.required);
            if form::Kind::of_block(name).is_none() || !has_label {
                let kinds: Vec<String> =
                    form::Kind::ALL.iter().map(|kind| format!("{}{}", form::BLOCK_PREFIX, kind.as_str())).collect();
                let kinds = kinds.join(", ");
                return Err(format!("\"{name}\" is not a form field: {kinds}, each with a required label"));
            }
            Ok(())
        }
        Claim::Page(name) => find(types, broken, name, Kind::Page).map(|_| ()),
        Claim::Snippet(name) => find(types, broken, name, Kind::Snippet).map(|_| ()),
        Claim::Parent { child, parent } => match find(types, broken, parent, Kind::Page)? {
            Some(found) if !allows(&found.child_types, child) => {
                Err(format!("contradicts \"{parent}\", whose child_types do not list \"{child}\""))
            }
            _ => Ok(()),
        },
        Claim::Child { parent, child } => match find(types, broken, child, Kind::Page)? {
            Some(found) if !allows(&found.parent_types, parent) => {
                Err(format!("contradicts \"{child}\", whose parent_types do not list \"{parent}\""))
            }
            _ => Ok(()),
        },
        Claim::Listed { page, of } => {
            let (listed, lister) = (find(types, broken, of, Kind::Page)?, types.find(page));
            let stands = listed.is_none_or(|listed| allows(&listed.parent_types, page));
            let taken = lister.is_none_or(|lister| allows(&lister.child_types, of));
            if !stands || !taken {
                return Err(format!("a listing shows child pages, but \"{of}\" may not stand under \"{page}\""));
            }
            Ok(())
        }
        Claim::Filter { of, field } => {
            let Some(listed) = types.find(of) else { return Ok(()) };
            let known = || suggestion(field, filterable(listed));
            match listed.field(field) {
                None => Err(format!("\"{of}\" has no field \"{field}\"{}", known())),
                Some(found) if is_filterable(&found.kind) => Ok(()),
                Some(found) => {
                    let kind = found.kind.name();
                    Err(format!("filters need a snippet, snippets or tags field; \"{field}\" is {kind}{}", known()))
                }
            }
        }
        Claim::Settings(name) => {
            let Some(own) = types.find(name).map(ContentType::template_name) else { return Ok(()) };
            let twin = types.settings().find(|other| other.name != *name && other.template_name() == own);
            twin.map_or(Ok(()), |twin| Err(format!("\"{}\" is called settings.{own} in templates too", twin.name)))
        }
        Claim::RecordPath { of, path } => {
            let taken = |known: &&ContentType| {
                known.name != *of && known.records.as_ref().is_some_and(|other| other.path == *path)
            };
            let twin = types.collections().find(taken);
            twin.map_or(Ok(()), |twin| Err(format!("\"{path}\" is the path of \"{}\" too", twin.name)))
        }
        Claim::Default(_) => Ok(()),
    }
}

/// `None` for a type that a broken file was about to define.
fn find<'t>(
    types: &'t Types,
    broken: &BTreeSet<String>,
    name: &str,
    kind: Kind,
) -> Result<Option<&'t ContentType>, String> {
    let what = kind.name();
    match types.find(name) {
        Some(found) if found.kind == kind => Ok(Some(found)),
        Some(_) => Err(format!("\"{name}\" is not a {what} type")),
        None if broken.contains(name) => Ok(None),
        None => {
            let known = types.iter().filter(|known| known.kind == kind).map(|known| known.name.as_str());
            Err(format!("there is no {what} type \"{name}\"{}", suggestion(name, known)))
        }
    }
}

fn allows(list: &Option<Vec<String>>, name: &str) -> bool {
    list.as_ref().is_none_or(|names| names.iter().any(|known| known == name))
}

fn is_filterable(kind: &FieldKind) -> bool {
    matches!(kind, FieldKind::Snippet { .. } | FieldKind::Snippets { .. } | FieldKind::Tags { .. })
}

fn filterable(listed: &ContentType) -> impl Iterator<Item = &str> {
    listed.fields.iter().filter(|field| is_filterable(&field.kind)).map(|field| field.name.as_str())
}

/// The depth of every block, with the first cycle or overrun on each way down reported once.
struct Nesting<'t> {
    types: &'t Types,
    places: &'t BTreeMap<String, Place>,
    depths: BTreeMap<&'t str, usize>,
    path: Vec<&'t str>,
    problems: Vec<Problem>,
}

impl<'t> Nesting<'t> {
    fn new(types: &'t Types, places: &'t BTreeMap<String, Place>) -> Nesting<'t> {
        Nesting { types, places, depths: BTreeMap::new(), path: Vec::new(), problems: Vec::new() }
    }

    fn check(mut self) -> Vec<Problem> {
        for block in self.types.blocks() {
            self.depth(&block.name);
        }
        self.problems
    }

    /// How many blocks nest from `name` down. The recursion ends where a path is too deep, and every block is
    /// entered once: one on a bad path counts as flat afterwards.
    fn depth(&mut self, name: &'t str) -> usize {
        if let Some(start) = self.path.iter().position(|entered| *entered == name) {
            let mut cycle = self.path[start..].to_vec();
            cycle.push(name);
            self.report(name, format!("blocks must not contain themselves: {}", cycle.join(" > ")));
            return 0;
        }
        if let Some(depth) = self.depths.get(name) {
            return *depth;
        }
        let Some(block) = self.types.block(name) else { return 0 };
        if self.path.len() > MAX_BLOCK_DEPTH {
            self.depths.insert(name, 0);
            return MAX_BLOCK_DEPTH;
        }
        self.path.push(name);
        let children = block.fields().iter().flat_map(|field| field.kind.blocks());
        let deepest = children.map(|child| self.depth(child)).max().unwrap_or(0);
        self.path.pop();
        if deepest >= MAX_BLOCK_DEPTH {
            self.report(name, format!("blocks must not nest more than {MAX_BLOCK_DEPTH} deep"));
            self.depths.insert(name, 0);
            return 0;
        }
        self.depths.insert(name, deepest + 1);
        deepest + 1
    }

    fn report(&mut self, block: &str, message: String) {
        if let Some(place) = self.places.get(block) {
            self.problems.push(place.problem(message));
        }
    }
}
