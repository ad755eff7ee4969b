//! What one can do and where one can go, by words of its name.

use serde_json::{Value, json};

use super::kinds::Found;
use super::{Asked, Kind};
use crate::accounts::{CollectionPermission, GlobalPermission};
use crate::admin::entry::Seat;
use crate::admin::{Admin, shell};

/// What somebody can do: what it is called, where, and who may.
struct Action {
    label: &'static str,
    url: &'static str,
    needs: Option<GlobalPermission>,
}

const ACTIONS: &[Action] = &[
    Action { label: "Add a user", url: "/admin/users/add/", needs: Some(GlobalPermission::Users) },
    Action { label: "Add a redirect", url: "/admin/redirects/add/", needs: Some(GlobalPermission::Redirects) },
    Action { label: "Import redirects", url: "/admin/redirects/import/", needs: Some(GlobalPermission::Redirects) },
    Action { label: "Open the trash", url: "/admin/trash/", needs: None },
    Action { label: "See work on many at once", url: "/admin/bulk/", needs: None },
    Action { label: "Change your password", url: "/admin/account/", needs: None },
    Action { label: "See your sessions", url: "/admin/account/#sessions", needs: None },
];
const UPLOADS: &[(&str, &str)] = &[("Add images", "/admin/images/"), ("Add documents", "/admin/documents/")];

/// Whether each word that was typed begins a word of the label.
pub(super) fn fits(typed: &str, label: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|character: char| !character.is_alphanumeric()).filter(|part| !part.is_empty());
        parts.map(str::to_lowercase).collect()
    };
    let (typed, label) = (words(typed), words(label));
    !typed.is_empty() && typed.iter().all(|word| label.iter().any(|known| known.starts_with(word.as_str())))
}

pub(super) fn find(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Found {
    if !asked.wants(Kind::Action) {
        return Found::default();
    }
    let grants = &seat.grants;
    let mut offered: Vec<(String, String)> =
        shell::places(seat).map(|(label, url)| (label.into(), url.into())).collect();
    let may = |action: &&Action| action.needs.is_none_or(|needed| grants.may(needed));
    offered.extend(ACTIONS.iter().filter(may).map(|action| (action.label.to_owned(), action.url.to_owned())));
    if grants.may_in_some_collection(CollectionPermission::Add) {
        offered.extend(UPLOADS.iter().map(|(label, url)| ((*label).to_owned(), (*url).to_owned())));
    }
    if grants.may(GlobalPermission::Snippets) {
        let types = admin.app.content.types();
        let creatable = types.snippets().filter(|known| known.creatable);
        offered.extend(
            creatable.map(|known| (format!("Add: {}", known.label), format!("/admin/snippets/{}/add/", known.name))),
        );
    }
    let fitting = offered.iter().filter(|(label, _)| fits(asked.text, label));
    let items: Vec<Value> = fitting.map(|(label, url)| json!({ "label": label, "note": "", "url": url })).collect();
    Found::of(items, asked.most())
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn each_word_begins_a_word_of_the_label() {
        assert!(fits("add us", "Add a user") && fits("USER", "Add a user") && fits("über", "Über uns"));
        assert!(!fits("ser", "Add a user") && !fits("add page", "Add a user") && !fits("!", "Add a user"));
    }
}
