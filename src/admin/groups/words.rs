//! Permissions in plain words.

use serde_json::{Value, json};

use crate::accounts::{CollectionPermission, GlobalPermission, PagePermission};

pub(super) fn of_page(permission: PagePermission) -> &'static str {
    match permission {
        PagePermission::Add => "Add pages, and edit one's own",
        PagePermission::Edit => "Edit all pages",
        PagePermission::Publish => "Publish, take off the site, schedule and restrict pages",
        PagePermission::BulkDelete => "Delete pages with all that is below them",
        PagePermission::Lock => "Lock pages",
        PagePermission::Unlock => "Unlock pages that others locked",
    }
}

pub(super) fn of_collection(permission: CollectionPermission) -> &'static str {
    match permission {
        CollectionPermission::Add => "Add files, and change one's own",
        CollectionPermission::Change => "Change all files",
        CollectionPermission::Choose => "Choose files for pages",
        CollectionPermission::Delete => "Delete all files",
    }
}

pub(super) fn of_global(permission: GlobalPermission) -> &'static str {
    match permission {
        GlobalPermission::Users => "Manage users: add them, change them, end their sessions",
        GlobalPermission::Groups => "Manage groups and what they give",
        GlobalPermission::Sites => "Manage sites: their hosts, names and roots",
        GlobalPermission::Locales => "Manage languages",
        GlobalPermission::Redirects => "Manage redirects",
        GlobalPermission::Snippets => "Manage snippets",
        GlobalPermission::Settings => "Change settings",
        GlobalPermission::Collections => "Manage collections of files",
        GlobalPermission::Forms => "Read and export what was sent by forms",
        GlobalPermission::Reports => "Read the history of all pages",
    }
}

/// One permission as a box to tick. Whoever does not have it cannot change it.
pub(super) fn choice(name: &str, label: &str, is_given: bool, may: bool) -> Value {
    json!({ "name": name, "label": label, "is_given": is_given, "may": may })
}

/// A stored name of a permission, for what is shown of it.
pub(super) fn page_label(name: &str) -> String {
    PagePermission::parse(name).map_or_else(|| name.to_owned(), |known| of_page(known).to_owned())
}

pub(super) fn collection_label(name: &str) -> String {
    CollectionPermission::parse(name).map_or_else(|| name.to_owned(), |known| of_collection(known).to_owned())
}
