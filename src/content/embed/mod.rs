//! Embedded media: what pages show for the address of a film or a piece of music at a provider's.
//!
//! Publishing records which addresses are wanted; a background loop asks the providers ([`work`]). Pages never wait for
//! that: until there is an answer, and for as long as the provider is away, they show a link.

mod address;
mod fetch;
mod provider;
mod work;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::change::Tag;
use super::types::Types;
use crate::clock::Micros;
use crate::config::EmbedRender;
use crate::db::{Db, DbError, Exec, Tx};
use crate::render::embed::{Frame, frame_html, link_html};
use crate::telemetry::label::EmbedState;
use crate::{queries, record};
pub use address::{Reach, Refused, Resolver};
pub use fetch::{Described, FetchError, Fetcher};
pub use provider::{Provider, Providers, SharedProviders};
pub use work::{Asked, QUERIES as WORK_QUERIES};

/// Embeds that `vitrine embed list` shows.
const MAX_LISTED: i64 = 10_000;

record! {
    /// An address, and what its provider says of it.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Embed {
        pub digest: String, pub url: String, pub provider: String, pub state: String, pub title: String,
        pub author: String, pub frame_url: String, pub thumbnail_url: String, pub width: Option<i64>,
        pub height: Option<i64>, pub fetched_at: Option<i64>, pub expires_at: Option<i64>, pub attempts: i64,
        pub next_attempt_at: i64, pub error: String,
    }
}

record! { struct Count { state: String, embeds: i64 } }

queries! {
    WANT = write "embed.want"
        "INSERT INTO embed (digest, url, provider, next_attempt_at)
         SELECT d, u, p, $4 FROM UNNEST($1::text[], $2::text[], $3::text[]) AS wanted (d, u, p)
         ON CONFLICT (digest) DO NOTHING"
        sqlite
        "INSERT INTO embed (digest, url, provider, next_attempt_at)
         SELECT d.value, u.value, p.value, $4 FROM json_each($1) d
         JOIN json_each($2) u ON u.key = d.key JOIN json_each($3) p ON p.key = d.key WHERE TRUE
         ON CONFLICT (digest) DO NOTHING";
    LIST_ALL = read "embed.list_all"
        "SELECT digest, url, provider, state, title, author, frame_url, thumbnail_url, width, height, fetched_at,
                expires_at, attempts, next_attempt_at, error
         FROM embed ORDER BY url LIMIT $1";
    COUNT = read "embed.count_by_state" "SELECT state, COUNT(*) AS embeds FROM embed GROUP BY state LIMIT 10";
    PURGE = write "embed.purge"
        "UPDATE embed SET state = 'wanted', title = '', author = '', frame_url = '', thumbnail_url = '', width = NULL,
                height = NULL, fetched_at = NULL, expires_at = NULL, attempts = 0, next_attempt_at = $1, error = ''
         WHERE digest = $2";
    PURGE_ALL = write "embed.purge_all"
        "UPDATE embed SET state = 'wanted', title = '', author = '', frame_url = '', thumbnail_url = '', width = NULL,
                height = NULL, fetched_at = NULL, expires_at = NULL, attempts = 0, next_attempt_at = $1, error = ''";
}

/// The name of an address in tags and rows: 128 bits of SHA-256.
pub fn digest(url: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(url.trim().as_bytes())[..16])
}

/// Records that these addresses are shown, in the transaction that publishes them; how many are new. Addresses of
/// nobody's are not recorded: they stay links.
pub async fn want(tx: &mut Tx, types: &Types, urls: &[String]) -> Result<u64, DbError> {
    let known = urls.iter().filter_map(|url| Some((url.trim(), types.embeds.find(url)?)));
    let (mut digests, mut addresses, mut providers) = (Vec::new(), Vec::new(), Vec::new());
    for (url, provider) in known {
        let digest = digest(url);
        if !digests.contains(&digest) {
            digests.push(digest);
            addresses.push(url.to_owned());
            providers.push(provider.name.clone());
        }
    }
    if digests.is_empty() {
        return Ok(0);
    }
    Exec::from(tx).query(&WANT).bind(digests).bind(addresses).bind(providers).bind(Micros::now()).execute().await
}

/// Every embed, by address; at most ten thousand.
pub async fn list_all(db: &Db) -> Result<Vec<Embed>, DbError> {
    db.query(&LIST_ALL).bind(MAX_LISTED).list().await
}

/// How many embeds there are in each state.
pub async fn count(db: &Db) -> Result<Vec<(EmbedState, i64)>, DbError> {
    let counts: Vec<Count> = db.query(&COUNT).list().await?;
    let of =
        |state: EmbedState| counts.iter().filter(|count| count.state == state.as_str()).map(|count| count.embeds).sum();
    Ok(EmbedState::ALL.iter().map(|state| (*state, of(*state))).collect())
}

/// Forgets what providers said of one address, or of all; it is asked for again. How many were forgotten.
pub(super) async fn purge(tx: &mut Tx, url: Option<&str>) -> Result<u64, DbError> {
    match url {
        Some(url) => Exec::from(tx).query(&PURGE).bind(Micros::now()).bind(digest(url)).execute().await,
        None => Exec::from(tx).query(&PURGE_ALL).bind(Micros::now()).execute().await,
    }
}

impl Embed {
    pub fn tag(&self) -> Tag {
        Tag::Embed(self.digest.clone())
    }

    /// Whether there is a player to show.
    pub fn has_frame(&self) -> bool {
        self.state == EmbedState::Ready.as_str() && !self.frame_url.is_empty()
    }

    /// Scheme and host of the player, for the policy of the page that shows it.
    pub fn frame_origin(&self) -> Option<String> {
        let url = url::Url::parse(&self.frame_url).ok()?;
        self.has_frame().then(|| url.origin().ascii_serialization())
    }

    pub fn html(&self, render: EmbedRender) -> String {
        if render == EmbedRender::Link || !self.has_frame() {
            return link_html(&self.url, &self.title, &self.provider);
        }
        let title = if self.title.is_empty() { &self.provider } else { &self.title };
        frame_html(&Frame { url: &self.url, source: &self.frame_url, title, width: self.width, height: self.height })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_digest_whatever_stands_around_it() {
        assert_eq!(digest(" https://vimeo.com/1 "), digest("https://vimeo.com/1"));
        assert_eq!(digest("https://vimeo.com/1").len(), 32);
        assert_ne!(digest("https://vimeo.com/1"), digest("https://vimeo.com/2"));
    }

    #[test]
    fn an_embed_without_a_player_is_a_link() {
        let mut embed = Embed { url: "https://vimeo.com/1".into(), provider: "Vimeo".into(), ..Embed::default() };
        assert_eq!(embed.html(EmbedRender::Iframe), link_html("https://vimeo.com/1", "", "Vimeo"));
        embed.frame_url = "https://player.vimeo.com/video/1".into();
        assert!(!embed.has_frame() && embed.frame_origin().is_none(), "it is not ready");
        embed.state = "ready".into();
        assert!(embed.html(EmbedRender::Iframe).contains("<iframe"));
        assert_eq!(embed.frame_origin().as_deref(), Some("https://player.vimeo.com"));
        assert!(!embed.html(EmbedRender::Link).contains("<iframe"));
    }
}
