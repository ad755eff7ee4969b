//! Who may see something: the form that pages and collections share, and what is told of the settings above and below.

use serde_json::{Value, json};

use super::Admin;
use super::manage::{Problem, text};
use super::refusal::Refusal;
use super::texts::{Said, said};
use crate::content::privacy::covers::Cover;
use crate::content::privacy::{MAX_PASSWORD_BYTES, Rule, Target};
use crate::content::{Actor, EditError};
use crate::http::form::FormData;
use crate::words::sentence;

/// What a form asks for.
pub(super) enum Wanted {
    /// As it is.
    Same,
    Public,
    Rule(Rule),
}

/// What a form asks for, beside what lies on the place itself. An empty password keeps the one that there is.
fn wanted(form: &FormData, own: Option<&Cover>) -> Result<Wanted, Problem> {
    let kind = own.map(|own| own.kind.as_str());
    match text(form, "rule") {
        "public" => Ok(if own.is_some() { Wanted::Public } else { Wanted::Same }),
        "login" => Ok(if kind == Some("login") { Wanted::Same } else { Wanted::Rule(Rule::Login) }),
        "groups" => {
            let groups: Vec<String> = form.all("group").map(str::to_owned).collect();
            let same = own.filter(|own| own.kind == "groups").is_some_and(|own| own.groups() == groups);
            Ok(if same { Wanted::Same } else { Wanted::Rule(Rule::Groups(groups)) })
        }
        "password" => match form.first("password").unwrap_or_default() {
            "" if kind == Some("password") => Ok(Wanted::Same),
            password => Ok(Wanted::Rule(Rule::Password(password.to_owned()))),
        },
        _ => Err(Problem::new("rule", said("choose-who-may-see-it"))),
    }
}

impl Admin {
    /// Does what a form asks for; what is wrong with it, if something is.
    pub(super) async fn set_privacy(
        &self,
        target: Target,
        covers: &[Cover],
        form: &FormData,
        by: Actor,
    ) -> Result<Option<Problem>, Refusal> {
        let content = &self.app.content;
        let rule = match wanted(form, own(covers, target)) {
            Err(problem) => return Ok(Some(problem)),
            Ok(Wanted::Same) => return Ok(None),
            Ok(Wanted::Public) => {
                content.unrestrict(target, by).await?;
                return Ok(None);
            }
            Ok(Wanted::Rule(rule)) => rule,
        };
        let field = field(&rule);
        let wrong = match &rule {
            Rule::Password(_) if !self.app.config.content.shared_passwords => Some(said("shared-passwords-are-off")),
            Rule::Password(password) if password.trim().is_empty() => Some(said("password-is-empty")),
            Rule::Password(password) if password.len() > MAX_PASSWORD_BYTES => Some(said("password-is-too-long")),
            Rule::Groups(groups) if groups.is_empty() => Some(said("name-a-group")),
            _ => None,
        };
        if let Some(text) = wrong {
            return Ok(Some(Problem::new(field, text)));
        }
        match content.restrict(target, rule, by).await {
            Ok(_) => Ok(None),
            Err(EditError::Privacy(reason)) => Ok(Some(Problem::new(field, Said::Text(sentence(reason))))),
            Err(EditError::GroupNotFound(_)) => Ok(Some(Problem::new("groups", said("one-of-these-groups-is-gone")))),
            Err(error) => Err(error.into()),
        }
    }

    /// What the form shows: as it is, or as it was sent.
    pub(super) async fn privacy_form(&self, own: Option<&Cover>, form: Option<&FormData>) -> Result<Value, Refusal> {
        let kind = own.map_or("public", |own| own.kind.as_str());
        let rule = form.map_or(kind, |form| text(form, "rule"));
        let chosen: Vec<String> = match form {
            Some(form) => form.all("group").map(str::to_owned).collect(),
            None => own.map(Cover::groups).unwrap_or_default(),
        };
        let groups = self.app.accounts.list_groups("").await?;
        let known = |name: &str| json!({ "name": name, "chosen": chosen.iter().any(|one| one == name) });
        let allowed = self.app.config.content.shared_passwords;
        Ok(json!({
            "rule": rule,
            "groups": groups.iter().map(|group| known(&group.name)).collect::<Vec<_>>(),
            "has_password": kind == "password",
            "passwords": allowed || kind == "password",
            "may_password": allowed,
            "is_restricted": own.is_some(),
        }))
    }
}

/// The field of the form that a rule is made of.
fn field(rule: &Rule) -> &'static str {
    match rule {
        Rule::Password(_) => "password",
        Rule::Login => "rule",
        Rule::Groups(_) => "groups",
    }
}

/// The restriction that lies on the target itself.
pub(super) fn own(covers: &[Cover], target: Target) -> Option<&Cover> {
    let (Target::Page(id) | Target::Collection(id)) = target;
    covers.iter().find(|cover| cover.place_id == id)
}

/// A restriction for templates. `url`: where it is changed; `None` where whoever asks may not see the place.
pub(super) fn cover(known: &Cover, url: Option<String>) -> Value {
    let title = url.as_ref().map(|_| &known.title);
    json!({ "kind": known.kind, "groups": known.groups().join(", "), "title": title, "url": url })
}
