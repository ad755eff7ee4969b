# What the answers of the editor say beside its templates: refusals, notices and questions.

wrong-password = This is not your password.
too-many-attempts = There were too many attempts. Please try again later.
password-changed-and-sessions-ended = Your password is changed, and your other sessions are ended.
wrong-code-begin-again = The code is not right. Check the clock of your device, and begin again.

server-busy = The server is busy. Please try again in a moment.
server-failed = The server could not do this, and nothing was changed. Please try again in a moment.
only-a-form = Only a form is taken here.
form-too-large = The form is too large.
form-of-another-site = This form was sent from another site. Open the page here and send it again.

no-such-work = There is no such work: what was done is forgotten after a month.
work-of-somebody-else = Only whoever asked for it may see this.

no-such-part = This part of the list is not there.
no-such-collection = There is no such collection.
collection-gone = There is no such collection. It may have been deleted.
a-collection-needs-a-name = A collection needs a name.
root-collection-stays = The root of all collections stays as it is.
collection-move-gains = There you would get rights over its files that you do not have where they are now. Ask somebody who has them.
may-not-change-these-settings = You may not change the settings of this site.
may-not-lock-page = You may not lock this page.
may-not-unlock-page = You may not unlock this page: ask whoever locked it.
choose-lock-or-unlock = Choose whether to lock the page or to unlock it.
may-not-restrict-page = You may not say who sees this page: that takes the permission to publish it.
choose-who-may-see-it = Choose who may see it.
shared-passwords-are-off = Shared passwords are turned off here. Choose people who sign in, or groups.
password-is-empty = The password is empty.
password-is-too-long = The password is too long.
name-a-group = Name at least one group.
one-of-these-groups-is-gone = One of these groups is gone. Choose among those that are shown.
may-not-choose-from-this-collection = You may not choose from this collection.
search-too-long = The search is too long: a few words will do.
no-such-page = There is no such page.
no-such-type-of-snippets = There is no such type of snippets.
may-not-add-files = You may not add files.
choose-a-file = Choose a file.
may-not-add-files-to-this-collection = You may not add files to this collection.
text-beside-file-too-long = A text beside the file is too long.
text-not-utf-8 = A text is not UTF-8.
file-larger-than-server-takes = The file is larger than this server takes.
send-a-form-with-a-file = Send a form with a file.
too-many-files-at-once = Not taken: { $most } files go at once.
file-broken = The file did not arrive whole: try again.

say-which-sitting = Say which sitting: ?sitting= and a UUID.
too-many-editors-listen = Too many editors listen already.
page-gone = There is no such page. It may have been deleted, or moved to the trash.
may-not-see-drafts = You may not see the drafts of this page.
may-not-edit-this-page = You may not edit this page.
may-not-publish-page = You may not publish this page, or take it off the site.
no-such-preview-mode = Pages of this type cannot be looked at as “{ $mode }”.
no-site-shows-page = No site shows the place where this page is.
template-failed = The page cannot be shown: its template failed.

only-json = Only application/json is taken here.
page-too-large = The page is too large to be saved, or did not arrive whole.
no-such-time = This is no time such as 2026-11-22T09:00:00Z.
say-which-revision = Say which revision: ?revision=7.

signed-out = You are no longer signed in.
may-not-do-this = You may not do this. Ask whoever gives permissions.

no-such-file = There is no such file.

type-exactly = Type it exactly as it is shown.
group-above-rename = The group may do more than you: ask a superuser to rename or delete it.
no-user-of-name = There is no user of this name.
choose-add-or-remove = Choose what to do: add or remove.
no-such-group = There is no such group.
group-above-members = The group may do or see more than you: ask a superuser to change who is in it.
give-what-you-have = You can only give what you have yourself.
no-such-permission = There is no such permission.

choose-files-at-most-500 = Choose some files: at most 500 at once.
choose-snippets-at-most-500 = Choose some snippets: at most 500 at once.
one-of-the-snippets-is-gone = One of the snippets is gone.
no-snippet-is-like-that-any-more = No snippet is like that any more.
choose-what-to-do-with-snippets = Choose what to do: delete, or, where the type has drafts, publish or unpublish.
no-such-value = No such value can be chosen.
choose-users-at-most-500 = Choose some users: at most 500 at once.
one-of-the-users-is-gone = One of the users is gone.
choose-what-to-do-with-users = Choose what to do: activate, deactivate, end sessions, or change a group.
one-of-the-files-is-gone = One of the files is gone.
may-not-see-one-of-these-files = You may not see one of these files.
no-file-is-like-that-any-more = No file is like that any more.
say-which-tags = Say which tags, with commas between: at most 200 characters.
choose-what-to-do-with-files = Choose what to do: move to a collection, add tags or delete.
may-not-delete-this-file = You may not delete this file.
used-tick-the-box = It is used: tick the box to delete it all the same.
may-not-change-this-file = You may not change this file.
may-not-add-files-to-that-collection = You may not add files to that collection.
focal-point-takes-four-numbers = The focal point takes four whole numbers, or none.
no-such-user = There is no such user.
may-not-see-this-collection = You may not see this collection.
file-gone = There is no such file. It may have been deleted.
may-not-see-files-of-collection = You may not see the files of this collection.
file-not-stored = The file could not be stored. Please try again.
send-a-form-with-files = Send a form with files.
files-broken = The files did not arrive whole, or were more than this server takes at once: try fewer.
collection-before-files = Say which collection, before the files.
choose-some-files = Choose some files.

wrong-code = The code is not right, or was used before.
begin-sign-in-again = That took too long, or too many codes were wrong. Please begin again.
wrong-name-or-password = The user name or the password is not right.

may-not-manage-this = You may not manage this. Ask whoever gives permissions.
no-such-site = There is no such site.
no-such-webhook = There is no such webhook.
no-such-delivery = There is no such delivery. Old ones are forgotten.
delivery-open = waiting
delivery-delivered = delivered
delivery-dead = given up
deliveries-are-sent-again = { $count ->
    [0] Nothing happened that would be sent.
    [one] One event is sent again.
   *[other] { $count } events are sent again.
 }
no-such-language = There is no such language.

wrong-method = This is not how this address is used.

choose-pages-at-most-500 = Choose some pages: at most 500 at once.
one-of-the-pages-is-gone = One of the pages is gone.
may-not-see-one-of-these-pages = You may not see one of these pages.
may-not-add-pages-here = You may not add pages here.
type-not-made-here = A page of this type cannot be made here.
may-not-add-pages-anywhere = You may not add pages anywhere.
no-such-type-of-pages = There is no such type of pages that can be made.
no-page-is-like-that-any-more = No page is like that any more.
choose-what-to-do-with-pages = Choose what to do: publish, unpublish, move or delete.
choose-where-the-copy-goes = Choose where the copy goes.
may-not-delete-one-of-these-pages = You may not delete one of these pages: you may not see all of it.
type-name-exactly = Type the name exactly as it is shown, so that nothing goes by accident.
pointed-at-tick-the-box = Something points here: tick the box to delete it all the same.
no-such-order = There is no such order.
lists-go-up-or-down = Lists go up or down.
no-such-usage = Files are used or unused.
no-such-format = There is no such format to choose.
focal-point-set-by-editor = An editor set what must stay visible of this image, and that stays. Take it away first.
feature-detection-is-off = Face detection is turned off here.
say-search-or-remove = Say whether faces are looked for again, or what was found is removed.
say-grid-or-list = Say whether images stand in a grid or in a list.
no-such-status = There is no such status.
no-such-owner = There is no such owner.
no-such-part-go-to-the-beginning = This part of the list is not there: go to its beginning.
no-such-day = The day must be given as 2026-11-22.
say-below-which-page = Say below which page.
a-page-cannot-go-below-itself = A page cannot go below itself.
the-position-must-be-first-or-last = The position must be first or last.
choose-where-it-goes = Choose where it goes.
may-not-reorder = You may not change the order of these pages.
say-which-page = Say which page.
the-page-is-not-below-this-one = The page is not below this one.
page-was-put-elsewhere = { $title } was put elsewhere in this list.
page-was-put-below = { $title } was put below { $above }.
say-where-page-goes = Say where the page goes: up, down, before or after another one.
this-page-is-in-the-trash = This page is in the trash.
may-not-see-page = You may not see this page. Ask whoever gives permissions.
only-a-superuser-may-empty-the-trash = Only a superuser may empty the trash.
say-which-entry = Say which entry.
it-is-no-longer-in-the-trash = It is no longer in the trash.
may-not-do-this-in-that-place = You may not do this with a page of that place.
choose-restore-or-delete = Choose what to do: restore or delete.

passkey-not-taken = This passkey was not taken. It may have been removed here: sign in with your password.
took-too-long = That took too long. Please try again.
answer-too-large = The answer is too large.
not-what-is-sent-here = This is not what is sent here.
passkeys-need-https = Passkeys need HTTPS, and the name of a site in the address.
no-such-passkey = There is no such passkey.
no-such-token = There is no such token, or it is revoked already.
token-revoked = The token is revoked: what used it gets no answer any more.
only-superusers-see-all-tokens = Only superusers see the tokens of all users.
passkey-added = The passkey is added: it signs you in from now on.
passkey-renamed = The passkey is renamed.
passkey-removed = The passkey is removed. If you did not know it, change your password, and end the sessions below.

profile-saved = Your profile is saved.

redirect-gone = There is no such redirect. It may have been deleted.
say-where-it-leads = Say where it leads: to an address, or to a page.
page-is-said-by-number = The page is said by its number.
redirect-changed-meanwhile = Somebody changed this redirect meanwhile: look at what it says now below the form, and save again to write over it.
table-gone = The table is gone: send it again.
try-or-write-a-table = Choose what to do with the table: try it, or write it.
import-took-too-long = It took too long, and nothing was written: send the table in parts.
table-separator-invalid = What separates the cells is one character, or the word tab.
no-such-column = There is no such column.
table-column = { $number }: { $name }
redirect-column-from = From (old address)
redirect-column-to = To (new address)
redirect-column-page = Page (its number)
redirect-column-permanent = Permanent or not
redirect-column-subtree = Covers what is below
redirect-column-site = Site
table-broken = The table did not arrive whole, or is longer than this server takes: send it in parts.
send-a-form-with-a-table = Send a form with a table.
choose-a-table = Choose a table.
search-too-long-for-addresses = The search is too long: a part of the address will do.
redirects-are-automatic-or-manual = Redirects are automatic or manual.

no-such-event = There is no such event.
only-superusers-read-the-security-log = Only superusers read the security log.
no-such-name = There is no such name.

reset-link-over = This link was used, or is older than an hour. Ask for a new one.
password-changed = Your password is changed.

files-cannot-be-searched-now = Files cannot be searched now.
no-such-kind-of-search = Nothing of that kind can be searched for.

session-gone = There is no such session: it may have ended already.

no-site-yet = There is no site yet.
no-such-type-of-settings = There is no such type of settings.

type-host-name-exactly = Type the host name exactly as it is shown.

snippets-of-this-type-are-not-made-here = Snippets of this type are not made here.
this-type-has-no-translations = This type has no translations.
say-into-which-other-language = Say into which other language.
no-such-revision = There is no such revision.
the-list-is-not-sorted-like-that = The list is not sorted like that.
no-such-collection-of-rows = This site has no such collection of rows.
may-not-do-this-with-rows = You may not do this with the rows of this collection. Ask whoever gives permissions.
choose-a-file-of-rows = Choose a file whose name ends in .csv, .jsonl or .ndjson.
file-of-rows-broken = The file did not arrive whole, or it is longer than 8 MB: import it on the server, with vitrine collection import.
file-of-rows-unreadable = It cannot be read on: { $why }.
file-of-rows-too-long = It has more than { $most } rows: what is behind them was not read. Import longer files on the server, with vitrine collection import.
row-gone = There is no such row. It may have been deleted.
rows-broke-off = Then the server could not go on: from line { $line } on nothing was added. Send those lines again in a minute.
rows-indexes-changed = The type of these rows was changed, and this server does not know it yet. Try again in a minute; if it stays so, have the server started again.
rows-index-unready = This list is still being put in order, because its type was changed. Try again in a minute, or sort and filter it otherwise.
filter-needs-a-number = Type a number such as 12.50.
filter-needs-a-day = Choose a day such as 2026-12-24.
filter-needs-a-time = Choose a time such as 18:30.
filter-text-too-long = Type at most 120 characters.
too-many-words = Search for at most 8 words.
too-many-filters = These are too many filters and words at once: leave some out.
snippet-gone = There is no such snippet. It may have been deleted.
say-which-snippet = Say which snippet.
say-behind-which-snippet = Say behind which snippet.
say-where-snippet-goes = Say where it goes: up, down, or behind another one.

search-too-long-for-tags = The search is too long: a word will do.
tag-gone = There is no such tag. It may have been deleted, or merged into another one.
a-tag-needs-a-name = A tag needs a name.
tag-name-taken = Another tag has this name: merge this one into it.
no-tag-of-name = There is no tag of this name.
tag-itself = This is the tag itself: name another one.

link-needs-active-user = A link goes to users with an address who may sign in.
own-second-step = Turn your own second step off under “Your account”, with your password.
own-passkeys = Remove your own passkeys under “Your account”, with your password.
no-such-session = There is no such session.
only-a-superuser-makes-superusers = Only a superuser makes superusers.
link-needs-address = The link needs an address to go to.
say-how-password-is-set = Say how the password is set: by a link, or typed.
user-added = The user is added. A mailed link works for an hour; “Forgotten your password?” sends another one.
saved = Saved.
groups-changed = The groups are changed.
reset-link-sent = A link that sets a new password is on its way. It works for an hour.
second-step-off = The second step is off: the password alone is enough now.
picture-kept = The picture is yours now.
picture-removed = The picture is removed.
only-superusers-remove-pictures = Only superusers remove the pictures of others.
passkeys-removed = The passkeys are removed. Sessions that they began go on until you end them.
ended = Ended.
not-from-yourself = You cannot take this from yourself: somebody else has to.
own-address = Change your own address under “Your account”, with your password.
only-a-superuser-may-change-a-superuser = Only a superuser may change a superuser.
user-above = This user may do or see more than you: ask a superuser to change this.

welcome-link-over = This link was used, or is older than an hour. While there is no user, each start of the server prints a new one.
search-for-less = Search for less: at most 200 letters.
no-such-editor = There is no such editor.
no-such-children = A page has something below it (some) or nothing (none).
may-not-convert-of-unseen-source = You may not make it a page of its own: it was never published, and you may not see what its source has drafted.
choose-copy-or-alias = Choose a copy or an alias.
no-language-to-translate-into = There is no such language, or the page is in it already.
choose-a-language = Choose a language.
translate-parents-first = What it is below is not there in this language: tick the box that mirrors it, or translate it first.
not-translated-into = { $language }: { $why }

address-shape = { $shape ->
    [fill] Fill this size, the rest is cut off
    [max] Fit into this size
    [min] Cover this size
    [width] This width
    [height] This height
   *[original] As large as it is
}
address-needs-sides = Say the sides that this takes in pixels, from 1 to { $most }.
