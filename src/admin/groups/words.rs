//! Permissions in plain words.

use serde_json::{Value, json};

use crate::accounts::{CollectionPermission, GlobalPermission, PagePermission, RecordPermission};
use crate::admin::texts::{Said, said};

pub(super) fn of_page(permission: PagePermission) -> Said {
    match permission {
        PagePermission::Add => said("page-permission-add"),
        PagePermission::Edit => said("page-permission-edit"),
        PagePermission::Publish => said("page-permission-publish"),
        PagePermission::BulkDelete => said("page-permission-bulk-delete"),
        PagePermission::Lock => said("page-permission-lock"),
        PagePermission::Unlock => said("page-permission-unlock"),
    }
}

pub(super) fn of_collection(permission: CollectionPermission) -> Said {
    match permission {
        CollectionPermission::Add => said("collection-permission-add"),
        CollectionPermission::Change => said("collection-permission-change"),
        CollectionPermission::Choose => said("collection-permission-choose"),
        CollectionPermission::Delete => said("collection-permission-delete"),
    }
}

pub(super) fn of_records(permission: RecordPermission) -> Said {
    match permission {
        RecordPermission::View => said("record-permission-view"),
        RecordPermission::Add => said("record-permission-add"),
        RecordPermission::Change => said("record-permission-change"),
        RecordPermission::Delete => said("record-permission-delete"),
    }
}

pub(super) fn of_global(permission: GlobalPermission) -> Said {
    match permission {
        GlobalPermission::Users => said("permission-users"),
        GlobalPermission::Groups => said("permission-groups"),
        GlobalPermission::Sites => said("permission-sites"),
        GlobalPermission::Locales => said("permission-locales"),
        GlobalPermission::Redirects => said("permission-redirects"),
        GlobalPermission::Snippets => said("permission-snippets"),
        GlobalPermission::Settings => said("permission-settings"),
        GlobalPermission::Collections => said("permission-collections"),
        GlobalPermission::Forms => said("permission-forms"),
        GlobalPermission::Reports => said("permission-reports"),
        GlobalPermission::Webhooks => said("permission-webhooks"),
    }
}

/// One permission as a box to tick. Whoever does not have it cannot change it.
pub(super) fn choice(name: &str, label: Said, is_given: bool, may: bool) -> Value {
    json!({ "name": name, "label": label, "is_given": is_given, "may": may })
}

/// A stored name of a permission, for what is shown of it.
pub(super) fn page_label(name: &str) -> Said {
    PagePermission::parse(name).map_or_else(|| Said::Text(name.to_owned()), of_page)
}

pub(super) fn collection_label(name: &str) -> Said {
    CollectionPermission::parse(name).map_or_else(|| Said::Text(name.to_owned()), of_collection)
}
