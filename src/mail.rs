//! Outgoing mail: by SMTP, or into a folder where no server is set, so that development needs none.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::config::{Config, MailEncryption};
use crate::telemetry::label::MailOutcome;
use crate::telemetry::{Telemetry, Timer};

/// One conversation with the server, at most.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Mails that the folder keeps; more are refused, since nobody reads them.
const MAX_WRITTEN: usize = 1_000;

/// A mail to one person.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// No later attempt will send it.
    #[error("the mail is not well formed: {0}")]
    Malformed(String),
    #[error("the mail server did not take it: {0}")]
    Refused(String),
    #[error("the mail cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

/// Sends mail of one installation.
pub struct Mailer {
    way: Way,
    from: String,
    telemetry: Arc<Telemetry>,
}

impl Mailer {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// When the settings cannot be used for TLS.
    pub fn open(config: &Config, telemetry: Arc<Telemetry>) -> Result<Self, MailError> {
        let settings = &config.email;
        let way = if settings.host.is_empty() {
            Way::Folder(config.data.dir.join("mail"))
        } else {
            let builder = match settings.encryption {
                MailEncryption::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&settings.host),
                MailEncryption::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&settings.host),
                MailEncryption::None => {
                    Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str()))
                }
            };
            let builder = builder.map_err(|error| MailError::Refused(error.to_string()))?;
            let mut builder = builder.port(settings.port).timeout(Some(TIMEOUT));
            if !settings.user.is_empty() {
                let password = settings.password.expose().to_owned();
                builder = builder.credentials(Credentials::new(settings.user.clone(), password));
            }
            Way::Smtp(builder.build())
        };
        Ok(Self { way, from: settings.from.clone(), telemetry })
    }

    /// Greets the mail server, signs in, and sends nothing; of a folder there is nothing to tell.
    ///
    /// # Errors
    /// Why it would take no mail.
    pub async fn check(&self) -> Result<(), MailError> {
        let Way::Smtp(transport) = &self.way else { return Ok(()) };
        match transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Refused("it hung up".to_owned())),
            Err(error) => Err(MailError::Refused(error.to_string())),
        }
    }

    /// # Errors
    /// What [`MailError`] says.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let timer = Timer::start();
        let sent = self.try_send(mail).await;
        let outcome = match (&sent, &self.way) {
            (Err(_), _) => MailOutcome::Failed,
            (Ok(()), Way::Smtp(_)) => MailOutcome::Sent,
            (Ok(()), Way::Folder(_)) => MailOutcome::Written,
        };
        let duration = self.telemetry.families.mail_duration.with_label_values(&[outcome.as_str()]);
        duration.observe(timer.elapsed_s());
        sent
    }

    async fn try_send(&self, mail: &Mail) -> Result<(), MailError> {
        let malformed = |error: &dyn std::fmt::Display| MailError::Malformed(error.to_string());
        let from: Mailbox = self.from.parse().map_err(|error| malformed(&error))?;
        let to: Mailbox = mail.to.parse().map_err(|error| malformed(&error))?;
        let message = Message::builder().from(from).to(to).subject(&mail.subject).header(ContentType::TEXT_PLAIN);
        let message = message.body(mail.text.clone()).map_err(|error| malformed(&error))?;
        match &self.way {
            Way::Smtp(transport) => {
                let refused = |error: lettre::transport::smtp::Error| match error.is_permanent() {
                    true => MailError::Malformed(error.to_string()),
                    false => MailError::Refused(error.to_string()),
                };
                transport.send(message).await.map(drop).map_err(refused)
            }
            Way::Folder(folder) => write(folder.clone(), message.formatted()).await,
        }
    }
}

async fn write(folder: PathBuf, bytes: Vec<u8>) -> Result<(), MailError> {
    let work = move || {
        std::fs::create_dir_all(&folder)?;
        if std::fs::read_dir(&folder)?.count() >= MAX_WRITTEN {
            let text = format!("{} holds {MAX_WRITTEN} mails: set email.host, or empty it", folder.display());
            return Err(std::io::Error::other(text));
        }
        // A mail may hold a link that lets its reader in.
        let file = folder.join(format!("{}.eml", uuid::Uuid::now_v7()));
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?.write_all(&bytes)
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| MailError::Refused("it was given up".to_owned()))?.map_err(MailError::Io)
}
