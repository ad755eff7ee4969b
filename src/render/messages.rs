//! What the binary's own pages say, by the ids of messages: `t("home-title")` in a template, `th(…)` for a message whose values
//! may be markup.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind, HtmlEscape};

/// A value within a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Text(String),
    Number(f64),
}

/// Says a message, in one language; `None` when there is no such message.
pub type Say = Arc<dyn Fn(&str, &BTreeMap<String, Part>) -> Option<String> + Send + Sync>;

/// Adds `t` and `th`.
pub(super) fn add_to(environment: &mut Environment<'static>, say: Say) {
    let plain = say.clone();
    environment.add_function("t", move |id: &str, values: Kwargs| {
        let parts = parts(&values, |text| Cow::Borrowed(text))?;
        told(&plain, id, &parts)
    });
    environment.add_function("th", move |id: &str, values: Kwargs| {
        let parts = parts(&values, |text| HtmlEscape(text).to_string().into())?;
        told(&say, id, &parts).map(Value::from_safe_string)
    });
}

fn told(say: &Say, id: &str, parts: &BTreeMap<String, Part>) -> Result<String, Error> {
    say(id, parts).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no message {id}")))
}

/// What is markup already stays as it is.
fn parts<'v>(values: &'v Kwargs, escape: impl Fn(&str) -> Cow<'_, str>) -> Result<BTreeMap<String, Part>, Error> {
    let part = |name: &'v str| {
        let value: Value = values.get(name)?;
        let part = match value.as_str() {
            Some(text) if value.is_safe() => Part::Text(text.to_owned()),
            Some(text) => Part::Text(escape(text).into_owned()),
            None => match f64::try_from(value.clone()) {
                Ok(number) if value.is_number() => Part::Number(number),
                _ => Part::Text(value.to_string()),
            },
        };
        Ok((name.to_owned(), part))
    };
    values.args().map(part).collect()
}

#[cfg(test)]
mod tests {
    use minijinja::AutoEscape;

    use super::*;

    #[test]
    fn a_message_is_escaped_once_and_markup_in_it_stays() {
        let say: Say = Arc::new(|id, parts| {
            let Some(Part::Text(name)) = parts.get("name") else { return None };
            (id == "hello").then(|| format!("<{name}>"))
        });
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        add_to(&mut environment, say);
        let drawn = |source: &str| {
            let context = minijinja::context! { name => "<b>", link => Value::from_safe_string("<i>x</i>".into()) };
            environment.render_str(source, context).map_err(|error| error.to_string())
        };
        assert_eq!(drawn("{{ t('hello', name=name) }}").as_deref(), Ok("&lt;&lt;b&gt;&gt;"));
        assert_eq!(drawn("{{ th('hello', name=name) }}").as_deref(), Ok("<&lt;b&gt;>"));
        assert_eq!(drawn("{{ th('hello', name=link) }}").as_deref(), Ok("<<i>x</i>>"));
        assert!(drawn("{{ t('nobody') }}").is_err_and(|error| error.contains("there is no message nobody")));
    }
}
