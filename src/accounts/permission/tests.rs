//! What grants give, and what they do not.

use super::*;

const ME: i64 = 7;
const SOMEBODY: i64 = 8;
/// Home is below the root; the section and its page are below home.
const ROOT: &str = "0001";
const HOME: &str = "00010001";
const SECTION: &str = "000100010002";
const PAGE: &str = "0001000100020001";
const BESIDE: &str = "000100010003";

/// Roles: what they were granted on [`SECTION`].
const ROLES: [(&str, &[&str]); 6] = [
    ("nobody", &[]),
    ("author", &["add"]),
    ("editor", &["add", "edit"]),
    ("moderator", &["add", "edit", "publish", "lock", "unlock"]),
    ("chief", &["add", "edit", "publish", "lock", "unlock", "bulk_delete"]),
    ("publisher", &["publish"]),
];

fn grants(granted: &[(&str, &str)], is_superuser: bool) -> Grants {
    let entries: Vec<String> = granted.iter().map(|(path, permission)| format!("{path}:{permission}")).collect();
    Grants::of(ME, is_superuser, &Stored { on_pages: entries.join("\n"), ..Stored::default() })
}

fn role(name: &str) -> Grants {
    let (_, permissions) = ROLES.iter().find(|(known, _)| *known == name).expect("a role");
    grants(&permissions.iter().map(|permission| (SECTION, *permission)).collect::<Vec<_>>(), false)
}

/// An action on a page of mine or of somebody else, by its name in the matrix.
fn may(grants: &Grants, action: &str, path: &str, owner: i64) -> bool {
    let page = PageOf { path, owner: Some(owner) };
    let of = |has_children, any_live| Subtree { has_children, any_live, all_owned: owner == ME };
    match action {
        "add below" => grants.may_add_below(page),
        "edit" => grants.may_edit(page),
        "publish" => grants.may_publish(page),
        "delete a draft" => grants.may_delete(page, of(false, false)),
        "delete a live page" => grants.may_delete(page, of(false, true)),
        "delete a branch of drafts" => grants.may_delete(page, of(true, false)),
        "delete a live branch" => grants.may_delete(page, of(true, true)),
        "lock" => grants.may_lock(page),
        "unlock" => grants.may_unlock(page, Some(SOMEBODY)),
        "unlock what they locked" => grants.may_unlock(page, Some(ME)),
        other => panic!("no action {other}"),
    }
}

/// The matrix: who may do it to somebody else's page within the grant, and who to a page of their own.
const MATRIX: [(&str, &[&str], &[&str]); 10] = [
    ("add below", &["author", "editor", "moderator", "chief"], &["author", "editor", "moderator", "chief"]),
    ("edit", &["editor", "moderator", "chief"], &["author", "editor", "moderator", "chief"]),
    ("publish", &["moderator", "chief", "publisher"], &["moderator", "chief", "publisher"]),
    ("delete a draft", &["editor", "moderator", "chief"], &["author", "editor", "moderator", "chief"]),
    ("delete a live page", &["moderator", "chief"], &["moderator", "chief"]),
    ("delete a branch of drafts", &["chief"], &["chief"]),
    ("delete a live branch", &["chief"], &["chief"]),
    ("lock", &["moderator", "chief"], &["moderator", "chief"]),
    ("unlock", &["moderator", "chief"], &["moderator", "chief"]),
    (
        "unlock what they locked",
        &["nobody", "author", "editor", "moderator", "chief", "publisher"],
        &["nobody", "author", "editor", "moderator", "chief", "publisher"],
    ),
];

#[test]
fn every_permission_of_every_role_in_every_place_is_as_the_matrix_says() {
    let root = grants(&[], true);
    for (action, others, own) in MATRIX {
        let everywhere = action == "unlock what they locked";
        for (name, _) in ROLES {
            let role = role(name);
            for path in [SECTION, PAGE] {
                assert_eq!(may(&role, action, path, SOMEBODY), others.contains(&name), "{name}: {action} {path}");
                assert_eq!(may(&role, action, path, ME), own.contains(&name), "{name}: {action}, own, {path}");
            }
            for path in [HOME, BESIDE, ROOT] {
                let allowed = everywhere && path != ROOT;
                assert_eq!(may(&role, action, path, ME), allowed, "{name}: {action} outside, at {path}");
            }
        }
        assert!(may(&root, action, PAGE, SOMEBODY) && may(&root, action, HOME, SOMEBODY), "superuser: {action}");
        assert_eq!(may(&root, action, ROOT, SOMEBODY), action == "add below", "the root: {action}");
    }
}

#[test]
fn a_grant_covers_its_subtree_and_nothing_beside_it() {
    let places = Places::of(["00010002", "000100020003", "00010005", "0001000500010001"].map(str::to_owned).into());
    assert_eq!(places.0, ["00010002", "00010005"]);
    for (path, covered) in [
        ("00010002", true),
        ("000100020001", true),
        ("00010002ZZZZ", true),
        ("00010003", false),
        ("0001", false),
        ("00010001ZZZZ", false),
        ("0001000500010001", true),
        ("00010006", false),
        ("", false),
    ] {
        assert_eq!(places.cover(path), covered, "{path}");
    }
    assert!(!Places::default().cover("0001"));
}

#[test]
fn the_tree_shows_what_is_granted_and_what_leads_there() {
    let grants = grants(&[(SECTION, "publish"), (SECTION, "add"), ("000100020001", "lock")], false);
    for (path, seen, explored) in [
        (ROOT, false, true),
        (HOME, false, true),
        (SECTION, true, true),
        (PAGE, true, true),
        (BESIDE, false, false),
        ("00010002", false, true),
        ("000100020001", true, true),
        ("000100020002", false, false),
        ("00010003", false, false),
    ] {
        assert_eq!((grants.may_see(path), grants.may_explore(path)), (seen, explored), "{path}");
    }
    let children = |path: &str| grants.explored_children(path).map(|children| children.join(" "));
    assert_eq!(children(ROOT).as_deref(), Some("00010001 00010002"));
    assert_eq!(children(HOME).as_deref(), Some(SECTION));
    assert_eq!(children(SECTION), None);
    assert_eq!(children(BESIDE).as_deref(), Some(""));
    assert_eq!(grants.explored_root(), ROOT);
    assert_eq!(role("author").explored_root(), SECTION);
    assert_eq!(role("nobody").explored_root(), "");
    assert!(!role("nobody").may_explore(ROOT));
    let superuser = Grants::of(ME, true, &Stored::default());
    assert!(superuser.may_see(BESIDE) && superuser.explored_children(ROOT).is_none());
}

#[test]
fn many_grants_are_asked_as_fast_as_few() {
    let paths: Vec<String> = (0..1_400).map(|number| format!("00010001{number:04}")).collect();
    let granted: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "add")).collect();
    let grants = grants(&granted, false);
    assert_eq!(grants.explored_children(HOME).map(|children| children.len()), Some(1_400));
    assert!(grants.may_see("000100010700ZZZZ") && grants.may_explore(HOME) && !grants.may_explore("000100011400"));
}

#[test]
fn collections_follow_their_own_grants() {
    let entries = "00010001:add\n00010002:choose";
    let stored = Stored { on_collections: entries.into(), ..Stored::default() };
    let grants = Grants::of(ME, false, &stored);
    use CollectionPermission::{Add, Change, Choose, Delete};
    assert!(grants.may_in_collection(Add, "00010001", None));
    assert!(!grants.may_in_collection(Add, "00010002", None));
    assert!(grants.may_in_collection(Choose, "000100020001", None));
    for permission in [Change, Delete] {
        assert!(grants.may_in_collection(permission, "00010001", Some(ME)));
        assert!(!grants.may_in_collection(permission, "00010001", Some(SOMEBODY)));
        assert!(!grants.may_in_collection(permission, "00010002", Some(ME)));
    }
    assert!(Grants::of(ME, true, &Stored::default()).may_in_collection(Delete, "0001", None));
}

#[test]
fn global_permissions_and_groups_are_told_apart() {
    let stored = Stored {
        everywhere: "manage_users\nunknown".into(),
        by_groups: "Editors, inland\nmanage_sites".into(),
        ..Stored::default()
    };
    let grants = Grants::of(ME, false, &stored);
    assert!(grants.may(GlobalPermission::Users) && !grants.may(GlobalPermission::Sites));
    assert_eq!(grants.groups(), ["Editors, inland", "manage_sites"]);
}
