//! What one can do and where one can go, by words of its name.

use serde_json::{Value, json};

use super::kinds::Found;
use super::{Asked, Kind};
use crate::accounts::{CollectionPermission, GlobalPermission, PagePermission, RecordPermission};
use crate::admin::entry::Seat;
use crate::admin::pages::new;
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, records, shell};
use crate::content::types::ContentType;

/// What somebody can do: what it is called, where, and who may.
struct Action {
    label: Said,
    url: &'static str,
    needs: Option<GlobalPermission>,
}

const ACTIONS: &[Action] = &[
    Action { label: said("action-add-user"), url: "/admin/users/add/", needs: Some(GlobalPermission::Users) },
    Action {
        label: said("action-add-redirect"),
        url: "/admin/redirects/add/",
        needs: Some(GlobalPermission::Redirects),
    },
    Action {
        label: said("action-import-redirects"),
        url: "/admin/redirects/import/",
        needs: Some(GlobalPermission::Redirects),
    },
    Action { label: said("action-open-trash"), url: "/admin/trash/", needs: None },
    Action { label: said("action-see-bulks"), url: "/admin/bulk/", needs: None },
    Action { label: said("action-change-password"), url: "/admin/account/", needs: None },
    Action { label: said("action-make-token"), url: "/admin/account/tokens/", needs: None },
    Action { label: said("action-see-sessions"), url: "/admin/account/#sessions", needs: None },
];
const UPLOADS: &[(Said, &str)] =
    &[(said("action-add-images"), "/admin/images/"), (said("action-add-documents"), "/admin/documents/")];

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
    let mut offered: Vec<(Said, String)> = shell::places(admin, seat).map(|(label, url)| (label, url.into())).collect();
    let may = |action: &&Action| action.needs.is_none_or(|needed| grants.may(needed));
    offered.extend(ACTIONS.iter().filter(may).map(|action| (action.label.clone(), action.url.to_owned())));
    if grants.may_in_some_collection(CollectionPermission::Add) {
        offered.extend(UPLOADS.iter().map(|(label, url)| (label.clone(), (*url).to_owned())));
    }
    if grants.has_anywhere(PagePermission::Add) {
        offered.push((said("action-add-page"), "/admin/pages/new/".to_owned()));
        let types = admin.app.content.types();
        let add = |known: &ContentType| {
            let label = said("action-add-page-of-type").with("type", known.label.as_str());
            (label, new::url(&known.name, None))
        };
        offered.extend(types.pages().filter(|known| known.creatable).map(add));
    }
    if grants.may(GlobalPermission::Snippets) {
        let types = admin.app.content.types();
        let add = |known: &ContentType| {
            let label = said("action-add-of-type").with("type", known.label.as_str());
            (label, format!("/admin/snippets/{}/add/", known.name))
        };
        offered.extend(types.snippets().filter(|known| known.creatable).map(add));
    }
    let types = admin.app.content.types();
    for of in records::open_to(&types, seat) {
        let label = of.0.label.as_str();
        offered.push((said("action-open-rows").with("type", label), records::door(seat, of)));
        if grants.may_with_records(RecordPermission::Add, &of.0.name) {
            let add = format!("{}add/", records::list_url(of.1));
            offered.push((said("action-add-of-type").with("type", label), add));
        }
    }
    let shown = offered.into_iter().map(|(label, url)| (admin.say(label), url));
    let fitting = shown.filter(|(label, _)| fits(asked.text, label));
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
