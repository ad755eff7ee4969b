//! The columns of each table as an object of a file has them; the statements of [`super::parts`] are made of these lists.
//! The first column is what rows are known by. What follows from others is left out: summaries, indexes, references.

/// What a value is, in a file and in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    OptInt,
    Text,
    OptText,
    Bool,
    /// An object or a list; text in the database.
    Json,
    OptJson,
    /// RFC 3339, to the microsecond; microseconds in the database.
    Time,
    OptTime,
    /// The name of a user; an id in the database.
    Account,
}

/// One value of an object.
#[derive(Debug)]
pub(super) struct Column {
    pub name: &'static str,
    pub kind: Kind,
}

/// What a column is called in a file.
macro_rules! named {
    ([$column:ident $kind:ident]) => {
        stringify!($column)
    };
    ([$column:ident $kind:ident $name:ident]) => {
        stringify!($name)
    };
}
macro_rules! kind {
    ([$column:ident $kind:ident $($name:ident)?]) => {
        $crate::transfer::columns::Kind::$kind
    };
}
macro_rules! column {
    ([$column:ident $kind:ident $($name:ident)?]) => {
        stringify!($column)
    };
}
macro_rules! stored_as {
    ([$column:ident Int]) => {
        " BIGINT"
    };
    ([$column:ident OptInt]) => {
        " BIGINT"
    };
    ([$column:ident Time]) => {
        " BIGINT"
    };
    ([$column:ident OptTime]) => {
        " BIGINT"
    };
    ([$column:ident Bool]) => {
        " BOOLEAN"
    };
    ([$column:ident $kind:ident $($name:ident)?]) => {
        " TEXT"
    };
}
/// The value of a column as a part of a JSON object.
macro_rules! shown {
    ($dialect:ident $table:ident [$column:ident Account $name:ident]) => {
        concat!(
            "(SELECT account.username FROM account WHERE account.id = ",
            stringify!($table),
            ".",
            stringify!($column),
            ")"
        )
    };
    (sqlite $table:ident [$column:ident Bool]) => {
        concat!("json(CASE WHEN ", stringify!($table), ".", stringify!($column), " THEN 'true' ELSE 'false' END)")
    };
    (sqlite $table:ident [$column:ident Json]) => {
        concat!("json(", stringify!($table), ".", stringify!($column), ")")
    };
    (sqlite $table:ident [$column:ident OptJson]) => {
        concat!("json(", stringify!($table), ".", stringify!($column), ")")
    };
    (postgres $table:ident [$column:ident Json]) => {
        concat!("CAST(", stringify!($table), ".", stringify!($column), " AS JSON)")
    };
    (postgres $table:ident [$column:ident OptJson]) => {
        concat!("CAST(", stringify!($table), ".", stringify!($column), " AS JSON)")
    };
    ($dialect:ident $table:ident [$column:ident $kind:ident]) => {
        concat!(stringify!($table), ".", stringify!($column))
    };
}
/// The value of a column, out of a JSON object.
macro_rules! taken {
    (postgres [$column:ident Account $name:ident]) => {
        concat!("(SELECT account.id FROM account WHERE account.username = given.", stringify!($name), ")")
    };
    (sqlite [$column:ident Account $name:ident]) => {
        concat!("(SELECT account.id FROM account WHERE account.username = given.value ->> '", stringify!($name), "')")
    };
    (postgres [$column:ident $kind:ident]) => {
        concat!("given.", stringify!($column))
    };
    (sqlite [$column:ident $kind:ident]) => {
        concat!("given.value ->> '", stringify!($column), "'")
    };
}
macro_rules! object {
    (postgres) => {
        "json_build_object"
    };
    (sqlite) => {
        "json_object"
    };
}

/// Behind `SELECT`: rows, each with its key and as the text of a JSON object.
macro_rules! rows {
    ($dialect:ident $table:ident $first:tt $($more:tt)*) => {
        concat!(
            "CAST(", stringify!($table), ".", column!($first), " AS TEXT) AS key, CAST(", object!($dialect),
            "('", named!($first), "', ", shown!($dialect $table $first)
            $(, ", '", named!($more), "', ", shown!($dialect $table $more))*,
            ") AS TEXT) AS line FROM ", stringify!($table)
        )
    };
}
/// As [`rows`], those behind one, in the order of their keys.
macro_rules! part_of {
    ($dialect:ident $table:ident $first:tt $($more:tt)*) => {
        concat!(
            rows!($dialect $table $first $($more)*), " WHERE ", stringify!($table), ".", column!($first),
            " > $1 ORDER BY ", stringify!($table), ".", column!($first), " LIMIT $2"
        )
    };
}
/// As [`rows`], up to those that are wanted: a list of keys follows.
macro_rules! those {
    ($dialect:ident $table:ident $first:tt $($more:tt)*) => {
        concat!(rows!($dialect $table $first $($more)*), " WHERE ", stringify!($table), ".", column!($first), " ")
    };
}
/// Behind `INSERT`: rows out of a list of objects, in the place of those with the same keys.
macro_rules! put {
    (postgres $table:ident $first:tt $($more:tt)*) => {
        concat!(
            "INTO ", stringify!($table), " (", column!($first) $(, ", ", column!($more))*, ") SELECT ",
            taken!(postgres $first) $(, ", ", taken!(postgres $more))*,
            " FROM json_to_recordset(CAST($1 AS JSON)) AS given (", named!($first), stored_as!($first)
            $(, ", ", named!($more), stored_as!($more))*, ") WHERE TRUE ON CONFLICT (", column!($first),
            ") DO UPDATE SET ", column!($first), " = EXCLUDED.", column!($first)
            $(, ", ", column!($more), " = EXCLUDED.", column!($more))*
        )
    };
    (sqlite $table:ident $first:tt $($more:tt)*) => {
        concat!(
            "INTO ", stringify!($table), " (", column!($first) $(, ", ", column!($more))*, ") SELECT ",
            taken!(sqlite $first) $(, ", ", taken!(sqlite $more))*,
            " FROM json_each($1) AS given WHERE TRUE ON CONFLICT (", column!($first), ") DO UPDATE SET ",
            column!($first), " = EXCLUDED.", column!($first)
            $(, ", ", column!($more), " = EXCLUDED.", column!($more))*
        )
    };
}
/// The list itself.
macro_rules! columns {
    ($any:ident $table:ident $($column:tt)*) => {
        &[$($crate::transfer::columns::Column { name: named!($column), kind: kind!($column) }),*]
    };
}

/// Declares tables: macros that hand their columns on to another. A macro that makes some gets its `$` from outside.
macro_rules! tables {
    (@one $d:tt $name:ident $table:ident { $($column:tt)* }) => {
        macro_rules! $name {
            ($d dialect:ident $d what:ident) => { $d what!($d dialect $table $($column)*) };
        }
    };
    ($d:tt $($name:ident: $table:ident $columns:tt)*) => { $(tables! { @one $d $name $table $columns })* };
}

tables! {
    $
    locales: locale { [code Text] [name Text] [position Int] [is_default Bool] }
    tags: tag { [id Int] [name Text] [slug Text] }
    collections: collection {
        [id Int] [path Text] [depth Int] [parent_id OptInt] [name Text] [restricted Bool] [created_at Time]
        [updated_at Time]
    }
    images: image {
        [id Int] [uuid Text] [title Text] [description Text] [file_key Text] [file_name Text] [format Text] [width Int]
        [height Int] [frames Int] [size_bytes Int] [digest Text] [focal_x OptInt] [focal_y OptInt] [focal_width OptInt]
        [focal_height OptInt] [focal_by Text] [collection_id Int] [uploaded_by Account uploaded_by] [created_at Time]
        [updated_at Time]
    }
    documents: document {
        [id Int] [uuid Text] [title Text] [file_key Text] [file_name Text] [size_bytes Int] [digest Text]
        [collection_id Int] [uploaded_by Account uploaded_by] [created_at Time] [updated_at Time]
    }
    snippets: snippet {
        [id Int] [type Text] [slug Text] [name Text] [locale Text] [translation_key Text] [live Bool]
        [has_unpublished_changes Bool] [latest_revision_id OptInt] [sort_order Int] [created_at Time] [updated_at Time]
        [data Json]
    }
    snippet_revisions: snippet_revision { [id Int] [snippet_id Int] [channel Text] [created_at Time] [content Json] }
    pages: page {
        [id Int] [path Text] [depth Int] [parent_id OptInt] [type Text] [title Text] [draft_title Text] [slug Text]
        [url_path Text] [seo_title Text] [search_description Text] [show_in_menus Bool] [live Bool]
        [has_unpublished_changes Bool] [latest_revision_id OptInt] [live_revision_id OptInt] [first_published_at OptTime]
        [last_published_at OptTime] [created_at Time] [updated_at Time] [uuid Text] [translation_key Text] [locale Text]
        [alias_of OptInt] [restricted Bool] [restriction_id Int] [trashed Bool] [live_in_trash Bool] [publish_at OptTime]
        [publish_revision_id OptInt] [expire_at OptTime] [expired_at OptTime] [owner_id Account owner] [locked_at OptTime]
        [locked_by Account locked_by] [data Json]
    }
    revisions: revision {
        [id Int] [page_id Int] [created_at Time] [reverted_from OptInt] [account_id Account account] [author Text]
        [automatic Bool] [content Json]
    }
    trash: trash {
        [page_id Int] [parent_id OptInt] [behind_id OptInt] [url_path Text] [trashed_at Time] [pages Int] [purging Bool]
    }
    schedules: page_schedule {
        [page_id Int] [account_id Account account] [refusals Json] [notes Json] [told Json] [held_at OptTime]
    }
    sites: site { [id Int] [hostname Text] [port Int] [name Text] [root_page_id Int] [is_default Bool] }
    settings: setting { [id Int] [site_id OptInt] [type Text] [updated_at Time] [data Json] }
    setting_revisions: setting_revision {
        [id Int] [site_id OptInt] [type Text] [channel Text] [created_at Time] [data OptJson]
    }
    restrictions: view_restriction {
        [id Int] [page_id OptInt] [collection_id OptInt] [kind Text] [password_hash OptText] [pass Text]
        [group_names Json] [created_at Time]
    }
    redirects: redirect {
        [id Int] [site_id OptInt] [old_path Text] [covers_subtree Bool] [target_page_id OptInt] [target_route Text]
        [target_url Text] [is_permanent Bool] [automatic Bool] [created_at Time]
    }
    embeds: embed {
        [digest Text] [url Text] [provider Text] [state Text] [title Text] [author Text] [frame_url Text]
        [thumbnail_url Text] [width OptInt] [height OptInt] [fetched_at OptTime] [expires_at OptTime] [attempts Int]
        [next_attempt_at Time] [error Text]
    }
    records: record { [id Int] [type Text] [version Int] [created_at Time] [updated_at Time] [data Json] }
    form_definitions: form_definition { [id Int] [page_id Int] [digest Text] [created_at Time] [fields Json] }
    form_submissions: form_submission {
        [id Int] [page_id Int] [definition_id Int] [submitted_at Time] [data Json]
    }
    migrations: content_migration {
        [name Text] [digest Text] [started_at Time] [stage Text] [position Int] [changed Int] [finished_at OptTime]
    }
}
