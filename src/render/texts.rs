//! The words of the templates themselves, by language: `texts/en.toml` beside `texts/de.toml`. What a language lacks is
//! said in the first one.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind};

/// The language that others fall back on, where a site has it.
const FIRST: &str = "en";
/// Lists of names, separated by spaces, with how many there are.
const NAMES: [(&str, usize); 2] = [("months", 12), ("weekdays", 7)];
const DEFAULT_DATE: &str = "%-d %B %Y";

/// One text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Text {
    Plain(String),
    /// By `count`: one, or any other number.
    Counted {
        one: String,
        other: String,
    },
}

impl Text {
    fn forms(&self) -> Vec<&str> {
        match self {
            Self::Plain(text) => vec![text],
            Self::Counted { one, other } => vec![one, other],
        }
    }
}

/// All texts as one language says them.
#[derive(Clone, Debug, Default)]
pub struct Words(BTreeMap<String, Text>);

/// The texts of a site folder.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    first: Arc<Words>,
    others: BTreeMap<String, Arc<Words>>,
    missing: Vec<String>,
}

impl Texts {
    /// Reads `(path, text)` files below `texts/`.
    ///
    /// # Errors
    /// Every mistake, with file and key.
    pub fn load(files: &[(String, String)]) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut languages: BTreeMap<&str, (&str, BTreeMap<String, Text>)> = BTreeMap::new();
        for (path, text) in files {
            let code = path.trim_start_matches("texts/").trim_end_matches(".toml");
            match text.parse::<toml::Table>() {
                Ok(table) => {
                    languages.insert(code, (path, read(path, table, &mut problems)));
                }
                Err(error) => problems.push(format!("{path}: {}", error.message())),
            }
        }
        let first_code = if languages.contains_key(FIRST) { Some(FIRST) } else { languages.keys().next().copied() };
        let Some((first_path, first)) = first_code.and_then(|code| languages.remove(code)) else {
            return if problems.is_empty() { Ok(Self::default()) } else { Err(problems) };
        };
        let mut texts = Self::default();
        for (code, (path, mut words)) in languages {
            for (key, text) in &words {
                match first.get(key) {
                    None => problems.push(format!("{path}: {key}: there is no such text in {first_path}")),
                    Some(original) => problems.extend(
                        unknown_places(text, original)
                            .map(|name| format!("{path}: {key}: {first_path} has no {{{name}}}")),
                    ),
                }
            }
            for (key, text) in &first {
                if !words.contains_key(key) {
                    texts.missing.push(format!("{path}: {key}: is missing, so that {first_path} stands in"));
                    words.insert(key.clone(), text.clone());
                }
            }
            texts.others.insert(code.to_owned(), Arc::new(Words(words)));
        }
        texts.first = Arc::new(Words(first));
        if problems.is_empty() { Ok(texts) } else { Err(problems) }
    }

    /// Texts that a language lacks, one line each.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Mistakes in a template: texts that are asked for and not there.
    pub fn check(&self, template: &str, source: &str) -> Vec<String> {
        let unknown = |(line, key): (usize, &str)| {
            let known = self.first.0.contains_key(key);
            (!known).then(|| format!("templates/{template}:{line}: there is no text {key} in texts/"))
        };
        literal_keys(source).into_iter().filter_map(unknown).collect()
    }

    /// The environment in each language; the first one under an empty name.
    pub(super) fn environments(&self, environment: Environment<'static>) -> BTreeMap<String, Environment<'static>> {
        let speaking = |words: &Arc<Words>| {
            let mut environment = environment.clone();
            words.clone().add_to(&mut environment);
            environment
        };
        let mut environments: BTreeMap<_, _> =
            self.others.iter().map(|(code, words)| (code.clone(), speaking(words))).collect();
        environments.insert(String::new(), speaking(&self.first));
        environments
    }
}

impl Words {
    /// Adds the function `text` and the filter `date`.
    fn add_to(self: Arc<Self>, environment: &mut Environment<'static>) {
        let words = self.clone();
        environment.add_function("text", move |key: &str, values: Kwargs| words.say(key, &values));
        environment.add_filter("date", move |value: Value, format: Option<&str>| self.date(&value, format));
    }

    fn say(&self, key: &str, values: &Kwargs) -> Result<String, Error> {
        let wrong = |message: String| Error::new(ErrorKind::InvalidOperation, message);
        let Some(text) = self.0.get(key) else {
            return match values.get::<Option<String>>("default")? {
                Some(text) => Ok(text),
                None => Err(wrong(format!("there is no text {key} in texts/"))),
            };
        };
        let text = match text {
            Text::Plain(text) => text,
            Text::Counted { one, .. } if values.get::<Value>("count")? == Value::from(1) => one,
            Text::Counted { other, .. } => other,
        };
        let mut said = String::with_capacity(text.len() + 16);
        let mut rest = text.as_str();
        while let Some((before, name, after)) = next_place(rest) {
            let value = values.get::<Value>(name).map_err(|_| wrong(format!("the text {key} wants {name}")))?;
            said.push_str(before);
            said.push_str(&value.to_string());
            rest = after;
        }
        said.push_str(rest);
        Ok(said)
    }

    /// `strftime` on an RFC 3339 time or a date, with this language's names of months and days.
    fn date(&self, value: &Value, format: Option<&str>) -> Result<String, Error> {
        let wrong = |error: jiff::Error| Error::new(ErrorKind::InvalidOperation, format!("date: {error}"));
        let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return Ok(String::new()) };
        let at = match text.parse::<jiff::Timestamp>() {
            Ok(timestamp) => timestamp.to_zoned(jiff::tz::TimeZone::UTC),
            Err(_) => text
                .parse::<jiff::civil::Date>()
                .and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC))
                .map_err(wrong)?,
        };
        let usual = self.plain("date_long").unwrap_or(DEFAULT_DATE);
        let mut format = format.unwrap_or(usual).to_owned();
        let named = [
            ("%B", "months", i64::from(at.month()) - 1),
            ("%A", "weekdays", i64::from(at.weekday().to_monday_zero_offset())),
        ];
        for (directive, names, number) in named {
            if let Some(name) = self.plain(names).and_then(|names| names.split(' ').nth(number as usize)) {
                format = format.replace(directive, name);
            }
        }
        jiff::fmt::strtime::format(&format, &at).map_err(wrong)
    }

    fn plain(&self, key: &str) -> Option<&str> {
        match self.0.get(key)? {
            Text::Plain(text) => Some(text),
            Text::Counted { .. } => None,
        }
    }
}

fn read(path: &str, table: toml::Table, problems: &mut Vec<String>) -> BTreeMap<String, Text> {
    let mut words = BTreeMap::new();
    for (key, value) in table {
        let form = |table: &toml::Table, name: &str| Some(table.get(name)?.as_str()?.to_owned());
        let text = match &value {
            toml::Value::String(text) => Some(Text::Plain(text.clone())),
            toml::Value::Table(table) if table.len() == 2 => {
                form(table, "one").zip(form(table, "other")).map(|(one, other)| Text::Counted { one, other })
            }
            _ => None,
        };
        let Some(text) = text else {
            problems.push(format!("{path}: {key}: is neither a text nor {{ one = \"…\", other = \"…\" }}"));
            continue;
        };
        let names = NAMES.iter().find(|(name, _)| *name == key);
        if let (Some((_, count)), Text::Plain(text)) = (names, &text)
            && text.split(' ').count() != *count
        {
            problems.push(format!("{path}: {key}: {count} names, with a space between them"));
        }
        words.insert(key, text);
    }
    words
}

/// What stands before the first `{name}`, the name, and what follows.
fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| at + from) {
        let inner = &text[open + 1..];
        let length = inner.bytes().take_while(|byte| byte.is_ascii_lowercase() || *byte == b'_').count();
        if length > 0 && inner[length..].starts_with('}') {
            return Some((&text[..open], &inner[..length], &inner[length + 1..]));
        }
        from = open + 1;
    }
    None
}

fn places(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, name, after)) = next_place(rest) {
        found.push(name);
        rest = after;
    }
    found
}

/// Places of a text that its original does not have: no template gives values for them.
fn unknown_places<'t>(text: &'t Text, original: &'t Text) -> impl Iterator<Item = &'t str> {
    let known: Vec<&str> = original.forms().into_iter().flat_map(places).collect();
    text.forms().into_iter().flat_map(places).filter(move |name| !known.contains(name) && *name != "count")
}

/// The texts that a template asks for by name, with their lines: `text("newer")`.
fn literal_keys(source: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in source.lines().enumerate() {
        for (at, call) in line.match_indices("text(") {
            let is_name = line[..at].ends_with(|last: char| last.is_alphanumeric() || matches!(last, '_' | '.'));
            let behind = &line[at + call.len()..];
            let Some(quote) = behind.chars().next().filter(|first| matches!(first, '"' | '\'') && !is_name) else {
                continue;
            };
            // A name that is put together is only known when the template runs.
            if let Some((key, after)) = behind[1..].split_once(quote)
                && after.starts_with([')', ','])
            {
                found.push((number + 1, key));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(english: &str, german: &str) -> Result<Texts, Vec<String>> {
        let file = |code: &str, text: &str| (format!("texts/{code}.toml"), text.to_owned());
        Texts::load(&[file("de", german), file("en", english)])
    }

    fn say(texts: &Texts, code: &str, template: &str) -> String {
        let environments = texts.environments(Environment::new());
        let environment = environments.get(code).unwrap_or(&environments[""]);
        environment.render_str(template, ()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn a_text_is_said_in_the_language_and_else_in_english() {
        let texts = load("newer = \"Newer\"\nolder = \"Older\"", "newer = \"Neuer\"").expect("right");
        assert_eq!(say(&texts, "de", "{{ text('newer') }}/{{ text('older') }}"), "Neuer/Older");
        assert_eq!(say(&texts, "fr", "{{ text('newer') }}"), "Newer");
        assert_eq!(texts.missing(), ["texts/de.toml: older: is missing, so that texts/en.toml stands in"]);
        assert!(say(&texts, "de", "{{ text('x') }}").contains("there is no text x"));
        assert_eq!(say(&texts, "de", "{{ text('x', default='y') }}"), "y");
    }

    #[test]
    fn numbers_and_names_have_their_places() {
        let english = "found = { one = \"{count} result\", other = \"{count} results for {query}\" }\n";
        let german = "found = { one = \"{count} Treffer\", other = \"{query}: {count} Treffer\" }\n";
        let texts = load(english, german).expect("right");
        assert_eq!(say(&texts, "de", "{{ text('found', count=1, query='a{b}') }}"), "1 Treffer");
        assert_eq!(say(&texts, "de", "{{ text('found', count=2, query='a{b}') }}"), "a{b}: 2 Treffer");
        assert!(say(&texts, "", "{{ text('found', count=2) }}").contains("the text found wants query"));
    }

    #[test]
    fn dates_have_the_names_of_the_language() {
        let months = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember";
        let german = format!("date_long = \"%-d. %B %Y\"\nmonths = \"{months}\"\n");
        let english = "date_long = \"%-d %B %Y\"\nmonths = \"January February March April May June July August \
                       September October November December\"\n";
        let texts = load(english, &german).expect("right");
        assert_eq!(say(&texts, "de", "{{ '2026-11-21T23:59:00Z'|date }}"), "21. November 2026");
        assert_eq!(say(&texts, "de", "{{ '2026-03-01'|date('%B') }}"), "März");
        assert_eq!(say(&texts, "", "{{ '2026-03-01'|date }}{{ none|date }}"), "1 March 2026");
        assert_eq!(say(&Texts::default(), "", "{{ '2026-03-01'|date }}"), "1 March 2026");
    }

    #[test]
    fn mistakes_name_file_and_key() {
        for (english, german, said) in [
            ("a = \"A\"", "b = \"B\"", "texts/de.toml: b: there is no such text in texts/en.toml"),
            ("a = \"A\"", "a = \"{b}\"", "texts/de.toml: a: texts/en.toml has no {b}"),
            ("a = 1", "", "texts/en.toml: a: is neither a text nor { one = \"…\", other = \"…\" }"),
            ("a = { one = \"A\" }", "", "texts/en.toml: a: is neither a text nor { one = \"…\", other = \"…\" }"),
            ("months = \"x y\"", "", "texts/en.toml: months: 12 names, with a space between them"),
        ] {
            assert_eq!(load(english, german).expect_err("a mistake"), [said]);
        }
        let texts = load("a = \"A\"", "a = \"A\"").expect("right");
        let source = "{{ text('a') }}\n{{ text(\"b\", count=1) }} {{ my_text('c') }} {{ text('d' ~ e) }}";
        assert_eq!(texts.check("x.html", source), ["templates/x.html:2: there is no text b in texts/"]);
    }
}
