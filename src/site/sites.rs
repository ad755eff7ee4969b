//! Which site a host name shows, and in which language an address of it is.

use url::Url;

use crate::content::page::Page;
use crate::content::site::Site;

/// All sites, each seen in each of its languages.
#[derive(Default)]
pub struct Sites {
    /// The main language first.
    sites: Vec<Vec<Site>>,
}

impl Sites {
    /// In their main languages.
    pub fn all(&self) -> Vec<Site> {
        self.sites.iter().filter_map(|seen| seen.first().cloned()).collect()
    }

    pub fn new(sites: Vec<Site>) -> Self {
        Self { sites: sites.iter().map(Site::in_each_language).collect() }
    }

    /// The site with this host name and port, else with this host name, else the default one; in its main language.
    pub fn find(&self, host: &str) -> Option<&Site> {
        self.at_host(host)?.first()
    }

    /// As [`Sites::find`], in the language of the path.
    pub fn find_for(&self, host: &str, path: &str) -> Option<&Site> {
        let seen = self.at_host(host)?;
        seen.get(seen.first()?.language_at(path))
    }

    /// The site that has this very host name, of its own or in its address.
    pub fn named(&self, name: &str) -> Option<&Site> {
        let address = |site: &Site| Url::parse(&site.base_url).ok()?.host_str().map(str::to_owned);
        let is_it = |site: &&Site| {
            site.hostname.eq_ignore_ascii_case(name)
                || address(site).is_some_and(|host| host.eq_ignore_ascii_case(name))
        };
        self.sites.iter().filter_map(|seen| seen.first()).find(is_it)
    }

    fn at_host(&self, host: &str) -> Option<&Vec<Site>> {
        if let [only] = &self.sites[..] {
            return Some(only);
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !name.ends_with(':') => (name, port.parse::<i64>().ok()),
            _ => (host, None),
        };
        let has = |seen: &&Vec<Site>, is: &dyn Fn(&Site) -> bool| seen.first().is_some_and(is);
        let named = || self.sites.iter().filter(|seen| has(seen, &|site| site.hostname.eq_ignore_ascii_case(name)));
        named()
            .find(|seen| has(seen, &|site| Some(site.port) == port))
            .or_else(|| named().next())
            .or_else(|| self.sites.iter().find(|seen| has(seen, &|site| site.is_default)))
    }

    /// The site that shows a page: the one with the deepest root above it.
    pub fn of_page(&self, page: &Page) -> Option<&Site> {
        let above = self.sites.iter().flatten().filter(|site| page.path.starts_with(&site.root_path));
        above.max_by_key(|site| (site.root_path.len(), site.is_default))
    }

    /// The site with this id, in the language of the path.
    pub fn seen_at(&self, site_id: i64, path: &str) -> Option<&Site> {
        let seen = self.sites.iter().find(|seen| seen.first().is_some_and(|site| site.id == site_id))?;
        seen.get(seen.first()?.language_at(path))
    }

    /// The site that shows a page of the tree, and the page's path there: `near` if it does.
    pub fn locate<'s>(&'s self, near: &'s Site, url_path: &str) -> Option<(&'s Site, String)> {
        let others = self.sites.iter().filter_map(|seen| seen.first()).filter(|site| site.id != near.id);
        let found = |site: &'s Site| Some((site, site.own_path(url_path)?.into_owned()));
        found(near).or_else(|| {
            // A site within another one knows its pages better.
            others.filter_map(found).min_by_key(|(_, path)| path.len())
        })
    }

    /// Whether there is one and no other.
    pub fn is_alone(&self) -> bool {
        self.sites.len() == 1
    }

    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }
}
