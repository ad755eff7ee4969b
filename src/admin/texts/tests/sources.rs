//! The editor's own source: its calls of `said`, and sentences that stand in the code.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Where text is for whoever runs the server or reads the code.
const INTERNAL: [&str; 3] = ["tracing::", "expect", "error"];

/// A string literal.
pub(super) struct Literal {
    pub place: Range<usize>,
    pub text: String,
    /// Within a call of logs, of `expect`, or of an error's `Display`.
    pub is_internal: bool,
}

/// A file up to its tests.
pub(super) struct Source {
    pub name: String,
    /// As long as the file, with spaces for comments and literals.
    pub code: String,
    pub literals: Vec<Literal>,
}

/// All files of the editor.
pub(super) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admin");
    let (mut open, mut files): (Vec<PathBuf>, Vec<PathBuf>) = (vec![root.clone()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true if !path.ends_with("tests") => open.push(path),
                false if path.extension().is_some_and(|found| found == "rs") && !path.ends_with("tests.rs") => {
                    files.push(path);
                }
                _ => {}
            }
        }
    }
    files.sort();
    assert!(files.len() > 80, "the editor has files");
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned();
        Source::of(&name, &std::fs::read_to_string(path).expect("UTF-8"))
    };
    files.iter().map(read).collect()
}

impl Source {
    pub(super) fn of(name: &str, text: &str) -> Self {
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let mut source = Self { name: name.to_owned(), code: String::new(), literals: Vec::new() };
        let mut calls: Vec<bool> = Vec::new();
        let mut at = 0;
        while let Some(letter) = text[at..].chars().next() {
            let rest = &text[at..];
            let length = match letter {
                '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '"' => {
                    let length = literal_length(rest);
                    let place = at..at + length;
                    let text = unescaped(&rest[1..length - 1]);
                    source.literals.push(Literal { place, text, is_internal: calls.contains(&true) });
                    length
                }
                '\'' => quoted_letter(rest),
                _ => 0,
            };
            if length > 0 {
                let blank = rest[..length].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' });
                source.code.extend(blank);
                at += length;
                continue;
            }
            match letter {
                '(' => {
                    let called = source.code.trim_end_matches(|c: char| c.is_alphanumeric() || "_:!.#[".contains(c));
                    let called = source.code[called.len()..].trim_matches(|c| "!.#[".contains(c)).to_owned();
                    calls.push(INTERNAL.iter().any(|known| called.starts_with(known) || called.ends_with(".expect")));
                }
                ')' => drop(calls.pop()),
                _ => {}
            }
            source.code.push(letter);
            at += letter.len_utf8();
        }
        source
    }

    pub(super) fn line(&self, at: usize) -> String {
        format!("{}:{}", self.name, self.code[..at].matches('\n').count() + 1)
    }

    /// The calls of `said`: where, the id, and the names of the values that follow.
    pub(super) fn calls(&self) -> Vec<(String, String, BTreeSet<String>)> {
        let begins = |literal: &&Literal| {
            let before = self.code[..literal.place.start].trim_end();
            before.strip_suffix("said(").is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        };
        let call = |literal: &Literal| {
            let mut names = BTreeSet::new();
            let mut rest = self.after(literal.place.end, ")");
            while self.code[rest..].starts_with(".with(") {
                let name = self.literals.iter().find(|literal| literal.place.start > rest).expect("a value has a name");
                names.insert(name.text.clone());
                rest = self.skip_space(self.closing(rest + ".with".len()) + 1);
            }
            (self.line(literal.place.start), literal.text.clone(), names)
        };
        self.literals.iter().filter(begins).map(call).collect()
    }

    fn skip_space(&self, at: usize) -> usize {
        at + self.code[at..].len() - self.code[at..].trim_start().len()
    }

    fn after(&self, at: usize, what: &str) -> usize {
        let at = self.skip_space(at);
        assert!(self.code[at..].starts_with(what), "{}: an id stands alone", self.line(at));
        self.skip_space(at + what.len())
    }

    /// The bracket that closes the one at `open`.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0;
        for (at, letter) in self.code[open..].char_indices() {
            depth += match letter {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            if depth == 0 {
                return open + at;
            }
        }
        panic!("{}: a bracket is open", self.line(open))
    }
}

fn literal_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    panic!("a literal is open: {rest}")
}

/// `'a'`, `'\n'`; 0 for a lifetime.
fn quoted_letter(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => rest[2..].find('\'').map_or(0, |end| end + 3).max(4),
        Some((at, letter)) if rest[at + letter.len_utf8()..].starts_with('\'') => at + letter.len_utf8() + 1,
        _ => 0,
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some('\n')) => while letters.next_if(|next| next.is_whitespace()).is_some() {},
            ('\\', Some(_)) => out.extend(letters.next()),
            _ => out.push(letter),
        }
    }
    out
}

/// Whether a text reads as one for people: it begins as a name or a sentence does, or two plain words stand together.
pub(super) fn is_for_people(text: &str) -> bool {
    let mut letters = text.chars();
    let begins = letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase);
    let is_word = |word: &str| {
        let word = word.trim_matches(|c| ",.?!“”’".contains(c));
        word.chars().count() > 1 && word.chars().all(|c| c.is_lowercase())
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    begins || words.windows(2).any(|pair| pair.iter().all(|word| is_word(word)))
}
