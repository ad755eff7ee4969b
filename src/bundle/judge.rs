//! What an expression reads, compared with what there is: metrics, labels, values, and counters where only their growth
//! means something.

use std::collections::BTreeSet;

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::token::{T_COUNT, T_COUNT_VALUES, T_GROUP, T_LAND, T_LOR, T_LUNLESS};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{
    AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, VectorMatchCardinality, VectorSelector, token,
};
use regex::Regex;

use super::known::{Known, Labels, Metric, Part, Sample, union};
use super::variables::VARIABLE;
use crate::config::{closest, did_you_mean};

/// Functions that make something of a counter.
const GROWTH: &[&str] = &["rate", "irate", "increase", "resets"];
/// Functions to which it only matters whether there is a sample, or when.
const PRESENCE: &[&str] =
    &["absent", "absent_over_time", "present_over_time", "count_over_time", "timestamp", "changes"];
/// Functions that keep all labels but that of the buckets.
const OF_BUCKETS: &[&str] = &["histogram_quantile", "histogram_fraction"];

/// A mistake, and the word of the expression that it is about.
pub(super) struct Mistake {
    pub(super) word: String,
    pub(super) reason: String,
}

/// What becomes of a selector's samples.
#[derive(Clone, Copy)]
enum Use {
    Value,
    /// Whether they are there.
    Presence,
    /// How much they grew, by this function.
    Growth(&'static str),
}

/// The labels of the result, and every mistake.
pub(super) fn judge(expression: &Expr, known: &Known) -> (Labels, Vec<Mistake>) {
    let mut judge = Judge { known, mistakes: Vec::new() };
    let labels = judge.labels(expression, Use::Value);
    (labels, judge.mistakes)
}

struct Judge<'k> {
    known: &'k Known,
    mistakes: Vec<Mistake>,
}

impl Judge<'_> {
    fn report(&mut self, word: &str, reason: String) {
        self.mistakes.push(Mistake { word: word.to_owned(), reason });
    }

    fn labels(&mut self, expression: &Expr, with: Use) -> Labels {
        match expression {
            Expr::VectorSelector(selector) => self.selector(selector, with),
            Expr::MatrixSelector(matrix) => self.selector(&matrix.vs, with),
            Expr::Paren(paren) => self.labels(&paren.expr, with),
            Expr::Unary(unary) => self.labels(&unary.expr, with),
            Expr::Subquery(subquery) => {
                let is_selector = matches!(&*subquery.expr, Expr::VectorSelector(_));
                let inner = if is_selector || matches!(with, Use::Presence) { with } else { Use::Value };
                self.labels(&subquery.expr, inner)
            }
            Expr::Call(call) => self.call(call, with),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate, with),
            Expr::Binary(binary) => self.binary(binary, with),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => Some(BTreeSet::new()),
            Expr::Extension(_) => None,
        }
    }

    fn call(&mut self, call: &Call, with: Use) -> Labels {
        let name = call.func.name;
        let inner = match (with, GROWTH.iter().find(|known| **known == name)) {
            (Use::Presence, _) => Use::Presence,
            (_, Some(name)) => Use::Growth(name),
            _ if PRESENCE.contains(&name) => Use::Presence,
            _ => Use::Value,
        };
        let mut kept: Labels = Some(BTreeSet::new());
        for argument in &call.args.args {
            let labels = self.labels(argument, inner);
            if matches!(argument.value_type(), ValueType::Vector | ValueType::Matrix) {
                kept = labels;
            }
        }
        let mut kept = kept?;
        match name {
            // Their labels come from matchers, or from other series.
            "absent" | "absent_over_time" | "info" => return None,
            "scalar" => kept.clear(),
            "label_replace" | "label_join" => {
                let Some(Expr::StringLiteral(made)) = call.args.args.get(1).map(|argument| &**argument) else {
                    return None;
                };
                kept.insert(made.val.clone());
            }
            _ if OF_BUCKETS.contains(&name) => {
                kept.remove("le");
            }
            _ => {}
        }
        Some(kept)
    }

    fn aggregate(&mut self, aggregate: &AggregateExpr, with: Use) -> Labels {
        if let Some(parameter) = &aggregate.param {
            self.labels(parameter, Use::Value);
        }
        let counts = matches!(aggregate.op.id(), T_COUNT | T_GROUP);
        let inner = if counts || matches!(with, Use::Presence) { Use::Presence } else { Use::Value };
        let labels = self.labels(&aggregate.expr, inner);
        let picks =
            matches!(aggregate.op.id(), token::T_TOPK | token::T_BOTTOMK | token::T_LIMITK | token::T_LIMIT_RATIO);
        let mut kept = match &aggregate.modifier {
            Some(modifier) => {
                self.listed(&modifier.labels().labels, &[&labels]);
                match modifier {
                    _ if picks => labels,
                    LabelModifier::Include(by) => Some(by.labels.iter().cloned().collect()),
                    LabelModifier::Exclude(without) => excluded(labels, &without.labels),
                }
            }
            None if picks => labels,
            None => Some(BTreeSet::new()),
        };
        if aggregate.op.id() == T_COUNT_VALUES {
            let Some(Expr::StringLiteral(made)) = aggregate.param.as_deref() else { return None };
            kept.get_or_insert_default().insert(made.val.clone());
        }
        kept
    }

    fn binary(&mut self, binary: &BinaryExpr, with: Use) -> Labels {
        let operator = binary.op.id();
        let inner = if matches!(with, Use::Presence) { Use::Presence } else { Use::Value };
        let left = self.labels(&binary.lhs, inner);
        let only_there = matches!(operator, T_LAND | T_LUNLESS);
        let right = self.labels(&binary.rhs, if only_there { Use::Presence } else { inner });
        if binary.lhs.value_type() == ValueType::Scalar {
            return right;
        }
        if binary.rhs.value_type() == ValueType::Scalar {
            return left;
        }
        let matching = binary.modifier.as_ref().and_then(|modifier| modifier.matching.as_ref());
        match matching {
            Some(LabelModifier::Include(on)) => self.listed(&on.labels, &[&left, &right]),
            // One side is enough: it says what the other has not.
            Some(LabelModifier::Exclude(ignoring)) => {
                let either = union(left.clone(), right.clone());
                self.listed(&ignoring.labels, &[&either]);
            }
            None => {}
        }
        match operator {
            T_LAND | T_LUNLESS => return left,
            T_LOR => return union(left, right),
            _ => {}
        }
        match binary.modifier.as_ref().map(|modifier| &modifier.card) {
            Some(VectorMatchCardinality::ManyToOne(taken)) => {
                self.listed(&taken.labels, &[&right]);
                union(left, Some(taken.labels.iter().cloned().collect()))
            }
            Some(VectorMatchCardinality::OneToMany(taken)) => {
                self.listed(&taken.labels, &[&left]);
                union(right, Some(taken.labels.iter().cloned().collect()))
            }
            _ => match matching {
                Some(LabelModifier::Include(on)) => Some(on.labels.iter().cloned().collect()),
                Some(LabelModifier::Exclude(ignoring)) => excluded(left, &ignoring.labels),
                None => left,
            },
        }
    }

    /// Labels in the lists of `by`, `on` and their like must be there, on every side that is known.
    fn listed(&mut self, listed: &[String], sides: &[&Labels]) {
        for label in listed.iter().filter(|label| !label.contains(VARIABLE)) {
            let lacks = |side: &&&Labels| side.as_ref().is_some_and(|known| !known.contains(label));
            let Some(Some(known)) = sides.iter().find(lacks).map(|side| side.as_ref()) else { continue };
            let hint = did_you_mean(closest(label, known.iter().map(String::as_str)));
            self.report(label, format!("nothing here has the label {label}{hint}"));
        }
    }

    fn selector(&mut self, selector: &VectorSelector, with: Use) -> Labels {
        let matchers: Vec<&Matcher> =
            selector.matchers.matchers.iter().chain(selector.matchers.or_matchers.iter().flatten()).collect();
        let equal = |label: &str| {
            let found = matchers.iter().find(|matcher| matcher.name == label && matcher.op == MatchOp::Equal);
            found.map(|matcher| matcher.value.as_str())
        };
        let name = selector.name.as_deref().or_else(|| equal("__name__"))?;
        if name.contains(VARIABLE) {
            return None;
        }
        let known = self.known;
        match known.find(name, equal("job").filter(|job| !job.contains(VARIABLE))) {
            Metric::Foreign => None,
            Metric::Missing(hint) => {
                self.report(name, format!("there is no metric {name}{hint}"));
                None
            }
            Metric::Recorded(labels) => {
                if let Some(labels) = labels {
                    self.matchers(name, &matchers, labels, None);
                }
                labels.clone()
            }
            Metric::Sample(sample) => {
                let labels = known.labels_of(sample);
                self.matchers(name, &matchers, &labels, Some(sample));
                self.kind(name, sample, with);
                Some(labels)
            }
        }
    }

    fn kind(&mut self, name: &str, sample: &Sample, with: Use) {
        let family = sample.family.name;
        match with {
            _ if sample.part == Part::Histogram => {
                self.report(name, format!("{family} is a histogram: read its _bucket, _sum or _count"));
            }
            Use::Value if sample.is_counter() => {
                self.report(name, format!("the counter {name} only grows: put it into rate() or increase()"));
            }
            Use::Growth(function) if !sample.is_counter() => {
                self.report(name, format!("{name} is a gauge: {function}() of it means nothing"));
            }
            _ => {}
        }
    }

    fn matchers(&mut self, name: &str, matchers: &[&Matcher], labels: &BTreeSet<String>, sample: Option<&Sample>) {
        for matcher in matchers.iter().filter(|matcher| !matcher.name.contains(VARIABLE)) {
            let label = &matcher.name;
            // Without the label, "" is what every series has.
            if !labels.contains(label) && !self.known.is_of_targets(label) {
                let hint = did_you_mean(closest(label, labels.iter().map(String::as_str)));
                self.report(label, format!("{name} has no label {label}{hint}"));
                continue;
            }
            let Some(values) = sample.and_then(|sample| sample.values_of(label)) else { continue };
            if let Some(never) = never_matches(matcher, values) {
                let hint = did_you_mean(closest(never, values.iter().copied()));
                let values: Vec<&str> =
                    values.iter().map(|value| if value.is_empty() { "\"\"" } else { value }).collect();
                let values = values.join(" ");
                self.report(never, format!("{name}: {label} is never {never:?}, but one of {values}{hint}"));
            }
        }
    }
}

/// The value, or the alternative of a regular expression, that no value of the closed set is like.
fn never_matches<'m>(matcher: &'m Matcher, values: &[&str]) -> Option<&'m str> {
    let value = matcher.value.as_str();
    if value.contains(VARIABLE) || value.is_empty() {
        return None;
    }
    let expression = match &matcher.op {
        MatchOp::Equal | MatchOp::NotEqual => return (!values.contains(&value)).then_some(value),
        MatchOp::Re(expression) | MatchOp::NotRe(expression) => expression,
    };
    if value.contains(['(', '[']) {
        return (!values.iter().any(|known| expression.is_match(known))).then_some(value);
    }
    let mut alternatives = value.split('|').filter(|one| !one.is_empty() && !values.contains(one));
    alternatives.find(|one| match Regex::new(&format!("^(?:{one})$")) {
        Ok(one) => !values.iter().any(|known| one.is_match(known)),
        // What the parser took, and this does not, is not judged.
        Err(_) => false,
    })
}

fn excluded(labels: Labels, without: &[String]) -> Labels {
    let mut labels = labels?;
    labels.retain(|label| !without.contains(label));
    Some(labels)
}
