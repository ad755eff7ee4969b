//! What groups may do. Nobody gets more than they had: a right that is wider here is left out, and told.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::dump::PAGE;
use super::key::Key;
use super::people::GROUP;
use super::{ImportError, Known, Run, SOURCE, digest, store};
use crate::accounts::{AccountError, By, CollectionPermission, GlobalPermission, Grant, PagePermission};
use crate::content::tree;

const ON_PAGES: &str = "wagtailcore.grouppagepermission";
const ON_COLLECTIONS: &str = "wagtailcore.groupcollectionpermission";
const PERMISSION: &str = "auth.permission";

const UNNAMED: &str = "the dump has no auth.permission that says which right this is: not given";

/// Application and code name: `wagtailcore`, `add_page`.
type Permission = (String, String);

impl Run<'_> {
    pub(super) async fn grants(&mut self) -> Result<(), ImportError> {
        let known = self.known(GROUP).await?;
        let on_pages = self.page_grants()?;
        let on_collections = self.collection_grants()?;
        let groups: Vec<(Key, String)> = self.groups.iter().map(|(key, name)| (key.clone(), name.clone())).collect();
        for (key, name) in groups {
            let Some(object) = self.dump.read(GROUP, &key)? else { continue };
            if known.contains_key(&key.to_string()) {
                continue;
            }
            let mut grants = self.global_grants(&object.name(), object.fields.get("permissions"))?;
            grants.extend(on_pages.get(&key).into_iter().flatten().copied());
            grants.extend(on_collections.get(&key).into_iter().flatten().copied());
            if !self.writes() {
                continue;
            }
            for grant in grants {
                match self.target.accounts.grant(&name, grant, &By::cli()).await {
                    Ok(_) => {}
                    Err(AccountError::Db(error)) => return Err(error.into()),
                    Err(error) => self.report.notice(&object.name(), "permissions", format!("{grant}: {error}")),
                }
            }
            let id = self.target.accounts.group_id(&name).await.unwrap_or_default();
            let note = Known { id, digest: digest(&object) };
            store::note(&*self.target.content.db, SOURCE, (GROUP, &key.to_string()), &note).await?;
        }
        Ok(())
    }

    /// The permission that a reference names.
    fn permission(&self, reference: &Value) -> Result<Option<Permission>, ImportError> {
        if let Some([name, app, _]) = reference.as_array().map(Vec::as_slice) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            return Ok(Some((text(app), text(name))));
        }
        let Some(key) = self.dump.resolve(PERMISSION, reference) else { return Ok(None) };
        let Some(object) = self.dump.read(PERMISSION, &key)? else { return Ok(None) };
        let model = object.fields.get("content_type").and_then(|of| self.dump.model_of(of)).unwrap_or_default();
        let app = model.split('.').next().unwrap_or_default().to_owned();
        Ok(Some((app, object.text("codename").to_owned())))
    }

    fn page_grants(&mut self) -> Result<BTreeMap<Key, Vec<Grant>>, ImportError> {
        let mut grants: BTreeMap<Key, Vec<Grant>> = BTreeMap::new();
        let keys: Vec<Key> = self.dump.keys(ON_PAGES).cloned().collect();
        for key in keys {
            let Some(object) = self.dump.read(ON_PAGES, &key)? else { continue };
            let field = |name: &str| object.fields.get(name).unwrap_or(&Value::Null);
            // Wagtail 5 has a word in place of the permission.
            let word = match self.permission(field("permission"))? {
                Some((_, name)) => name,
                None => object.text("permission_type").to_owned(),
            };
            let permission = match word.trim_end_matches("_page") {
                "add" => PagePermission::Add,
                "change" | "edit" => PagePermission::Edit,
                "publish" => PagePermission::Publish,
                "bulk_delete" => PagePermission::BulkDelete,
                "lock" => PagePermission::Lock,
                "unlock" => PagePermission::Unlock,
                // Whoever may see the page may see it in the editor; it says no more.
                "view" => continue,
                "" => {
                    self.report.notice(&object.name(), "permission", UNNAMED);
                    continue;
                }
                _ => {
                    self.report.notice(&object.name(), "permission", format!("{word} is no right on pages here"));
                    continue;
                }
            };
            let page = self.dump.resolve(PAGE, field("page")).and_then(|key| key.id());
            let is_root = self.root.is_some() && page == self.root;
            let page = if is_root { Some(tree::ROOT_ID) } else { self.page_here(Some(field("page"))) };
            if let (Some(group), Some(page)) = (self.dump.resolve(GROUP, field("group")), page) {
                grants.entry(group).or_default().push(Grant::Page(page, permission));
            }
        }
        Ok(grants)
    }

    /// A right on a collection is one on its images and its documents here: whoever has it on both gets it.
    fn collection_grants(&mut self) -> Result<BTreeMap<Key, Vec<Grant>>, ImportError> {
        let mut had: BTreeMap<(Key, i64, &'static str), BTreeSet<&'static str>> = BTreeMap::new();
        let keys: Vec<Key> = self.dump.keys(ON_COLLECTIONS).cloned().collect();
        for key in keys {
            let Some(object) = self.dump.read(ON_COLLECTIONS, &key)? else { continue };
            let field = |name: &str| object.fields.get(name).unwrap_or(&Value::Null);
            let Some((_, name)) = self.permission(field("permission"))? else {
                self.report.notice(&object.name(), "permission", UNNAMED);
                continue;
            };
            let (verb, kind) = name.split_once('_').unwrap_or((&name, ""));
            let verb = ["add", "change", "choose", "delete"].into_iter().find(|known| *known == verb);
            let kind = ["image", "document"].into_iter().find(|known| kind.ends_with(known));
            let group = self.dump.resolve(GROUP, field("group"));
            let collection = self.dump.resolve("wagtailcore.collection", field("collection"));
            let collection = collection.and_then(|key| self.collections.get(&key).copied());
            match (group, collection, verb, kind) {
                (Some(group), Some(collection), Some(verb), Some(kind)) => {
                    had.entry((group, collection, verb)).or_default().insert(kind);
                }
                _ => {
                    self.report.notice(&object.name(), "permission", format!("{name} is no right on collections here"))
                }
            }
        }
        let mut grants: BTreeMap<Key, Vec<Grant>> = BTreeMap::new();
        for ((group, collection, verb), kinds) in had {
            let permission = match verb {
                "add" => CollectionPermission::Add,
                "change" => CollectionPermission::Change,
                "choose" => CollectionPermission::Choose,
                _ => CollectionPermission::Delete,
            };
            if kinds.len() == 2 {
                grants.entry(group).or_default().push(Grant::Collection(collection, permission));
            } else {
                let kind = kinds.iter().next().copied().unwrap_or_default();
                let what = format!(
                    "may {verb} {kind}s alone in collection {collection}: here that is one right for images and documents; not given"
                );
                self.report.notice(&format!("{GROUP} {group}"), "permissions", what);
            }
        }
        Ok(grants)
    }

    /// Rights that belong to no place, each for the whole set of Django's that it stands for.
    fn global_grants(&mut self, group: &str, permissions: Option<&Value>) -> Result<Vec<Grant>, ImportError> {
        let mut had: BTreeSet<Permission> = BTreeSet::new();
        for reference in permissions.and_then(Value::as_array).into_iter().flatten() {
            match self.permission(reference)? {
                Some(permission) => _ = had.insert(permission),
                None => self.report.notice(group, "permissions", UNNAMED),
            }
        }
        let user = self.dump.user_model().unwrap_or("auth.user").to_owned();
        let sets = [
            (GlobalPermission::Users, user.as_str()),
            (GlobalPermission::Groups, GROUP),
            (GlobalPermission::Sites, "wagtailcore.site"),
            (GlobalPermission::Locales, "wagtailcore.locale"),
            (GlobalPermission::Redirects, "wagtailredirects.redirect"),
            (GlobalPermission::Collections, "wagtailcore.collection"),
        ];
        let mut grants = Vec::new();
        for (permission, model) in sets {
            let (app, name) = model.split_once('.').unwrap_or(("", model));
            let verbs = ["add", "change", "delete"].map(|verb| (app.to_owned(), format!("{verb}_{name}")));
            if verbs.iter().all(|one| had.contains(one)) {
                grants.push(Grant::Global(permission));
                had.retain(|one| !verbs.contains(one));
            }
        }
        // What is granted on collections, or what everybody may who has any right, is told elsewhere.
        let is_silent = |(app, name): &Permission| {
            app == "wagtailadmin" || name.starts_with("view_") || app == "wagtailimages" || app == "wagtaildocs"
        };
        let rest: Vec<String> =
            had.iter().filter(|one| !is_silent(one)).map(|(app, name)| format!("{app}.{name}")).collect();
        if !rest.is_empty() {
            let what = format!("there is no right like these here, or only a wider one: {}", rest.join(", "));
            self.report.notice(group, "permissions", what);
        }
        Ok(grants)
    }
}
