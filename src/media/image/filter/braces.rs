//! Brace expansion: one text for all the widths and formats of a `srcset` or a `<picture>`.

use super::FilterError;
use super::parse::MAX_LENGTH;

/// Filters that one text may stand for.
pub const MAX_EXPANSIONS: usize = 64;

/// `width-{400,800}|format-{avif,webp}` → the four filters it stands for, the last braces varying fastest, as in Wagtail.
/// Operations are separated by `|` or, where there is none, by spaces. The filters are not parsed.
///
/// # Errors
/// Braces that do not match, two pairs in one operation, more than [`MAX_EXPANSIONS`] filters.
pub fn expand_braces(text: &str) -> Result<Vec<String>, FilterError> {
    let characters = text.chars().count();
    // Braces make many filters of one text, so it may be longer than one filter.
    if characters > 4 * MAX_LENGTH {
        return Err(FilterError::TooLong { characters });
    }
    let text = text.trim();
    let operations: Vec<&str> =
        if text.contains('|') { text.split('|').map(str::trim).collect() } else { text.split_whitespace().collect() };
    let mut filters = vec![String::new()];
    for operation in operations {
        let options = options(operation)?;
        let expansions = filters.len() * options.len();
        if expansions > MAX_EXPANSIONS {
            return Err(FilterError::TooManyExpansions { expansions });
        }
        filters = filters
            .iter()
            .flat_map(|filter| options.iter().map(move |option| (filter, option)))
            .map(|(filter, option)| if filter.is_empty() { option.clone() } else { format!("{filter}|{option}") })
            .collect();
    }
    Ok(filters)
}

fn options(operation: &str) -> Result<Vec<String>, FilterError> {
    let braces = || FilterError::Braces { operation: operation.to_owned() };
    let Some((before, rest)) = operation.split_once('{') else {
        return if operation.contains('}') { Err(braces()) } else { Ok(vec![operation.to_owned()]) };
    };
    let (inside, after) = rest.split_once('}').ok_or_else(braces)?;
    if [before, inside, after].iter().any(|part| part.contains(['{', '}'])) {
        return Err(braces());
    }
    Ok(inside.split(',').map(|option| format!("{before}{}{after}", option.trim())).collect())
}
