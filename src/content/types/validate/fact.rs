//! What is wrong with values as people enter them, as facts: for those who say it in another language.

/// Its text is the message in English.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fact {
    #[error("{label} is required")]
    Missing { label: String },
    #[error("say what the image shows, or mark it as decorative")]
    NoAlternative,
    #[error("must have at most {max} characters, not {found}")]
    TooLong { max: usize, found: usize },
    #[error("must have at least {min} characters, not {found}")]
    TooShort { min: usize, found: usize },
    #[error("must be at least {min}, not {found}")]
    TooSmall { min: String, found: String },
    #[error("must be at most {max}, not {found}")]
    TooLarge { max: String, found: String },
    #[error("must have at most {max} items, not {found}")]
    TooManyItems { max: usize, found: usize },
    #[error("must have at least {min} items, not {found}")]
    TooFewItems { min: usize, found: usize },
    #[error("must have at most {max} \"{block}\" blocks, not {found}")]
    TooManyBlocks { max: usize, found: usize, block: String },
    #[error("must have at least {min} \"{block}\" blocks, not {found}")]
    TooFewBlocks { min: usize, found: usize, block: String },
    #[error("a page must have at most {max} blocks and list items")]
    PageFull { max: usize },
    #[error("must have at most {max} digits after the point")]
    DigitsAfterPoint { max: usize },
    #[error("must have at most {max} digits")]
    Digits { max: usize },
    #[error("must be an e-mail address, such as name@example.com")]
    NoEmail,
    #[error("must be a web address, such as https://example.com/")]
    NoUrl,
    #[error("must be a web address, such as https://example.com/watch/1")]
    NoEmbedUrl,
    #[error("must be a decimal such as \"12.50\"")]
    NoDecimal,
    #[error("must be a date such as 2026-01-31")]
    NoDate,
    #[error("must be a time such as 09:30 or 09:30:00")]
    NoTime,
    #[error("must be a date and time with a zone, such as 2026-01-31T09:30:00Z")]
    NoDateTime,
    #[error("must not contain the null character")]
    Nul,
    #[error("may be changed by a certain group alone; it stays as it is")]
    Guarded,
}
