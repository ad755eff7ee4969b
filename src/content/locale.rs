//! Languages: which there are, what they are called, and how they are written.

use serde_json::{Value, json};

use super::change::{self, Tag};
use super::object_log::{self, Subject};
use super::page::Page;
use super::{Actor, Content, EditError, SiteError};
use crate::db::{Db, DbError, Exec, Tx, TxName};
use crate::telemetry::label::{ObjectEvent, ObjectKind};
use crate::{queries, record};

/// Languages one installation may have.
const MAX_LOCALES: i64 = 200;
/// Longest name, in characters.
const MAX_NAME_LENGTH: usize = 100;

record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Locale {
        pub code: String, pub name: String, pub position: i64, pub is_default: bool, pub pages: i64,
    }
}

record! {
    /// A language as lists offer it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Named { pub code: String, pub name: String }
}

queries! {
    /// Without their pages: to count a hundred thousand takes longer than a list of them.
    NAMES = read "locale.list_names" "SELECT code, name FROM locale ORDER BY position, code LIMIT $1";
    LIST = read "locale.list"
        "SELECT code, name, position, is_default,
                (SELECT COUNT(*) FROM page WHERE page.locale = locale.code AND page.depth > 1) AS pages
         FROM locale ORDER BY position, code LIMIT $1";
    CODE = read "locale.find" "SELECT code FROM locale WHERE LOWER(code) = LOWER($1)";
    DEFAULT = read "locale.find_default" "SELECT code FROM locale WHERE is_default";
    COUNT = read "locale.count" "SELECT COUNT(*) FROM locale";
    INSERT = write "locale.insert"
        "INSERT INTO locale (code, name, position, is_default)
         SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), COALESCE(MAX(position) + 1, 0), FALSE FROM locale WHERE TRUE
         ON CONFLICT DO NOTHING";
    USED = read "locale.find_use" "SELECT id FROM page WHERE locale = $1 ORDER BY id LIMIT 1";
    DELETE = write "locale.delete" "DELETE FROM locale WHERE code = $1 AND NOT is_default";
    CLEAR_DEFAULT = write "locale.clear_default" "UPDATE locale SET is_default = FALSE WHERE is_default";
    SET_DEFAULT = write "locale.set_default" "UPDATE locale SET is_default = TRUE WHERE code = $1";
    /// New trees are written in the language of the hidden root.
    SET_ROOT = write "locale.set_root" "UPDATE page SET locale = $1 WHERE id = 1";
}

/// All languages, in their order, with how many pages each has.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(db: &Db) -> Result<Vec<Locale>, DbError> {
    db.query(&LIST).bind(MAX_LOCALES).list().await
}

/// All languages, in their order, by name.
///
/// # Errors
/// When the database is out of reach.
pub async fn names(db: &Db) -> Result<Vec<Named>, DbError> {
    db.query(&NAMES).bind(MAX_LOCALES).list().await
}

/// The code in its canonical case, when there is such a language.
pub(super) async fn find(tx: &mut Tx, code: &str) -> Result<Option<String>, DbError> {
    Exec::from(tx).query(&CODE).bind(code).optional().await
}

/// The language of a new page: its parent's, or, for the root of a tree, the one that is asked for.
pub(super) async fn for_new_page(tx: &mut Tx, asked: Option<&str>, parent: &Page) -> Result<String, EditError> {
    match asked {
        Some(code) if code != parent.locale => {
            find(tx, code).await?.ok_or_else(|| EditError::LocaleNotFound(code.to_owned()))
        }
        _ => Ok(parent.locale.clone()),
    }
}

impl Content {
    /// Adds a language; the code in its canonical case. Without a name it gets the one it has for itself.
    ///
    /// # Errors
    /// What [`SiteError`] says; nothing is written then.
    pub async fn create_locale(
        &self,
        code: &str,
        name: Option<&str>,
        by: impl Into<Actor>,
    ) -> Result<String, SiteError> {
        let code = canonical(code).ok_or_else(|| SiteError::LocaleInvalid(code.to_owned()))?;
        let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or_else(|| own_name(&code)).to_owned();
        if name.contains(char::is_control) || name.chars().count() > MAX_NAME_LENGTH {
            return Err(SiteError::NameInvalid { max: MAX_NAME_LENGTH });
        }
        let mut tx = self.db.begin(TxName("locale.create")).await?;
        if Exec::from(&mut tx).query(&COUNT).one::<i64>().await? >= MAX_LOCALES {
            return Err(SiteError::TooManyLocales(MAX_LOCALES));
        }
        if Exec::from(&mut tx).query(&INSERT).bind(&code).bind(&name).execute().await? == 0 {
            return Err(SiteError::LocaleTaken(code));
        }
        let made = (ObjectEvent::Create, &json!({ "name": name }));
        self.commit_sites(tx, &by.into(), of_locale(&code), made).await?;
        Ok(code)
    }

    /// Removes a language that no page is written in.
    ///
    /// # Errors
    /// What [`SiteError`] says; nothing is removed then.
    pub async fn delete_locale(&self, code: &str, by: impl Into<Actor>) -> Result<(), SiteError> {
        let mut tx = self.db.begin(TxName("locale.delete")).await?;
        super::tree::lock(&mut tx).await?;
        let known = find(&mut tx, code).await?.ok_or_else(|| SiteError::LocaleNotFound(code.to_owned()))?;
        let default: String = Exec::from(&mut tx).query(&DEFAULT).one().await?;
        if known == default {
            return Err(SiteError::LocaleIsDefault(known));
        }
        if let Some(page) = Exec::from(&mut tx).query(&USED).bind(&known).optional::<i64>().await? {
            return Err(SiteError::LocaleUsed { code: known, page });
        }
        Exec::from(&mut tx).query(&DELETE).bind(&known).execute().await?;
        self.commit_sites(tx, &by.into(), of_locale(&known), (ObjectEvent::Delete, &Value::Null)).await
    }

    /// Makes a language the one that new trees are written in.
    ///
    /// # Errors
    /// What [`SiteError`] says; nothing is changed then.
    pub async fn set_default_locale(&self, code: &str, by: impl Into<Actor>) -> Result<(), SiteError> {
        let mut tx = self.db.begin(TxName("locale.set_default")).await?;
        let known = find(&mut tx, code).await?.ok_or_else(|| SiteError::LocaleNotFound(code.to_owned()))?;
        Exec::from(&mut tx).query(&CLEAR_DEFAULT).execute().await?;
        Exec::from(&mut tx).query(&SET_DEFAULT).bind(&known).execute().await?;
        Exec::from(&mut tx).query(&SET_ROOT).bind(&known).execute().await?;
        let changed = (ObjectEvent::Update, &json!({ "is_default": true }));
        self.commit_sites(tx, &by.into(), of_locale(&known), changed).await
    }

    /// Commits a change of sites or languages, and who made it: every page may look different then. `what`: with the
    /// details, an object or null.
    pub(super) async fn commit_sites(
        &self,
        mut tx: Tx,
        by: &Actor,
        subject: Subject<'_>,
        what: (ObjectEvent, &Value),
    ) -> Result<(), SiteError> {
        let (event, detail) = what;
        object_log::append(&mut tx, by, event, subject, detail).await?;
        // Not announced here: the follower loads the sites before it purges, on this node as on the others.
        change::append(&mut tx, &[Tag::All]).await?;
        tx.commit().await?;
        self.count_object(subject.kind, event, by.channel);
        Ok(())
    }
}

/// A language is called by its code, and has no number.
fn of_locale(code: &str) -> Subject<'_> {
    Subject { kind: ObjectKind::Locale, id: 0, title: code, type_name: "", revision: None }
}

/// `PT-br` -> `pt-BR`: RFC 5646, language, script, region and variants; `None` when it is no such tag.
pub fn canonical(code: &str) -> Option<String> {
    let mut parts = code.split('-');
    let language = parts.next().filter(|part| matches!(part.len(), 2 | 3) && letters(part))?;
    let mut tag = language.to_ascii_lowercase();
    // What has come: 0 the language, 1 a script, 2 a region, 3 variants.
    let mut stage = 0;
    for part in parts {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        let first_digit = part.starts_with(|first: char| first.is_ascii_digit());
        let word = part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        tag.push('-');
        match part.len() {
            4 if stage < 1 && letters(part) => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
                stage = 1;
            }
            2 if stage < 2 && letters(part) => {
                tag.push_str(&part.to_ascii_uppercase());
                stage = 2;
            }
            3 if stage < 2 && digits => {
                tag.push_str(part);
                stage = 2;
            }
            4 if word && first_digit => {
                tag.push_str(&part.to_ascii_lowercase());
                stage = 3;
            }
            5..=8 if word => {
                tag.push_str(&part.to_ascii_lowercase());
                stage = 3;
            }
            _ => return None,
        }
    }
    (tag.len() <= 35).then_some(tag)
}

fn letters(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// `rtl` for what is written from right to left: by its script, else by its language (Unicode CLDR).
pub fn direction(code: &str) -> &'static str {
    const SCRIPTS: [&str; 9] = ["Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg", "Mand", "Samr"];
    const LANGUAGES: [&str; 16] =
        ["ar", "arc", "azb", "ckb", "dv", "fa", "glk", "he", "ks", "mzn", "nqo", "ps", "sd", "syr", "ug", "ur"];
    let mut parts = code.split('-');
    let language = parts.next().unwrap_or_default();
    let script = parts.find(|part| part.len() == 4 && letters(part));
    let is_rtl = match script {
        Some(script) => SCRIPTS.iter().any(|known| known.eq_ignore_ascii_case(script)),
        None => LANGUAGES.contains(&language) || language == "yi",
    };
    if is_rtl { "rtl" } else { "ltr" }
}

/// What a language calls itself; its code when that is not known here.
pub fn own_name(code: &str) -> &str {
    const NAMES: [(&str, &str); 42] = [
        ("ar", "العربية"),
        ("bg", "Български"),
        ("ca", "Català"),
        ("cs", "Čeština"),
        ("cy", "Cymraeg"),
        ("da", "Dansk"),
        ("de", "Deutsch"),
        ("el", "Ελληνικά"),
        ("en", "English"),
        ("es", "Español"),
        ("et", "Eesti"),
        ("eu", "Euskara"),
        ("fa", "فارسی"),
        ("fi", "Suomi"),
        ("fr", "Français"),
        ("ga", "Gaeilge"),
        ("gl", "Galego"),
        ("he", "עברית"),
        ("hi", "हिन्दी"),
        ("hr", "Hrvatski"),
        ("hu", "Magyar"),
        ("id", "Bahasa Indonesia"),
        ("is", "Íslenska"),
        ("it", "Italiano"),
        ("ja", "日本語"),
        ("ko", "한국어"),
        ("lt", "Lietuvių"),
        ("lv", "Latviešu"),
        ("nb", "Norsk bokmål"),
        ("nl", "Nederlands"),
        ("pl", "Polski"),
        ("pt", "Português"),
        ("pt-BR", "Português (Brasil)"),
        ("ro", "Română"),
        ("sk", "Slovenčina"),
        ("sl", "Slovenščina"),
        ("sv", "Svenska"),
        ("tr", "Türkçe"),
        ("uk", "Українська"),
        ("vi", "Tiếng Việt"),
        ("zh-Hans", "简体中文"),
        ("zh-Hant", "繁體中文"),
    ];
    NAMES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_get_their_canonical_case() {
        for (given, code) in [
            ("DE", "de"),
            ("pt-br", "pt-BR"),
            ("ZH-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("sl-rozaj-BISKE", "sl-rozaj-biske"),
            ("de-CH-1901", "de-CH-1901"),
        ] {
            assert_eq!(canonical(given).as_deref(), Some(code));
        }
    }

    #[test]
    fn what_is_no_language_tag_is_refused() {
        for given in
            ["", "e", "english", "de_DE", "de-", "-de", "de-DE-Latn", "d1", "de--DE", "dé", "de/at", "x-private"]
        {
            assert_eq!(canonical(given), None, "{given}");
        }
    }

    #[test]
    fn scripts_decide_the_direction() {
        for (code, expected) in
            [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("ku-Arab", "rtl"), ("ar-Latn", "ltr"), ("yi", "rtl")]
        {
            assert_eq!(direction(code), expected, "{code}");
        }
    }
}
