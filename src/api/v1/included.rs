//! What pages and snippets refer to, told beside them in one answer: `?include=fields.author,fields.body,parent`, or `*`.
//! Each thing once, as its own address tells it, and only what the caller would see there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::entry::Sent;
use super::pages::{head, rights, seen_fields};
use super::problem::{Refusal, bad_request};
use super::rich::Told;
use super::{files, rich, snippets};
use crate::accounts::{GlobalPermission, PageOf};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::content::FieldRights;
use crate::content::read::Wants;
use crate::content::site::Site;
use crate::content::tree::ROOT_ID;
use crate::content::types::{Kind, ReferenceKind, Types};
use crate::media::referred::{Reach, Referred};
use crate::permit;
use crate::render::rich_text::Format;

/// Things told beside one answer; which others there would be is said.
pub(super) const MAX_INCLUDED: usize = 500;
/// Names in one address.
const MAX_NAMES: usize = 100;
/// Characters of a wrong name that a refusal repeats.
const MAX_REPEATED: usize = 60;

/// What is asked for beside the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Include {
    is_all: bool,
    is_parent: bool,
    is_original: bool,
    /// Fields, each with those fields of its snippets that are followed, too.
    fields: BTreeMap<String, BTreeSet<String>>,
}

/// Something in the answer, as far as it refers to others.
#[derive(Clone, Copy, Default)]
pub(super) struct Source<'s> {
    pub type_name: &'s str,
    /// Those that the caller sees.
    pub fields: Option<&'s Map<String, Value>>,
    pub parent: Option<i64>,
    pub alias_of: Option<i64>,
}

fn has_field(types: &Types, kind: Kind, name: &str) -> bool {
    types.iter().filter(|of| of.kind == kind).any(|of| of.fields.iter().any(|field| field.name == name))
}

impl Include {
    /// `None` when nothing is asked for; `kind` is that of what the answer is about.
    ///
    /// # Errors
    /// When no type of that kind has a field that is named.
    pub(super) fn of(sent: &Sent, types: &Types, kind: Kind) -> Result<Option<Self>, Refusal> {
        sent.query.first("include").map(|text| Self::parse(text, types, kind)).transpose()
    }

    fn parse(text: &str, types: &Types, kind: Kind) -> Result<Self, Refusal> {
        let (mut include, is_page) = (Self::default(), kind == Kind::Page);
        for (at, name) in text.split(',').map(str::trim).enumerate() {
            if at >= MAX_NAMES {
                return Err(bad_request(format!("include has at most {MAX_NAMES} names.")).into());
            }
            match name.split('.').collect::<Vec<_>>()[..] {
                ["*"] => include.is_all = true,
                ["parent"] if is_page => include.is_parent = true,
                ["alias_of"] if is_page => include.is_original = true,
                ["fields", field] if has_field(types, kind, field) => {
                    include.fields.entry(field.to_owned()).or_default();
                }
                ["fields", field, "fields", behind]
                    if has_field(types, kind, field) && has_field(types, Kind::Snippet, behind) =>
                {
                    include.fields.entry(field.to_owned()).or_default().insert(behind.to_owned());
                }
                _ => return Err(unknown(name, is_page)),
            }
        }
        Ok(include)
    }

    /// Whether fields are to be read for it.
    pub(super) fn wants_content(&self) -> bool {
        self.is_all || !self.fields.is_empty()
    }

    /// What of it these refer to, as far as the caller may see any of its kind.
    pub(super) fn follow<'s>(&self, api: &Api, caller: &Caller, sources: impl Iterator<Item = Source<'s>>) -> Followed {
        let (types, grants) = (api.site.app.content.types(), caller.grants());
        let (sees_snippets, sees_files) = (grants.may(GlobalPermission::Snippets), files::may_see_some(grants));
        let mut found = Followed { sees_snippets, sees_files, ..Followed::default() };
        for source in sources {
            let parent = source.parent.filter(|_| self.is_all || self.is_parent);
            let original = source.alias_of.filter(|_| self.is_all || self.is_original);
            parent.into_iter().chain(original).for_each(|id| found.add(ReferenceKind::Page, id));
            let Some((of_type, fields)) = types.find(source.type_name).zip(source.fields) else { continue };
            for reference in of_type.references(&types, fields) {
                let behind = self.fields.get(&reference.field);
                if !self.is_all && behind.is_none() {
                    continue;
                }
                found.add(reference.kind, reference.id);
                if let Some(names) =
                    behind.filter(|names| !names.is_empty() && reference.kind == ReferenceKind::Snippet)
                {
                    found.behind.entry(reference.id).or_default().extend(names.iter().cloned());
                }
            }
        }
        found
    }
}

fn unknown(name: &str, is_page: bool) -> Refusal {
    let own = if is_page { "parent, alias_of, " } else { "" };
    let name: String = name.chars().take(MAX_REPEATED).collect();
    let known = format!("{own}fields.NAME, fields.NAME.fields.NAME of a snippet, or * for all");
    bad_request(format!("include is a list of what is told beside: {known}; \"{name}\" is none of them.")).into()
}

/// What is referred to, each once, in the order in which it was found.
#[derive(Default)]
pub(super) struct Followed {
    order: Vec<(ReferenceKind, i64)>,
    known: HashSet<(ReferenceKind, i64)>,
    /// Fields of snippets that are followed, too.
    behind: HashMap<i64, BTreeSet<String>>,
    sees_snippets: bool,
    sees_files: bool,
}

impl Followed {
    fn add(&mut self, kind: ReferenceKind, id: i64) {
        let may_be_seen = match kind {
            ReferenceKind::Page => true,
            ReferenceKind::Snippet => self.sees_snippets,
            ReferenceKind::Image | ReferenceKind::Document => self.sees_files,
        };
        if may_be_seen && self.known.insert((kind, id)) {
            self.order.push((kind, id));
        }
    }

    fn add_to(&self, wants: &mut Wants) {
        for (kind, id) in self.order.iter().take(MAX_INCLUDED) {
            match kind {
                ReferenceKind::Page => wants.pages.insert(*id),
                ReferenceKind::Snippet => wants.snippets.insert(*id),
                ReferenceKind::Image => wants.images.insert(*id),
                ReferenceKind::Document => wants.documents.insert(*id),
            };
        }
    }

    /// Adds what the snippets refer to by the fields that were named.
    fn go_on(&mut self, api: &Api, referred: &Referred, rights: &FieldRights) {
        let types = api.site.app.content.types();
        let mut behind: Vec<(i64, BTreeSet<String>)> = self.behind.drain().collect();
        behind.sort_unstable_by_key(|(id, _)| *id);
        for (id, names) in behind {
            let Some(snippet) = referred.snippets.get(&id) else { continue };
            let Some(of_type) = types.find(&snippet.type_name) else { continue };
            let fields = seen_fields(api, &snippet.type_name, snippet.fields.clone(), rights);
            for reference in of_type.references(&types, &fields) {
                if names.contains(&reference.field) {
                    self.add(reference.kind, reference.id);
                }
            }
        }
    }
}

/// What is told with an answer: how its texts are, and what it includes.
pub(super) struct Beside {
    pub told: Told,
    included: Option<Value>,
}

impl Beside {
    /// One query, whatever is asked for: `wants` is what the texts refer to.
    pub(super) async fn load(
        api: &Api,
        caller: &Caller,
        (format, site): (Format, Option<&Site>),
        mut wants: Wants,
        followed: Option<Followed>,
    ) -> Result<Self, Refusal> {
        let Some(mut followed) = followed else {
            return Ok(Self { told: Told::load(api, format, wants).await?, included: None });
        };
        followed.add_to(&mut wants);
        let reach = match followed.behind.is_empty() && !matches!(format, Format::Html | Format::Markdown) {
            true => Reach::Asked,
            false => Reach::BehindSnippets,
        };
        let referred = Referred::load(&api.site.app.db, &wants, reach).await?;
        let told = Told::of(format, referred.open());
        followed.go_on(api, &referred, &rights(caller));
        let included = Scribe { api, caller, told: &told, site }.tell(&followed.order, &referred);
        Ok(Self { told, included: Some(included) })
    }

    /// As [`Beside::load`], of one thing, whose texts are written for its own site; what is included, for the one that is
    /// asked.
    pub(super) async fn of_one(
        (api, caller, sent): (&Api, &Caller, &Sent),
        (format, site): (Format, Option<&Site>),
        (source, include): (Source<'_>, Option<Include>),
        whole: &mut Value,
    ) -> Result<Self, Refusal> {
        let fields = whole["fields"].as_object();
        let wants = rich::wants(api, format, fields.map(|fields| (source.type_name, fields)).into_iter());
        let sources = std::iter::once(Source { fields, ..source });
        let followed = include.map(|include| include.follow(api, caller, sources));
        let asked = api.site.site_at(&sent.host);
        let beside = Self::load(api, caller, (format, asked.as_ref()), wants, followed).await?;
        if let Some(fields) = whole["fields"].as_object_mut() {
            beside.told.write(api, source.type_name, site, fields);
        }
        Ok(beside)
    }

    pub(super) fn add_to(self, answer: &mut Value) {
        if let Some(included) = self.included {
            answer["included"] = included;
        }
    }
}

/// Tells things as their own addresses do.
struct Scribe<'a> {
    api: &'a Api,
    caller: &'a Caller,
    told: &'a Told,
    site: Option<&'a Site>,
}

impl Scribe<'_> {
    fn tell(&self, order: &[(ReferenceKind, i64)], referred: &Referred) -> Value {
        let (now, left) = order.split_at(order.len().min(MAX_INCLUDED));
        let mut told = nothing();
        for (kind, id) in now {
            let key = id.to_string();
            match kind {
                ReferenceKind::Page => put(&mut told["pages"], key, self.page(*id, referred)),
                ReferenceKind::Snippet => {
                    if let Some(shown) = self.snippet(*id, referred) {
                        let of_type = shown["meta"]["type"].as_str().unwrap_or_default().to_owned();
                        told["snippets"][of_type][key] = shown;
                    }
                }
                ReferenceKind::Image => {
                    let found = referred.images.get(id).filter(|found| self.may_see_file(&found.path));
                    put(&mut told["images"], key, found.map(|found| files::image(self.api, found)));
                }
                ReferenceKind::Document => {
                    let found = referred.documents.get(id).filter(|found| self.may_see_file(&found.path));
                    put(&mut told["documents"], key, found.map(|found| files::document(self.api, found)));
                }
            }
        }
        if !left.is_empty() {
            let of = |wanted| left.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, id)| *id);
            let ids = |wanted| of(wanted).collect::<BTreeSet<i64>>();
            told["left_out"] = json!({
                "pages": ids(ReferenceKind::Page), "snippets": ids(ReferenceKind::Snippet),
                "images": ids(ReferenceKind::Image), "documents": ids(ReferenceKind::Document),
            });
        }
        told
    }

    fn page(&self, id: i64, referred: &Referred) -> Option<Value> {
        let detail = referred.pages.get(&id).filter(|found| found.page.id != ROOT_ID)?;
        let place = PageOf { path: &detail.page.path, owner: detail.page.owner };
        permit::refuse_page(self.caller.grants(), place, permit::Wants::See).ok()?;
        Some(head(self.api, detail))
    }

    fn snippet(&self, id: i64, referred: &Referred) -> Option<Value> {
        let known = referred.snippets.get(&id)?;
        let mut shown = snippets::shown(self.api, self.caller, known, known.content());
        if let Some(fields) = shown["fields"].as_object_mut() {
            self.told.write(self.api, &known.type_name, self.site, fields);
        }
        Some(shown)
    }

    fn may_see_file(&self, path: &str) -> bool {
        files::may_see(self.caller.grants(), path)
    }
}

/// As it is told when there is nothing.
pub(super) fn nothing() -> Value {
    json!({ "pages": {}, "snippets": {}, "images": {}, "documents": {} })
}

fn put(into: &mut Value, key: String, shown: Option<Value>) {
    if let Some(shown) = shown {
        into[key] = shown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::types::SourceFile;

    fn types() -> Types {
        let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
        let page = "name = \"a.Page\"\nkind = \"page\"\nlabel = \"Page\"\ntemplate = \"a.html\"\n\
                    [[fields]]\nname = \"author\"\nkind = \"snippet\"\nlabel = \"Author\"\nof = \"a.Author\"\n";
        let author = "name = \"a.Author\"\nkind = \"snippet\"\nlabel = \"Author\"\n\
                      [[fields]]\nname = \"portrait\"\nkind = \"image\"\nlabel = \"Portrait\"\n";
        Types::load(&[file("a.toml", page), file("b.toml", author)]).expect("types")
    }

    #[test]
    fn names_are_those_of_fields_and_of_pages_around() {
        let types = types();
        let of = |text: &str, kind| Include::parse(text, &types, kind);
        let include = of("parent, fields.author,fields.author.fields.portrait", Kind::Page).expect("names");
        assert!(include.is_parent && !include.is_original && !include.is_all && include.wants_content());
        assert_eq!(include.fields["author"].iter().collect::<Vec<_>>(), ["portrait"]);
        assert!(of("*", Kind::Page).is_ok_and(|include| include.is_all));
        assert!(of("alias_of", Kind::Page).is_ok_and(|include| !include.wants_content()));
        for wrong in ["", "author", "fields.portrait", "fields.author.portrait", "fields", "meta.parent", "parent,,*"] {
            assert!(of(wrong, Kind::Page).is_err(), "{wrong}");
        }
        assert!(of("fields.portrait", Kind::Snippet).is_ok() && of("parent", Kind::Snippet).is_err());
        assert!(of(&["parent"; MAX_NAMES + 1].join(","), Kind::Page).is_err());
    }
}
