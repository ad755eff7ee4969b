//! Where to go after signing in: to the editor, or to a page of this site, whatever a link says.

/// Longest address that is kept.
const MAX_LENGTH: usize = 1_000;
pub(super) const HOME: &str = "/admin/";

/// `next` when it is an address of this site; else the editor's home.
pub(super) fn within(next: &str) -> &str {
    // A backslash is a slash to browsers, and white space they drop.
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let climbs = path.split('/').any(|part| part == ".." || part.to_ascii_lowercase().contains("%2e"));
    let good = plain && next.starts_with('/') && next.len() <= MAX_LENGTH && !path.contains("//") && !climbs;
    // Back to the form would ask again; signing out is no place.
    let is_door = ["login/", "logout/", "welcome/"]
        .iter()
        .any(|door| path[..].strip_prefix(HOME).is_some_and(|rest| rest.starts_with(door)));
    if good && !is_door { next } else { HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_site_are_followed() {
        for good in ["/admin/", "/admin/pages/3/?p=2", "/admin/a?next=//b", "/", "/members/", "/admin"] {
            assert_eq!(within(good), good);
        }
        let long = format!("/admin/{}", "x".repeat(MAX_LENGTH));
        for bad in [
            "",
            "//evil.test/admin/",
            "https://evil.test/admin/",
            "/\\evil.test",
            "/admin/\\..",
            "/admin//evil.test",
            "/admin/../about/",
            "/admin/%2e%2e/about/",
            "/admin/\r\nset-cookie: a=b",
            "/admin/ x",
            "/admin/ä",
            "javascript:alert(1)",
            "/admin/login/?next=/admin/",
            "/admin/logout/",
            &long,
        ] {
            assert_eq!(within(bad), HOME, "{bad}");
        }
    }
}
