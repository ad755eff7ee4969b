//! Lists of servers that are sent to.

use serde_json::Value as Json;

use super::list::List;
use super::url::server_url;

/// Most servers of one list.
const MAX_SERVERS: usize = 16;

/// Base addresses of servers, such as `http://10.0.0.5:6081`, without a slash at the end, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses(Vec<String>);

impl Addresses {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl List for Addresses {
    const KIND: &'static str = "list of URLs";

    fn of(items: Vec<&str>) -> Result<Self, String> {
        if items.len() > MAX_SERVERS {
            return Err(format!("at most {MAX_SERVERS} servers"));
        }
        let mut list: Vec<String> = Vec::new();
        for item in items {
            server_url(item)?;
            let item = item.trim_end_matches('/');
            if !list.iter().any(|known| known == item) {
                list.push(item.to_owned());
            }
        }
        Ok(Self(list))
    }

    fn show(&self) -> Json {
        self.0.clone().into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::value::Value;
    use super::*;

    #[test]
    fn servers_are_urls_without_passwords() {
        let of = |text: &str| Addresses::from_text(text);
        let two = of("http://10.0.0.5:6081/, http://10.0.0.6:6081, http://10.0.0.5:6081").expect("servers");
        assert_eq!(two.iter().collect::<Vec<_>>(), ["http://10.0.0.5:6081", "http://10.0.0.6:6081"]);
        assert!(of("").expect("none").is_empty());
        for wrong in
            ["10.0.0.5:6081", "ftp://10.0.0.5/", "http://a:b@10.0.0.5/", "http://cache/?a=b", "http://cache/#x"]
        {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        let many: Vec<String> = (0..=MAX_SERVERS).map(|at| format!("http://10.0.0.{at}")).collect();
        assert!(of(&many.join(",")).is_err());
    }
}
