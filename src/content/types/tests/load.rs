//! Reading type files: what is understood, and every mistake with its place.

use super::super::{BlockShape, DefaultPrivacy, FieldKind, Items, Kind, SourceFile, Types};
use super::{file, lines, problems_with, site};

fn page(rest: &str) -> String {
    format!("name = \"x.X\"\nkind = \"page\"\nlabel = \"X\"\ntemplate = \"x.html\"\n{rest}\n")
}

/// The problems of one page type whose field has those keys from line 7 on.
fn field_problems(keys: &str) -> Vec<String> {
    problems_with("x.toml", &page(&format!("[[fields]]\nname = \"it\"\n{keys}")))
}

#[test]
fn a_sound_site_loads_with_all_its_rules() {
    let types = site();
    let names: Vec<&str> = types.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(names, ["blog.Category", "blog.Index", "blog.Post", "home.HomePage"]);
    assert_eq!((types.pages().count(), types.snippets().count()), (3, 1));
    let home = types.find("home.HomePage").expect("it was loaded");
    assert_eq!((home.kind, home.max_count, home.creatable), (Kind::Page, Some(1), true));
    assert_eq!(home.parent_types.as_deref(), Some(&[] as &[String]));
    let index = types.find("blog.Index").expect("it was loaded");
    let listing = index.listing.as_ref().expect("it has a listing");
    assert_eq!(
        (listing.of.as_str(), listing.per_page, listing.filters[0].segment.as_str()),
        ("blog.Post", 9, "category")
    );
    assert_eq!((index.queries[0].limit, index.queries[0].exclude_self), (3, false));
    let post = types.find("blog.Post").expect("it was loaded");
    assert_eq!(post.field("intro").map(|field| field.label.as_str()), Some("Intro"));
    match &post.field("body").expect("it has a body").kind {
        FieldKind::Stream { blocks, items, counts } => {
            assert_eq!((blocks.len(), items.max), (5, Some(4)));
            assert_eq!(counts[0].items, Items { min: None, max: Some(1) });
        }
        other => panic!("body is {}", other.name()),
    }
    assert!(
        matches!(&types.block("hero").expect("it was loaded").shape, BlockShape::Struct { fields, .. } if fields.len() == 3)
    );
}

#[test]
fn a_type_says_whom_its_new_pages_are_for() {
    let default = |keys: &str| {
        let types = Types::load(&[file("x.toml", &page(keys))]).expect("it loads");
        types.find("x.X").expect("it is there").privacy.clone()
    };
    assert_eq!((default(""), default("privacy = \"public\"")), (None, None));
    assert_eq!(default("privacy = \"login\""), Some(DefaultPrivacy::Login));
    let groups = "privacy = \"groups\"\nprivacy_groups = [\"Keepers\", \"Wardens\"]";
    assert_eq!(default(groups), Some(DefaultPrivacy::Groups(vec!["Keepers".into(), "Wardens".into()])));
    for (keys, said) in [
        ("privacy = \"password\"", "must be public, login or groups"),
        ("privacy = \"groups\"", "needs privacy_groups"),
        ("privacy = \"groups\"\nprivacy_groups = []", "needs privacy_groups"),
        ("privacy_groups = [\"Keepers\"]", "goes with privacy"),
    ] {
        let problems = problems_with("x.toml", &page(keys));
        assert!(problems.len() == 1 && problems[0].contains(said), "{keys}: {problems:?}");
    }
}

#[test]
fn templates_are_those_that_types_and_blocks_name() {
    let types = site();
    let templates: Vec<&str> = types.templates().into_iter().collect();
    assert_eq!(templates, ["blocks/big_hero.html", "blog/index.html", "blog/post.html", "home.html",]);
}

#[test]
fn mistakes_of_all_files_are_reported_together_in_order() {
    let files = [
        file("b.toml", "name = \"b.B\"\nkind = \"page\"\nlabel = \"B\"\nlable = 1\ntemplate = \"b.html\"\n"),
        file("a.toml", "name = \"a.A\"\nkind = \"snipet\"\nlabel = 7\ntemplate = \"a.html\"\n"),
    ];
    let problems = Types::load(&files).expect_err("both files have mistakes");
    assert_eq!(
        lines(&problems),
        [
            "a.toml:2: kind: \"snipet\" is not a kind of type (did you mean \"snippet\"?)",
            "a.toml:3: label: must be a string, not a whole number",
            "b.toml:4: lable: is not a key of a page type (did you mean \"label\"?)",
        ]
    );
}

#[test]
fn syntax_errors_have_a_line_and_do_not_cast_doubt_on_other_files() {
    let problems = problems_with("types/category.toml", "name = \"blog.Category\"\nkind = \"snippet\"\nlabel = \n");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("types/category.toml:3: is not TOML: "), "{problems:?}");
}

#[test]
fn wrong_keys_of_a_field_name_the_key_and_the_kind() {
    assert_eq!(
        field_problems("kind = \"char\"\nmax_lenght = 3\nrequired = \"yes\""),
        [
            "x.toml:8: fields.it.max_lenght: is not a key of a char field (did you mean \"max_length\"?)",
            "x.toml:9: fields.it.required: must be true or false, not a string",
        ]
    );
    assert_eq!(
        field_problems("kind = \"integr\""),
        ["x.toml:7: fields.it.kind: \"integr\" is not a kind of field (did you mean \"integer\"?); field \"it\""]
    );
    assert_eq!(field_problems(""), ["x.toml:5: fields.it.kind: is missing"]);
}

#[test]
fn bounds_patterns_and_choices_are_checked() {
    for (keys, problem) in [
        (
            "kind = \"char\"\nmin_length = 5\nmax_length = 3",
            "x.toml:8: fields.it.min_length: is more than the maximum: nothing would be valid",
        ),
        ("kind = \"char\"\nmax_length = -1", "x.toml:8: fields.it.max_length: must be from 0 to 1048576, not -1"),
        ("kind = \"decimal\"\nmin = \"a\"", "x.toml:8: fields.it.min: \"a\" is not a decimal number such as \"0.50\""),
        (
            "kind = \"decimal\"\nmin = \"2\"\nmax = 1.5",
            "x.toml:8: fields.it.min: is more than the maximum: nothing would be valid",
        ),
        (
            "kind = \"regex\"\npattern = \"(\"",
            "x.toml:8: fields.it.pattern: is not a regular expression: unclosed group",
        ),
        ("kind = \"regex\"", "x.toml:5: fields.it.pattern: is missing"),
        ("kind = \"choice\"", "x.toml:5: fields.it.choices: is missing"),
        (
            "kind = \"choice\"\nchoices = [{ value = \"a\" }, { value = \"a\" }]",
            "x.toml:8: fields.it.choices[1].value: \"a\" is there twice",
        ),
        (
            "kind = \"rich_text\"\nfeatures = [\"bold\", \"lnk\"]",
            "x.toml:8: fields.it.features: \"lnk\" is not a rich-text feature (did you mean \"link\"?)",
        ),
        (
            "kind = \"static\"\ntext = \"a\"\nrequired = true",
            "x.toml:7: fields.it.kind: a static field has no value: remove required and default",
        ),
    ] {
        assert_eq!(field_problems(keys), [problem]);
    }
}

#[test]
fn defaults_must_be_valid_for_their_own_field() {
    for (keys, message) in [
        ("kind = \"char\"\nmax_length = 2\ndefault = \"abc\"", "it: must have at most 2 characters, not 3"),
        (
            "kind = \"choice\"\nchoices = [{ value = \"a\" }]\ndefault = \"b\"",
            "it: \"b\" is not one of the choices (did you mean \"a\"?)",
        ),
        ("kind = \"integer\"\ndefault = \"7\"", "it: must be a whole number, not a string"),
        ("kind = \"list\"\nblock = \"heading\"\ndefault = [\"ok\", 3]", "it[1]: must be a string, not a number"),
    ] {
        let problems = field_problems(keys);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].contains("default: is not valid for its own field: ") && problems[0].ends_with(message),
            "{problems:?}"
        );
    }
    assert_eq!(field_problems("kind = \"date\"\ndefault = 2026-01-31"), Vec::<String>::new());
}

#[test]
fn field_names_are_snake_case_unique_and_not_reserved() {
    let named = |name: &str| problems_with("x.toml", &page(&format!("[[fields]]\nname = \"{name}\"\nkind = \"char\"")));
    assert!(named("Title-x")[0].contains("must be snake_case"));
    assert_eq!(
        named("title"),
        ["x.toml:6: fields.title.name: \"title\" is reserved: every page or snippet has it already"]
    );
    assert_eq!(named("tags"), Vec::<String>::new());
    let twice = page("[[fields]]\nname = \"a\"\nkind = \"char\"\n[[fields]]\nname = \"a\"\nkind = \"char\"");
    assert_eq!(
        problems_with("x.toml", &twice),
        ["x.toml:9: fields.a.name: \"a\" is the name of an earlier field of this type"]
    );
}

#[test]
fn references_to_missing_definitions_are_named_with_a_suggestion() {
    for (keys, problem) in [
        (
            "kind = \"stream\"\nblocks = [\"heading\", \"herro\"]",
            "x.toml:8: fields.it.blocks: \"herro\" is not a block of blocks.toml (did you mean \"hero\"?)",
        ),
        (
            "kind = \"struct\"\nblock = \"her\"",
            "x.toml:8: fields.it.block: \"her\" is not a block of blocks.toml (did you mean \"hero\"?)",
        ),
        (
            "kind = \"page\"\nof = [\"blog.post\"]",
            "x.toml:8: fields.it.of: there is no page type \"blog.post\" (did you mean \"blog.Post\"?)",
        ),
        ("kind = \"snippet\"\nof = \"blog.Post\"", "x.toml:8: fields.it.of: \"blog.Post\" is not a snippet type"),
        (
            "kind = \"stream\"\nblocks = [\"hero\"]\nblock_counts = { heroo = { max = 1 } }",
            "x.toml:9: fields.it.block_counts: \"heroo\" is not a block of this stream (did you mean \"hero\"?)",
        ),
    ] {
        assert_eq!(field_problems(keys), [problem]);
    }
}

#[test]
fn types_that_contradict_each_other_are_reported() {
    let problems =
        problems_with("x.toml", &page("parent_types = [\"home.HomePage\", \"y.Y\"]\nchild_types = [\"blog.Post\"]"));
    assert_eq!(
        problems,
        [
            "x.toml:5: parent_types: contradicts \"home.HomePage\", whose child_types do not list \"x.X\"",
            "x.toml:5: parent_types: there is no page type \"y.Y\" (known: blog.Index, blog.Post, home.HomePage, x.X)",
            "x.toml:6: child_types: contradicts \"blog.Post\", whose parent_types do not list \"x.X\"",
        ]
    );
}

#[test]
fn listings_and_queries_refer_to_what_exists() {
    let problems = problems_with(
        "x.toml",
        &page(
            "[listing]\nof = \"blog.Index\"\n[[listing.filters]]\nsegment = \"By Topic\"\nfield = \"intro\"\n\
             [[queries]]\nname = \"menu\"\nof = \"blog.Category\"\nlimit = 51",
        ),
    );
    assert_eq!(
        problems,
        [
            "x.toml:8: listing.filters[0].segment: \"By Topic\" must be small letters, digits and -",
            "x.toml:9: listing.filters[0].field: \"blog.Index\" has no field \"intro\" (there are none)",
            "x.toml:11: queries[0].name: \"menu\" is reserved: every template has it already",
            "x.toml:12: queries[0].of: \"blog.Category\" is not a page type",
            "x.toml:13: queries[0].limit: must be from 1 to 50, not 51",
        ]
    );
    let elsewhere = problems_with("x.toml", &page("[listing]\nof = \"blog.Post\""));
    assert_eq!(
        elsewhere,
        ["x.toml:6: listing.of: a listing shows child pages, but \"blog.Post\" may not stand under \"x.X\""]
    );
}

#[test]
fn page_keys_are_refused_on_snippets_and_templates_are_required_on_pages() {
    let snippet = "name = \"x.X\"\nkind = \"snippet\"\nlabel = \"X\"\nmax_count = 1\n";
    assert!(problems_with("x.toml", snippet)[0].starts_with("x.toml:4: max_count: is not a key of a snippet type"));
    let bare = "name = \"x.X\"\nkind = \"page\"\nlabel = \"X\"\n";
    assert_eq!(
        problems_with("x.toml", bare),
        ["x.toml:1: template: is missing: a page type needs a template, a path under templates/"]
    );
    let outside = "name = \"x.X\"\nkind = \"page\"\nlabel = \"X\"\ntemplate = \"../x.html\"\n";
    assert!(problems_with("x.toml", outside)[0].contains("must be a path under templates/"));
}

#[test]
fn a_name_defined_twice_names_the_first_place() {
    let problems = problems_with("x.toml", &page("").replace("x.X", "blog.Post"));
    assert_eq!(problems, ["x.toml:1: name: \"blog.Post\" is defined in types/post.toml:2 already"]);
}

fn library(text: &str) -> Vec<String> {
    let files: [SourceFile; 1] = [file("site/types/blocks.toml", text)];
    Types::load(&files).err().map(|problems| lines(&problems)).unwrap_or_default()
}

#[test]
fn blocks_must_not_contain_themselves() {
    let problems = library(
        "[a]\nkind = \"list\"\nblock = \"b\"\n[b]\nkind = \"struct\"\n[[b.fields]]\nname = \"x\"\nkind = \"stream\"\nblocks = [\"a\", \"c\"]\n[c]\nkind = \"char\"\n",
    );
    assert_eq!(problems, ["site/types/blocks.toml:1: a: blocks must not contain themselves: a > b > a"]);
}

#[test]
fn blocks_nest_eight_deep_and_no_deeper_however_many_there_are() {
    let chain = |length: usize| {
        let mut text = format!("[b{length}]\nkind = \"char\"\n");
        for level in 1..length {
            text += &format!("[b{level}]\nkind = \"list\"\nblock = \"b{}\"\n", level + 1);
        }
        text
    };
    assert_eq!(library(&chain(8)), Vec::<String>::new());
    assert!(library(&chain(9)).iter().any(|problem| problem.contains("must not nest more than 8 deep")));
    assert!(!library(&chain(3_000)).is_empty());
}

#[test]
fn keys_of_blocks_are_checked_like_those_of_fields() {
    assert_eq!(
        library("x = 1\n[a]\nkind = \"char\"\nlable = 2\n[b]\nkind = \"struct\"\n"),
        [
            "site/types/blocks.toml:1: x: must be a table, not a whole number",
            "site/types/blocks.toml:4: a.lable: is not a key of a char field (did you mean \"label\"?)",
            "site/types/blocks.toml:5: b.fields: is missing: a struct block has [[b.fields]]",
        ]
    );
}

#[test]
fn blocks_say_how_they_are_called_grouped_and_previewed() {
    let blocks = |text: &str| problems_with("types/more/blocks.toml", text);
    let card = "[card]\nkind = \"struct\"\nlabel_format = \"{title}\"\ncss_class = \"a b-c\"\npreview_value = { title = \"x\" }\n\
                [[card.groups]]\nlabel = \"S\"\nfields = [\"title\"]\n[[card.fields]]\nname = \"title\"\nkind = \"char\"\n\
                form_attrs = { placeholder = \"p\" }\n";
    assert_eq!(blocks(card), Vec::<String>::new());
    for (from, to, problem) in [
        ("{title}", "{titel}", "label_format: \"titel\" is not a field of this block (did you mean \"title\"?)"),
        ("a b-c", "a<b", "css_class: \"a<b\" must be names of letters, digits, - and _"),
        ("{ title = \"x\" }", "{ title = 3 }", "preview_value: is not valid for its own field: card.title"),
        ("[\"title\"]", "[\"none\"]", "fields: \"none\" is not a field of this block"),
        ("placeholder = \"p\"", "placeholder = 1", "form_attrs.placeholder: must be a string"),
    ] {
        let found = blocks(&card.replacen(from, to, 1));
        assert!(found.len() == 1 && found[0].contains(problem), "{to}: {found:?}");
    }
}

#[test]
fn a_form_is_made_of_a_stream_of_form_fields() {
    let stream = "[[fields]]\nname = \"body\"\nkind = \"stream\"\nblocks = [\"hero\"]\n";
    let wrong = format!("[form]\nfields = \"body\"\nlanding_page = \"body\"\nthanks = \"x\"\n{stream}");
    let problems = problems_with("x.toml", &page(&wrong));
    assert_eq!(problems.len(), 3, "{problems:?}");
    for (line, expected) in [(6, "\"hero\" is not a form field"), (7, "not a page field of this type"), (8, "thanks")] {
        let told = |problem: &&String| problem.starts_with(&format!("x.toml:{line}:")) && problem.contains(expected);
        assert!(problems.iter().any(|problem| told(&problem)), "{expected}: {problems:?}");
    }
    let missing = problems_with("x.toml", &page("[form]\nfields = \"fields\""));
    assert!(missing[0].contains("\"fields\" is not a stream field of this type"), "{missing:?}");
}

#[test]
fn public_settings_are_plain_and_no_secrets() {
    let settings = |keys: &str, fields: &str| {
        format!("name = \"x.X\"\nkind = \"settings\"\nlabel = \"X\"\npublic = true\n{keys}\n{fields}")
    };
    let field = |name: &str, kind: &str| format!("[[fields]]\nname = \"{name}\"\nkind = \"{kind}\"\n");
    let plain = field("line", "char") + &field("logo", "image") + &field("maps_token", "char");
    let types = Types::load(&[file("x.toml", &settings("api_fields = [\"line\"]", &plain))]).expect("it loads");
    assert!(types.find("x.X").is_some_and(|found| found.public));
    let problems = problems_with("x.toml", &settings("", &plain));
    assert!(problems.iter().any(|line| line.contains("\"logo\" is image")), "{problems:?}");
    assert!(problems.iter().any(|line| line.contains("\"maps_token\" sounds like a secret")), "{problems:?}");
    let on_a_page = problems_with("x.toml", &page("public = true"));
    assert!(on_a_page.iter().any(|line| line.contains("public")), "{on_a_page:?}");
}
