//! The grammar of `?fields=`, as Wagtail reads it: `title,-slug`, `*,-body`, `_,author(name)`.

/// One field that is named: `name`, `-name` or `name(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub negated: bool,
    pub nested: Vec<Named>,
}

/// Brackets within brackets that are read: each is a step deeper into what objects refer to.
const MAX_DEPTH: usize = 8;

/// # Errors
/// With Wagtail's words.
pub fn parse(text: &str) -> Result<Vec<Named>, String> {
    let mut reader = Reader { rest: text.chars().collect(), at: 0 };
    reader.fields(0)
}

struct Reader {
    rest: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn unexpected<T>(&self) -> Result<T, String> {
        Err(match self.peek() {
            Some(found) => format!("unexpected char '{found}' at position {}", self.at),
            None => format!("unexpected char ',' at position {}", self.at),
        })
    }

    /// The fields up to the end, or to the bracket that closes them.
    fn fields(&mut self, depth: usize) -> Result<Vec<Named>, String> {
        let mut fields: Vec<Named> = Vec::new();
        while self.peek().is_some() {
            let is_first = fields.is_empty();
            let (name, negated) = self.identifier()?;
            if matches!(name.as_str(), "*" | "_") {
                if !is_first {
                    return Err(format!("'{name}' must be in the first position"));
                }
                if negated {
                    return Err(format!("'{name}' cannot be negated"));
                }
            }
            let mut nested = Vec::new();
            if self.peek() == Some('(') {
                if negated || depth == MAX_DEPTH {
                    return self.unexpected();
                }
                self.at += 1;
                nested = self.fields(depth + 1)?;
            }
            if let Some(first) = fields.first() {
                if first.name == "_" && negated {
                    return Err("negated fields with '_' doesn't make sense".to_owned());
                }
                if first.name == "*" && !negated && nested.is_empty() {
                    return Err("additional fields with '*' doesn't make sense".to_owned());
                }
            }
            fields.push(Named { name, negated, nested });
            match self.peek() {
                Some(')') if depth == 0 => return self.unexpected(),
                Some(')') => {
                    self.at += 1;
                    return Ok(fields);
                }
                Some(',') => {
                    self.at += 1;
                    if matches!(self.peek(), None | Some(',')) {
                        return self.unexpected();
                    }
                }
                _ => {}
            }
        }
        match depth {
            0 => Ok(fields),
            _ => Err("unexpected end of input (did you miss out a close bracket?)".to_owned()),
        }
    }

    /// The name, and whether it is negated.
    fn identifier(&mut self) -> Result<(String, bool), String> {
        let (mut name, mut negated, start) = (String::new(), false, self.at);
        while let Some(found) = self.peek() {
            match found {
                '(' | ')' | ',' => {
                    if name.is_empty() || (found == '(' && matches!(name.as_str(), "*" | "_")) {
                        return self.unexpected();
                    }
                    return Ok((name, negated));
                }
                '-' if self.at == start => negated = true,
                '*' if name.is_empty() => name.push(found),
                '_' => name.push(found),
                _ if found.is_alphanumeric() && name != "*" => name.push(found),
                _ if found.is_whitespace() => return Err(format!("unexpected whitespace at position {}", self.at)),
                _ => return self.unexpected(),
            }
            self.at += 1;
        }
        Ok((name, negated))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(fields: &[Named]) -> String {
        let one = |named: &Named| {
            let sign = if named.negated { "-" } else { "" };
            let nested = if named.nested.is_empty() { String::new() } else { format!("({})", shown(&named.nested)) };
            format!("{sign}{}{nested}", named.name)
        };
        fields.iter().map(one).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn what_is_well_formed_is_read() {
        for text in
            ["", "title", "title,-slug", "*", "_", "*,-body", "_,title", "author(name,links(url))", "*,a(b)", "a_b"]
        {
            assert_eq!(parse(text).map(|fields| shown(&fields)).as_deref(), Ok(text));
        }
        assert_eq!(parse("a(b)c").map(|fields| shown(&fields)).as_deref(), Ok("a(b),c"), "as Wagtail's parser does");
    }

    #[test]
    fn what_is_not_is_told_in_wagtails_words() {
        for (text, words) in [
            ("title,*", "'*' must be in the first position"),
            ("title,_", "'_' must be in the first position"),
            ("-*", "'*' cannot be negated"),
            ("-_", "'_' cannot be negated"),
            ("_,-title", "negated fields with '_' doesn't make sense"),
            ("*,title", "additional fields with '*' doesn't make sense"),
            ("a,,b", "unexpected char ',' at position 2"),
            ("a,", "unexpected char ',' at position 2"),
            (",a", "unexpected char ',' at position 0"),
            ("(a)", "unexpected char '(' at position 0"),
            ("a)", "unexpected char ')' at position 1"),
            ("*(a)", "unexpected char '(' at position 1"),
            ("-a(b)", "unexpected char '(' at position 2"),
            ("a-b", "unexpected char '-' at position 1"),
            ("a*", "unexpected char '*' at position 1"),
            ("*a", "unexpected char 'a' at position 1"),
            ("a.b", "unexpected char '.' at position 1"),
            ("a, b", "unexpected whitespace at position 2"),
            ("a(b", "unexpected end of input (did you miss out a close bracket?)"),
            ("a(", "unexpected end of input (did you miss out a close bracket?)"),
            ("a()", "unexpected char ')' at position 2"),
        ] {
            assert_eq!(parse(text).expect_err(text), words, "{text}");
        }
        assert!(parse(&"a(".repeat(10_000)).is_err());
    }
}
