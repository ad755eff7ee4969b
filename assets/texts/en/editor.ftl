editor-close = Close
editor-undo = Undo
editor-redo = Redo
editor-done = Done
editor-change = Change
editor-clear = Clear
editor-remove = Remove
editor-more = Show more
editor-search = Search
editor-loading = Loading…
editor-try-again = Try again
editor-nothing-found = Nothing found.
editor-cannot-load = This could not be loaded.
editor-cannot-reach = The server could not be reached. Please try again in a moment.
editor-just-now = just now
editor-required = Required
editor-draft = Draft
editor-live = Live
editor-live-and-draft = Live + draft
editor-length-of = { $length } of { $max } characters
editor-too-long = { $over ->
    [one] { $over } character
   *[other] { $over } characters
 } too many
editor-unknown-kind = This editor does not know fields of the kind “{ $kind }”.
editor-nothing-chosen = Nothing chosen
editor-unknown-choice = { $value } (no longer offered)
editor-add-tag = Add a tag
editor-remove-tag = Remove the tag { $tag }
editor-offered-tags = Tags that exist
editor-make-table = Make a table
editor-first-row-is-header = The first row is a heading
editor-first-column-is-header = The first column is a heading
editor-add-row = Add a row
editor-add-column = Add a column
editor-remove-row = Remove row { $at }
editor-remove-column = Remove column { $at }
editor-heading-of = Heading of column { $at }
editor-cell-name = Row { $row }, column { $column }
editor-caption = Caption
editor-alt-text = What it shows, for people who cannot see it
editor-alt-hint = A short sentence
editor-decorative = Only decoration: it says nothing
editor-decorative-has-none = Decoration has none
editor-unknown-page = Page { $id }, which is not there
editor-unknown-image = Image { $id }
editor-unknown-document = Document { $id }
editor-unknown-snippet = Entry { $id }
editor-open-in-tab = Open { $title } in a new tab
editor-clear-named = Clear { $title }
editor-choose-page = Choose a page
editor-choose-image = Choose an image
editor-choose-document = Choose a document
editor-choose-one = Choose
editor-choose-named = Choose: { $title }
editor-add-one = Add
editor-search-pages = Search all pages
editor-search-images = Search images
editor-search-documents = Search documents
editor-one-up = Up
editor-pages-below = Pages below { $title }
editor-collection = Collection
editor-all-collections = All collections
editor-upload = Upload
editor-or-drop = or drop files here
editor-cannot-upload = The file was not taken.
editor-too-large = The file is too large.
editor-add-block = Add a block
editor-add-before = Add a block before block { $at }
editor-add-here = Add a block here
editor-search-blocks = Search blocks
editor-no-such-block = There is no such block.
editor-paste-blocks = Paste blocks
editor-nothing-to-paste = The clipboard holds no blocks that fit here.
editor-copied = { $count ->
    [one] { $count } block
   *[other] { $count } blocks
 } copied
editor-copy-block = Copy to the clipboard
editor-copy-all = Copy all
editor-move-up = Move up
editor-move-down = Move down
editor-moved-to = Moved to place { $at } of { $total }
editor-duplicate = Duplicate
editor-removed = { $name } removed
editor-collapse-all = Collapse all
editor-expand-all = Expand all
editor-item-count = { $count ->
    [one] { $count } item
   *[other] { $count } items
 }
editor-block-count = { $count ->
    [one] { $count } block
   *[other] { $count } blocks
 }
editor-block-at = { $name }, { $at } of { $total }
editor-tools-of = What can be done with: { $name }
editor-unknown-block = This page's type has no block “{ $type }” any more. What it holds is kept.
editor-full = No more than { $count }
editor-problems = { $count ->
    [one] { $count } problem
   *[other] { $count } problems
 }
editor-formatting = Formatting
editor-palette = What to insert
editor-heading-level = Heading { $level }
editor-bold = Bold
editor-italic = Italic
editor-code = Code
editor-strikethrough = Struck through
editor-superscript = Superscript
editor-subscript = Subscript
editor-bullet-list = List
editor-numbered-list = Numbered list
editor-quotation = Quotation
editor-rule = Dividing line
editor-link = Link
editor-document-link = Link to a document
editor-image = Image
editor-media = Video or sound
editor-link-kind = Where the link leads
editor-link-ways-page = Page
editor-link-ways-url = Web address
editor-link-ways-mail = E-mail
editor-link-ways-phone = Phone
editor-link-ways-anchor = Place on this page
editor-link-labels-url = Web address
editor-link-labels-mail = E-mail address
editor-link-labels-phone = Phone number
editor-link-labels-anchor = Name of the place
editor-links-to = It leads to { $title }.
editor-fragment = Place on that page (optional)
editor-set-link = Set the link
editor-remove-link = Remove the link
editor-not-an-address = Please give an address.
editor-not-a-web-address = Please give a web address, such as https://example.com/watch/1.
editor-media-address = Address of the page with the video or sound
editor-media-help = YouTube, Vimeo, SoundCloud and others become a player; any other address a link.
editor-image-format = How it stands
editor-image-formats-fullwidth = Full width
editor-image-formats-left = On the left, text beside it
editor-image-formats-right = On the right, text beside it
editor-visitors = Visitors
editor-last-day = 24 h
editor-last-week = 7 days
editor-views = Views
editor-answer-times = Answer (half / 95 %)
editor-failed = Failed
editor-from-cache = From the cache
editor-queries-each = Queries when made anew
editor-size-each = Size
editor-lcp = Shown after (LCP)
editor-inp = Reacts after (INP)
editor-cls = Moves (CLS)
editor-good = good
editor-fair = fair
editor-poor = poor
editor-page-bar = Page
editor-untitled = Untitled
editor-parts-of-form = Parts of the form
editor-tabs-content = Content
editor-tabs-promote = Promote
editor-title = Title
editor-slug = Slug
editor-slug-help = The last part of the page's address.
editor-name = Name
editor-name-slug-help = Its short name in addresses. Empty: made of the name.
editor-seo-title = Title for search engines
editor-seo-title-help = Shown in search results and in the browser's tab. Empty: the title.
editor-search-description = Description for search engines
editor-search-description-help = One or two sentences, about 150 characters.
editor-show-in-menus = Show in menus
editor-show-in-menus-help = Whether menus that are made from the tree have this page.
editor-outline = Outline
editor-about-page = About this page
editor-about-this = About this entry
editor-new-of = New: { $label }
editor-site = Site
editor-more-actions = More actions
editor-status = Status
editor-origin = Visitors
editor-last-saved = Saved
editor-type = Type
editor-language = Language
editor-length = Length
editor-words-and-minutes = { $words ->
    [one] { $words } word
   *[other] { $words } words
 }, { $minutes } min
editor-weight = Weight
editor-heavier = { $size } more than live
editor-lighter = { $size } less than live
editor-much-heavier = This draft is { $size } heavier than what is live: are its images as small as they can be?
editor-readability = Reads
editor-readings-easy = easily
editor-readings-fair = fairly
editor-readings-complex = with effort
editor-history = History
editor-in-tree = In the tree: move, copy, delete
editor-around = The pages around this one
editor-live-page = Live page
editor-before-publishing = Before publishing
editor-will-not-go-live = As it is, it will not go live
editor-before-it-goes-live = Before it goes live
editor-mend-and-schedule = What was chosen to go live stays as it is: mend the page, then set the schedule again.
editor-schedule-as-me = Schedule as me
editor-schedule-is-yours = The schedule is yours now. A time that is over means: at once.
editor-is-scheduled = The schedule is set.
editor-and-more = and { $count } more
editor-you-elsewhere = Also here: you, in another window.
editor-saved-at = Saved { $at }
editor-nothing-yet = Nothing to save
editor-states-unsaved = Not saved yet
editor-states-saving = Saving…
editor-states-offline = Offline: kept in this browser
editor-states-away = The server cannot save now: kept in this browser, tried again
editor-states-signed-out = Signed out: kept in this browser
editor-states-conflict = Somebody else saved: kept in this browser
editor-states-invalid = Not saved: see the marked fields
editor-states-locked = Locked: nothing is saved
editor-states-refused = Not saved: the server refused it
editor-resolve = Decide
editor-save = Save
editor-saved = Saved. It shows at once.
editor-save-draft = Save draft
editor-draft-saved = Draft saved
editor-load-it = Load it
editor-conflict-title = There are two versions
editor-conflict-help = Nothing is lost either way: theirs stays in the history, yours stays in this browser.
editor-conflict-help-elsewhere = Keeping yours writes over theirs; loading theirs keeps yours in this browser.
editor-keep-mine = Keep mine
editor-load-theirs = Load theirs (mine is kept as a copy in this browser)
editor-compare = Compare
editor-signed-out-title = Please sign in again
editor-signed-out-text = Your session has ended. What you wrote is kept, and is saved when you are back.
editor-password-of = Password of { $username }
editor-sign-in = Sign in
editor-sign-in-problems-wrong = That is not the password.
editor-sign-in-problems-wait = Too many attempts. Please wait a moment.
editor-sign-in-problems-code = The code is not right.
editor-sign-in-problems-again = That took too long. Please begin again.
editor-code-of-app = Code of your authenticator app, or a recovery code
editor-sign-in-elsewhere = Sign in another way, in a window of its own
editor-sign-in-problems-failed = The server could not be reached.
editor-not-saved = There is content in this browser that was not saved ({ $at }).
editor-not-saved-since = There is content in this browser that was not saved ({ $at }), and the page was saved since. Restoring it puts it in place of what is here, which stays in the history.
editor-kept-aside = Your own version, which you put aside, is in this browser ({ $at }).
editor-restore = Restore what was not saved
editor-discard = Discard it
editor-publish = Publish
editor-publish-now = Publish now
editor-publishing = Publishing…
editor-published = Published
editor-view-page = View the page
editor-unpublish = Unpublish
editor-confirm-unpublish-elsewhere = Take this off the pages that show it?
editor-unpublished-elsewhere = Pages do not show it any more.
editor-schedule = Schedule
editor-schedule-help = Times are those of { $zone }. Empty: no change by itself.
editor-publish-at = Goes live
editor-expire-at = Goes away
editor-set-schedule = Set the schedule
editor-preview = Preview
editor-preview-mode = What to look at
editor-preview-page = The page
editor-preview-size = Size of the preview
editor-devices-phone = Phone
editor-devices-tablet = Tablet
editor-devices-desktop = Desktop
editor-preview-in-tab = Open the preview in a new tab
editor-close-preview = Close the preview
editor-preview-took = Drawn in { $ms } ms
editor-preview-waits = The preview shows the last state that could be drawn.
editor-checks = Checks
editor-checking = Checking…
editor-cannot-check = The checks could not be loaded.
editor-to-improve = { $count ->
    [one] { $count } thing
   *[other] { $count } things
 } to improve
editor-add-item = Add an item
editor-add-named = Add: { $label }
editor-go-to-problem = { $count ->
    [one] Go to the problem
   *[other] Go to the first of { $count } problems
 }
editor-with-images = { $count ->
    [0] without images
    [one] with { $count } image
   *[other] with { $count } images
 }
editor-also-here = { $count ->
    [one] { $names } is here too.
   *[other] { $names } are here too.
 }
editor-removed-on-saving = Removed on saving: { $what }
editor-new-version = { $by } saved a new version at { $at }.
editor-new-version-elsewhere = A new version was saved at { $at }, in another tab.
editor-conflict-text = { $by } saved this ({ $at }) while you were writing.
editor-conflict-text-somebody = Somebody saved this ({ $at }) while you were writing.
editor-live-after = Live after { $seconds } s

# A page that somebody locked
editor-locked = Locked
editor-locked-by = { $by } locked this page ({ $at }).
editor-locked-by-you = You locked this page ({ $at }).
editor-locked-by-nobody = Somebody whose account is gone locked this page ({ $at }).
editor-read-here = You can read all of it here. It can be changed once it is unlocked.
editor-text-waits = What you typed last is not saved. It is kept in this browser, and offered again once the page is unlocked.
editor-ask-who-is-here = { $by } has the page open: ask them to unlock it.
editor-ask-them = Ask { $by } to unlock it.
editor-unlock = Unlock it
editor-unlocked = The page is unlocked: you can change it again.
editor-unlocked-with-text = The page is unlocked. What you typed before is in the form, and not saved yet.
editor-save-it = Save it
editor-cannot-unlock = The page could not be unlocked. You may not be allowed to, or somebody else locked it meanwhile.
