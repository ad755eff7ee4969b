//! Settings as templates see them: `settings.site_settings.footer_text`. They are in memory; what they refer to is
//! loaded with what the page refers to.

use serde_json::{Map, Value};

use super::PublicSite;
use super::resolve::Resolver;
use crate::content::site::Site;
use crate::content::types::{ContentType, Types};

/// Every type of settings with its values for one site.
pub type SiteSettings<'t> = Vec<(&'t ContentType, Map<String, Value>)>;

/// The settings of a site.
pub fn of_site<'t>(site: &PublicSite, types: &'t Types, on: &Site) -> SiteSettings<'t> {
    let settings = site.app.content.settings();
    types.settings().map(|of_type| (of_type, settings.values(types, of_type, on.id))).collect()
}

/// The same, with other values of one type.
pub fn of_site_with<'t>(
    site: &PublicSite,
    types: &'t Types,
    on: &Site,
    trial: Option<(&str, &Map<String, Value>)>,
) -> SiteSettings<'t> {
    let mut settings = of_site(site, types, on);
    if let Some((name, values)) = trial {
        for (_, known) in settings.iter_mut().filter(|(of_type, _)| of_type.name == name) {
            known.clone_from(values);
        }
    }
    settings
}

/// The object of all settings, by their names in templates.
pub fn context(settings: SiteSettings<'_>, resolver: &Resolver<'_>) -> Value {
    settings
        .into_iter()
        .map(|(of_type, values)| (of_type.template_name(), resolver.settings(of_type, values)))
        .collect()
}
