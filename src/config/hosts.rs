//! Several servers of one PostgreSQL database in one URL, as libpq writes them: `postgres://u:p@a:5432,b:5432/db`.

use super::secret::SecretUrl;

/// A primary and its standbys are few.
const MOST_HOSTS: usize = 8;
/// libpq's parameter for which of the hosts is wanted.
const WANTED: &str = "target_session_attrs";

/// The hosts of `database.url`, each with a URL of its own.
pub struct DatabaseHosts {
    pub urls: Vec<SecretUrl>,
    /// Whether a connection is good only on the server that takes writes: there are several, or the URL asks for it.
    pub choosing: bool,
}

impl DatabaseHosts {
    /// What a PostgreSQL URL names, in its order.
    ///
    /// # Errors
    /// For more hosts than there may be, and for a parameter that asks for a server that takes no writes.
    pub fn parse(url: &SecretUrl) -> Result<Self, String> {
        let text = url.expose();
        let (scheme, after) = text.split_once("://").unwrap_or(("", text));
        let (authority, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
        let (user, places) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let is_wanted = |pair: &&str| pair.split_once('=').is_some_and(|(name, _)| name == WANTED);
        let (wanted, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_wanted);
        let takes_writes = |pair: &&str| matches!(pair.split_once('='), Some((_, "read-write" | "primary")));
        if !wanted.iter().all(takes_writes) {
            return Err(format!("{WANTED} is read-write or left out: Vitrine writes"));
        }
        let places: Vec<&str> = places.split(',').collect();
        if places.len() > MOST_HOSTS {
            return Err(format!("at most {MOST_HOSTS} hosts are taken"));
        }
        let query =
            if others.iter().all(|pair| pair.is_empty()) { String::new() } else { format!("?{}", others.join("&")) };
        let one = |place: &&str| SecretUrl::new(format!("{scheme}://{user}{place}{path}{query}"));
        Ok(Self { urls: places.iter().map(one).collect(), choosing: places.len() > 1 || !wanted.is_empty() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Vec<String>, bool) {
        let hosts = DatabaseHosts::parse(&SecretUrl::new(text)).expect("hosts");
        (hosts.urls.iter().map(|url| url.expose().to_owned()).collect(), hosts.choosing)
    }

    #[test]
    fn each_host_has_the_user_the_database_and_the_parameters() {
        let (urls, choosing) =
            parsed("postgres://u:p,q@a:5432,[::1]:5433/db?sslmode=require&target_session_attrs=read-write");
        let expected = ["postgres://u:p,q@a:5432/db?sslmode=require", "postgres://u:p,q@[::1]:5433/db?sslmode=require"];
        assert_eq!((urls, choosing), (expected.map(str::to_owned).to_vec(), true));
    }

    #[test]
    fn one_host_is_taken_as_it_is_unless_it_must_take_writes() {
        for url in ["postgres://db/kni", "postgres:///kni?host=/run/postgresql", "postgres://%2Frun%2Fpostgresql/kni"] {
            assert_eq!(parsed(url), (vec![url.to_owned()], false));
        }
        let (urls, choosing) = parsed("postgres://db/kni?target_session_attrs=primary");
        assert_eq!((urls, choosing), (vec!["postgres://db/kni".to_owned()], true));
    }
}
