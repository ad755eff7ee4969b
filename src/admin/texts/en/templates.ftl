# What the templates of the editor say. Ids begin with the template that said it first.

account-change = Change { $name }
account-such-as-my-phone = Such as: my phone
account-end-this-session = End this session
account-end-the-session-of-last-seen = End the session of { $agent }, last seen { $shown }
account-error = Error:
account-your-account = Your account
account-your-password = Your password
account-you-sign-in-as = You sign in as
account-profile = Profile
account-preferences = Preferences
account-preferences-are-kept = Your preferences are kept.
account-picture = Picture
account-a-picture = A picture of you
account-another-picture = Another picture
account-its-middle-is-shown = Its middle is shown beside your name, to those who sign in here. JPEG, PNG, GIF or WebP.
account-keep-the-picture = Use this picture
account-remove-the-picture = Remove the picture
account-mails = Mails
account-mails-are-kept = Your choice of mails is kept.
account-mails-go-to = They go to { $email }.
account-mails-need-an-address = You have no e-mail: without one you get none of these.
account-mail-me-when = Mail me when
account-mail-schedules = something that I scheduled will not go live as planned
account-mail-pages = others publish a page of mine, take it off the site, move, lock or trash it
account-mail-edits = others edit a page of mine
account-mails-of-security = What is done by others is told in one mail, at most every ten minutes. Links for a new password are always sent.
account-save-the-mails = Save the choice
users-edit-remove-the-picture-of = Remove the picture of { $called }?
account-theme = Theme
account-as-the-device = As the device has it
account-light = Light
account-dark = Dark
account-contrast = Contrast
account-more-contrast = More
account-density = Density
account-roomy = Roomy
account-snug = Snug
account-shortcuts = Keyboard shortcuts
account-shortcuts-on = On
account-shortcuts-off = Off, but for saving and for rich text
account-save-the-preferences = Save the preferences
login-passkey-refused = This passkey was not taken. It may have been removed here: sign in with your password.
login-passkey-cancelled = No passkey was used. Try again, or sign in with your password.
redirects-edit-or-a-page = Or a page
account-unreached = The server could not be reached. Please try again in a moment.
account-passkey-cancelled = No passkey was made.
account-passkey-known = This device has a passkey for your account already.
account-name = Name
account-as-others-see-you = As others see you.
account-e-mail = E-mail
account-a-link-for-a-new-password = A link for a new password goes there.
account-language = Language
account-such-as-en-or-pt-br = Such as en or pt-BR. The editor speaks English for now.
account-only-for-a-new-e-mail = (only for a new e-mail)
account-save-the-profile = Save the profile
account-password = Password
account-new-password = New password
account-at-least-characters-a-few-words = At least { $min_password_length } characters. A few words in a row are easy to remember.
account-change-the-password = Change the password
account-second-step = Second step
account-on = On
account-after-your-password-you-are-asked = After your password you are asked for a code of your authenticator app. { $codes_left } of your recovery codes are left.
account-new-recovery-codes = New recovery codes
account-turn-it-off = Turn it off
account-a-code-of-an-app-on = A code of an app on your phone, after the password: whoever learns your password does not get in with it.
account-set-it-up = Set it up
account-passkeys = Passkeys
account-a-passkey-is-a-key-that = A passkey is a key that your phone, your computer or a security key keeps for this site. It signs you in with a finger, a face or a PIN, without password and code, and no other site can ask for it. A new password does not end it: remove what you do not know.
account-for = For { $party }
account-added = Added
account-last-used = last used
account-never-used = never used
account-change-2 = Change
account-rename = Rename
account-remove = Remove
account-you-have-none-yet = You have none yet.
account-passkeys-can-be-added-where-the = Passkeys can be added where the editor is open over HTTPS at the name of a site.
account-you-have-as-many-as-there = You have as many as there may be. Remove one to add another.
account-adding-one-needs-javascript = Adding one needs JavaScript.
account-name-of-a-new-passkey = Name of a new passkey
account-add-a-passkey = Add a passkey
account-this-browser-knows-no-passkeys = This browser knows no passkeys.
account-your-sessions = Your sessions
account-if-you-do-not-know-one = If you do not know one of these, end it and change your password.
account-this-session = This session
account-last-seen = Last seen
account-from = from { $network }
account-signed-in = Signed in
account-end = End

bulk-list-work-on-many-at-once = Work on many at once
bulk-list-being-done = Being done
bulk-list-you-have-not-worked-on-many = You have not worked on many at once in the last month.
bulk-show-of = { $done } of { $total } { $value } { $value2 }
bulk-show-asked-for-by = Asked for by { $by },
bulk-show-asked-for = Asked for
bulk-show-not-done = { $refused } not done
bulk-show-left-as-they-were = { $cancelled } left as they were
bulk-show-of-2 = { $ended } of { $total }
bulk-show-stop-here = Stop here
bulk-show-go-on-working = Go on working
bulk-show-it-goes-on-without-this-page = It goes on without this page. What is done stays done when you stop it.
bulk-show-back-to-the-list = Back to the list
bulk-show-done = Done
bulk-show-waiting = Waiting
bulk-show-left-as-it-was = Left as it was
bulk-show-not-done-2 = Not done
bulk-sure-publish = Publish { $total } { $these }?
bulk-sure-take-off-the-site = Take { $total } { $these } off the site?
bulk-sure-delete = Delete { $total } { $these }?
bulk-sure-put-into = Put { $total } { $these } into { $target }?
bulk-sure-tag-with = Tag { $total } { $these } with { $tags }?
bulk-sure-more-than-match-these-are-the = More than { $total } match: these are the first ones. Do it again for the others.
bulk-sure-and-more = and { $more } more
bulk-sure-files-go-for-good-there-is = Files go for good: there is no trash for them.
bulk-sure-snippets-go-for-good = Snippets go for good: there is no trash for them. What names one shows nothing in its place.
bulk-sure-also-those-that-are-used-somewhere = Also those that are used somewhere
bulk-sure-publish-2 = Publish
bulk-sure-take-off-the-site-2 = Take off the site
bulk-sure-delete-for-good = Delete for good
bulk-sure-put-them-there = Put them there
bulk-sure-tag = Tag
bulk-sure-cancel = Cancel
bulk-sure-deactivate = Deactivate { $total } { $these }?
bulk-sure-sign-out = End the sessions of { $total } { $these }?
bulk-sure-they-are-signed-out-everywhere = They are signed out everywhere, and cannot sign in until they are activated again.
bulk-words-published = published
bulk-words-unpublished = unpublished
bulk-words-moved = moved
bulk-words-deleted = deleted
bulk-words-put-into-the-collection = put into the collection
bulk-words-tagged = tagged
bulk-words-activated = activated
bulk-words-deactivated = deactivated
bulk-words-put-into-the-group = added to the group
bulk-words-taken-out-of-the-group = removed from the group
bulk-words-signed-out = signed out
bulk-note-published = Live.
bulk-note-was-live = It was live already.
bulk-note-unpublished = No longer on the site.
bulk-note-was-not-live = It was not live.
bulk-note-moved = Moved.
bulk-note-trashed = In the trash.
bulk-note-deleted = Deleted.
bulk-note-collected = In the collection.
bulk-note-tagged = Tagged.
bulk-note-activated = May sign in.
bulk-note-was-active = They could sign in already.
bulk-note-deactivated = Closed, and signed out everywhere.
bulk-note-was-inactive = The account was closed already.
bulk-note-joined = In the group.
bulk-note-was-in = They were in the group already.
bulk-note-left = No longer in the group.
bulk-note-was-not-in = They were not in the group.
bulk-note-signed-out = { $count ->
    [one] { $count } session ended.
   *[other] { $count } sessions ended.
 }
bulk-note-was-signed-out = They were signed in nowhere.
bulk-note-account-closed = The account of whoever asked was closed.
bulk-note-forgotten = It was forgotten.
bulk-note-failed-often = The server failed over this one more than once, and left it as it is.
bulk-note-unsuited = This cannot be done with it.
bulk-note-other = Refused: { $what }
bulk-note-page-gone = The page is gone.
bulk-note-in-trash = It is in the trash.
bulk-note-not-seen = You may not see this page.
bulk-note-may-not-publish = You may not publish this page.
bulk-note-may-not-unpublish = You may not take this page off the site.
bulk-note-target-gone = The page below which it was to go is gone, or you may no longer see it.
bulk-note-may-not-move = You may not move this page: that takes what deleting it would take.
bulk-note-may-not-add-there = You may not add pages there.
bulk-note-may-not-publish-there = It is live, or something below it is, and you may not publish there.
bulk-note-may-not-reorder = You may not change the order of these pages.
bulk-note-may-not-copy = You may not copy this page: you may not see all of it.
bulk-note-may-not-delete = You may not delete this page with what is below it.
bulk-note-slug-taken = A page with the slug “{ $slug }” is there already: choose another one.
bulk-note-slug-is-language = The slug “{ $slug }” is where a language of the site begins.
bulk-note-slug-reserved = The slug “{ $slug }” is reserved below a site’s root: the server itself answers there.
bulk-note-address-taken = Another page has the address { $path } now.
bulk-note-title-missing = A page needs a title.
bulk-note-invalid = It is not complete: { $what }
bulk-note-placement = Its type does not fit there: { $what }
bulk-note-max-count = There may be { $max } pages of the type { $type }.
bulk-note-max-count-per-parent = One page may have { $max } pages of the type { $type } below it.
bulk-note-other-language = A page in { $page } cannot be below one in { $parent }.
bulk-note-into-itself = A page cannot go below itself.
bulk-note-root-is-fixed = The root of a site stays where it is.
bulk-note-too-deep = The tree is { $max } levels deep: this is the limit.
bulk-note-parent-full = No more pages fit there.
bulk-note-is-alias = It is an alias and shows what another page shows: edit that one, or convert the alias.
bulk-note-locked = { $by } locked { $title }, at { $at }: nobody else can change it until it is unlocked.
bulk-note-pointed-at = { $count ->
    [one] { $count } place points at it.
   *[other] { $count } places point at it.
 }
bulk-note-file-gone = The file is gone.
bulk-note-may-not-change-file = You may not do this with the files of its collection.
bulk-note-collection-gone = The collection is gone.
bulk-note-may-not-add-files = You may not add files to that collection.
bulk-note-in-use = { $count ->
    [one] It is used in { $count } place.
   *[other] It is used in { $count } places.
 }
bulk-note-too-many-tags = At most { $max } tags.
bulk-note-snippet-gone = The snippet is gone.
bulk-note-may-not-manage-snippets = You may not manage snippets any more.
bulk-note-no-drafts = Its type has no drafts: what is saved shows at once.
bulk-note-may-not-manage = You may not manage users any more.
bulk-note-user-gone = The user is gone.
bulk-note-yourself = This is your own account: somebody else has to change it.
bulk-note-is-superuser = Only a superuser may change a superuser.
bulk-note-last-superuser = This is the last superuser who can sign in.
bulk-note-group-gone = The group is gone.
bulk-note-may-not-pass-on = The group may do or see more than you: ask a superuser to change who is in it.

code-enter-the-code-of-your-authenticator = Enter the code of your authenticator app, or one of your recovery codes.
code-code = Code
code-sign-in = Sign in
code-begin-again = Begin again

collections-edit-all-in-it-goes-along = All in it goes along, and is as private as its new place asks.
collections-edit-collections = { $collections ->
    [one] { $collections } collection in it
   *[other] { $collections } collections in it
 }
collections-edit-delete-the-collection = Delete the collection
collections-edit-documents = { $documents ->
    [one] { $documents } document
   *[other] { $documents } documents
 }
collections-edit-images = { $images ->
    [one] { $images } image
   *[other] { $images } images
 }
collections-edit-it-is-not-empty = It cannot be deleted while it holds something: collections { $collections }, images { $images }, documents { $documents }. Move or delete these first.
collections-edit-the-root-stays = All collections are in this one: it keeps its name and its place.
collections-list-add-a-collection = Add a collection
collections-list-add-below = Add below
collections-list-as-above = As above
collections-list-folders-of-images-and-documents = Folders of images and documents. Rights and privacy hold for all that is below.
collections-list-in-the-collection = In the collection
collections-list-it-is-as-private-as = It is as private as the collection that it is in.
collections-list-level = level { $level }
collections-list-public = Public
collections-list-rename-move-delete = Rename, move, delete
collections-list-signed-in = Signed in
collections-privacy-files-are-refused-to-others = Files that are not for everybody are refused to all others, wherever a page links or shows them, and no shared cache keeps them.
collections-privacy-it-covers = It covers { $files ->
    [one] one image or document
   *[other] { $files } images and documents
 },
collections-privacy-opens-files = { $files ->
    [one] one file opens
   *[other] { $files } files open
 } to everybody at once
collections-privacy-what-was-public-may-be-kept = What was public until now may be kept in browsers and caches elsewhere, for up to a year.
collections-privacy-with-what-is-below = { $collections ->
    [0] and nothing is below it.
    [one] with the collection below it.
   *[other] with the { $collections } collections below it.
 }

compare-compare = Compare { $title }
compare-revision = { $name }: revision { $id }
compare-newest-draft = Newest draft
compare-live = Live
compare-history-of = History of { $title }
compare-what-changed = What changed
compare-from = From
compare-to = To
compare-the-words-are-the-same-what = The words are the same. What differs is their form, a place or a setting.
compare-fields-of-others-are-left-out = Fields that only others may set are not compared here.
compare-nothing-the-two-say-the-same = Nothing: the two say the same.

editor-the-editor-is-being-loaded-it = The editor is being loaded. It needs JavaScript.

groups-list-groups = Groups
groups-list-a-group-gives-its-members-what = A group gives its members what it has.
groups-list-there-is-no-group-yet = There is no group yet.
groups-list-the-list-ends-here = The list ends here.
groups-list-add-a-group = Add a group
groups-list-add = Add
groups-on-collection-collections = Collections
groups-on-collection-what-may-do-with-files = What { $name } may do with files
groups-on-collection-collection = Collection
groups-on-collection-show = Show
groups-on-collection-in-and-all-below-it = In { $name }, and all below it
groups-on-collection-save = Save
groups-on-page-pages = Pages
groups-on-page-what-may-do-on-pages = What { $name } may do on pages
groups-on-page-on-and-all-below-it = On { $title }, and all below it
groups-page-change-what-is-given-on = Change what is given on { $place }
groups-page-take-out-of-the-group = Take { $username } out of the group
groups-page-on-pages-and-all-below-them = On pages, and all below them
groups-page-nothing = Nothing.
groups-page-choose-a-page = Choose a page
groups-page-on-collections-of-images-and-documents = On collections of images and documents
groups-page-choose-a-collection = Choose a collection
groups-page-settings-of-sites = Settings of these sites
groups-page-everywhere = Everywhere
groups-page-rows-of-collections = Rows of collections
groups-page-save-of = Save for { $label }
groups-page-members = Members
groups-page-closed = Closed
groups-page-take-out = Take out
groups-page-nobody-is-in-it = Nobody is in it.
groups-page-user-name = User name
groups-page-put-into-the-group = Put into the group
groups-page-name-and-deleting = Name, and deleting
groups-page-pages-and-files-that-are-open = Pages and files that are open to the group stay so.
groups-page-type = Type
groups-page-type-to-delete-the-group = Type { $name } to delete the group with all that it gives
groups-page-its-members-stay-users = Its members stay users.
groups-page-delete-the-group = Delete the group

history-revisions = Revisions
history-compare-revision-with-the-newest-draft = Compare revision { $id } with the newest draft
history-make-revision-the-newest-draft-what = Make revision { $id } the newest draft? What is live stays as it is.
history-use-again-revision = Use again: revision { $id }
history-history = History
history-every-save-is-kept-those-of = Every save is kept. Those of one sitting stand together.
history-expired = Expired
history-it-went-off-the-site-as = It went off the site as planned,
history-scheduled = Scheduled
history-back-to-revision = back to revision { $reverted_from }
history-saves-since = { $count } saves since { $shown }
history-revision = Revision { $id }
history-by-itself = by itself
history-purged = deleted since, as it was old
history-compare = Compare
history-use-again = Use again
history-nothing-was-saved-here-yet = Nothing was saved here yet.
history-older-revisions = Older revisions
history-what-was-done = What was done
history-when = When
history-what = What
history-who = Who
history-nothing-is-noted-yet = Nothing is noted yet.

home-home = Home
home-hello = Hello, { $called }
home-you-are-a-superuser-you-may = You are a superuser: you may do everything.
home-you-are-in = You are in { $groups }.
home-you-are-in-no-group = You are in no group.
home-what-you-edited-last = What you edited last
home-nothing-yet-go-to-pages-and = Nothing yet. Go to Pages, and begin.
home-your-drafts-that-are-not-published = Your drafts that are not published
home-none-all-that-you-wrote-is = None: all that you wrote is live.
home-scheduled-next = Scheduled next
home-goes-live = Goes live
home-expires = Expires
home-would-not-go-live = Would not go live
home-nothing-is-scheduled = Nothing is scheduled.
home-being-edited-now = Being edited now
home-nobody-has-a-page-open = Nobody has a page open.

layout-skip-to-the-content = Skip to the content

library-delete-delete = Delete { $title }
library-delete-delete-2 = Delete { $title }?
library-delete-the-goes-for-good-there-is = The { $kind ->
    [image] image
   *[document] document
 } goes for good: there is no trash for files.
library-delete-it-is-used-in = It is used in { $total } { $total ->
    [one] place
   *[other] places
 }
library-delete-draft = draft
library-delete-delete-it-all-the-same = Delete it all the same
library-delete-keep = Keep
library-edit-title = Title
library-edit-description = Description
library-edit-what-the-image-shows-for-those = What the image shows: for those who do not see it.
library-edit-tags = Tags
library-edit-with-commas-between = With commas between.
library-edit-what-must-stay-visible = What must stay visible
library-edit-centre-from-the-left = Centre, from the left
library-edit-centre-from-the-top = Centre, from the top
library-edit-width = Width
library-edit-height = Height
library-edit-in-pixels-or-empty = in pixels, or empty
library-faces = { $by ->
    [faces] What must stay visible was found by face detection.
    [waiting] Faces are being looked for. Load this page again in a moment.
   *[nothing] Face detection found no face.
 }
library-faces-search = Find faces
library-faces-again = Find faces again
library-faces-remove = Remove
library-edit-download = Download
library-edit-changed = Changed { $value }
library-edit-added-by = added by
library-edit-another-file-in-its-place = Another file in its place
library-edit-replace = Replace
library-edit-used-in = Used in { $total } { $total ->
    [one] place
   *[other] places
 }
library-edit-not-used = Not used
library-edit-delete = Delete
address-in-another-size = Its address in another size
address-how = How
address-format = Format
address-as-it-is = As it is
address-show = Show the address
address-found = { $width } × { $height } pixels
address-in-templates = In templates:
address-open = Open it
library-list-tag = Tag
library-list-usage = Use
library-list-format = Format
library-list-look = How images are shown
library-list-grid = Grid
library-list-rows = List
library-list-search = Search { $kinds }
library-list-with-the-chosen-files = With the chosen files
library-list-parts-of-the-list = Parts of the list
library-list-what-became-of-the-files = What became of the files
library-list-not-added = Not added
library-list-all-collections = All collections
library-list-added-by = Added by
library-list-show-all = Show all
library-list-add = Add { $kinds }
library-list-into-the-collection = Into the collection
library-list-or-drop-them = Or drop them anywhere on this page.
library-list-files = Files
library-list-choose = Choose { $title }
library-list-no-description = no description
library-list-not-used = not used
library-list-used = used { $uses }×
library-list-all-that-match-up-to = All that match, up to { $most }
library-list-move-there = Move there
library-list-tags-with-commas-between = Tags, with commas between
library-list-add-tags = Add tags
library-list-nothing-here-is-like-that = Nothing here is like that.
library-list-there-is-nothing-here-yet = There is nothing here yet.
library-list-from-the-beginning = From the beginning
library-list-more = More

login-sign-in-with-a-passkey = Sign in with a passkey
login-forgotten-your-password = Forgotten your password?

manage-whom = Whom
manage-optional = (optional)
manage-time-zone = Time zone
manage-such-as-europe-berlin-without-one = Such as Europe/Berlin; without one times are in UTC.
manage-only-who-has-it-may-change = (only who has it may change it)
manage-entries-of-the-security-log = Entries of the security log

message-trace = Trace
message-go-to-the-start-page = Go to the start page

new-password-for = For
new-password-you-will-be-signed-out-everywhere = You will be signed out everywhere.
new-password-remove-my-passkeys-too-leave-this = Remove my passkeys, too ({ $passkeys }). Leave this ticked if somebody else may have known your password: a passkey that they added would still let them in.
new-password-set-it = Set it

objects-uses-nothing-uses-it = Nothing uses it
objects-uses-and-more = and { $count } more

pages-add-add-a-page-below = Add a page below { $title }
pages-add-no-type-of-page-can-be = No type of page can be made here.
pages-add-back-to = Back to { $title }
pages-copy-copy = Copy { $title }
pages-copy-title-of-the-copy = Title of the copy
pages-copy-slug = Slug
pages-copy-the-originals-when-it-is-free = The original's when it is free there; else with a number.
pages-copy-with-the-below = With the { $value } { $value2 } below
pages-copy-what-is-live-is-live-in = What is live is live in the copy, too
pages-copy-the-copy-is-a-draft-you = The copy is a draft: you may not publish there.
pages-copy-copy-to = Copy to { $title }
pages-delete-a-page-you-may-not-see = A page that you may not see
pages-delete-delete = Delete { $name }
pages-delete-delete-2 = Delete { $name }?
pages-delete-one-page = One page
pages-delete-goes = goes
pages-delete-pages = { $pages } pages
pages-delete-go = go
pages-delete-off-the-site-at-once-and = off the site at once, and into the trash
pages-delete-where-for-days = where { $pages ->
    [one] it stays
   *[other] they stay
 } for { $days } days
pages-delete-here = { $total } { $total ->
    [one] place points
   *[other] places point
 } here
pages-delete-links-there-lose-their-address-until = Links there lose their address, until the page is restored.
pages-delete-and-more = and { $more_pointers } more
pages-delete-these-are-many-type = These are many. Type
pages-delete-to-go-on = to go on
pages-delete-move-to-the-trash = Move to the trash
pages-explorer-search-below = Search below { $title }
pages-explorer-found-below = With "{ $q }", anywhere below { $title }.
pages-explorer-edited-by = Edited by
pages-explorer-changed-until = Changed until
pages-explorer-drag-to-move = Drag to move { $title }
pages-explorer-put-it-back = Undo
pages-explorer-move-up = Move { $title } up
pages-explorer-up = Up
pages-explorer-move-down = Move { $title } down
pages-explorer-down = Down
pages-explorer-status = Status
pages-explorer-changed = Changed
pages-explorer-below = Below
pages-explorer-below-after-number = below
pages-explorer-below-2 = { $below } below { $title }
pages-explorer-actions-for = Actions for { $title }
pages-explorer-with-the-chosen-pages = With the chosen pages
pages-explorer-view-live = View live
pages-explorer-edit = Edit
pages-explorer-add-a-page = Add a page
pages-explorer-search = Search
pages-explorer-filter = Filter
pages-explorer-on = on
pages-explorer-any = Any
pages-explorer-owner = Owner
pages-explorer-anybody = Anybody
pages-explorer-changed-since = Changed since
pages-explorer-sorted-by = Sorted by
pages-explorer-pages-below = Pages below { $title }
pages-explorer-choose-all = Choose all
pages-explorer-order = Order
pages-explorer-actions = Actions
pages-explorer-by = by { $saved_by }
pages-explorer-unpublish = Unpublish
pages-explorer-move = Move
pages-explorer-more-pages = More pages
pages-explorer-no-page-below-is-like-that = No page below { $title } is like that.
pages-explorer-nothing-is-below-yet = Nothing is below { $title } yet.
pages-explorer-trash = Trash
pages-move-move = Move { $name }
pages-move-position-below = Position below { $title }
pages-move-last = Last
pages-move-first = First
pages-move-it-is-here-already-only-the = It is here already: only the order changes.
pages-move-the-address-changes-also-of-what = The address changes, also of what is below. Old addresses lead to the new ones.
pages-move-move-below = Move below { $title }
pages-nothing-you-may-not-see-any-page = You may not see any page yet. Ask whoever gives permissions.
pages-parts-where-this-is = Where this is
pages-parts-the-way-to-this-place = The way to this place
pages-parts-add-child = Add child
pages-parts-copy = Copy
pages-parts-where = Where
pages-parts-you-may-not-add-pages-here = You may not add pages here.
pages-parts-choose-a-page-below-or-one = { $value } Choose a page below, or one on the way to it.
pages-parts-below = { $below } below
pages-parts-nothing-is-below = Nothing is below { $title }.
pages-alias-it-shows-what-another-page-shows = This page is an alias: it shows what another page shows, and follows what is published there.
pages-alias-its-source-is = Its source is
pages-alias-edit-the-source = Edit the source to change both.
pages-alias-you-may-not-see-its-source = You may not see its source.
pages-alias-make-it-a-page-of-its-own = Make it a page of its own
pages-alias-it-keeps-what-it-shows-now = It keeps what it shows now, and can be edited. It no longer follows the source.
pages-alias-it-will-no-longer-follow = Make { $title } a page of its own? It no longer follows its source then, and this cannot be undone.
pages-copy-what-is-made = What is made
pages-copy-a-page-of-its-own = A page of its own
pages-copy-an-alias = An alias: it always shows what the original shows
pages-copy-an-alias-has-the-originals-title = An alias has the title of the original, and is live when that is. Title, slug and the last box do not count for it.
pages-parts-translate = Translate
pages-parts-in-other-languages = In other languages:
pages-explorer-take-the-chosen-off-the-site = Take the chosen pages off the site? Their drafts stay.
pages-translate-translate = Translate { $title }
pages-translate-it-is-in-every-language = The page is in every language.
pages-translate-into = Into
pages-translate-not-there-yet = Not there yet: { $titles }
pages-translate-the-new-page-is = The new page is
pages-translate-a-draft-to-be-translated = a draft with the words of this one, to be translated
pages-translate-an-alias-until-somebody-translates = an alias that shows this page, until somebody translates it
pages-translate-mirror-the-pages-above = Mirror the pages above that are not there yet
pages-translate-with-those-below = { $count ->
    [one] With the page below
   *[other] With the { $count } pages below
  }
pages-unpublish-take-off-the-site = Take { $title } off the site?
pages-unpublish-it-is-an-alias = It is an alias: it goes off the site with its source.
pages-unpublish-go-to-its-source = Go to its source
pages-unpublish-nothing-is-live = Neither the page nor anything below it is live.
pages-unpublish-back = Back
pages-unpublish-visitors-do-not-find-it = Visitors do not find it any more. Its draft and its history stay.
pages-unpublish-it-is-not-live-itself = It is not live itself, but pages below it are.
pages-unpublish-with-those-below = { $count ->
    [one] And the page below that is live
   *[other] And the { $count } pages below that are live
  }
pages-unpublish-else-they-stay-where-they-are = Else what is below stays on the site, at its address.
pages-unpublish-aliases-stay = These aliases of pages elsewhere stay on the site:
pages-lock-lock-it = Lock { $title }?
pages-lock-unlock-it = Unlock { $title }?
pages-lock-lock = Lock
pages-lock-unlock = Unlock
pages-lock-leave-it = Leave it as it is
pages-lock-you-locked-it = You locked this page,
pages-lock-somebody-locked-it = { $by } locked this page,
pages-lock-locked-by-one-who-is-gone = Somebody whose account is gone locked this page,
pages-lock-then-all-may-change-it = Once it is unlocked, everybody with the permission for it can change it again.
pages-lock-only-you-may-change-it-then = Only you can change, publish, move or delete it then, until you unlock it, or somebody else who may.
pages-lock-nobody-may-change-it-then = Nobody can change, publish, move or delete it then, you included, until you unlock it, or somebody else who may.
pages-locked-locked-pages = Locked pages
pages-locked-what-somebody-keeps = Pages that somebody keeps to themselves for now. Nobody else can change them.
pages-locked-by = Locked by
pages-locked-since = Since
pages-locked-one-who-is-gone = Somebody whose account is gone
pages-locked-nothing-is-locked = No page is locked.
pages-privacy-a-changed-password-ends = A changed setting asks everybody again, also those who gave the old password.
pages-privacy-files-are-not-covered = Images and documents on these pages are not covered: their collection says who may see them.
pages-privacy-it-covers = What is set here holds for this page { $pages ->
    [0] alone: nothing is below it.
    [one] and the page below it.
   *[other] and the { $pages } pages below it.
 }
pages-privacy-nothing-more-than-above = nothing more than what is asked above
pages-privacy-opens-pages = { $pages ->
    [one] the page opens
   *[other] { $pages } pages open
 } to everybody at once
pages-privacy-privacy = Privacy
pages-privacy-this-holds-now = This holds now.
pages-privacy-what-changes = What a change does
pages-privacy-what-is-above-still-asks = what is set above still asks
pages-privacy-what-is-not-for-everybody = What is not for everybody leaves lists, menus, feeds, the sitemap and the search at once, and no cache keeps it. Whoever may not see it learns nothing of what it says.
pages-privacy-who-may-see = Who may see { $title }
pages-new-a-new-page = A new page
pages-parents-below-which-page = Below which page?
pages-parents-below-which-page-within = Below which page, from { $title } on?
pages-parents-search = Search by title
pages-parents-anywhere = Anywhere
pages-parents-nowhere = There is no page below which you may add: { $label }.
pages-explorer-add-of-type = Add: { $label }
pages-title-new = New: { $label }
pages-title-the-address-is-made-of-it = The address is made of it. Both can be changed later.
pages-title-make-the-draft = Make the draft
pages-trash-restore = Restore { $title }
pages-trash-delete-for-good = Delete { $title } for good
pages-trash-delete-for-good-this-cannot-be = Delete { $title } for good? This cannot be undone.
pages-trash-all-pages = All pages
pages-trash-what-is-here-is-deleted-for = What is here is deleted for good after { $days } days.
pages-trash-what-is-here-stays-until-somebody = What is here stays until somebody empties the trash.
pages-trash-deleted = deleted { $value }
pages-trash-was-below = was below
pages-trash-what-it-was-below-is-gone = what it was below is gone
pages-trash-another-slug-if-its-own-is = Another slug, if its own is taken
pages-trash-restore-2 = Restore
pages-trash-restore-elsewhere = Elsewhere…
pages-trash-restore-elsewhere-named = Restore { $title } elsewhere
pages-trash-restore-below = Restore below { $title }
pages-trash-search = Search the trash
pages-trash-nothing-is-like-that = Nothing in the trash is like that.
pages-trash-the-trash-is-empty = The trash is empty.
pages-trash-empty-the-trash = Empty the trash
pages-trash-to-delete-all-of-it-for = to delete all of it for good

privacy-parts-all-of-these-must-pass = A visitor must pass all of these.
privacy-parts-because-it-shows-what-is-on = because it shows what is on
privacy-parts-empty-keeps-the-one-there-is = Empty keeps the one that there is. A new one asks everybody again.
privacy-parts-everybody = Everybody.
privacy-parts-everybody-2 = Everybody
privacy-parts-from-a-page-you-may-not-see = from a page that you may not see
privacy-parts-inherited-from = inherited from
privacy-parts-it-is-not-shown-again = It is kept so that nobody can read it: note it down before you give it to others.
privacy-parts-members-of = Members of { $groups }
privacy-parts-members-of-groups = Members of groups
privacy-parts-new-shared-password = New password
privacy-parts-passwords-are-turned-off = Shared passwords are turned off here.
privacy-parts-set-here = set here
privacy-parts-set-here-for = Set here: it is for
privacy-parts-settings-of-their-own-below = Below, with a setting of their own
privacy-parts-shared-password = Password
privacy-parts-they-stay-and-ask-too = These stay as they are: whoever goes there must pass both.
privacy-parts-who-may-see-it-now = Who may see it now
privacy-parts-whoever-has-the-password = Whoever has the password
privacy-parts-whoever-is-signed-in = Whoever is signed in

recovery-codes-recovery-codes = Recovery codes
recovery-codes-your-recovery-codes = Your recovery codes
recovery-codes-the-second-step-is-on = The second step is on.
recovery-codes-each-of-these-signs-you-in = Each of these signs you in once when your device is gone. Print them, or put them where your passwords are: they are not shown again.
recovery-codes-i-have-kept-them = I have kept them

redirects-edit-delete-this-redirect-visitors-of-its = Delete this redirect? Visitors of its address will find nothing.
redirects-edit-redirect-from = Redirect from { $from }
redirects-edit-new-redirect = New redirect
redirects-edit-redirects = Redirects
redirects-edit-new = New
redirects-edit-redirect = Redirect
redirects-edit-a-page-that-moved-left-it = A page that moved left it. Once it is saved here it is a manual one.
redirects-edit-a-path-such-as-old-a = A path such as /old/. A slash at the end makes no difference.
redirects-edit-a-path-such-as-new-or = A path such as /new/, or an address elsewhere. With a page: what follows its address, or nothing.
redirects-edit-or-a-page-by-its-number = Or a page, by its number
redirects-edit-it-is-followed-wherever-it-moves = It is followed wherever it moves.
redirects-edit-now-at = Now at { $target }
redirects-edit-site = Site
redirects-edit-every-site = Every site
redirects-edit-with-all-that-is-below-it = With all that is below it, to the same place below the target
redirects-edit-only-for-now-302-nobody-remembers = Only for now (302): nobody remembers it
redirects-edit-used = Used { $hits } { $hits ->
    [one] time
   *[other] times
 }
redirects-edit-last = last { $value }
redirects-edit-it-leads-to-now = It leads to { $target } now.
redirects-import-import-redirects = Import redirects
redirects-import-import = Import
redirects-import-an-export-can-be-read-again = An export can be read again.
redirects-import-what-became-of-the-rows = What became of the rows
redirects-import-what-would-become-of-the-rows = What would become of the rows
redirects-import-would-be = would be
redirects-import-added = added, { $replaced }
redirects-import-replaced-there-already-refused = replaced, { $unchanged } there already, { $refused } refused.
redirects-import-nothing-was-written = Nothing was written.
redirects-import-refused-rows = Refused rows
redirects-import-line = Line
redirects-import-why-it-is-refused = Why it is refused
redirects-import-and-more = and { $hidden } more
redirects-import-table = Table
redirects-import-from-a-table = From a table: separated values (CSV) or a workbook (XLSX). Which column is which is chosen next, and nothing is written before you say so.
redirects-import-choose-the-columns = Next: choose the columns
redirects-import-go-on-with = Go on with { $name }
redirects-import-to-the-redirects = To the redirects
redirects-import-another-table = Another table
redirects-import-the-first-rows = The first rows
redirects-import-which-column-is-which = Which column is which
redirects-import-no-column = None
redirects-import-separator = Cells are separated by
redirects-import-separator-help = One character, or the word tab.
redirects-import-the-first-row-is-a-redirect = The first row is a redirect too, and no names of columns
redirects-import-import-the-others = Import the other { $good }
redirects-import-read-it-again = Read it again
redirects-import-download-the-refused = Download all refused rows
redirects-import-for-rows-that-name-no-site = For rows that name no site
redirects-import-take-the-place-of-redirects-from = Take the place of redirects from the same addresses
redirects-import-rows-that-do-not-say-cover = Rows that do not say cover all that is below their address
redirects-import-rows-that-do-not-say-are = Rows that do not say are only for now (302)
redirects-import-try-it-write-nothing = Try it: write nothing
redirects-list-part-of-an-address = Part of an address
redirects-list-where-visitors-of-old-addresses-are = Where visitors of old addresses are sent. Pages that move leave some by themselves.
redirects-list-search-addresses-and-targets = Search addresses and targets
redirects-list-all-sites = All sites
redirects-list-who-made-them = Who made them
redirects-list-manual-and-automatic = Manual and automatic
redirects-list-kind = Kind
redirects-list-hits = Hits
redirects-list-no-redirect-is-like-that = No redirect is like that.
redirects-list-there-are-no-redirects-yet = There are no redirects yet.

reports-history-trace = Trace { $trace_id }
reports-history-security-log = Security log
manage-export-as-csv = Export as CSV
manage-export-as-xlsx = Export as XLSX
reports-history-user = User
reports-history-everybody = Everybody
reports-history-everything = Everything
reports-history-by = by { $channel }
reports-security-name-of-a-user-or-a = Name of a user or a group
reports-security-who-signed-in-and-who-changed = Who signed in, and who changed who may do what. Nothing of it can be changed.

reset-forgotten-password = Forgotten password
reset-if-there-is-such-a-user = If there is such a user with an e-mail address, a link is on its way. It works for an hour.
reset-we-mail-you-a-link-that = We mail you a link that sets a new one.
reset-user-name-or-e-mail = User name or e-mail
reset-send-the-link = Send the link

search-images = Images
search-documents = Documents
search-snippets = Snippets
search-users = Users
search-settings = Settings
search-sites = Sites
search-places-and-actions = Places and actions
search-search = Search: { $q }
search-search-everything = Search everything
search-everything-for = Everything for “{ $q }”
search-nothing-that-you-may-see-has = Nothing that you may see has this in its name; live pages are searched by their text, too.
search-show-in-the-tree = Show in the tree
search-more = More { $value }
search-these-are-the-best-more-words = These are the best { $count }: more words find fewer.

records-index-records = Records
records-index-lead = Collections of this site: rows of values, as many as there are.
records-index-none = This site has no collections. A developer adds one as a file of its types.
records-list-search = Search { $label }
records-list-words = Words
records-list-how = How { $label } is compared
records-list-from = { $label }, from
records-list-until = { $label }, until
records-list-export-as-json-lines = Export as JSON lines
records-list-nothing-in-this-part = Nothing in this part of the list is like that. It goes on behind it.
records-show-values = Values
records-delete-delete = Delete { $name }?
records-delete-for-good = It goes for good. The history keeps that it was there, not what it said.
records-import-import = Import: { $label }
records-import-lead = From a table with the names of the fields in its first line, or from JSON lines: at most { $most } rows. What an export gave can be read again; each row of it is added.
records-import-fields = Fields:
records-import-file = File
records-import-try = Try it
records-import-write = Add the rows
records-import-outcome = What came of it
records-import-added = { $added ->
    [one] One row was added, { $refused } refused.
   *[other] { $added } rows were added, { $refused } were refused.
 }
records-import-would-be-added = { $added ->
    [one] One row would be added, { $refused } refused. Nothing was written.
   *[other] { $added } rows would be added, { $refused } would be refused. Nothing was written.
 }
records-import-refused = Refused rows
records-import-line = Line
records-import-field = Field
records-import-why = Why
records-history-history-of = History of { $name }

settings-history-forget-what-was-set-pages-show = Forget what was set? Pages show the defaults at once.
settings-history-history-of = History of { $label }
settings-history-values-of-its-own = values of its own
settings-history-the-defaults-of-the-type = the defaults of the type
settings-history-back-to-the-defaults = Back to the defaults
settings-history-what-was-set-is-forgotten-and = What was set is forgotten, and pages show the defaults at once.
settings-history-use-the-defaults = Use the defaults
settings-list-history-of = History of { $label }: { $label2 }
settings-list-what-a-site-has-once-a = What a site has once. A change shows at once, on every page that has it.
settings-list-set = Set
settings-list-defaults = Defaults
settings-list-this-site-has-nothing-to-set = This site has nothing to set.

shell-editor = Editor
shell-manage = Manage
shell-find = Find…
shell-find-anything = Find anything, go anywhere
shell-account-of = Account of { $name }
shell-view-the-site = View the site
shell-sign-out = Sign out

sites-edit-443-for-https = 443 for https.
sites-edit-type-to-delete-the-site = Type { $hostname } to delete the site with its settings and redirects
sites-edit-make-the-default-site = Make { $name } the default site?
sites-edit-add-a-site = Add a site
sites-edit-sites = Sites
sites-edit-default = Default
sites-edit-host-name = Host name
sites-edit-such-as-www-example-org-without = Such as www.example.org: without scheme, port and path.
sites-edit-port = Port
sites-edit-shows-what-is-below = Shows what is below
sites-edit-default-site-and-deleting = Default site, and deleting
sites-edit-make-it-the-default-site = Make it the default site
sites-edit-its-pages-stay = Its pages stay.
sites-edit-delete-the-site = Delete the site
sites-list-the-default-site-answers-for-every = The default site answers for every host that no site has.
sites-list-from = from { $root }
sites-list-its-root-is-gone = its root is gone
sites-list-there-is-no-site-yet = There is no site yet.
sites-locales-make-it-the-default = Make it the default: { $name }
sites-locales-languages = Languages
sites-locales-new-trees-are-written-in-the = New trees are written in the default language. A language that a page is written in stays.
sites-locales-make-it-the-default-2 = Make it the default
sites-locales-add-a-language = Add a language
sites-locales-such-as-de-or-pt-br = Such as de or pt-BR.
sites-locales-in-the-language-itself-empty-the = In the language itself; empty: the usual one.

snippets-delete-where-is-used = Where { $name } is used
snippets-delete-usage = Usage
snippets-delete-delete-it = Delete it
snippets-delete-it-goes-for-good-with-its = It goes for good, with its history.
snippets-delete-what-refers-to-it-shows-nothing = What refers to it shows nothing in its place.
snippets-history-use-revision-again-pages-show-it = Use revision { $id } again? Pages show it at once.
snippets-history-history-of = History of { $name }
snippets-history-newest = Newest
snippets-history-this-type-keeps-no-old-versions = This type keeps no old versions, only what was done.
snippets-list-drag-to-move = Drag to move { $name }
snippets-list-move-up = Move { $name } up
snippets-list-move-down = Move { $name } down
snippets-list-is-used-times = { $name } is used { $uses } times
snippets-list-search = Search { $label }
snippets-list-all-languages = All languages
snippets-list-used = Used
snippets-list-choose-all = Choose all snippets of this part
snippets-list-with-the-chosen = With the chosen snippets
snippets-list-any = Any
snippets-list-add-the-first-one = Add the first one
snippets-list-before = Before
snippets-types-pieces-of-content-that-pages-share = Pieces of content that pages share: a change shows wherever they are used.
snippets-types-this-site-has-no-types-of = This site has no types of snippets.

tags-edit-merge-into-the-other-tag-this = Merge { $name } into the other tag? This cannot be undone.
tags-edit-delete-and-take-it-off-everything = Delete { $name }, and take it off everything that has it? This cannot be undone.
tags-edit-on-a-change-rewrites-all-of = On { $pages } { $pages ->
    [one] page
   *[other] pages
 }. A change rewrites all of them, and shows at once.
tags-edit-show-it = Show it
tags-edit-merge-it-into-another-tag = Merge it into another tag
tags-edit-the-tag-that-stays = The tag that stays
tags-edit-merge = Merge
tags-edit-it-goes-off-and-off-images = It goes off { $pages } { $pages ->
    [one] page
   *[other] pages
 }, and off images and documents.
tags-list-search-tags = Search tags
tags-list-no-tag-is-like-that = No tag is like that.
tags-list-there-are-no-tags-yet-pages = There are no tags yet: pages get them in their forms.

tokens-api-tokens = API tokens
tokens-a-program-uses-the-api-in = A program uses the API in your name with a token, instead of your password. Give each program its own, and revoke what you do not need.
tokens-your-tokens = Your tokens
tokens-see-and-make-tokens = See and make tokens
tokens-revoke = Revoke
tokens-revoke-named = Revoke { $name }
tokens-revoke-what-uses-it-stops = Revoke “{ $name }”? What uses it stops working at once.
tokens-a-new-token = A new token
tokens-such-as-nightly-import = Such as: nightly import
tokens-what-it-may-be-used-for = What it may be used for
tokens-it-never-does-more-than-you = It never does more than you may do at the time.
tokens-it-ends = It ends
tokens-after-days = after { $days } days
tokens-never-until-it-is-revoked = never, until it is revoked
tokens-make-the-token = Make the token
tokens-revoked = Revoked
tokens-expired = Expired
tokens-account-closed = Account closed
tokens-revoked-at = revoked { $shown }
tokens-until = until { $shown }
tokens-never-expires = never expires
tokens-last-used-from = last used { $shown } from { $network }
tokens-your-new-token = Your new token
tokens-copy-it-now = Copy it now, and put it where your secrets are: it is not shown again.
tokens-copy = Copy
tokens-copied = Copied.
tokens-how-it-is-used = How it is used
tokens-i-have-kept-it = I have kept it
tokens-all-that-programs-use-the-api = All that programs use the API with, the newest first. Each does what its owner may do, within its scopes.
tokens-owner = Owner
tokens-scopes = Scopes
tokens-life-and-use = Life and use
tokens-there-are-none = Nobody has a token yet.

two-step-qr-code-with-the-key-that = QR code with the key that is written below
two-step-set-up-the-second-step = Set up the second step
two-step-scan-this-with-an-authenticator-app = Scan this with an authenticator app.
two-step-or-type-this-key = Or type this key:
two-step-enter-the-code-that-the-app = Enter the code that the app shows
two-step-turn-it-on = Turn it on

users-add-add-a-user = Add a user
users-add-letters-digits-and-it-stays-as = Letters, digits and @ . + - _ It stays as it is.
users-add-as-others-see-them = As others see them.
users-add-they-choose-it-a-link-is = They choose it: a link is mailed, and works for an hour
users-add-i-type-it = I type it
users-add-password-if-you-type-it = Password, if you type it
users-add-at-least-characters = At least { $min_password_length } characters.
users-add-superuser-may-do-everything = Superuser: may do everything
users-edit-turn-the-second-step-of-off = Turn the second step of { $called } off? The password alone is enough then.
users-edit-remove-all-passkeys-of-they-sign = Remove all passkeys of { $called }? They sign in with their password then.
users-edit-end-all-sessions-of = End all sessions of { $called }?
users-edit-added = added { $shown }
users-edit-last-signed-in = last signed in { $shown }
users-edit-never-signed-in = never signed in
users-edit-only-a-superuser-may-change-a = Only a superuser may change a superuser.
users-edit-such-as-en-or-pt-br = Such as en or pt-BR.
users-edit-may-sign-in = May sign in
users-edit-groups-of = Groups of { $called }
users-edit-change-the-groups = Change the groups
users-edit-signing-in = Signing in
users-edit-the-second-step-is = The second step is
users-edit-on-recovery-codes-are-left = on; { $codes_left } recovery codes are left
users-edit-off = off
users-edit-there-are-no-passkeys = There are no passkeys.
users-edit-one-passkey-signs-in-without-password = One passkey signs in without password and code.
users-edit-passkeys-sign-in-without-password-and = { $passkeys } passkeys sign in without password and code.
users-edit-mail-a-link-for-a-new = Mail a link for a new password
users-edit-turn-the-second-step-off = Turn the second step off
users-edit-remove-the-passkeys = Remove the passkeys
users-edit-sessions = Sessions
users-edit-last-seen-from = Last seen { $shown }, from { $network }
users-edit-end-all = End all
users-edit-not-signed-in-anywhere = Not signed in anywhere.
users-edit-nothing-is-noted = Nothing is noted.
users-edit-all-of-it = All of it
users-list-search-users = Search users
users-list-last-signed-in = Last signed in
users-list-superuser = Superuser
users-list-never = never
users-list-no-user-has-this-in-their = No user has this in their name or address.
users-list-choose-all = Choose all
users-list-with-the-chosen-users = With the chosen users
users-list-activate = Activate
users-list-deactivate = Deactivate
users-list-end-sessions = End sessions
users-list-group = Group
users-list-add-to-the-group = Add to the group
users-list-remove-from-the-group = Remove from the group

welcome-welcome = Welcome
welcome-make-the-first-account-it-may = Make the first account. It may do everything, and this link works once.
welcome-letters-digits-and = Letters, digits and @ . + - _
welcome-your-name = Your name
welcome-make-the-account = Make the account

webhooks-changes-are-sent-to-these-addresses = Changes are sent to these addresses, signed, as they happen.
webhooks-add-a-webhook = Add a webhook
webhooks-all-events = all events
webhooks-so-many-events = { $count ->
    [one] one event
   *[other] { $count } events
 }
webhooks-deliveries = Deliveries
webhooks-waiting-and-given-up = { $waiting } waiting, { $dead } given up
webhooks-there-are-none-yet = There are no webhooks yet.
webhooks-disabled = Switched off by the server
webhooks-off = Switched off
webhooks-failing-since = failing since { $shown }
webhooks-the-server-switched-it-off = The server switched it off: { $why }. Mend its receiver, switch it on, and send again what it missed.
webhooks-address = Address of the receiver
webhooks-such-as-https-example-org-hook = Such as https://example.org/hook. It gets a POST with JSON, and answers with a status from 200 to 299.
webhooks-what-is-sent = What is sent
webhooks-everything-that-happens = Everything that happens
webhooks-only-these-events = Only these events
webhooks-switch-secret-and-deleting = Switch, secret and deleting
webhooks-switch-it-off = Switch it off
webhooks-switch-it-on = Switch it on
webhooks-make-a-new-secret = Make a new secret
webhooks-make-a-new-secret-the-old = Make a new secret? The old one signs too for { $hours } hours.
webhooks-what-happens-while-it-is-off = What happens while it is off is not sent later, unless somebody sends it again.
webhooks-the-old-secret-signs-until = The old secret signs too until { $shown }.
webhooks-its-secret = The secret of the webhook
webhooks-copy-it-now-receivers-check = Copy it now: it is not shown again. Receivers check the signature of each message with it, as Standard Webhooks says.
webhooks-each-is-tried-until-it-is = Each is tried until it is taken, those of one page or file in their order.
webhooks-send-a-test = Send a test
webhooks-state = State of deliveries
webhooks-all-deliveries = All deliveries
webhooks-answer = What was answered
webhooks-send-again = Send again
webhooks-send-named-again = Send { $topic } of { $title } again
webhooks-next-attempt = next attempt { $shown }
webhooks-in-ms = in { $ms } ms
webhooks-nothing-was-sent-yet = Nothing was sent yet.
webhooks-send-again-what-happened = Send again what happened
webhooks-from-the-day = From the day
webhooks-to-the-day = To the day
webhooks-at-most-a-thousand-at-once = Empty: until now. At most a thousand events at once, the oldest first.
