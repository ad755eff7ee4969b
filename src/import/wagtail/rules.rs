//! What lies over pages: who may see them, addresses that lead to them, what is planned; and settings of sites.

use serde_json::Value;

use super::dump::{Object, PAGE, REVISION};
use super::key::Key;
use super::people::GROUP;
use super::time::micros;
use super::{ImportError, Known, Run, SOURCE, digest, store};
use crate::clock::Micros;
use crate::content::EditError;
use crate::content::privacy::{Rule, Target};
use crate::content::redirect::{Existing, Mode, NewRedirect, Target as Lead};
use crate::content::types::{Kind, Scope};
use crate::telemetry::label::Channel;

const ON_PAGE: &str = "wagtailcore.pageviewrestriction";
const ON_COLLECTION: &str = "wagtailcore.collectionviewrestriction";
const REDIRECT: &str = "wagtailredirects.redirect";
const PRIVACY: &str = "privacy";
const REDIRECTS: &str = "redirects";
const SETTINGS: &str = "settings";
const SCHEDULES: &str = "schedules";

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

    /// Passwords of pages are plain text in Wagtail; here their hashes are kept.
    pub(super) async fn privacy(&mut self) -> Result<(), ImportError> {
        for model in [ON_PAGE, ON_COLLECTION] {
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
                        self.report.refused(
                            PRIVACY,
                            &object.name(),
                            format!("{other:?} is no kind of restriction here"),
                        );
                        continue;
                    }
                };
                let done = match self.writes() {
                    true => self.target.content.restrict(target, rule, Channel::Import).await,
                    false => Ok(0),
                };
                self.settle(PRIVACY, &object, done).await?;
            }
        }
        Ok(())
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
        for key in open {
            let Some(object) = self.dump.read(REDIRECT, &key)? else { continue };
            let field = |name: &str| object.fields.get(name).unwrap_or(&Value::Null);
            let site = match field("site") {
                Value::Null => None,
                site => self.site_id(site).await?,
            };
            let page = self.page_here(Some(field("redirect_page")));
            if page.is_none() && !field("redirect_page").is_null() {
                self.report.refused(REDIRECTS, &object.name(), "the page that it leads to was not taken over");
                continue;
            }
            let target = match page {
                Some(id) => Lead::Page { id, route: object.text("redirect_page_route_path").to_owned() },
                None => Lead::Url(object.text("redirect_link").to_owned()),
            };
            let new = NewRedirect {
                from: object.text("old_path").to_owned(),
                target,
                site,
                covers_subtree: false,
                is_permanent: object.is("is_permanent"),
            };
            // Nothing is there yet that a redirect of a trial could lead to.
            let written = match self.writes() {
                true => content.import_redirects(&mut import, &[(1, new)], Channel::Import).await?.pop(),
                false => None,
            };
            if let Some(Err(error)) = written {
                self.report.refused(REDIRECTS, &object.name(), error.to_string());
                continue;
            }
            self.settle(REDIRECTS, &object, Ok(0)).await?;
        }
        Ok(())
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

    /// What is to be published, and what is to end.
    pub(super) async fn schedules(&mut self) -> Result<(), ImportError> {
        let known = self.known(SCHEDULES).await?;
        let mut planned: std::collections::BTreeMap<i64, (Option<Micros>, Option<Micros>)> = Default::default();
        let now = Micros::now();
        let later = |value: Option<&Value>| micros(value).map(Micros).filter(|at| *at > now);
        for key in self.dump.keys(REVISION) {
            let Some(row) = self.dump.read(REVISION, key)? else { continue };
            let page = row.fields.get("object_id").and_then(Key::of).and_then(|key| key.id());
            if let (Some(page), Some(at)) = (page, later(row.fields.get("approved_go_live_at"))) {
                planned.entry(page).or_default().0 = Some(at);
            }
        }
        for placed in &self.dump.pages {
            let Some(page) = self.dump.read(PAGE, &placed.key)? else { continue };
            if let (Some(id), Some(at)) = (placed.key.id(), later(page.fields.get("expire_at"))) {
                planned.entry(id).or_default().1 = Some(at);
            }
        }
        planned.retain(|page, _| self.pages.contains(page));
        for (page, (publish_at, expire_at)) in planned {
            if known.contains_key(&page.to_string()) {
                self.report.known(SCHEDULES);
                continue;
            }
            let name = format!("{PAGE} {page}");
            if self.writes() {
                match self.target.content.schedule(page, publish_at, expire_at, Channel::Import).await {
                    Ok(()) => {}
                    Err(EditError::Db(error)) => return Err(error.into()),
                    Err(error) => {
                        self.report.refused(SCHEDULES, &name, error.to_string());
                        continue;
                    }
                }
                let note = Known { id: page, digest: String::new() };
                store::note(&*self.target.content.db, SOURCE, (SCHEDULES, &page.to_string()), &note).await?;
            }
            self.report.made(SCHEDULES);
        }
        Ok(())
    }
}
