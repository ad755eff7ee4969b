//! What refusals mean, by their codes: the page to which each problem leads.

/// Code, status, and what to do about it.
pub(super) const PROBLEMS: &[(&str, u16, &str)] = &[
    ("bad_request", 400, "The request cannot be understood, whatever is there: `detail` says what is wrong with it."),
    ("unauthorized", 401, "Neither a token nor a session came with it."),
    ("invalid_token", 401, "There is no such token, it has expired, was revoked, or its owner's account is closed."),
    ("forbidden", 403, "The account may not do this."),
    ("insufficient_scope", 403, "The token may not be used for this: `detail` names the scope."),
    ("csrf", 403, "A browser sent a change with a cookie, from a page of another site."),
    ("not_found", 404, "There is no such thing, or the caller may not know of it."),
    ("not_live", 404, "The page is not live."),
    ("wrong_method", 405, "The address does not take that method: `Allow` has those that it takes."),
    ("duplicate", 409, "The same file is there already: `id` says which."),
    ("in_trash", 409, "It is in the trash."),
    ("not_in_trash", 409, "It is not in the trash."),
    ("is_alias", 409, "It shows what another page shows: change that one, which `source` names."),
    ("not_an_alias", 409, "It is a page of its own."),
    ("root_is_fixed", 409, "It is the root of the tree, or of a site."),
    ("in_use", 409, "It is used elsewhere; of files `uses` says in how many places."),
    ("too_many_aliases", 409, "It has as many aliases as it may."),
    ("translation_exists", 409, "It is translated already."),
    ("parent_not_translated", 409, "The page above it, whose id is `parent`, is not in that language."),
    ("no_drafts", 409, "Things of this type have no drafts."),
    ("is_default", 409, "It is the default one."),
    ("too_many", 409, "There are as many as there may be."),
    ("last_superuser", 409, "Somebody has to be a superuser."),
    ("not_active", 409, "The webhook is paused or disabled."),
    ("under_way", 409, "The first request with this `Idempotency-Key` is being answered."),
    ("stale", 412, "Somebody changed it since it was read: read it again. `revision`, `by` and `at` say who and when."),
    ("too_large", 413, "The body is too large."),
    ("wrong_media_type", 415, "The body is of a kind that is not taken."),
    ("invalid", 422, "Some values are not taken: `errors` names each of them by a JSON pointer."),
    ("key_reused", 422, "The `Idempotency-Key` came with another request before."),
    ("locked", 423, "Somebody else locked it: `by` and `at` say who and when."),
    ("if_match_needed", 428, "The change needs an `If-Match` with the ETag of what was read."),
    ("rate_limited", 429, "Too many requests: wait as long as `Retry-After` says."),
    ("too_many_keys", 429, "Too many requests with an `Idempotency-Key` within a day."),
    ("unavailable", 503, "The server cannot do it now. Nothing was changed."),
    ("timeout", 503, "It took too long: asked again with its `Idempotency-Key`, the server says what became of it."),
    ("cursor_expired", 410, "The feed does not reach back so far: read everything anew, and go on from `after=now`."),
    (
        "index_unready",
        503,
        "An index of the collection is being made, or of newer types than the server has: wait as long as `Retry-After` says.",
    ),
    ("too_many_streams", 503, "As many streams are open as may be: wait as long as `Retry-After` says."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_code_of_the_documentation() {
        let documentation = include_str!("../../../docs/API.md");
        let table = documentation.split("| Status | Codes |").nth(1).expect("the table of codes");
        let rows = table.lines().take_while(|line| line.is_empty() || line.starts_with('|'));
        let mut count = 0;
        for row in rows.filter(|row| row.as_bytes().get(2).is_some_and(u8::is_ascii_digit)) {
            let (status, codes) = row[2..].split_once(" | ").expect("two cells");
            // Headers and members are named in the table, too.
            let is_code = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            let named = codes.split('`').skip(1).step_by(2).filter(is_code);
            for code in named.filter(|code| !["revision", "by", "at", "errors", "id", "uses"].contains(code)) {
                count += 1;
                let known = PROBLEMS.iter().find(|(known, ..)| *known == code);
                assert_eq!(known.map(|(_, known, _)| known.to_string()).as_deref(), Some(status), "{code}");
            }
        }
        assert_eq!(count, PROBLEMS.len());
    }
}
