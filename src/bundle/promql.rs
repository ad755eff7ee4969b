//! PromQL: parsed as Prometheus does, with what makes the parser's reasons clear.

use promql_parser::parser::{self, Expr};

use crate::config::{closest, did_you_mean};

/// Longest expression, in bytes.
const MAX_BYTES: usize = 8192;
/// How deep an expression may be; each operator is a level.
const MAX_DEPTH: usize = 250;
/// Places at which an expression is cut, to find from where on it cannot be read.
const MAX_CUTS: usize = 200;
/// Characters that a finding shows of what cannot be read.
const SHOWN: usize = 40;
/// Functions that a typing error can lead away from.
const FUNCTIONS: &[&str] = &[
    "abs",
    "absent",
    "absent_over_time",
    "avg_over_time",
    "ceil",
    "changes",
    "clamp",
    "clamp_max",
    "clamp_min",
    "count_over_time",
    "day_of_month",
    "day_of_week",
    "delta",
    "deriv",
    "floor",
    "histogram_avg",
    "histogram_count",
    "histogram_fraction",
    "histogram_quantile",
    "histogram_sum",
    "hour",
    "idelta",
    "increase",
    "irate",
    "label_join",
    "label_replace",
    "last_over_time",
    "max_over_time",
    "min_over_time",
    "predict_linear",
    "present_over_time",
    "quantile_over_time",
    "rate",
    "resets",
    "round",
    "scalar",
    "sort",
    "sort_desc",
    "stddev_over_time",
    "sum_over_time",
    "time",
    "timestamp",
    "vector",
];

/// The expression, or why it is none.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("longer than {MAX_BYTES} bytes"));
    }
    let text = without_backticks(text);
    let expression = parser::parse(&text).map_err(|reason| explained(&reason, &text))?;
    if is_too_deep(&expression) {
        return Err(format!("deeper than {MAX_DEPTH} levels"));
    }
    Ok(expression)
}

fn explained(reason: &str, text: &str) -> String {
    if reason == "invalid promql query" {
        return match unreadable_from(text) {
            Some(rest) => format!("not PromQL: it cannot be read from {rest:?} on"),
            None => "not PromQL".into(),
        };
    }
    let unknown = reason.strip_prefix("unknown function with name '").and_then(|rest| rest.strip_suffix('\''));
    let hint = unknown.map_or_else(String::new, |name| did_you_mean(closest(name, FUNCTIONS.iter().copied())));
    format!("not PromQL: {reason}{hint}")
}

/// What stands behind the longest beginning that is an expression.
fn unreadable_from(text: &str) -> Option<String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
    let bytes = text.as_bytes();
    let cuts = (1..bytes.len()).rev().filter(|at| text.is_char_boundary(*at));
    let cuts = cuts.filter(|at| !(is_word(bytes[at - 1]) && is_word(bytes[*at]))).take(MAX_CUTS);
    let readable = cuts.into_iter().find(|at| parser::parse(&text[..*at]).is_ok()).unwrap_or(0);
    let rest: String = text[readable..].split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = rest.chars().take(SHOWN).collect();
    (!shown.is_empty()).then(|| if shown.len() < rest.len() { format!("{shown}…") } else { shown })
}

/// Raw strings as quoted ones: the parser reads escapes in both.
fn without_backticks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quotes = Quotes::default();
    for character in text.chars() {
        match (quotes.open, character) {
            (None | Some('`'), '`') => out.push('"'),
            (Some('`'), '"' | '\\') => out.extend(['\\', character]),
            (Some('`'), '\n') => out.push_str("\\n"),
            _ => out.push(character),
        }
        quotes.pass(character);
    }
    out
}

/// Whether a place in an expression is inside of quotes or of a comment.
#[derive(Default)]
pub(super) struct Quotes {
    /// What ends it: a comment ends with its line.
    pub(super) open: Option<char>,
    escaped: bool,
}

impl Quotes {
    pub(super) fn pass(&mut self, character: char) {
        match self.open {
            None if matches!(character, '"' | '\'' | '`') => self.open = Some(character),
            None if character == '#' => self.open = Some('\n'),
            Some(open) if open == character && !self.escaped => self.open = None,
            _ => {}
        }
        self.escaped = character == '\\' && !self.escaped && matches!(self.open, Some('"' | '\''));
    }
}

/// Without recursion: what recurs over expressions comes behind this.
fn is_too_deep(expression: &Expr) -> bool {
    let mut open = vec![(expression, 1)];
    while let Some((expression, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return true;
        }
        open.extend(parts(expression).into_iter().map(|part| (part, depth + 1)));
    }
    false
}

fn parts(expression: &Expr) -> Vec<&Expr> {
    match expression {
        Expr::Aggregate(aggregate) => aggregate.param.iter().chain([&aggregate.expr]).map(|part| &**part).collect(),
        Expr::Unary(unary) => vec![&*unary.expr],
        Expr::Binary(binary) => vec![&*binary.lhs, &*binary.rhs],
        Expr::Paren(paren) => vec![&*paren.expr],
        Expr::Subquery(subquery) => vec![&*subquery.expr],
        Expr::Call(call) => call.args.args.iter().map(|part| &**part).collect(),
        Expr::NumberLiteral(_)
        | Expr::StringLiteral(_)
        | Expr::VectorSelector(_)
        | Expr::MatrixSelector(_)
        | Expr::Extension(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reasons_say_where_or_what() {
        let cases = [
            ("sum(rate(a[5m])", "not PromQL: unclosed left parenthesis"),
            ("rate(a)", "not PromQL: expected type matrix in call to function 'rate', got vector"),
            ("rats(a[5m])", "not PromQL: unknown function with name 'rats'; did you mean rate?"),
            ("a +", "not PromQL: it cannot be read from \"+\" on"),
            ("sum(a) by (b)\n  by (c)", "not PromQL: it cannot be read from \"by (c)\" on"),
            ("", "not PromQL: no expression found in input"),
            ("a{b=`\\d\"`} > 1", ""),
            ("a # ` and \"\n > 1", ""),
        ];
        for (text, reason) in cases {
            assert_eq!(parse(text).err().unwrap_or_default(), reason, "{text}");
        }
        assert_eq!(without_backticks("a{b=`\\d\"`, c='`'}"), "a{b=\"\\\\d\\\"\", c='`'}");
    }

    #[test]
    fn what_is_long_or_deep_is_refused_and_recurs_nowhere() {
        let deep = [
            format!("a{}", "+a".repeat(4000)),
            format!("{}a", "-".repeat(8000)),
            "(".repeat(4000) + "a" + &")".repeat(4000),
        ];
        for text in deep {
            assert_eq!(parse(&text).err().as_deref(), Some("deeper than 250 levels"));
        }
        assert_eq!(parse(&"a".repeat(9000)).err().as_deref(), Some("longer than 8192 bytes"));
    }

    proptest! {
        #[test]
        fn whatever_is_written_nothing_panics(
            parts in proptest::collection::vec(
                prop_oneof![
                    "[ -~]{0,4}",
                    proptest::sample::select(vec![
                        "sum", "by", "rate", "(", ")", "{", "}", "[5m]", "[1h:5m]", "=", "=~", "\"(\"", "\"a|b\"", "`", "'", "a", "le",
                        "on", "group_left", "and", "unless", "bool", ">", "^", "-", "1e9", "0x", "offset", "@", "end()", "count_values",
                        "topk", "label_replace", ",", "#", "\n", "é", "\\", "$", "__name__", "info", "atan2", "9999999999y", "inf", "nan",
                    ]).prop_map(str::to_owned),
                ],
                0..24,
            ),
            space in any::<bool>(),
        ) {
            let _ = parse(&parts.join(if space { " " } else { "" }));
        }
    }
}
