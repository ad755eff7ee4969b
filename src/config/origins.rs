//! Lists of origins of web pages.

use serde_json::Value as Json;
use url::Url;

use super::list::List;
use super::url::site_origin;

/// Any origin.
const ANY: &str = "*";

/// Origins as browsers write them (`https://app.example.org`), or `*` for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn is_any(&self) -> bool {
        self.0.iter().any(|origin| origin == ANY)
    }

    /// Whether this very origin is listed.
    pub fn have(&self, origin: &[u8]) -> bool {
        self.0.iter().any(|known| known.as_bytes() == origin)
    }
}

impl List for Origins {
    const KIND: &'static str = "list of origins";

    fn of(items: Vec<&str>) -> Result<Self, String> {
        for item in items.iter().filter(|item| **item != ANY) {
            site_origin(item).map_err(|problem| format!("{item:?}: {problem}"))?;
            let spelt = Url::parse(item).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
            if spelt != *item {
                return Err(format!("{item:?}: browsers write {spelt:?}"));
            }
        }
        if items.len() > 1 && items.contains(&ANY) {
            return Err("\"*\" is any origin: leave the others out".to_owned());
        }
        Ok(Self(items.into_iter().map(str::to_owned).collect()))
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
    fn an_origin_is_spelt_as_browsers_do() {
        let of = |text: &str| Origins::from_text(text);
        let some = of("https://app.example.org, http://localhost:3000").expect("origins");
        assert!(some.have(b"http://localhost:3000") && !some.have(b"http://localhost") && !some.is_any());
        assert!(of("*").expect("any").is_any() && of("").expect("none").is_empty());
        for wrong in [
            "app.example.org",
            "https://app.example.org/",
            "https://app.example.org/path",
            "https://APP.example.org",
            "https://app.example.org:443",
            "https://*.example.org",
            "*,https://app.example.org",
            "null",
            "ftp://app.example.org",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
