//! Redis, as far as nodes share anything through it: scripts of one round trip, on connections of which none is used
//! twice at once. It is never needed: who asks has another way, and hears at once when it is away.

mod address;
mod reply;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;

use crate::config::Config;
use crate::telemetry::label::RedisOutcome;
use crate::telemetry::{Telemetry, Timer};
use address::Address;
use reply::Reply;

/// Connections of one node: a call takes a tenth of a millisecond.
const MAX_CONNECTIONS: usize = 16;
/// After a failure it is left alone for so long, so that no request waits for what is away.
const LEAVE_ALONE: Duration = Duration::from_secs(1);

/// Why there is no answer.
///
/// None of them names the address: it may have a password.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    #[error("redis.url: {0}")]
    Url(String),
    #[error("no certificates to trust: {0}")]
    Certificates(String),
    #[error("no answer within redis.timeout_s")]
    Timeout,
    #[error("out of reach: {0}")]
    Unreachable(#[from] io::Error),
    #[error("it was out of reach a moment ago")]
    Away,
    #[error("it refused: {0}")]
    Refused(String),
}

impl RedisError {
    fn outcome(&self) -> RedisOutcome {
        match self {
            Self::Timeout => RedisOutcome::Timeout,
            Self::Refused(_) => RedisOutcome::Refused,
            _ => RedisOutcome::Unreachable,
        }
    }
}

/// A script, and the name by which Redis knows it once it was sent.
pub struct Script {
    text: &'static str,
    digest: String,
}

impl Script {
    pub fn new(text: &'static str) -> Self {
        // No secret hangs on it: Redis names scripts by their SHA-1.
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        Self { text, digest: data_encoding::HEXLOWER.encode(digest.as_ref()) }
    }
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

type Connection = BufReader<Box<dyn Wire>>;

/// The Redis of the configuration.
pub struct Redis {
    address: Address,
    /// None: plain TCP.
    tls: Option<TlsConnector>,
    timeout: Duration,
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
    /// Since when it is left alone.
    failed: Mutex<Option<Timer>>,
    telemetry: Arc<Telemetry>,
}

impl Redis {
    /// `None` where none is configured; nothing connects before the first call.
    ///
    /// # Errors
    /// When the address is none, or there is nothing to trust a `rediss://` one by.
    pub fn open(config: &Config, telemetry: &Arc<Telemetry>) -> Result<Option<Arc<Self>>, RedisError> {
        let url = config.redis.url.expose();
        if url.is_empty() {
            return Ok(None);
        }
        let address = Address::parse(url).ok_or_else(|| RedisError::Url("it names no Redis".to_owned()))?;
        let tls = address.is_encrypted.then(address::trusting_the_system).transpose()?;
        Ok(Some(Arc::new(Self {
            address,
            tls,
            timeout: config.redis.timeout(),
            idle: Mutex::default(),
            places: Semaphore::new(MAX_CONNECTIONS),
            failed: Mutex::default(),
            telemetry: telemetry.clone(),
        })))
    }

    /// Runs a script that answers with numbers.
    ///
    /// # Errors
    /// Why there is no answer; at once when there was none a moment ago.
    pub async fn run(&self, script: &Script, key: &str, arguments: &[&str]) -> Result<Vec<i64>, RedisError> {
        if !self.may_try() {
            return Err(RedisError::Away);
        }
        let timer = Timer::start();
        let answer = tokio::time::timeout(self.timeout, self.ask(script, key, arguments)).await;
        let answer = answer.unwrap_or(Err(RedisError::Timeout));
        let outcome = answer.as_ref().map_or_else(RedisError::outcome, |_| RedisOutcome::Ok);
        let families = &self.telemetry.families;
        families.redis_call_duration.with_label_values(&[outcome.as_str()]).observe(timer.elapsed_s());
        self.note(answer.as_ref().err());
        answer
    }

    /// Whether it answers, and runs scripts.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn check(&self) -> Result<(), RedisError> {
        self.run(&Script::new("return {1}"), "vitrine:check", &[]).await.map(drop)
    }

    /// Whether it is asked now. After a failure one caller tries, once in a while.
    fn may_try(&self) -> bool {
        let mut failed = self.failed.lock();
        match *failed {
            Some(since) if since.elapsed() < LEAVE_ALONE => false,
            Some(_) => {
                *failed = Some(Timer::start());
                true
            }
            None => true,
        }
    }

    /// Says once that it is away, and once that it is back.
    fn note(&self, error: Option<&RedisError>) {
        let mut failed = self.failed.lock();
        match (error, failed.is_some()) {
            (Some(error), false) => {
                tracing::warn!(%error, "Redis cannot be asked: limits are counted on this node alone")
            }
            (None, true) => tracing::info!("Redis is back: limits are shared again"),
            _ => {}
        }
        *failed = error.map(|_| Timer::start());
    }

    async fn ask(&self, script: &Script, key: &str, arguments: &[&str]) -> Result<Vec<i64>, RedisError> {
        let _place = self.places.acquire().await.map_err(|_| RedisError::Away)?;
        // One that was left open may be dead: Redis was started anew meanwhile. A new one tells.
        let left = self.idle.lock().pop();
        if let Some(connection) = left {
            match self.ask_on(connection, script, key, arguments).await {
                Err(RedisError::Unreachable(_)) => self.idle.lock().clear(),
                answered => return answered,
            }
        }
        let connection = self.connect().await?;
        self.ask_on(connection, script, key, arguments).await
    }

    /// The connection is left open for the next call when it is sound: a call that is given up takes it along.
    async fn ask_on(
        &self,
        mut connection: Connection,
        script: &Script,
        key: &str,
        arguments: &[&str],
    ) -> Result<Vec<i64>, RedisError> {
        let with = |head: [&str; 2]| {
            let parts: Vec<&str> = [head[0], head[1], "1", key].into_iter().chain(arguments.iter().copied()).collect();
            reply::command(&parts)
        };
        connection.write_all(&with(["EVALSHA", &script.digest])).await?;
        let mut reply = Reply::read(&mut connection).await?;
        if matches!(&reply, Reply::Error(text) if text.starts_with("NOSCRIPT")) {
            connection.write_all(&with(["EVAL", script.text])).await?;
            reply = Reply::read(&mut connection).await?;
        }
        self.idle.lock().push(connection);
        match reply {
            Reply::Numbers(numbers) => Ok(numbers),
            Reply::Error(text) => Err(RedisError::Refused(text)),
            Reply::Word(text) => Err(RedisError::Refused(format!("{text:?} is no list of numbers"))),
        }
    }

    async fn connect(&self) -> Result<Connection, RedisError> {
        let Address { host, port, .. } = &self.address;
        let stream = TcpStream::connect((host.as_str(), *port)).await?;
        stream.set_nodelay(true)?;
        let wire: Box<dyn Wire> = match &self.tls {
            Some(tls) => Box::new(tls.connect(self.address.server_name()?, stream).await?),
            None => Box::new(stream),
        };
        let mut connection = BufReader::new(wire);
        for command in self.address.greeting() {
            let parts: Vec<&str> = command.iter().map(String::as_str).collect();
            connection.write_all(&reply::command(&parts)).await?;
            if let Reply::Error(text) = Reply::read(&mut connection).await? {
                return Err(RedisError::Refused(text));
            }
        }
        Ok(connection)
    }
}
