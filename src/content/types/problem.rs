//! Mistakes in type files: where they are, what is wrong, and what was probably meant.

use std::fmt;

/// One file of type definitions, as read from disk or from the embedded site.
#[derive(Debug, Clone)]
pub struct SourceFile {
    pub path: String,
    pub text: String,
}

/// A mistake in a type file, shown as `file:line: key: message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// The dotted key, such as `fields.intro.max_length`; empty for a mistake in the syntax.
    pub key: String,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(formatter, "{}: ", self.key)?;
        }
        formatter.write_str(&self.message)
    }
}

/// The place that a problem names.
#[derive(Debug, Clone)]
pub(in crate::content) struct Place {
    pub file: String,
    pub line: usize,
    pub key: String,
}

impl Place {
    /// The file as a whole.
    pub fn of_file(file: &str) -> Place {
        Place { file: file.to_owned(), line: 1, key: String::new() }
    }

    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem { file: self.file.clone(), line: self.line, key: self.key.clone(), message: message.into() }
    }
}

/// ` (did you mean "x"?)` when `known` has a name close to `given`, else the list when it is short.
pub(in crate::content) fn suggestion<'k>(given: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known
        .iter()
        .map(|name| (distance(given, name), *name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min();
    match nearest {
        Some((_, name)) => format!(" (did you mean \"{name}\"?)"),
        None if known.is_empty() => " (there are none)".to_owned(),
        None if known.len() <= MAX_LISTED => format!(" (known: {})", known.join(", ")),
        None => String::new(),
    }
}

/// How many names a message lists when none of them is close.
const MAX_LISTED: usize = 24;
/// Names longer than this are not compared: the time is their product.
const MAX_COMPARED_CHARS: usize = 64;

/// The edits (insert, delete, replace) between two names, whatever their case.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().take(MAX_COMPARED_CHARS).collect();
    let right: Vec<char> = right.to_lowercase().chars().take(MAX_COMPARED_CHARS).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        assert_eq!(suggestion("max_lenght", ["max_length", "min_length"]), " (did you mean \"max_length\"?)");
        assert_eq!(suggestion("blog.blogpage", ["blog.BlogPage"]), " (did you mean \"blog.BlogPage\"?)");
        assert_eq!(suggestion("colour", ["max", "min"]), " (known: max, min)");
    }

    #[test]
    fn a_problem_reads_as_one_line() {
        let place = Place { file: "types/a.toml".to_owned(), line: 3, key: "kind".to_owned() };
        assert_eq!(place.problem("is missing").to_string(), "types/a.toml:3: kind: is missing");
    }
}
