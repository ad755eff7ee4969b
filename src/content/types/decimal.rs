//! Decimal numbers as text: compared and counted without ever becoming binary fractions.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Digits a number may have, before and after the point together.
const MAX_DIGITS: usize = 100;

/// A decimal number without an exponent. Equality and order are by value: `1.50` equals `1.5`.
#[derive(Debug, Clone)]
pub struct Decimal {
    negative: bool,
    /// Without leading zeros; empty for zero.
    whole: String,
    /// As written, with trailing zeros.
    fraction: String,
}

impl Decimal {
    pub fn decimal_places(&self) -> usize {
        self.fraction.len()
    }

    /// Significant digits before and all digits after the point, as Django counts them.
    pub fn digits(&self) -> usize {
        self.whole.len() + self.fraction.len()
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.bytes().all(|digit| digit == b'0')
    }

    fn compare_size(&self, other: &Decimal) -> Ordering {
        let fraction = |number: &Decimal| number.fraction.trim_end_matches('0').to_owned();
        self.whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| fraction(self).cmp(&fraction(other)))
    }
}

impl FromStr for Decimal {
    type Err = ();

    fn from_str(text: &str) -> Result<Decimal, ()> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = [whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        if !all_digits || whole.len() + fraction.len() == 0 || digits.len() > MAX_DIGITS {
            return Err(());
        }
        let mut number =
            Decimal { negative, whole: whole.trim_start_matches('0').to_owned(), fraction: fraction.to_owned() };
        number.negative = negative && !number.is_zero();
        Ok(number)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let whole = if self.whole.is_empty() { "0" } else { &self.whole };
        let point = if self.fraction.is_empty() { "" } else { "." };
        write!(formatter, "{sign}{whole}{point}{}", self.fraction)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal of this test")
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let ordered = ["-10.5", "-2", "-0.01", "0", "0.009", "0.01", "1.5", "2", "10", "10.05"];
        for pair in ordered.windows(2) {
            assert!(decimal(pair[0]) < decimal(pair[1]), "{pair:?}");
        }
        assert_eq!(decimal("1.50"), decimal("01.5"));
        assert_eq!(decimal("-0.00"), decimal("0"));
    }

    #[test]
    fn text_is_normalised_but_keeps_its_places() {
        for (given, shown) in [("+012.50", "12.50"), (".5", "0.5"), ("-0", "0"), ("7.", "7")] {
            assert_eq!(decimal(given).to_string(), shown);
        }
        assert_eq!((decimal("012.50").digits(), decimal("012.50").decimal_places()), (4, 2));
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "-", ".", "1e5", "1,5", "NaN", "1.2.3", " 1", "٣"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }
}
