//! An event, as receivers of webhooks and readers of the feed are told of it.

use serde_json::{Value, json};

use super::topic;
use crate::clock::Micros;
use crate::content::types::Types;
use crate::record;

/// The kind of a test, which goes to one webhook alone.
pub(super) const TEST_KIND: &str = "webhook";

record! {
    /// What happened, to what. Names and titles are as they were then.
    #[derive(Clone, Debug)]
    pub struct Event {
        pub id: i64, pub tx: i64, pub at: i64, pub kind: String, pub action: String, pub object_id: i64, pub title: String,
        pub type_name: String, pub revision_id: Option<i64>, pub place: String, pub actor: String, pub channel: String,
        pub detail: String,
    }
}

impl Event {
    /// `page.published`.
    pub fn topic(&self) -> String {
        topic::name(&self.kind, &self.action)
    }

    /// By which receivers know an event again that comes twice.
    pub fn message_id(&self) -> String {
        format!("evt_{}", self.id)
    }

    /// Where the API has it, of what has an address there.
    fn url(&self, types: &Types) -> Option<String> {
        match self.kind.as_str() {
            // Of many that were added at once there is one event, of none of them.
            "record" if self.object_id > 0 => {
                let records = types.find(&self.type_name)?.records.as_ref()?;
                Some(format!("/api/v1/{}/{}/", records.path, self.object_id))
            }
            "page" => Some(format!("/api/v1/pages/{}/", self.object_id)),
            "image" => Some(format!("/api/v1/images/{}/", self.object_id)),
            "document" => Some(format!("/api/v1/documents/{}/", self.object_id)),
            _ => None,
        }
    }

    /// The message: `type`, `timestamp` and `data`, as Standard Webhooks proposes. It says what happened and to what; the
    /// content is read by its address, as it is then and with the reader's own rights.
    pub fn message(&self, types: &Types) -> Value {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let detail: Value = serde_json::from_str(&self.detail).unwrap_or_default();
        json!({
            "id": self.message_id(),
            "type": self.topic(),
            "timestamp": Micros(self.at).to_rfc3339(),
            "data": {
                "kind": self.kind,
                "id": self.object_id,
                "title": self.title,
                "type": some(&self.type_name),
                "revision": self.revision_id,
                "url": self.url(types),
                "actor": some(&self.actor),
                "channel": some(&self.channel),
                "detail": detail,
            },
        })
    }
}
