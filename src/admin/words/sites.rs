//! Refusals of sites and languages.

use crate::admin::texts::{Said, said};
use crate::content::SiteError;

pub(in crate::admin) fn site(error: &SiteError) -> Said {
    match error {
        SiteError::LocaleInvalid(code) => said("locale-invalid").with("code", code.as_str()),
        SiteError::LocaleTaken(code) => said("locale-taken").with("code", code.as_str()),
        SiteError::LocaleNotFound(code) => said("locale-not-found").with("code", code.as_str()),
        SiteError::LocaleIsDefault(code) => said("locale-is-default").with("code", code.as_str()),
        SiteError::LocaleUsed { code, page } => said("locale-used").with("code", code.as_str()).with("page", *page),
        SiteError::NameInvalid { max } => said("site-name-invalid").with("max", *max),
        SiteError::SiteNotFound(id) => said("site-not-found").with("id", *id),
        SiteError::HostInvalid(host) => said("host-invalid").with("host", host.as_str()),
        SiteError::PortInvalid(port) => said("port-invalid").with("port", *port),
        SiteError::AddressTaken(host, port) => {
            said("site-address-taken").with("host", host.as_str()).with("port", *port)
        }
        SiteError::PageNotFound(id) => said("page-not-found").with("id", *id),
        SiteError::RootUnfit(id) => said("root-unfit").with("id", *id),
        SiteError::DefaultIsNeeded => said("default-site-needed"),
        SiteError::TooManyLocales(max) => said("too-many-locales").with("max", *max),
        SiteError::TooManySites(max) => said("too-many-sites").with("max", *max),
        SiteError::Db(_) => said("server-failed"),
    }
}
