//! What the checks of a page's content find.

use crate::admin::texts::{Said, said};
use crate::render::checks::Rule;

/// As a sentence.
pub(in crate::admin) fn check(rule: Rule) -> Said {
    match rule {
        Rule::AltTextQuality => said("check-alt-text-quality"),
        Rule::ButtonName => said("check-button-name"),
        Rule::EmptyHeading => said("check-empty-heading"),
        Rule::EmptyMetaDescription => said("check-empty-meta-description"),
        Rule::EmptyTableHeader => said("check-empty-table-header"),
        Rule::FrameTitle => said("check-frame-title"),
        Rule::HeadingOrder => said("check-heading-order"),
        Rule::ImageAlt => said("check-image-alt"),
        Rule::InputButtonName => said("check-input-button-name"),
        Rule::LinkName => said("check-link-name"),
        Rule::ParagraphAsHeading => said("check-p-as-heading"),
    }
}
