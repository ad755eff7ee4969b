//! For whom a passkey is: the site at whose host name the editor is open. Browsers make them over HTTPS alone, and on
//! localhost.

use url::Url;

use crate::accounts::Party;
use crate::admin::Admin;
use crate::http::stack::RequestInfo;

/// On localhost, where no site has this name.
const LOCAL_NAME: &str = "Vitrine";

/// `None` at an address, at a name that no site has, and over plain HTTP.
pub(in crate::admin) fn party(admin: &Admin, info: &RequestInfo) -> Option<Party> {
    let spoken = Url::parse(&format!("{}://{}", info.scheme.as_str(), info.host)).ok()?;
    let host = spoken.domain()?;
    let site = admin.site.site_named(host);
    of(&spoken, host, site)
}

fn of(spoken: &Url, host: &str, site: Option<(String, String)>) -> Option<Party> {
    let is_local = host == "localhost" || host.ends_with(".localhost");
    let (name, address) = match site {
        Some((name, address)) => (name, address),
        None if is_local => (LOCAL_NAME.to_owned(), String::new()),
        None => return None,
    };
    if spoken.scheme() == "https" || is_local {
        return Some(Party { id: host.to_owned(), origin: spoken.clone(), name });
    }
    // A proxy that does not tell of its TLS: the site's own address knows of it.
    let own = Url::parse(&address).ok().filter(|own| own.scheme() == "https" && own.domain() == Some(host))?;
    Some(Party { id: host.to_owned(), origin: own, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(spoken: &str, site: Option<&str>) -> Option<String> {
        let spoken = Url::parse(spoken).expect("a URL");
        let site = site.map(|address| ("A site".to_owned(), address.to_owned()));
        let party = of(&spoken, spoken.domain()?, site)?;
        Some(party.origin.to_string())
    }

    #[test]
    fn only_a_sites_own_name_over_https_is_a_party() {
        let of = |spoken, site: Option<&str>| origin(spoken, site);
        assert_eq!(of("https://a.test", Some("https://a.test")).as_deref(), Some("https://a.test/"));
        assert_eq!(of("https://a.test:8443", Some("http://a.test")).as_deref(), Some("https://a.test:8443/"));
        assert_eq!(of("http://a.test", Some("https://a.test")).as_deref(), Some("https://a.test/"), "behind a proxy");
        assert_eq!(of("http://localhost:8000", None).as_deref(), Some("http://localhost:8000/"));
        assert_eq!(of("http://a.test", Some("http://a.test")), None, "browsers refuse it");
        assert_eq!(of("http://a.test", Some("https://b.test")), None);
        assert_eq!(of("https://evil.test", None), None);
        assert_eq!(of("https://192.0.2.1", Some("https://192.0.2.1")), None);
    }
}
