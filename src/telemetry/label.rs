//! Label values as closed sets: what is not listed here cannot become a series.

mod route;

/// One label of a family: its name and the values it may take.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    pub name: &'static str,
    pub values: Values,
}

/// The bound of a label. A label that could take any value does not exist.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// Exactly these values.
    Closed(&'static [&'static str]),
    /// Names that the binary or the site's own files declare (queries, templates, types): at most so many.
    Declared(usize),
}

impl Label {
    pub const fn declared(name: &'static str, bound: usize) -> Self {
        Self { name, values: Values::Declared(bound) }
    }

    /// The largest number of values this label takes.
    pub fn bound(&self) -> usize {
        match self.values {
            Values::Closed(values) => values.len(),
            Values::Declared(bound) => bound,
        }
    }
}

macro_rules! closed_set {
    ($( $(#[$meta:meta])* $name:ident $label:literal { $($variant:ident = $value:literal),+ $(,)? } )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            pub const LABEL: Label = Label { name: $label, values: Values::Closed(&[$($value),+]) };

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $value),+ }
            }

            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text)
            }
        }
    )+};
}

closed_set! {
    /// HTTP methods; anything unknown is `_OTHER`, as OpenTelemetry asks.
    Method "http_request_method" {
        Get = "GET", Head = "HEAD", Post = "POST", Put = "PUT", Patch = "PATCH", Delete = "DELETE",
        Options = "OPTIONS", Connect = "CONNECT", Trace = "TRACE", Other = "_OTHER",
    }
    /// Every route that the product answers; requests that match none share one value.
    Route "http_route" {
        Page = "/{*path}", Static = "/static/{*path}", Search = "/search/", Health = "/health", ApiHealth = "/api/v1/health/",
        Rendition = "/media/images/{*path}", Document = "/documents/{*path}",
        DevReload = "/-/dev/reload", Ops = "/ops/{*path}", OpsLive = "/ops/live", Metrics = "/metrics", Livez = "/livez",
        Readyz = "/readyz", Faults = "/faults", Vitals = "/-/vitals", Feed = "/{*path}/feed", Text = "/{name}.txt",
        Sitemap = "/sitemap.xml",
        Admin = "/admin/", AdminLogin = "/admin/login/", AdminLogout = "/admin/logout/",
        AdminWelcome = "/admin/welcome/{*path}", AdminSession = "/admin/sessions/{*path}",
        AdminStatic = "/admin/static/{*path}", AdminLoginCode = "/admin/login/code/",
        AdminLoginPasskey = "/admin/login/passkey/{*path}",
        AdminAccount = "/admin/account/{*path}", AdminReset = "/admin/reset/{*path}",
        AdminEdit = "/admin/pages/{id}/edit/",
        AdminDraft = "/admin/pages/{id}/draft/", AdminPublish = "/admin/pages/{id}/publish/",
        AdminUnpublish = "/admin/pages/{id}/unpublish/", AdminSchedule = "/admin/pages/{id}/schedule/",
        AdminPublished = "/admin/pages/{id}/published/", AdminPreview = "/admin/pages/{id}/preview/",
        AdminLive = "/admin/pages/{id}/live/", AdminFigures = "/admin/pages/{id}/figures/",
        AdminWeight = "/admin/pages/{id}/weight/", AdminUserbar = "/admin/pages/{id}/userbar/",
        AdminHistory = "/admin/pages/{id}/history/",
        AdminRevert = "/admin/pages/{id}/revert/{*path}", AdminCompare = "/admin/pages/{id}/compare/{*path}",
        AdminPages = "/admin/pages/{*path}", AdminTrash = "/admin/trash/", AdminSearch = "/admin/search/",
        AdminChoose = "/admin/choose/{*path}", AdminImages = "/admin/images/{*path}",
        AdminDocuments = "/admin/documents/{*path}", AdminSnippets = "/admin/snippets/{*path}",
        AdminSettings = "/admin/settings/{*path}", AdminRedirects = "/admin/redirects/{*path}",
        AdminTags = "/admin/tags/{*path}", AdminCollections = "/admin/collections/{*path}",
        AdminUsers = "/admin/users/{*path}",
        AdminGroups = "/admin/groups/{*path}", AdminSites = "/admin/sites/{*path}",
        AdminLocales = "/admin/locales/{*path}", AdminSecurity = "/admin/reports/security/",
        AdminReports = "/admin/reports/{*path}", AdminBulk = "/admin/bulk/{*path}",
        AdminJobs = "/admin/jobs/{*path}", AdminPictures = "/admin/pictures/{*path}",
        AdminRecords = "/admin/records/{*path}", AdminTokens = "/admin/tokens/{*path}", AdminWebhooks = "/admin/webhooks/{*path}",
        ApiV2Pages = "/api/v2/pages/", ApiV2Page = "/api/v2/pages/{*path}",
        ApiV2Images = "/api/v2/images/", ApiV2Image = "/api/v2/images/{*path}",
        ApiV2Documents = "/api/v2/documents/", ApiV2Document = "/api/v2/documents/{*path}",
        ApiV2Redirects = "/api/v2/redirects/", ApiV2Redirect = "/api/v2/redirects/{*path}",
        ApiPages = "/api/v1/pages/", ApiPageBlocks = "/api/v1/pages/{id}/blocks/",
        ApiPageRevisions = "/api/v1/pages/{id}/revisions/{*path}", ApiWhoami = "/api/v1/whoami",
        ApiConfig = "/api/v1/config/frontend/", ApiConfigEvents = "/api/v1/config/frontend/events",
        ApiPageTranslations = "/api/v1/pages/{id}/translations/",
        ApiPageAction = "/api/v1/pages/{id}/{action}/", ApiPage = "/api/v1/pages/{id}/",
        ApiDescription = "/api/openapi.json", ApiDocs = "/api/docs/{*path}",
        Frontend = "_frontend", DevProxy = "/-/dev/proxy",
        ApiRedirects = "/api/v1/redirects/", ApiRedirect = "/api/v1/redirects/{id}/",
        ApiSettings = "/api/v1/settings/", ApiSetting = "/api/v1/settings/{type}/{site}/",
        ApiUsers = "/api/v1/users/", ApiUser = "/api/v1/users/{id}/", ApiGroups = "/api/v1/groups/",
        ApiGroupPart = "/api/v1/groups/{id}/{part}/", ApiGroup = "/api/v1/groups/{id}/",
        ApiSnippets = "/api/v1/snippets/", ApiSnippetRevisions = "/api/v1/snippets/{id}/revisions/{*path}",
        ApiSnippetAction = "/api/v1/snippets/{id}/{action}/",
        ApiSnippet = "/api/v1/snippets/{id}/",
        ApiSites = "/api/v1/sites/", ApiSite = "/api/v1/sites/{id}/", ApiLocales = "/api/v1/locales/",
        ApiLocale = "/api/v1/locales/{code}/",
        ApiImages = "/api/v1/images/", ApiImage = "/api/v1/images/{id}/", ApiImageFile = "/api/v1/images/{id}/file/",
        ApiImageUsage = "/api/v1/images/{id}/usage/",
        ApiDocuments = "/api/v1/documents/", ApiDocument = "/api/v1/documents/{id}/",
        ApiDocumentFile = "/api/v1/documents/{id}/file/", ApiDocumentUsage = "/api/v1/documents/{id}/usage/",
        ApiSearch = "/api/v1/search/", ApiAudit = "/api/v1/audit/", ApiAuditSecurity = "/api/v1/audit/security/",
        ApiForms = "/api/v1/forms/", ApiSubmissions = "/api/v1/forms/{page}/submissions/",
        ApiSubmission = "/api/v1/forms/{page}/submissions/{id}/", ApiSubmissionExport = "/api/v1/forms/{page}/export/",
        ApiChanges = "/api/v1/changes/", ApiWebhooks = "/api/v1/webhooks/", ApiWebhook = "/api/v1/webhooks/{*path}",
        ApiRecordExport = "/api/v1/{collection}/export/", ApiRecord = "/api/v1/{collection}/{id}/", ApiRecords = "/api/v1/{collection}/",
        Unmatched = "_unmatched", Rejected = "_rejected",
    }
    Scheme "url_scheme" { Http = "http", Https = "https" }
    /// Why an answer failed; empty when it did not.
    Failure "error_type" {
        None = "", Panic = "panic", Timeout = "timeout", Overload = "overload", Aborted = "aborted",
        Database = "database", Template = "template", Internal = "internal",
    }
    Surface "surface" { Public = "public", Admin = "admin", Api = "api", System = "system" }
    Rejection "reason" {
        RateLimit = "rate_limit", Overload = "overload", Timeout = "timeout", BodyTooLarge = "body_too_large",
        BadHost = "bad_host", Csrf = "csrf", BadRequest = "bad_request",
    }
    UnmatchedClass "class" { Scanner = "scanner", Asset = "asset", Other = "other" }
    /// Where the time of a request went; the same numbers as `Server-Timing`.
    Phase "phase" {
        Db = "db", PoolWait = "pool_wait", Cache = "cache", Render = "render", Auth = "auth",
        Serialize = "serialize", Other = "other",
    }
    ConnectionOutcome "outcome" {
        Accepted = "accepted", Refused = "refused", TlsFailed = "tls_failed", HeaderTimeout = "header_timeout",
        ProtocolError = "protocol_error",
    }
    DbSystem "db_system_name" { Sqlite = "sqlite", Postgres = "postgresql" }
    DbOperation "db_operation_name" { Read = "read", Write = "write", Begin = "begin", Commit = "commit" }
    /// Outcomes of a query; empty when it succeeded.
    DbFailure "error_type" {
        None = "", Cancelled = "cancelled", PoolTimeout = "pool_timeout", Timeout = "timeout",
        Connection = "connection", Constraint = "constraint", Serialization = "serialization", Busy = "busy",
        StorageFull = "storage_full", ReadOnly = "read_only", Decode = "decode", Other = "other",
    }
    PoolName "db_client_connection_pool_name" { Read = "read", Write = "write" }
    PoolState "db_client_connection_state" { Idle = "idle", Used = "used" }
    TransactionOutcome "outcome" { Commit = "commit", Rollback = "rollback", Retry = "retry" }
    Dependency "dependency" { Database = "database", Migrations = "migrations", Storage = "storage" }
    CacheName "cache" { Page = "page", Survival = "survival", Rendition = "rendition", Api = "api" }
    CacheOperation "operation" { Read = "get", Write = "set", Delete = "delete" }
    CacheResult "result" { Hit = "hit", Miss = "miss", Stale = "stale", Ok = "ok", Error = "error" }
    Eviction "reason" { Size = "size", Ttl = "ttl", Invalidate = "invalidate" }
    TemplateFailure "kind" { Syntax = "syntax", Missing = "missing", Runtime = "runtime" }
    Outcome "outcome" { Success = "success", Failure = "failure" }
    /// Why a visitor was sent elsewhere: a redirect that somebody wrote, one that a moved page left, a slash that was
    /// missing, or the language of the browser.
    RedirectKind "kind" { Manual = "manual", Automatic = "automatic", Slash = "slash", Language = "language" }
    PageState "state" { Draft = "draft", Live = "live", Trashed = "trashed" }
    PageEvent "event" {
        Create = "create", Update = "update", Publish = "publish", Unpublish = "unpublish", Move = "move",
        Delete = "delete", Revert = "revert", Translate = "translate", Reorder = "reorder", Copy = "copy", Alias = "alias",
        ConvertAlias = "convert_alias", Trash = "trash", Restore = "restore", Schedule = "schedule",
        Expire = "expire", RestrictionCreate = "view_restriction.create", RestrictionEdit = "view_restriction.edit",
        RestrictionDelete = "view_restriction.delete", Lock = "lock", Unlock = "unlock",
        ScheduleHeld = "schedule.held", SubmissionsExport = "submissions.export", SubmissionsDelete = "submissions.delete",
    }
    /// Whether somebody asked for a draft to be saved, or the editor did it by itself.
    SaveMode "mode" { Manual = "manual", Automatic = "automatic" }
    /// Conflict: somebody else saved meanwhile.
    DraftOutcome "outcome" { Saved = "saved", Conflict = "conflict", Invalid = "invalid", Failed = "failed" }
    /// What has no page of its own.
    ObjectKind "object" {
        Snippet = "snippet", Setting = "setting", Tag = "tag", Redirect = "redirect", Site = "site", Locale = "locale",
        Collection = "collection", Image = "image", Document = "document", Job = "job", Webhook = "webhook",
        Record = "record",
    }
    ReferenceTarget "kind" { Page = "page", Snippet = "snippet", Image = "image", Document = "document" }
    ObjectEvent "event" {
        Create = "create", Update = "update", Publish = "publish", Unpublish = "unpublish", Delete = "delete",
        Revert = "revert", Rename = "rename", Merge = "merge", Move = "move",
        RestrictionCreate = "view_restriction.create", RestrictionEdit = "view_restriction.edit",
        RestrictionDelete = "view_restriction.delete", Upload = "upload", Replace = "replace", Retry = "retry",
        Discard = "discard",
    }
    Channel "channel" { Admin = "admin", Api = "api", Scheduler = "scheduler", Import = "import", Cli = "cli" }
    Audience "audience" { Human = "human", Bot = "bot", Editor = "editor" }
    PrivacyTarget "target" { Page = "page", Collection = "collection" }
    /// What a viewer of something restricted was told.
    PrivacyOutcome "outcome" {
        Public = "public", Granted = "granted", Password = "needs_password", Login = "needs_login",
        Group = "needs_group",
    }
    FormOutcome "outcome" {
        Stored = "stored", Invalid = "invalid", Honeypot = "honeypot", Throttled = "throttled",
        Unavailable = "unavailable",
    }
    PasswordOutcome "outcome" { Right = "right", Wrong = "wrong", Throttled = "throttled", Busy = "busy" }
    Volume "volume" { Media = "media", Database = "database", Tmp = "tmp" }
    MediaKind "kind" { Image = "image", Document = "document", Rendition = "rendition" }
    /// What became of an uploaded file.
    UploadOutcome "outcome" {
        Stored = "stored", Replaced = "replaced", Duplicate = "duplicate", TooLarge = "too_large",
        Extension = "extension", Name = "name", Damaged = "damaged", Format = "format", Pixels = "pixels",
        Memory = "memory", Polyglot = "polyglot", Error = "error",
    }
    StorageOperation "operation" {
        Put = "put", Read = "read", Exists = "exists", Delete = "delete", List = "list",
    }
    StorageOutcome "outcome" { Ok = "ok", Missing = "missing", Error = "error" }
    StorageDirection "direction" { In = "in", Out = "out" }
    EmbedState "state" { Wanted = "wanted", Ready = "ready", Failed = "failed" }
    /// What asking a provider of embedded media came to.
    EmbedOutcome "outcome" {
        Ready = "ready", Gone = "gone", Refused = "refused", Timeout = "timeout", Unreachable = "unreachable",
        TooLarge = "too_large", Malformed = "malformed",
    }
    /// `stored` was in storage without a row; `refused` is what no codec takes, `storage` also an original that is gone,
    /// `failed_before` one that failed a moment ago, `overload` one without a place in the queue.
    RenditionOutcome "outcome" {
        Made = "made", Stored = "stored", Coalesced = "coalesced", Refused = "refused", Panic = "panic",
        Storage = "storage", FailedBefore = "failed_before", Overload = "overload",
    }
    ImageFormat "format" { Jpeg = "jpeg", Png = "png", Gif = "gif", WebP = "webp", Avif = "avif" }
    LogLevel "level" { Error = "error", Warn = "warn", Info = "info", Debug = "debug" }
    /// How a search ended.
    SearchOutcome "outcome" {
        Found = "found", Corrected = "corrected", Empty = "empty", Rejected = "rejected", Error = "error",
    }
    RebuildOutcome "outcome" { Success = "success", Failure = "failure", Refused = "refused" }
    /// What can be found.
    SearchKind "kind" { Page = "page", Image = "image", Document = "document", Snippet = "snippet" }
    /// What a visitor's screen is like.
    Device "device" { Mobile = "mobile", Desktop = "desktop" }
    /// What became of a message about a page's speed; declined: the visitor asks not to be measured.
    BeaconOutcome "outcome" {
        Accepted = "accepted", Declined = "declined", Rejected = "rejected", RateLimited = "rate_limited",
    }
    /// What is broken on purpose.
    FaultKind "kind" {
        Status = "status", Delay = "delay", Panic = "panic", PoolHold = "pool_hold", CacheFlush = "cache_flush",
        ClockSkew = "clock_skew",
    }
    /// Work in the background.
    JobKind "kind" {
        PagePublish = "page.publish", PageExpire = "page.expire", TrashEmpty = "trash.empty", FormPurge = "form.purge",
        ChangePrune = "change.prune", EditingTidy = "editing.tidy", PasswordReset = "password.reset",
        SecurityPrune = "security.prune",
        BulkWork = "bulk.work", BulkPrune = "bulk.prune",
        ScheduleCheck = "schedule.check", ScheduleWarn = "schedule.warn", RevisionPurge = "revision.purge",
        ImageFaces = "image.faces", PageNotice = "page.notice", WebhookNotice = "webhook.notice", EventPrune = "event.prune",
        RecordIndex = "record.index", BackupCreate = "backup.create",
    }
    JobQueue "queue" { Publish = "publish", Mail = "mail", Bulk = "bulk", Housekeeping = "housekeeping" }
    /// What is done to many pages, files or users at once; join and leave: a group.
    BulkAction "action" {
        Publish = "publish", Unpublish = "unpublish", Move = "move", Delete = "delete", Collect = "collect", Tag = "tag",
        Activate = "activate", Deactivate = "deactivate", Join = "join", Leave = "leave", SignOut = "sign_out",
    }
    /// Refused: by a rule, or a right that is not there; failed: the server could not, and gave it up.
    BulkOutcome "outcome" { Done = "done", Refused = "refused", Failed = "failed", Cancelled = "cancelled" }
    /// Written: into a folder, where no mail server is set.
    MailOutcome "outcome" { Sent = "sent", Written = "written", Failed = "failed" }
    /// What came of an attempt to send an event; refused: to an address that is not sent to; gave_up: the last attempt.
    WebhookOutcome "outcome" {
        Delivered = "delivered", ClientError = "client_error", ServerError = "server_error", Timeout = "timeout",
        ConnectError = "connect_error", Refused = "refused", GaveUp = "gave_up",
    }
    /// Paused by somebody; disabled by the server, since nothing was taken for days.
    WebhookState "state" { Active = "active", Paused = "paused", Disabled = "disabled" }
    /// Who keeps pages in front of the site.
    CdnName "provider" { Fastly = "fastly", Cloudflare = "cloudflare", Varnish = "varnish" }
    /// What a CDN said to a purge; throttled: it was asked too often, refused: any other 4xx.
    CdnOutcome "outcome" {
        Purged = "purged", Throttled = "throttled", Refused = "refused", ServerError = "server_error", Timeout = "timeout",
        ConnectError = "connect_error",
    }
    /// Whether a purge named what has to go.
    CdnScope "scope" { Keys = "keys", Everything = "everything" }
    JobState "state" { Ready = "ready", Scheduled = "scheduled", Retry = "retry", Running = "running", Dead = "dead" }
    /// How an attempt at a job ended; lost: another worker has taken it over.
    JobOutcome "outcome" { Success = "success", Retry = "retry", Dead = "dead", Lost = "lost" }
    WorkerState "state" { Busy = "busy", Idle = "idle" }
    /// Passkey_add: a new one is checked. Reset: a mail with a link was asked for.
    AuthMethod "method" {
        Password = "password", Session = "session", Welcome = "welcome", Code = "code", Passkey = "passkey",
        PasskeyAdd = "passkey_add", Reset = "reset", Token = "token",
    }
    /// What became of an attempt to prove who one is; throttled: by the client's network, locked: by the name.
    AuthOutcome "outcome" {
        Success = "success", BadCredentials = "bad_credentials", Locked = "locked", Throttled = "throttled",
        Disabled = "disabled", Expired = "expired", Busy = "busy", Error = "error",
    }
    /// What of the API is limited: reads without an account, reads with one, writes, files, and wrong tokens.
    RatePolicy "policy" {
        Public = "public", Read = "read", Write = "write", Upload = "upload", Auth = "auth",
    }
    /// Refused: it answered with an error.
    RedisOutcome "outcome" { Ok = "ok", Timeout = "timeout", Unreachable = "unreachable", Refused = "refused" }
    RateDecision "decision" { Allow = "allow", Deny = "deny" }
    /// Events of the security log.
    AuditEvent "event" {
        Login = "login", LoginFailed = "login_failed", LockedOut = "locked_out", Logout = "logout",
        SessionRevoked = "session_revoked", PasswordChanged = "password_changed", UserCreated = "user_created",
        UserChanged = "user_changed", UserDeactivated = "user_deactivated", UserActivated = "user_activated",
        GroupCreated = "group_created", GroupRenamed = "group_renamed", GroupDeleted = "group_deleted",
        MemberAdded = "member_added", MemberRemoved = "member_removed",
        Granted = "granted", GrantRevoked = "grant_revoked", WelcomeOffered = "welcome_offered",
        WelcomeUsed = "welcome_used", TwoStepOn = "two_step_on", TwoStepOff = "two_step_off",
        RecoveryRenewed = "recovery_codes_renewed", ResetAsked = "reset_asked", PasskeyAdded = "passkey_added",
        PasskeyRemoved = "passkey_removed", TokenCreated = "token_created", TokenRevoked = "token_revoked",
    }
    SloResult "result" { Good = "good", Bad = "bad" }
    /// Why the flight recorder kept a trace.
    KeepReason "reason" { Failed = "failed", Slow = "slow", NPlusOne = "n_plus_one", Sample = "sample" }
    SpanOutcome "outcome" { Exported = "exported", Dropped = "dropped", Failed = "failed" }
}

/// Names declared by `queries!`.
pub const QUERY: Label = Label::declared("db_query_summary", 500);
/// Template files of the site.
pub const TEMPLATE: Label = Label::declared("template", 120);
/// Content types of the site.
pub const PAGE_TYPE: Label = Label::declared("page_type", 30);
/// Service level objectives of the configuration.
pub const SLO: Label = Label::declared("slo", crate::config::slo::MAX_SLOS);
pub const WORKER: Label = Label::declared("worker", 64);
pub const HOST: Label = Label::declared("host", 20);
pub const METRIC: Label = Label::declared("metric", 60);
/// Webhooks by their numbers; those beyond the first are [`OTHER`].
pub const ENDPOINT: Label = Label::declared("endpoint", 21);
/// What is beyond a bound.
pub const OTHER: &str = "_other";
pub const VERSION: Label = Label::declared("version", 1);
pub const COMMIT: Label = Label::declared("commit", 1);
pub const RUSTC: Label = Label::declared("rustc", 1);
/// Status codes that the product answers with.
pub const STATUS: Label = Label::declared("http_response_status_code", 20);

impl Method {
    pub fn of(method: &http::Method) -> Self {
        match *method {
            http::Method::GET => Self::Get,
            http::Method::HEAD => Self::Head,
            http::Method::POST => Self::Post,
            http::Method::PUT => Self::Put,
            http::Method::PATCH => Self::Patch,
            http::Method::DELETE => Self::Delete,
            http::Method::OPTIONS => Self::Options,
            http::Method::CONNECT => Self::Connect,
            http::Method::TRACE => Self::Trace,
            _ => Self::Other,
        }
    }
}
