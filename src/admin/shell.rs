//! What is around every page of the editor: where one may go, and who one is.

use serde_json::{Value, json};

use super::entry::Seat;
use super::{Admin, records};
use crate::accounts::GlobalPermission;
use crate::admin::texts::{Said, said};
use crate::telemetry::label::Route;

/// A place of the navigation: its label, its address, its icon, and the routes that belong to it.
struct Place {
    label: Said,
    url: &'static str,
    routes: &'static [Route],
    /// Who may go there; `None`: everybody.
    needs: Option<GlobalPermission>,
}

static PLACES: &[Place] = &[
    Place { label: said("place-home"), url: "/admin/", routes: &[Route::Admin], needs: None },
    Place { label: said("place-search"), url: "/admin/search/", routes: &[Route::AdminSearch], needs: None },
    Place {
        label: said("place-pages"),
        url: "/admin/pages/",
        routes: &[Route::AdminPages, Route::AdminTrash],
        needs: None,
    },
    Place { label: said("place-images"), url: "/admin/images/", routes: &[Route::AdminImages], needs: None },
    Place { label: said("place-documents"), url: "/admin/documents/", routes: &[Route::AdminDocuments], needs: None },
    Place {
        label: said("place-snippets"),
        url: "/admin/snippets/",
        routes: &[Route::AdminSnippets],
        needs: Some(GlobalPermission::Snippets),
    },
    Place { label: said("place-records"), url: "/admin/records/", routes: &[Route::AdminRecords], needs: None },
    Place {
        label: said("place-tags"),
        url: "/admin/tags/",
        routes: &[Route::AdminTags],
        needs: Some(GlobalPermission::Snippets),
    },
    Place {
        label: said("place-redirects"),
        url: "/admin/redirects/",
        routes: &[Route::AdminRedirects],
        needs: Some(GlobalPermission::Redirects),
    },
    Place {
        label: said("place-settings"),
        url: "/admin/settings/",
        routes: &[Route::AdminSettings],
        needs: Some(GlobalPermission::Settings),
    },
];

/// Where few go: behind the menu "Manage".
static MANAGED: &[Place] = &[
    Place {
        label: said("place-users"),
        url: "/admin/users/",
        routes: &[Route::AdminUsers],
        needs: Some(GlobalPermission::Users),
    },
    Place {
        label: said("place-groups"),
        url: "/admin/groups/",
        routes: &[Route::AdminGroups],
        needs: Some(GlobalPermission::Groups),
    },
    Place {
        label: said("place-collections"),
        url: "/admin/collections/",
        routes: &[Route::AdminCollections],
        needs: Some(GlobalPermission::Collections),
    },
    Place {
        label: said("place-sites"),
        url: "/admin/sites/",
        routes: &[Route::AdminSites],
        needs: Some(GlobalPermission::Sites),
    },
    Place {
        label: said("place-languages"),
        url: "/admin/locales/",
        routes: &[Route::AdminLocales],
        needs: Some(GlobalPermission::Locales),
    },
    Place {
        label: said("place-webhooks"),
        url: "/admin/webhooks/",
        routes: &[Route::AdminWebhooks],
        needs: Some(GlobalPermission::Webhooks),
    },
    Place {
        label: said("place-history"),
        url: "/admin/reports/history/",
        routes: &[Route::AdminReports],
        needs: Some(GlobalPermission::Reports),
    },
];
/// For superusers alone.
static RESERVED: &[Place] = &[
    Place {
        label: said("place-security-log"),
        url: "/admin/reports/security/",
        routes: &[Route::AdminSecurity],
        needs: None,
    },
    Place { label: said("place-tokens"), url: "/admin/tokens/", routes: &[Route::AdminTokens], needs: None },
    Place { label: said("place-jobs"), url: "/admin/jobs/", routes: &[Route::AdminJobs], needs: None },
];

fn reserved(seat: &Seat) -> impl Iterator<Item = &'static Place> {
    RESERVED.iter().filter(|_| seat.grants.is_superuser())
}

/// Whoever may change the settings of one site goes there, too; and to collections, whoever may do something with one.
fn is_open(admin: &Admin, seat: &Seat, place: &Place) -> bool {
    match place.needs {
        Some(GlobalPermission::Settings) => seat.grants.may_set_some(),
        None if place.routes.contains(&Route::AdminRecords) => {
            records::open_to(&admin.app.content.types(), seat).next().is_some()
        }
        needed => needed.is_none_or(|needed| seat.grants.may(needed)),
    }
}

/// Where somebody may go: labels and addresses.
pub(super) fn places(admin: &Admin, seat: &Seat) -> impl Iterator<Item = (Said, &'static str)> {
    let may = |place: &&Place| is_open(admin, seat, place);
    PLACES.iter().chain(MANAGED).filter(may).chain(reserved(seat)).map(|place| (place.label.clone(), place.url))
}

pub(super) fn context(admin: &Admin, seat: &Seat) -> Value {
    let may = |place: &&Place| is_open(admin, seat, place);
    let shown = |place: &Place| json!({ "label": place.label, "url": place.url, "is_current": place.routes.contains(&seat.route) });
    let places: Vec<Value> = PLACES.iter().filter(may).map(shown).collect();
    let managed: Vec<Value> = MANAGED.iter().filter(may).chain(reserved(seat)).map(shown).collect();
    let all: Vec<&Value> = places.iter().chain(&managed).collect();
    json!({ "places": places, "managed": managed, "all": all, "user": seat.user(), "look": seat.session.preferences() })
}
