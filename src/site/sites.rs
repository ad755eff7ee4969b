//! Which site a host name shows.

use crate::content::site::Site;

#[derive(Default)]
pub struct Sites {
    sites: Vec<Site>,
}

impl Sites {
    pub fn new(sites: Vec<Site>) -> Self {
        Self { sites }
    }

    /// The site with this host name and port, else with this host name, else the default one.
    pub fn find(&self, host: &str) -> Option<&Site> {
        if let [only] = &self.sites[..] {
            return Some(only);
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !name.ends_with(':') => (name, port.parse::<i64>().ok()),
            _ => (host, None),
        };
        let named = || self.sites.iter().filter(|site| site.hostname.eq_ignore_ascii_case(name));
        named()
            .find(|site| Some(site.port) == port)
            .or_else(|| named().next())
            .or_else(|| self.sites.iter().find(|site| site.is_default))
    }

    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }
}
