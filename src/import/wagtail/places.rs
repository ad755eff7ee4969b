//! Languages and sites.

use serde_json::Value;

use super::dump::{Object, PAGE};
use super::{ImportError, Run};
use crate::content::{NewSite, SiteError, locale, site};
use crate::telemetry::label::Channel;

const LOCALE: &str = "wagtailcore.locale";
const SITE: &str = "wagtailcore.site";

impl Run<'_> {
    /// Languages by their codes. The default one is that of the default site.
    pub(super) async fn locales(&mut self) -> Result<(), ImportError> {
        let content = &self.target.content;
        let here = locale::list(&content.db).await?;
        let default =
            here.iter().find(|locale| locale.is_default).map(|locale| locale.code.clone()).unwrap_or_default();
        let keys: Vec<_> = self.dump.keys(LOCALE).cloned().collect();
        for key in keys {
            let Some(object) = self.dump.read(LOCALE, &key)? else { continue };
            let Some(code) = locale::canonical(object.text("language_code")) else {
                self.report.refused("languages", &object.name(), "is no language code");
                continue;
            };
            if here.iter().any(|known| known.code == code) {
                self.report.known("languages");
            } else {
                if self.writes() {
                    match content.create_locale(&code, None, Channel::Import).await {
                        Ok(_) => {}
                        Err(SiteError::Db(error)) => return Err(error.into()),
                        Err(error) => {
                            self.report.refused("languages", &object.name(), error.to_string());
                            continue;
                        }
                    }
                }
                self.report.made("languages");
            }
            self.locales.insert(key, code);
        }
        self.default_locale =
            Some(self.main_locale()?.unwrap_or_else(|| default.clone())).filter(|code| !code.is_empty());
        let wanted = self.default_locale.clone().filter(|code| *code != default);
        let empty = here.iter().all(|locale| locale.pages == 0);
        if let Some(code) = wanted.filter(|_| self.writes() && empty) {
            let changed = content.set_default_locale(&code, Channel::Import).await;
            if let Err(error) = changed {
                self.report.notice(&code, "", error.to_string());
            } else if !self.locales.values().any(|known| *known == default) {
                // What a new database has is no language of this site.
                let _kept_when_used = content.delete_locale(&default, Channel::Import).await;
            }
        }
        Ok(())
    }

    /// The language of the root page of the default site.
    fn main_locale(&self) -> Result<Option<String>, ImportError> {
        let sites = self.sites_of_dump()?;
        let Some(site) = sites.iter().find(|site| site.is("is_default_site")).or_else(|| sites.first()) else {
            return Ok(None);
        };
        let root = self.dump.resolve(PAGE, site.fields.get("root_page").unwrap_or(&Value::Null));
        let Some(root) = root.map(|key| self.dump.read(PAGE, &key)).transpose()?.flatten() else { return Ok(None) };
        Ok(self.locale_of(&root))
    }

    fn sites_of_dump(&self) -> Result<Vec<Object>, ImportError> {
        let sites = self.dump.keys(SITE).map(|key| self.dump.read(SITE, key)).collect::<Result<Vec<_>, _>>()?;
        Ok(sites.into_iter().flatten().collect())
    }

    /// The code of the language that an object is in.
    pub(super) fn locale_of(&self, object: &Object) -> Option<String> {
        let key = self.dump.resolve(LOCALE, object.fields.get("locale")?)?;
        self.locales.get(&key).cloned()
    }

    /// Sites, the default one first: the first site of an installation is its default one.
    pub(super) async fn sites(&mut self) -> Result<(), ImportError> {
        let content = &self.target.content;
        let mut sites = self.sites_of_dump()?;
        sites.sort_by_key(|site| !site.is("is_default_site"));
        let here = site::list(&*content.db, "").await?;
        for object in sites {
            let port = object.number("port").unwrap_or(80);
            let hostname = object.text("hostname").to_lowercase();
            if here.iter().any(|known| known.hostname == hostname && known.port == port) {
                self.report.known("sites");
                continue;
            }
            let root = object.fields.get("root_page");
            let Some(root_page_id) = self.page_here(root) else {
                let root = root.unwrap_or(&Value::Null);
                self.report.refused("sites", &object.name(), format!("its root, page {root}, was not taken over"));
                continue;
            };
            let name = Some(object.text("site_name")).filter(|name| !name.is_empty()).unwrap_or(&hostname).to_owned();
            if self.writes() {
                match content.create_site(&NewSite { hostname, port, name, root_page_id }, Channel::Import).await {
                    Ok(_) => {}
                    Err(SiteError::Db(error)) => return Err(error.into()),
                    Err(error) => {
                        self.report.refused("sites", &object.name(), error.to_string());
                        continue;
                    }
                }
            }
            self.report.made("sites");
        }
        Ok(())
    }

    /// The id here of a site of the dump.
    pub(super) async fn site_id(&self, reference: &Value) -> Result<Option<i64>, ImportError> {
        let Some(key) = self.dump.resolve(SITE, reference) else { return Ok(None) };
        let Some(object) = self.dump.read(SITE, &key)? else { return Ok(None) };
        let here = site::list(&*self.target.content.db, "").await?;
        let is_it = |site: &&site::Site| {
            site.hostname.eq_ignore_ascii_case(object.text("hostname")) && Some(site.port) == object.number("port")
        };
        Ok(here.iter().find(is_it).map(|site| site.id))
    }
}
