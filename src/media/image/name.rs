//! Names of uploads: what a browser sent becomes a name for storage and a title for people.

use unicode_normalization::UnicodeNormalization;

/// Longest file name that is made, in bytes (it is ASCII).
pub const MAX_NAME_BYTES: usize = 100;

/// Longest title that is made, in characters, as the column allows.
pub const MAX_TITLE_CHARACTERS: usize = 255;

/// Characters of a client's file name that are looked at.
const MAX_LOOKED_AT: usize = 1_000;

/// Longest extension that is kept, in bytes.
const MAX_EXTENSION_BYTES: usize = 10;

/// Names that Windows keeps for devices, whatever their extension.
const RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// A name for storage: the last part of the path, transliterated to `a-z 0-9 -`, with at most one dot, before the
/// extension. `../../etc/passwd` → `passwd`, `Köln (1).JPG` → `koln-1.jpg`, `x.php.png` → `x-php.png`; never empty.
pub fn safe_name(original: &str) -> String {
    let (stem, extension) = split(original);
    let mut stem = slug::slugify(&stem);
    let extension: String =
        extension.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let extension = if extension.len() > MAX_EXTENSION_BYTES { String::new() } else { extension };
    if stem.is_empty() {
        stem.push_str("file");
    }
    if RESERVED.contains(&stem.as_str()) {
        stem.insert_str(0, "file-");
    }
    stem.truncate(MAX_NAME_BYTES - MAX_EXTENSION_BYTES - 1);
    let stem = stem.trim_end_matches('-');
    if extension.is_empty() { stem.to_owned() } else { format!("{stem}.{extension}") }
}

/// A title made from a file name: without path and extension, with spaces for `_` and `-`, its first letter capital,
/// without characters that cannot be seen. `Untitled` when nothing is left.
pub fn title_from(original: &str) -> String {
    let (stem, _) = split(original);
    let spaced = stem.contains(' ');
    let shown: String = stem
        .nfc()
        .filter(|c| !is_invisible(*c))
        .map(|c| if !spaced && (c == '_' || c == '-') { ' ' } else { c })
        .collect();
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut characters = words.chars().take(MAX_TITLE_CHARACTERS);
    match characters.next() {
        // One character may become two in capitals.
        Some(first) => first.to_uppercase().chain(characters).take(MAX_TITLE_CHARACTERS).collect(),
        None => "Untitled".to_owned(),
    }
}

/// The last part of a path of Unix or Windows, before and after its last dot.
fn split(original: &str) -> (String, String) {
    let looked_at: String = match original.char_indices().nth(MAX_LOOKED_AT) {
        // The end has the extension.
        Some(_) => original.chars().rev().take(MAX_LOOKED_AT).collect::<Vec<_>>().into_iter().rev().collect(),
        None => original.to_owned(),
    };
    let name = looked_at.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem.to_owned(), extension.to_owned()),
        // A hidden file has no extension: `.htaccess` is `htaccess`.
        _ => (name.trim_start_matches('.').to_owned(), String::new()),
    }
}

/// Control characters, and those that change how text around them is shown (bidirectional overrides, zero width).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{61c}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tricks_in_names_become_plain_names() {
        for (sent, name) in [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\windows\\system32\\cmd.exe", "cmd.exe"),
            ("/etc/shadow", "shadow"),
            ("photo.jpg\0.php", "photo-jpg.php"),
            ("shell.php.jpg", "shell-php.jpg"),
            ("a\r\nSet-Cookie: x.png", "a-set-cookie-x.png"),
            ("CON.jpg", "file-con.jpg"),
            ("lpt1", "file-lpt1"),
            (".htaccess", "htaccess"),
            ("..", "file"),
            ("", "file"),
            ("   ", "file"),
            ("\u{202e}gpj.exe", "gpj.exe"),
            ("Grüße aus Köln (1).JPEG", "grusse-aus-koln-1.jpeg"),
            ("日本.png", "ri-ben.png"),
            ("<img src=x onerror=alert(1)>.gif", "img-src-x-onerror-alert-1.gif"),
            ("x.verylongextensionindeed", "x"),
        ] {
            assert_eq!(safe_name(sent), name, "{sent:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_keeps_its_extension() {
        let name = safe_name(&format!("{}.webp", "long name ".repeat(10_000)));
        assert!(name.len() <= MAX_NAME_BYTES && name.ends_with(".webp"), "{name}");
    }

    #[test]
    fn titles_read_like_titles() {
        for (sent, title) in [
            ("my-holiday_photo.jpg", "My holiday photo"),
            ("IMG_2034.JPG", "IMG 2034"),
            ("Peter & Paul - 2024.png", "Peter & Paul - 2024"),
            ("C:\\fakepath\\élan.gif", "Élan"),
            ("a\u{202e}b\0c.png", "Abc"),
            (".png", "Png"),
            ("", "Untitled"),
        ] {
            assert_eq!(title_from(sent), title, "{sent:?}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_safe(sent in ".{0,200}") {
            let name = safe_name(&sent);
            prop_assert!(!name.is_empty() && name.len() <= MAX_NAME_BYTES);
            prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.'));
            prop_assert!(!name.starts_with(['.', '-']) && !name.ends_with('.') && name.matches('.').count() <= 1);
            prop_assert!(title_from(&sent).chars().count() <= MAX_TITLE_CHARACTERS);
        }
    }
}
