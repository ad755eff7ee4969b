//! Which page may stand where, and the rule that says no.

use super::super::PlacementError;
use super::site;

#[test]
fn pages_stand_where_both_types_allow_it() {
    let types = site();
    assert_eq!(types.check_placement(None, "home.HomePage"), Ok(()));
    assert_eq!(types.check_placement(Some("home.HomePage"), "blog.Index"), Ok(()));
    assert_eq!(types.check_placement(Some("blog.Index"), "blog.Post"), Ok(()));
    // No parent_types: anywhere, the top of a site included.
    assert_eq!(types.check_placement(None, "blog.Index"), Ok(()));
}

#[test]
fn a_refusal_names_the_rule_and_the_types() {
    let types = site();
    let refused = |parent, child| types.check_placement(parent, child).expect_err("the rules forbid it");
    for (parent, child, rule, message) in [
        (
            Some("home.HomePage"),
            "blog.Post",
            "parent_types",
            "\"blog.Post\" may not stand under \"home.HomePage\", only under blog.Index: the parent_types of \"blog.Post\"",
        ),
        (
            Some("blog.Index"),
            "home.HomePage",
            "parent_types",
            "\"home.HomePage\" may not stand under \"blog.Index\", only at the top of the site: the parent_types of \"home.HomePage\"",
        ),
        (
            Some("blog.Post"),
            "blog.Index",
            "child_types",
            "\"blog.Post\" may not have \"blog.Index\" as a child, only nothing: the child_types of \"blog.Post\"",
        ),
        (
            None,
            "blog.Post",
            "parent_types",
            "\"blog.Post\" must stand under blog.Index: the parent_types of \"blog.Post\"",
        ),
        (None, "blog.Category", "kind", "\"blog.Category\" is not a page type: only pages stand in the tree"),
        (None, "x.X", "type", "there is no type \"x.X\""),
    ] {
        let error: PlacementError = refused(parent, child);
        assert_eq!((error.rule(), error.to_string().as_str()), (rule, message));
    }
}

#[test]
fn an_editor_is_offered_exactly_the_allowed_types() {
    let types = site();
    let offered = |parent: &str| -> Vec<String> {
        types.allowed_children(parent).into_iter().map(|child| child.name.clone()).collect()
    };
    assert_eq!(offered("home.HomePage"), ["blog.Index"]);
    assert_eq!(offered("blog.Index"), ["blog.Index", "blog.Post"]);
    assert_eq!(offered("blog.Post"), Vec::<String>::new());
    assert_eq!(offered("no.Such"), Vec::<String>::new());
}
