//! What is wrong with the value of a field.

use serde_json::{Value, json};

use crate::admin::texts::{Said, said};
use crate::content::types::{Fact, FieldError};

/// Behind the field's name, without a full stop.
pub(in crate::admin) fn problem(error: &FieldError) -> Said {
    let Some(fact) = &error.fact else { return Said::Text(error.message.clone()) };
    match fact {
        Fact::Missing { label } => said("field-required").with("label", label.as_str()),
        Fact::NoAlternative => said("field-needs-alternative"),
        Fact::TooLong { max, found } => said("field-too-long").with("max", *max).with("found", *found),
        Fact::TooShort { min, found } => said("field-too-short").with("min", *min).with("found", *found),
        Fact::TooSmall { min, found } => {
            said("field-too-small").with("min", min.as_str()).with("found", found.as_str())
        }
        Fact::TooLarge { max, found } => {
            said("field-too-large").with("max", max.as_str()).with("found", found.as_str())
        }
        Fact::TooManyItems { max, found } => said("field-too-many-items").with("max", *max).with("found", *found),
        Fact::TooFewItems { min, found } => said("field-too-few-items").with("min", *min).with("found", *found),
        Fact::TooManyBlocks { max, found, block } => {
            said("field-too-many-blocks").with("max", *max).with("found", *found).with("block", block.as_str())
        }
        Fact::TooFewBlocks { min, found, block } => {
            said("field-too-few-blocks").with("min", *min).with("found", *found).with("block", block.as_str())
        }
        Fact::PageFull { max } => said("field-page-full").with("max", *max),
        Fact::DigitsAfterPoint { max } => said("field-too-many-digits-after-point").with("max", *max),
        Fact::Digits { max } => said("field-too-many-digits").with("max", *max),
        Fact::NoEmail => said("field-no-email"),
        Fact::NoUrl => said("field-no-url"),
        Fact::NoEmbedUrl => said("field-no-embed-url"),
        Fact::NoDecimal => said("field-no-decimal"),
        Fact::NoDate => said("field-no-date"),
        Fact::NoTime => said("field-no-time"),
        Fact::NoDateTime => said("field-no-datetime"),
        Fact::Nul => said("field-nul"),
        Fact::Guarded => said("field-guarded"),
    }
}

/// One mistake, as the scripts of the editor understand it.
pub(in crate::admin) fn mistake(path: &str, code: &str, message: impl Into<Value>) -> Value {
    json!({ "path": path, "code": code, "message": message.into() })
}

/// All mistakes of a form.
pub(in crate::admin) fn mistakes(errors: &[FieldError]) -> Value {
    errors.iter().map(|error| mistake(&error.path, error.code.as_str(), problem(error))).collect()
}
