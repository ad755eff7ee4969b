//! Grafana's variables in expressions: replaced by what may stand there, so that the rest can be read.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::promql::Quotes;

/// What a variable in text or in a name becomes; what has it in it is not judged.
pub(super) const VARIABLE: &str = "__variable__";

/// `$name`, `${name}`, `${name:format}` and `[[name]]`; not `$1`, which belongs to label_replace().
static USE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\{([A-Za-z_]\w*)(?:[.:][^}]*)?\}|\$([A-Za-z_]\w*)|\[\[([A-Za-z_]\w*)(?::\w+)?\]\]")
        .expect("the pattern is a constant, which every test compiles")
});

/// What a variable stands for where nothing tells: it is tried in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Number,
    Word,
    Duration,
}

pub(super) const KINDS: [Kind; 3] = [Kind::Number, Kind::Word, Kind::Duration];

/// The names of all variables, without those of Grafana itself.
pub(super) fn used(expression: &str) -> BTreeSet<&str> {
    let names = USE.captures_iter(expression).filter_map(|found| name(&found));
    names.filter(|name| !name.starts_with("__")).collect()
}

fn name<'t>(found: &Captures<'t>) -> Option<&'t str> {
    found.iter().skip(1).flatten().next().map(|name| name.as_str())
}

/// The expression without variables, or `None` when it has none.
pub(super) fn replaced(expression: &str, kind: Kind) -> Option<String> {
    let mut out = String::new();
    let mut place = Place::default();
    let mut at = 0;
    for found in USE.captures_iter(expression) {
        let (Some(whole), Some(name)) = (found.get(0), name(&found)) else { continue };
        let between = &expression[at..whole.start()];
        place.pass(between);
        out.push_str(between);
        at = whole.end();
        let before = expression[..whole.start()].chars().next_back();
        let after = expression[at..].chars().next();
        out.push_str(place.value(name, kind, before, after));
    }
    if at == 0 {
        return None;
    }
    out.push_str(&expression[at..]);
    Some(out)
}

/// Whether a place is inside of text, and inside of the brackets of a range.
#[derive(Default)]
struct Place {
    quotes: Quotes,
    in_range: bool,
}

impl Place {
    fn pass(&mut self, text: &str) {
        for character in text.chars() {
            match (self.quotes.open, character) {
                (None, '[') => self.in_range = true,
                (None, ']') => self.in_range = false,
                _ => {}
            }
            self.quotes.pass(character);
        }
    }

    fn value(&self, name: &str, kind: Kind, before: Option<char>, after: Option<char>) -> &'static str {
        let is_part =
            |character: Option<char>| character.is_some_and(|one| one.is_alphanumeric() || "_:$".contains(one));
        match name {
            _ if self.quotes.open.is_some() => VARIABLE,
            "__range_s" | "__range_ms" | "__interval_ms" | "__from" | "__to" => "60",
            "__rate_interval" | "__interval" | "__range" => "1m",
            // `${minutes}m`
            _ if self.in_range && after.is_some_and(char::is_alphanumeric) => "5",
            _ if self.in_range => "1m",
            _ if is_part(before) => VARIABLE,
            _ if after.is_some_and(char::is_alphabetic) && kind != Kind::Word => "5",
            _ if is_part(after) => VARIABLE,
            _ => match kind {
                Kind::Number => "1",
                Kind::Word => VARIABLE,
                Kind::Duration => "1m",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_becomes_what_may_stand_at_its_place() {
        let cases = [
            (r#"rate(a{job=~"$job",b="x$"}[$__rate_interval])"#, r#"rate(a{job=~"__variable__",b="x$"}[1m])"#),
            (
                r#"increase(a{b='it\'s ${c:regex}'}[${minutes}m:$step]) > $limit"#,
                r#"increase(a{b='it\'s __variable__'}[5m:1m]) > 1"#,
            ),
            ("topk($n, a_${kind}_total) / $__range_s", "topk(1, a___variable___total) / 60"),
            (
                r#"label_replace(a[[x]], "b", "$1", "c", "(.*)")"#,
                r#"label_replace(a__variable__, "b", "$1", "c", "(.*)")"#,
            ),
        ];
        for (given, wanted) in cases {
            assert_eq!(replaced(given, Kind::Number).as_deref(), Some(wanted));
        }
        let days = "a # it's ${x}\n offset ${days}d";
        assert_eq!(replaced(days, Kind::Number).as_deref(), Some("a # it's __variable__\n offset 5d"));
        assert_eq!(replaced("sum(a) by (b)", Kind::Word), None);
        assert_eq!(
            replaced("sum by ($b) (a offset $c)", Kind::Word).as_deref(),
            Some("sum by (__variable__) (a offset __variable__)")
        );
    }

    #[test]
    fn variables_of_grafana_itself_are_nobodys() {
        let used = used(r#"rate(a{b="$c",d=~"${e:pipe}",f="$1"}[$__rate_interval]) + [[g]] + ${__from}"#);
        assert_eq!(used.into_iter().collect::<Vec<_>>(), ["c", "e", "g"]);
    }
}
