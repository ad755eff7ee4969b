//! Asking other servers: a client that goes where it is sent and nowhere else, and answers read with a limit on time and
//! size.

use std::error::Error;
use std::time::Duration;

use http::header::{HeaderMap, RETRY_AFTER};
use reqwest::{ClientBuilder, Response};

/// A connection that is not used for so long is closed: the next one is looked up again.
const IDLE: Duration = Duration::from_secs(30);
/// Of the body of an answer, what is read.
const MAX_EXCERPT_BYTES: usize = 1024;
const MAX_EXCERPT_CHARS: usize = 300;
/// For what comes behind the head of an answer, which has told all that counts.
pub const EXCERPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A client without proxies, redirects and decompression.
pub fn client() -> ClientBuilder {
    // A second call only finds the provider of TLS that is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A proxy would look names up for us, and connect where we would not.
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).pool_idle_timeout(IDLE).no_gzip()
}

/// How long a server asks to be left alone; an hour at most.
pub fn wait_asked(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// An error and its causes. The reason is at the end; the address in front is known.
pub fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    fn next<'e>(error: &&'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
        (*error).source()
    }
    std::iter::successors(Some(error), next)
}

/// The first letters of a body, whatever it is, as one line.
pub async fn excerpt(response: Response) -> String {
    tokio::time::timeout(EXCERPT_TIMEOUT, beginning(response)).await.unwrap_or_default()
}

async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MAX_EXCERPT_BYTES - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() >= MAX_EXCERPT_BYTES {
            break;
        }
    }
    one_line(&String::from_utf8_lossy(&bytes))
}

/// One line, cut.
pub fn one_line(text: &str) -> String {
    let blanked = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    blanked.take(MAX_EXCERPT_CHARS).collect::<String>().trim().to_owned()
}
