//! When a certificate expires: the one field of X.509 (RFC 5280) that a metric needs, found by
//! a walk over its DER.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const EXPLICIT_VERSION: u8 = 0xa0;

/// `notAfter` in Unix seconds; `None` when `der` is not a certificate.
pub(super) fn not_after_unix_s(der: &[u8]) -> Option<i64> {
    let mut rest = content(content(der, SEQUENCE)?, SEQUENCE)?;
    if *rest.first()? == EXPLICIT_VERSION {
        rest = element(rest)?.2;
    }
    // serialNumber, signature, issuer
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let validity = content(rest, SEQUENCE)?;
    let (tag, value, _) = element(element(validity)?.2)?;
    unix_s(tag, value)
}

/// Tag, content and what follows of the first element.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (digits.iter().fold(0_usize, |length, digit| (length << 8) | usize::from(*digit)), rest)
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((tag, value, rest))
}

fn content(der: &[u8], expected: u8) -> Option<&[u8]> {
    let (tag, value, _) = element(der)?;
    (tag == expected).then_some(value)
}

/// RFC 5280, 4.1.2.5: `YYMMDDHHMMSSZ` (YY below 50 is 20YY) or `YYYYMMDDHHMMSSZ`.
fn unix_s(tag: u8, value: &[u8]) -> Option<i64> {
    let digits = value.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |part: &[u8]| part.iter().fold(0_i16, |sum, digit| sum * 10 + i16::from(digit - b'0'));
    let (year, rest) = match (tag, digits.len()) {
        (UTC_TIME, 12) => {
            let (year, rest) = digits.split_at(2);
            let year = number(year);
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        (GENERALIZED_TIME, 14) => {
            let (year, rest) = digits.split_at(4);
            (number(year), rest)
        }
        _ => return None,
    };
    let mut parts = rest.chunks(2).map(|part| i8::try_from(number(part)).unwrap_or(i8::MAX));
    let mut next = || parts.next();
    let at = DateTime::new(year, next()?, next()?, next()?, next()?, next()?, 0).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn certificate_until(year: i32) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        params.not_after = rcgen::date_time_ymd(year, 3, 4);
        let key = rcgen::KeyPair::generate().expect("a key");
        params.self_signed(&key).expect("signed").der().to_vec()
    }

    #[test]
    fn a_certificate_of_this_decade_uses_two_digit_years() {
        assert_eq!(not_after_unix_s(&certificate_until(2031)), Some(1_930_348_800));
    }

    #[test]
    fn a_certificate_past_2049_uses_four_digit_years() {
        assert_eq!(not_after_unix_s(&certificate_until(2061)), Some(2_877_120_000));
    }

    #[test]
    fn a_cut_certificate_is_none() {
        let der = certificate_until(2031);
        assert_eq!(not_after_unix_s(&der[..der.len() / 4]), None);
    }

    #[test]
    fn an_impossible_date_is_none() {
        assert_eq!(unix_s(UTC_TIME, b"310230000000Z"), None);
        assert_eq!(unix_s(UTC_TIME, b"31030400000Z"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(der in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = not_after_unix_s(&der);
        }
    }
}
