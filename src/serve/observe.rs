//! What the public listener tells telemetry about its connections.

use std::io;
use std::sync::Arc;

use http::StatusCode;

use super::listener::{ConnectionObserver, Ending};
use super::tls::{Reload, Tls};
use crate::telemetry::Telemetry;
use crate::telemetry::label::ConnectionOutcome;

pub struct Observer {
    telemetry: Arc<Telemetry>,
    tls: Option<Arc<Tls>>,
}

/// Held while a connection is open.
pub struct Open(Arc<Telemetry>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.families.http_connections.with_label_values::<&str>(&[]).dec();
    }
}

impl Observer {
    pub fn new(telemetry: Arc<Telemetry>, tls: Option<Arc<Tls>>) -> Self {
        let observer = Self { telemetry, tls };
        observer.publish_expiry();
        observer
    }

    fn count(&self, outcome: ConnectionOutcome) {
        self.telemetry.families.http_connections_total.with_label_values(&[outcome.as_str()]).inc();
    }

    fn publish_expiry(&self) {
        if let Some(tls) = &self.tls {
            let expiry = self.telemetry.families.certificate_expiry.with_label_values(&["default"]);
            expiry.set(tls.not_after_unix_s() as f64);
        }
    }
}

impl ConnectionObserver for Observer {
    type Open = Open;

    fn opened(&self) -> Open {
        self.telemetry.families.http_connections.with_label_values::<&str>(&[]).inc();
        Open(self.telemetry.clone())
    }

    fn ended(&self, open: Open, ending: Ending) {
        drop(open);
        match ending {
            Ending::BadRequest => self.telemetry.answered_by_listener(StatusCode::BAD_REQUEST),
            Ending::HeadersTooLarge => {
                self.telemetry.answered_by_listener(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
            }
            Ending::HeaderTimeout => self.telemetry.answered_by_listener(StatusCode::REQUEST_TIMEOUT),
            _ => {}
        }
        self.count(match ending {
            Ending::TlsFailed => ConnectionOutcome::TlsFailed,
            Ending::HeaderTimeout => ConnectionOutcome::HeaderTimeout,
            Ending::BadRequest | Ending::HeadersTooLarge => ConnectionOutcome::ProtocolError,
            _ => ConnectionOutcome::Accepted,
        });
    }

    fn refused(&self) {
        self.telemetry.answered_by_listener(StatusCode::SERVICE_UNAVAILABLE);
        self.count(ConnectionOutcome::Refused);
        tracing::warn!("a connection was refused: server.max_connections are open");
    }

    fn accept_failed(&self, error: &io::Error) {
        tracing::error!(%error, "connections cannot be accepted: raise the limit of open files");
    }

    fn certificate_reloaded(&self, reload: &Reload) {
        self.publish_expiry();
        match reload {
            Reload::Failed(error) => tracing::error!(%error, "new certificate files are broken: the old ones stay"),
            _ => tracing::info!("the certificate was reloaded"),
        }
    }
}
