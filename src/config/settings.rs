//! The table of settings: key, type, default, limits, aliases and help, each written once.
//! `///` texts are the rustdoc of the fields, docs/CONFIGURATION.md and the example file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value as Json;

use super::addresses::Addresses;
use super::extension::{Extensions, image_extensions};
use super::host::{host_name, sender, some_hosts};
use super::label_names::LabelNames;
use super::load::Loading;
use super::network::Cidr;
use super::origins::Origins;
use super::peers::with_peers;
use super::rules::{frame_options, header_text, header_token, log_days, not_empty, referrer_policy, within};
use super::s3::{bucket_name, key_prefix, storage_url};
use super::secret::{Secret, SecretUrl};
use super::table::{Alias, Setting, settings};
use super::url::{
    acknowledge_url, alertmanager_url, collector_url, database_url, dev_server_url, provider_id, redis_url, site_origin,
};
use super::value::{Value, automatic_is_zero, debug_is_mode, port_on_all_addresses, same, seconds};
use super::variant::{
    CdnProvider, Compat, EmbedRender, LinkConversion, LogFormat, LogLevel, MailEncryption, MediaPlace, Mode,
    Precedence, Role,
};

with_peers! {
    root {
        /// `prod`, or `dev` for work on a site: templates reload and weak secrets are accepted.
        mode: Mode = "prod", aliases ["DEBUG" => debug_is_mode];
    }

    /// Listeners, time limits and sizes.
    server: Server {
        /// Address and port of the public listener.
        listen: SocketAddr = "127.0.0.1:8000", aliases ["PORT" => port_on_all_addresses];
        /// What this process does: `all`, `web` (pages alone) or `worker` (background jobs alone, without the public
        /// listener).
        role: Role = "all";
        /// Address and port of the operations listener (metrics, probes, ops pages). Keep it private.
        ops_listen: SocketAddr = "127.0.0.1:9464";
        /// Public address of the site, such as `https://example.com`. Empty: made from the site's host name and port.
        base_url: String = "", check site_origin;
        /// Threads that serve requests. 0: as many as the CPU quota allows.
        workers: usize = "0", in 0..=1024, aliases ["WEB_CONCURRENCY" => automatic_is_zero];
        /// Time for one request, in seconds; a slower one is cancelled.
        request_timeout_s as request_timeout: f64 = "30.0", in 0.1..=86400.0,
            aliases ["GUNICORN_TIMEOUT" => same];
        /// Time for a client to send its request headers, in seconds.
        header_timeout_s as header_timeout: f64 = "10.0", in 0.1..=3600.0;
        /// Time that an idle connection stays open, in seconds.
        idle_timeout_s as idle_timeout: f64 = "75.0", in 0.1..=86400.0;
        /// Time for a client to send its request body, in seconds.
        body_timeout_s as body_timeout: f64 = "30.0", in 0.1..=86400.0;
        /// Time for an editor's request that sends files, in seconds: as long as a slow line takes for the largest.
        upload_timeout_s as upload_timeout: f64 = "600.0", in 0.1..=86400.0;
        /// Time for requests in flight to end after a stop signal, in seconds.
        drain_timeout_s as drain_timeout: f64 = "25.0", in 0.0..=3600.0;
        /// Largest request head, in bytes; a larger one is answered with 431.
        max_header_bytes: usize = "32768", in 8192..=1048576;
        /// Largest request body, in bytes; a larger one is answered with 413. Files that editors add may be as large as
        /// `media.max_image_bytes` and `media.max_document_bytes` say.
        max_body_bytes: usize = "10485760", in 1024..=1073741824;
        /// Open connections; more are answered with 503.
        max_connections: usize = "8192", in 1..=1000000;
        /// Requests served at the same time; more are answered with 503.
        max_in_flight: usize = "512", in 1..=100000;
        /// Host names that are answered, without ports. `.example.com` includes its subdomains; `*` is any.
        allowed_hosts: Vec<String> = "localhost,127.0.0.1,[::1]", check some_hosts,
            aliases ["ALLOWED_HOSTS" => same];
        /// Networks of proxies whose `Forwarded` and `X-Forwarded-*` headers are believed.
        trusted_proxies: Vec<Cidr> = "";
        /// Redirect `/about` to `/about/`.
        append_slash: bool = "true";
    }

    /// HTTPS on the public listener, when it is not done by a proxy.
    tls: Tls {
        /// Certificate chain, PEM. Empty: plain HTTP.
        certificate_file: PathBuf = "";
        /// Private key of the certificate, PEM.
        key_file: PathBuf = "";
    }

    /// Secrets and security headers.
    security: Security {
        /// Key that signs cookies and previews, 32 characters or more. Empty: generated into `data.dir`.
        secret_key: Secret = "", aliases ["SECRET_KEY" => same];
        /// `max-age` of Strict-Transport-Security, in seconds, sent over HTTPS only. 0: not sent.
        hsts_s: u64 = "31536000", in 0..=315360000;
        /// X-Frame-Options: `SAMEORIGIN` or `DENY`.
        frame_options: String = "SAMEORIGIN", check frame_options;
        /// Referrer-Policy.
        referrer_policy: String = "strict-origin-when-cross-origin", check referrer_policy;
    }

    /// Where the server keeps its files.
    data: Data {
        /// Folder of the SQLite database, the generated secret key and uploads.
        dir: PathBuf = "./data", check not_empty;
    }

    /// Backups of the database, the media library and the configuration; see docs/BACKUP.md.
    backup: Backup {
        /// Folder of the backups: on another disk, and copied to another place. Empty: `<data.dir>/backups`.
        dir: PathBuf = "";
        /// When one is made, such as `daily 03:30 Europe/Berlin` or `every 6h`; `external`: something else runs
        /// `vitrine backup create --scheduled`. Empty: never, and nobody is told that there is none.
        schedule: String = "";
        /// Days of which the newest regular backup is kept.
        keep_daily: u32 = "7", in 1..=3650;
        /// Weeks of which the newest regular backup is kept.
        keep_weekly: u32 = "5", in 0..=520;
    }

    /// The site that is served: types, templates, static files and seed.
    site: Site {
        /// Folder of the site. Empty: the embedded default site.
        dir: PathBuf = "", variable "VITRINE_SITE", flag "--site";
    }

    /// A front end of your own, beside the site's pages: a built single-page app, or the server that develops it.
    frontend: Frontend {
        /// Folder of a built single-page app, with its `index.html`. Empty: none is served.
        dir: PathBuf = "", aliases ["FRONTEND_DIR" => same];
        /// What the front end has before the site's pages: `root` (the address `/`), `app` (every address that the server does
        /// not need itself) or `pages` (none). Files of the app are found anyway, and what no page has is the front end's.
        precedence: Precedence = "root";
        /// Content-Security-Policy of the app's HTML. Empty: none is sent.
        csp: String = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
            check header_text;
        /// Server that develops the front end, such as `http://localhost:5173`: `vitrine dev --proxy URL`.
        proxy: String = "", check dev_server_url;
        /// Pass requests also to a development server that is neither on this machine nor in a private network.
        proxy_public: bool = "false";
    }

    /// Uploaded images and documents, and the renditions made of images.
    media: Media {
        /// Where uploads and renditions are: in the `folder` that `media.dir` names, or in the bucket of `s3`.
        storage: MediaPlace = "folder";
        /// Folder of uploads and renditions; all nodes share it. With `s3` it is each node's own, for uploads that are
        /// being received. Empty: `<data.dir>/media`.
        dir: PathBuf = "";
        /// Largest image file, in bytes.
        max_image_bytes: u64 = "10485760", in 1024..=1073741824;
        /// Largest image, in pixels, all frames of an animation together.
        max_image_pixels: u64 = "128000000", in 1..=1000000000;
        /// Largest document, in bytes.
        max_document_bytes: u64 = "104857600", in 1024..=1099511627776;
        /// Extensions of images that are taken.
        image_extensions: Extensions = "gif,jpeg,jpg,png,webp", check image_extensions;
        /// Extensions of documents that are taken.
        document_extensions: Extensions =
            "csv,doc,docx,epub,ics,key,md,mp3,mp4,numbers,odp,ods,odt,ogg,pages,pdf,ppt,pptx,rtf,txt,webm,xls,xlsx,zip";
        /// Extensions of documents that browsers may show; all others are downloaded.
        inline_document_extensions: Extensions = "pdf";
        /// Renditions made at the same time. 0: half as many as there are processors.
        rendition_workers: usize = "0", in 0..=256;
        /// Quality of JPEG renditions whose filter names none.
        jpeg_quality: u16 = "76", in 1..=100;
        /// Quality of WebP renditions whose filter names none.
        webp_quality: u16 = "80", in 1..=100;
        /// Quality of AVIF renditions whose filter names none.
        avif_quality: u16 = "61", in 1..=100;
        /// Effort of the AVIF encoder: 1 is slow and small, 10 is fast and larger.
        avif_speed: u16 = "9", in 1..=10;
        /// Faces are looked for in new images, and become the focal point of those that have none.
        feature_detection: bool = "true", aliases ["WAGTAILIMAGES_FEATURE_DETECTION_ENABLED" => same];
        /// Requests that may wait for renditions to be made; more are answered with 503.
        rendition_queue: usize = "256", in 1..=100000;
    }

    /// Content.
    content: Content {
        /// Days that a page stays in the trash before it is deleted for good. 0: until somebody empties the trash.
        trash_days: u32 = "30", in 0..=36500;
        /// Days that old revisions of pages and snippets are kept. The newest, what is live and what is scheduled stay
        /// anyway. 0: for ever.
        keep_revisions_days: u32 = "0", in 0..=36500;
        /// Addresses of the site's own pages in rich text become links that follow the page: `all`, `exact` (without
        /// a fragment, and with the site's own scheme) or `off`.
        link_conversion: LinkConversion = "all", aliases ["WAGTAILADMIN_EXTERNAL_LINK_CONVERSION" => same];
        /// Whether pages and collections may be restricted to whoever knows a password. With `false` new ones are refused;
        /// those that there are go on asking.
        shared_passwords: bool = "true";
    }

    /// The editor in the browser.
    admin: Admin {
        /// A locked page is locked for whoever locked it, too.
        global_edit_lock: bool = "false", aliases ["WAGTAILADMIN_GLOBAL_EDIT_LOCK" => same];
    }

    /// The database.
    database: Database {
        /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`. Empty: `sqlite:<data.dir>/vitrine.db`. Of several
        /// hosts, `A:5432,B:5432`, the one that takes writes is used: a primary and its standbys.
        url: SecretUrl = "", check database_url, aliases ["DATABASE_URL" => same];
        /// Write connections to PostgreSQL (SQLite has one writer).
        max_connections: u32 = "16", in 1..=1000;
        /// Read connections: pages are made with these.
        read_connections: u32 = "8", in 1..=256;
        /// Time to wait for a free connection, in seconds.
        acquire_timeout_s as acquire_timeout: f64 = "5.0", in 0.01..=300.0;
        /// Time for one statement, in seconds.
        statement_timeout_s as statement_timeout: f64 = "10.0", in 0.01..=3600.0;
        /// A statement that takes longer, in seconds, is logged as slow.
        slow_query_s as slow_query: f64 = "0.2", in 0.0..=3600.0;
    }

    /// Redis, so that several nodes count the limits of the API together. Without it each counts for itself.
    redis: Redis {
        /// `redis://USER:PASSWORD@HOST:PORT/DB` or `rediss://…` (TLS). Empty: none.
        url: SecretUrl = "", check redis_url, aliases ["REDIS_URL" => same];
        /// Time for one call, in seconds; after it this node counts by itself.
        timeout_s as timeout: f64 = "0.1", in 0.001..=10.0;
    }

    /// Media of others, such as films, that pages embed.
    embeds: Embeds {
        /// Ask providers about embedded addresses. `false`: pages show links.
        fetch: bool = "true";
        /// What pages show: the provider's player in an `iframe`, or a `link`.
        render: EmbedRender = "iframe";
        /// Connect also to providers on this machine and in private networks, without HTTPS. For tests.
        allow_private: bool = "false";
    }

    /// The page cache.
    cache: Cache {
        /// Keep rendered pages in memory.
        enabled: bool = "true";
        /// Memory for rendered pages, in bytes.
        max_bytes: usize = "33554432", in 0..=1099511627776;
        /// Disk for the last good pages, which visitors get while the database is away, in bytes. 0: none are kept.
        survival_max_bytes: u64 = "1073741824", in 0..=1099511627776;
    }

    /// Forms on the public site.
    forms: Forms {
        /// Times that one client may send one form in a minute; more are answered with 429.
        per_minute: u32 = "10", in 1..=10000;
        /// Days that submissions are kept. 0: for ever.
        keep_days: u32 = "0", in 0..=36500;
    }

    /// People who sign in to `/admin/`.
    accounts: Accounts {
        /// Characters that a password has at least.
        min_password_length: usize = "12", in 8..=128;
        /// A session that is not used for so long ends, in seconds.
        session_idle_s as session_idle: f64 = "86400.0", in 60.0..=31536000.0;
        /// A session ends after this time, however busy it is, in seconds.
        session_max_s as session_max: f64 = "1209600.0", in 60.0..=31536000.0;
        /// Wrong passwords after which a name is locked.
        lock_after: u32 = "10", in 1..=1000;
        /// Time that a name is locked, and after which wrong passwords are forgotten, in seconds.
        lock_s as lock: f64 = "900.0", in 1.0..=86400.0;
        /// Times that one client may try to sign in in a minute; more are answered with 429.
        attempts_per_minute: u32 = "20", in 1..=10000;
        /// Days that entries of the security log are kept; 0: for ever. No younger ones can be deleted, by nobody.
        log_days: u32 = "400", check log_days;
    }

    /// The API: who may read it from pages of other sites, and how often one may ask.
    api: Api {
        /// Origins whose pages may read the API in a browser, such as `https://app.example.org`; `*`: any, without
        /// cookies. Empty: this site's own pages alone.
        cors_origins: Origins = "", aliases ["CORS_ALLOWED_ORIGINS" => same];
        /// Let those pages also send and get cookies, so that whoever is signed in here is signed in there.
        cors_credentials: bool = "false", aliases ["CORS_ALLOW_CREDENTIALS" => same];
        /// Reads without an account that one network may make in a minute. 0: no limit.
        public_per_minute: u32 = "0", in 0..=10000000;
        /// Reads that one token, or one person who is signed in, may make in a minute. 0: no limit.
        read_per_minute: u32 = "1200", in 0..=10000000;
        /// Changes that one token, person or, without an account, network may make in a minute. 0: no limit.
        write_per_minute: u32 = "300", in 0..=10000000;
        /// Files that one token or person may send in a minute. 0: no limit.
        upload_per_minute: u32 = "60", in 0..=10000000;
        /// Streams of changes that one process serves at the same time, a quarter for one account; more get a 503.
        change_streams: usize = "64", in 0..=10000;
        /// Objects that one list of `/api/v2/` has at most.
        v2_limit_max: u32 = "20", in 1..=100, aliases ["WAGTAILAPI_LIMIT_MAX" => same];
        /// Let `/api/v2/` search for words.
        v2_search_enabled: bool = "true", aliases ["WAGTAILAPI_SEARCH_ENABLED" => same];
        /// Wrong tokens of one network in a minute, after which none from there is looked at.
        wrong_tokens_per_minute: u32 = "20", in 1..=10000;
    }

    /// Webhooks: changes, sent to addresses that somebody named in the editor.
    webhooks: Webhooks {
        /// Let webhooks go to `http://` addresses too, which anybody on the way may read.
        allow_http: bool = "false";
        /// Networks that are sent to though they are not public, such as `10.1.0.0/16`. Leave out what must not be reached
        /// from here: link-local addresses hold metadata services.
        allow_networks: Vec<Cidr> = "";
        /// Time for a receiver to answer, in seconds.
        timeout_s as timeout: f64 = "10.0", in 0.1..=60.0;
        /// Time until a delivery that was not taken is tried again, in seconds; each wait after it is three times as long,
        /// up to four hours.
        first_retry_s as first_retry: f64 = "5.0", in 0.01..=3600.0;
        /// Attempts after which a delivery is given up.
        max_attempts: u32 = "16", in 1..=100;
        /// Days after which a webhook that takes nothing is disabled. 0: never.
        disable_days: u32 = "5", in 0..=365;
        /// Days that events and the log of deliveries are kept.
        keep_days: u32 = "30", in 1..=3650;
    }

    /// Logging.
    log: Log {
        /// Least severe level that is written: `error`, `warn`, `info`, `debug`, `trace` (or Python's names).
        level: LogLevel = "info", aliases ["LOG_LEVEL" => same];
        /// `json`, one object a line, or `pretty` for people.
        format: LogFormat = "json";
        /// Write one line for each request.
        access: bool = "true";
    }

    /// Metrics and traces.
    telemetry: Telemetry {
        /// Collect metrics and traces.
        enabled: bool = "true";
        /// OpenTelemetry collector (OTLP over HTTP), such as `http://127.0.0.1:4318`. Empty: no export.
        otlp_endpoint: String = "", check collector_url,
            aliases ["OTEL_EXPORTER_OTLP_ENDPOINT" => same];
        /// Share of new traces that are exported.
        trace_sample_ratio: f64 = "1.0", in 0.0..=1.0;
        /// Send the Server-Timing header.
        server_timing: bool = "true";
        /// `service.name` of traces.
        service_name: String = "vitrine", check header_token;
    }

    /// Speed of pages in visitors' browsers (Web Vitals).
    vitals: Vitals {
        /// Let pages send how fast they were, without cookies and names; not for those who ask not to be measured.
        enabled: bool = "true";
    }

    /// The page of metrics.
    metrics: Metrics {
        /// `django` adds the families of django-prometheus, so that dashboards of a replaced system keep working.
        compat: Compat = "none";
    }

    /// Rules and dashboards, which `vitrine check` reads.
    bundle: Bundle {
        /// Folder of `alerts/`, `prometheus/rules/` and `dashboards/`. Empty: they are not looked at.
        dir: PathBuf = ".";
        /// Labels that the scrape configuration gives to all series, besides `job` and `instance`.
        target_labels: LabelNames = "";
    }

    /// Fire drills: `vitrine drill` sends every critical alert through Alertmanager.
    drill: Drill {
        /// Alertmanager, as `vitrine drill` reaches it.
        alertmanager_url: String = "http://127.0.0.1:9093", check alertmanager_url;
        /// Bearer token for Alertmanager. Empty: none is sent.
        token: Secret = "";
        /// Address and port where `vitrine drill` waits for acknowledgements. Port 0: a free one.
        listen: SocketAddr = "127.0.0.1:0";
        /// The same as receivers reach it, such as `https://vitrine.example/drill`. Empty: `http://` and `drill.listen`.
        acknowledge_url: String = "", check acknowledge_url;
    }

    /// Faults on purpose, to try alerts, runbooks and people.
    faults: Faults {
        /// Let `POST /faults` on the operations listener break requests. Refused unless `server.ops_listen` is a
        /// loopback address.
        enabled: bool = "false", variable "VITRINE_FAULTS";
    }

    /// The flight recorder: whole traces of slow, failed and repetitive requests, for `vitrine why` and /ops/traces.
    recorder: Recorder {
        /// Keep traces.
        enabled: bool = "true";
        /// A request that takes longer, in seconds, is kept.
        slow_s as slow: f64 = "1.0", in 0.0..=3600.0;
        /// Share of all other requests that is kept.
        sample: f64 = "0.001", in 0.0..=1.0;
        /// Disk for traces below `data.dir`, in bytes; the oldest go first.
        max_bytes: u64 = "67108864", in 1048576..=1099511627776;
    }
}
