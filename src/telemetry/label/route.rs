//! What there is to know of a route: whose it is, and which path takes it.

use super::{Route, Surface};

impl Route {
    /// Whether its answers go on until the client leaves: they last as long as their head took to come.
    pub const fn is_endless(self) -> bool {
        matches!(self, Self::OpsLive | Self::DevReload | Self::AdminLive | Self::ApiConfigEvents | Self::ApiChanges)
    }

    /// Those of the editor, on the public listener.
    pub fn admin() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|route| route.surface() == Surface::Admin)
    }

    /// Those of the API for programs, on the public listener.
    pub fn api() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|route| route.surface() == Surface::Api)
    }

    /// What editors wait for: their saves and publishes.
    pub const EDITING: &[Self] = &[Self::AdminDraft, Self::AdminPublish, Self::AdminUnpublish, Self::AdminSchedule];

    /// The first of `routes` that a path takes; none when it is none of them.
    pub fn of_path(path: &str, routes: impl IntoIterator<Item = Self>) -> Option<Self> {
        let takes = |route: &Self| {
            let mut parts = path.split('/');
            for wanted in route.as_str().split('/') {
                match (wanted, parts.next()) {
                    ("{*path}", Some(_)) => return true,
                    (wanted, Some(part)) if wanted == part || (wanted.starts_with('{') && !part.is_empty()) => {}
                    _ => return false,
                }
            }
            parts.next().is_none()
        };
        routes.into_iter().find(takes)
    }

    /// The route of the API that a path takes, with the slash at its end or without.
    pub fn of_api_path(path: &str) -> Option<Self> {
        if !path.starts_with("/api/") {
            return None;
        }
        let bare = path.strip_suffix('/').unwrap_or(path);
        let closed = format!("{bare}/");
        // Route by route: the last ones take what others have, but for the slash.
        Self::api().find(|route| [bare, &closed].iter().any(|path| Self::of_path(path, [*route]).is_some()))
    }

    /// Whether editors and programs send files there.
    pub const fn takes_files(self) -> bool {
        matches!(
            self,
            Self::AdminImages
                | Self::AdminDocuments
                | Self::AdminChoose
                | Self::AdminPictures
                | Self::ApiImages
                | Self::ApiImageFile
                | Self::ApiDocuments
                | Self::ApiDocumentFile
        )
    }

    pub fn surface(self) -> Surface {
        match self {
            _ if self.as_str().starts_with("/api/") => Surface::Api,
            Self::Health
            | Self::Metrics
            | Self::Livez
            | Self::Readyz
            | Self::Ops
            | Self::OpsLive
            | Self::Faults
            | Self::DevReload
            | Self::DevProxy
            | Self::Rejected
            | Self::Vitals => Surface::System,
            Self::Page
            | Self::Feed
            | Self::Text
            | Self::Sitemap
            | Self::Search
            | Self::Static
            | Self::Rendition
            | Self::Document
            | Self::Frontend
            | Self::Unmatched => Surface::Public,
            // Whatever is below /admin/.
            _ => Surface::Admin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_admin_is_the_editor_and_below_api_the_api() {
        for route in Route::ALL {
            assert_eq!(route.surface() == Surface::Admin, route.as_str().starts_with("/admin/"), "{route:?}");
            assert_eq!(route.surface() == Surface::Api, route.as_str().starts_with("/api/"), "{route:?}");
        }
    }

    #[test]
    fn a_path_takes_its_own_route_before_one_that_takes_anything() {
        assert_eq!(Route::of_path("/admin/pages/7/edit/", Route::admin()), Some(Route::AdminEdit));
        assert_eq!(Route::of_path("/admin/pages/7/move/", Route::admin()), Some(Route::AdminPages));
        assert_eq!(Route::of_path("/admin/reports/security/", Route::admin()), Some(Route::AdminSecurity));
        assert_eq!(Route::of_path("/about/", Route::admin()), None);
        assert_eq!(Route::of_api_path("/api/v1/images"), Some(Route::ApiImages));
        assert_eq!(Route::of_api_path("/api/v1/whoami"), Some(Route::ApiWhoami));
        assert_eq!(Route::of_api_path("/api/v1/whoami/"), Some(Route::ApiWhoami));
        assert_eq!(Route::of_api_path("/api/v1/transactions"), Some(Route::ApiRecords));
        assert_eq!(Route::of_api_path("/api/v1/transactions/export/"), Some(Route::ApiRecordExport));
    }
}
