//! The features an editor may use in a rich-text field, by Wagtail's (Draftail's) names.

/// One editing feature; its markup is removed from fields that do not list it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    H1,
    H2,
    H3,
    H4,
    H5,
    H6,
    Bold,
    Italic,
    Ol,
    Ul,
    Hr,
    Link,
    DocumentLink,
    Image,
    Embed,
    Code,
    Superscript,
    Subscript,
    Strikethrough,
    Blockquote,
}

impl Feature {
    /// Every feature, in the order of the editor's toolbar.
    pub const ALL: [Feature; 20] = [
        Feature::H1,
        Feature::H2,
        Feature::H3,
        Feature::H4,
        Feature::H5,
        Feature::H6,
        Feature::Bold,
        Feature::Italic,
        Feature::Ol,
        Feature::Ul,
        Feature::Hr,
        Feature::Link,
        Feature::DocumentLink,
        Feature::Image,
        Feature::Embed,
        Feature::Code,
        Feature::Superscript,
        Feature::Subscript,
        Feature::Strikethrough,
        Feature::Blockquote,
    ];

    /// The name in a type file.
    pub fn name(self) -> &'static str {
        match self {
            Feature::H1 => "h1",
            Feature::H2 => "h2",
            Feature::H3 => "h3",
            Feature::H4 => "h4",
            Feature::H5 => "h5",
            Feature::H6 => "h6",
            Feature::Bold => "bold",
            Feature::Italic => "italic",
            Feature::Ol => "ol",
            Feature::Ul => "ul",
            Feature::Hr => "hr",
            Feature::Link => "link",
            Feature::DocumentLink => "document-link",
            Feature::Image => "image",
            Feature::Embed => "embed",
            Feature::Code => "code",
            Feature::Superscript => "superscript",
            Feature::Subscript => "subscript",
            Feature::Strikethrough => "strikethrough",
            Feature::Blockquote => "blockquote",
        }
    }

    pub fn find(name: &str) -> Option<Feature> {
        Feature::ALL.into_iter().find(|feature| feature.name() == name)
    }
}

/// The set of features of one field. `Features::default()` is Wagtail's default set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features(u32);

impl Features {
    pub const NONE: Features = Features(0);

    pub fn all() -> Features {
        Feature::ALL.into_iter().collect()
    }

    pub fn contains(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u32) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.into_iter().filter(move |feature| self.contains(*feature))
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Features {
        Features(features.into_iter().fold(0, |set, feature| set | 1 << feature as u32))
    }
}

impl Default for Features {
    /// <https://docs.wagtail.org/en/stable/advanced_topics/customization/page_editing_interface.html>
    fn default() -> Features {
        use Feature::*;
        [H2, H3, H4, Bold, Italic, Ol, Ul, Hr, Link, DocumentLink, Image, Embed].into_iter().collect()
    }
}
