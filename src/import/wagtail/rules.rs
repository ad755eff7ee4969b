//! What lies over pages: who may see them, and addresses that lead to them; and settings of sites.

use serde_json::Value;

use super::dump::Object;
use super::key::Key;
use super::people::GROUP;
use super::{ImportError, Known, Run, SOURCE, digest, store};
use crate::accounts::{AccountError, By};
use crate::content::EditError;
use crate::content::privacy::{Rule, Target};
use crate::content::redirect::{Existing, Mode, NewRedirect, Target as Lead};
use crate::content::types::{Kind, Scope};
use crate::telemetry::label::Channel;

pub(super) const ON_PAGE: &str = "wagtailcore.pageviewrestriction";
pub(super) const ON_COLLECTION: &str = "wagtailcore.collectionviewrestriction";
const REDIRECT: &str = "wagtailredirects.redirect";
const PRIVACY: &str = "privacy";
const REDIRECTS: &str = "redirects";
const SETTINGS: &str = "settings";
/// A group without members: it passes where nobody else can be told that may.
const NOBODY: &str = "Nobody (import)";
/// Redirects of one transaction.
const BATCH: usize = 500;

impl Run<'_> {
    /// The objects of a model that no run has taken over yet.
    async fn open_objects(&mut self, model: &str, kind: &'static str) -> Result<Vec<Key>, ImportError> {
        let known = self.known(model).await?;
        let (done, open): (Vec<Key>, Vec<Key>) =
            self.dump.keys(model).cloned().partition(|key| known.contains_key(&key.to_string()));
        done.iter().for_each(|_| self.report.known(kind));
        Ok(open)
    }

    async fn note(&self, object: &Object, id: i64) -> Result<(), ImportError> {
        let known = Known { id, digest: digest(object) };
        let db = &*self.target.content.db;
        Ok(store::note(db, SOURCE, (&object.model, &object.key.to_string()), &known).await?)
    }

    /// Tells what became of an object, and notes it when it was made.
    async fn settle(
        &mut self,
        kind: &'static str,
        object: &Object,
        done: Result<i64, EditError>,
    ) -> Result<(), ImportError> {
        match done {
            Ok(id) => {
                if self.writes() {
                    self.note(object, id).await?;
                }
                self.report.made(kind);
                Ok(())
            }
            Err(EditError::Db(error)) => Err(error.into()),
            Err(error) => {
                self.report.refused(kind, &object.name(), error.to_string());
                Ok(())
            }
        }
    }

    /// Passwords of pages are plain text in Wagtail; here their hashes are kept. What cannot be restricted as it was there is
    /// open to superusers alone: nothing becomes public by moving.
    pub(super) async fn privacy(&mut self, model: &'static str) -> Result<(), ImportError> {
        for key in self.open_objects(model, PRIVACY).await? {
            let Some(object) = self.dump.read(model, &key)? else { continue };
            let target = if model == ON_PAGE {
                self.page_here(object.fields.get("page")).map(Target::Page)
            } else {
                let of = object.fields.get("collection");
                let key = of.and_then(|of| self.dump.resolve("wagtailcore.collection", of));
                key.and_then(|key| self.collections.get(&key).copied()).map(Target::Collection)
            };
            let Some(target) = target else {
                self.report.refused(PRIVACY, &object.name(), "what it restricts was not taken over");
                continue;
            };
            let rule = match object.text("restriction_type") {
                "password" => Rule::Password(object.text("password").to_owned()),
                "groups" => Rule::Groups(self.names_of_groups(&object)),
                "login" => Rule::Login,
                other => {
                    let what = format!("{other:?} is no kind of restriction here: superusers alone see what it is on");
                    self.report.notice(&object.name(), "restriction_type", what);
                    Rule::Groups(Vec::new())
                }
            };
            let done = match self.writes() {
                true => self.restrict(&object, target, rule).await,
                false => Ok(0),
            };
            self.settle(PRIVACY, &object, done).await?;
        }
        Ok(())
    }

    async fn restrict(&mut self, object: &Object, target: Target, rule: Rule) -> Result<i64, EditError> {
        let content = self.target.content.clone();
        match content.restrict(target, rule, Channel::Import).await {
            Ok(id) => return Ok(id),
            Err(EditError::Db(error)) => return Err(error.into()),
            Err(error) => {
                let what = format!("{error}: superusers alone see what it is on, until somebody says who may");
                self.report.notice(&object.name(), "", what);
            }
        }
        if let Err(AccountError::Db(error)) = self.target.accounts.create_group(NOBODY, &By::cli()).await {
            return Err(error.into());
        }
        content.restrict(target, Rule::Groups(vec![NOBODY.to_owned()]), Channel::Import).await
    }

    fn names_of_groups(&self, object: &Object) -> Vec<String> {
        let groups = object.fields.get("groups").and_then(Value::as_array).into_iter().flatten();
        let keys = groups.filter_map(|group| self.dump.resolve(GROUP, group));
        keys.filter_map(|key| self.groups.get(&key).cloned()).collect()
    }

    pub(super) async fn redirects(&mut self) -> Result<(), ImportError> {
        let content = self.target.content.clone();
        let open = self.open_objects(REDIRECT, REDIRECTS).await?;
        let mode = if self.writes() { Mode::Write } else { Mode::Try };
        let mut import = content.begin_redirects("", Existing::Refused, mode).await?;
        for keys in open.chunks(BATCH) {
            let mut coming = Vec::new();
            for key in keys {
                let Some(object) = self.dump.read(REDIRECT, key)? else { continue };
                coming.extend(self.redirect(&object).await?.map(|new| (object, new)));
            }
            let batch: Vec<(u64, NewRedirect)> = coming.iter().map(|(_, new)| (1, new.clone())).collect();
            // Nothing is there yet that a redirect of a trial could lead to.
            let written = match self.writes() {
                true => content.import_redirects(&mut import, &batch, Channel::Import).await?,
                false => Vec::new(),
            };
            let mut noted = Vec::new();
            for (at, (object, _)) in coming.iter().enumerate() {
                if let Some(Err(error)) = written.get(at) {
                    self.report.refused(REDIRECTS, &object.name(), error.to_string());
                    continue;
                }
                self.report.made(REDIRECTS);
                noted.push((object.key.to_string(), Known { id: 0, digest: digest(object) }));
            }
            if self.writes() {
                let noted = noted.iter().map(|(name, known)| (name.clone(), known));
                store::note_all(&*content.db, SOURCE, REDIRECT, noted).await?;
            }
        }
        Ok(())
    }

    /// A redirect as it is here; one of a site alone, or to a page, that did not come is none.
    async fn redirect(&mut self, object: &Object) -> Result<Option<NewRedirect>, ImportError> {
        let field = |name: &str| object.fields.get(name).unwrap_or(&Value::Null);
        let site = match field("site") {
            Value::Null => None,
            site => self.site_id(site).await?,
        };
        if site.is_none() && !field("site").is_null() && self.writes() {
            self.report.refused(REDIRECTS, &object.name(), "its site was not taken over");
            return Ok(None);
        }
        let page = self.page_here(Some(field("redirect_page")));
        if page.is_none() && !field("redirect_page").is_null() {
            self.report.refused(REDIRECTS, &object.name(), "the page that it leads to was not taken over");
            return Ok(None);
        }
        let target = match page {
            Some(id) => Lead::Page { id, route: object.text("redirect_page_route_path").to_owned() },
            None => Lead::Url(object.text("redirect_link").to_owned()),
        };
        Ok(Some(NewRedirect {
            from: object.text("old_path").to_owned(),
            target,
            site,
            covers_subtree: false,
            is_permanent: object.is("is_permanent"),
        }))
    }

    /// Settings of sites, and of all sites together.
    pub(super) async fn settings(&mut self) -> Result<(), ImportError> {
        let models: Vec<String> = self.dump.models().map(|(name, _)| name.to_owned()).collect();
        for model in models {
            let Some(of_type) = self.type_of(&model, Kind::Settings) else { continue };
            for key in self.open_objects(&model, SETTINGS).await? {
                let Some(mut object) = self.dump.read(&model, &key)? else { continue };
                let name = object.name();
                let site = match object.fields.shift_remove("site") {
                    Some(site) if of_type.scope == Scope::Site => self.site_id(&site).await?,
                    _ => None,
                };
                if of_type.scope == Scope::Site && site.is_none() && self.writes() {
                    self.report.refused(SETTINGS, &name, "its site is not here");
                    continue;
                }
                let fields = self.fields_of(&of_type, &name, object.fields.clone());
                let done = match self.writes() {
                    true => self.target.content.update_setting(site, &of_type.name, &fields, Channel::Import).await,
                    false => Ok(()),
                };
                self.settle(SETTINGS, &object, done.map(|()| site.unwrap_or(0))).await?;
            }
        }
        Ok(())
    }
}
