//! A throwaway PostgreSQL cluster on a free port. A guardian process owns it and removes it when the tests end,
//! however they end: it notices that its standard input was closed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use vitrine::telemetry::label::DbSystem;

use super::missing_peer;

/// PostgreSQL refuses to run as root: it runs as nobody then.
const NOBODY: &str = "65534";
const START: Duration = Duration::from_secs(60);

/// `$1`: folder of the server's programs, `$2`: port, `$3`: that of the server which this one copies and follows, or nothing.
/// Text order follows a language, so that a query that leans on
/// the order of bytes without saying so is found.
const GUARDIAN: &str = r#"
set -u
trap '' INT
trap 'exit' TERM HUP
dir=$(mktemp -d "${TMPDIR:-/tmp}/vitrine-postgres.XXXXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
init() { "$1/initdb" -D "$dir/data" -U vitrine --auth=trust --encoding=UTF8 --no-sync $2 >"$dir/log" 2>&1; }
copy() { "$1/pg_basebackup" -D "$dir/data" -R -X stream -c fast \
    -d "host=127.0.0.1 port=$2 user=vitrine application_name=standby" >"$dir/log" 2>&1; }
if [ -n "$3" ]; then copy "$1" "$3"; else
    init "$1" "--locale=C --locale-provider=icu --icu-locale=en-US" || { rm -rf "$dir/data"; init "$1" --locale=C; }
fi || { cat "$dir/log" >&2; exit 1; }
start() {
    "$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c fsync=off -c full_page_writes=off -c shared_buffers=64MB -c max_connections=400 \
        -c dynamic_shared_memory_type=mmap -c autovacuum=off >>"$dir/log" 2>&1 &
    pid=$!
}
bin=$1 port=$2
start
echo "$pid"
while read -r command; do
    case $command in
        start) start ;;
        stop) kill -INT "$pid"; wait "$pid" ;;
        crash) kill -QUIT "$pid"; wait "$pid" ;;
        promote) "$bin/pg_ctl" promote -w -D "$dir/data" >>"$dir/log" 2>&1 ;;
        freeze) kill -STOP "$pid" $(cat "/proc/$pid/task/$pid/children") ;;
        thaw) kill -CONT "$pid" $(cat "/proc/$pid/task/$pid/children") ;;
    esac
    echo "$pid"
done
kill -CONT "$pid" 2>/dev/null
kill -INT "$pid" 2>/dev/null
wait "$pid"
"#;

/// Which database a test runs on.
#[derive(Clone, Copy)]
pub enum Database {
    Sqlite,
    Postgres(&'static Cluster),
}

impl Database {
    /// The shared cluster; `None`, said clearly, without PostgreSQL.
    pub fn postgres() -> Option<Self> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        SHARED.get_or_init(Cluster::start).as_ref().map(Self::Postgres)
    }

    /// As on the label `db_system_name`.
    pub fn system(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgresql",
        }
    }
}

/// A running cluster.
pub struct Cluster {
    guardian: Mutex<Guardian>,
    port: u16,
    databases: AtomicU32,
}

struct Guardian {
    process: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.commands = None;
        let _ = self.process.wait();
    }
}

/// The folder of the newest server programs.
fn programs() -> Option<PathBuf> {
    let holds = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(holds)
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions.pop().or_else(|| std::env::split_paths(&path).find(holds))
}

impl Cluster {
    /// Starts a cluster of its own; `None`, said clearly, without PostgreSQL.
    pub fn start() -> Option<Self> {
        Self::launch(None)
    }

    /// A copy of this one, which follows it. From now on a commit is acknowledged when both have it.
    pub fn standby(&self) -> Option<Self> {
        let standby = Self::launch(Some(self.port))?;
        let url = self.url("postgres");
        execute(&url, "ALTER SYSTEM SET synchronous_standby_names = 'standby'").expect("set");
        execute(&url, "SELECT pg_reload_conf()").expect("read again");
        let waits = "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        super::eventually_blocking("commits wait for the standby", START, || number(&url, waits) == 1);
        Some(standby)
    }

    fn launch(of: Option<u16>) -> Option<Self> {
        let Some(programs) = programs() else {
            missing_peer("PostgreSQL", "install its server (initdb, postgres)");
            return None;
        };
        let port = super::process::free_port();
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("setpriv");
            let user = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".into()];
            command.args(user).arg("sh");
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", GUARDIAN, "guardian"]).arg(programs).arg(port.to_string());
        command.arg(of.map(|port| port.to_string()).unwrap_or_default()).current_dir("/");
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sh (and setpriv, as root) starts");
        let commands = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        let mut guardian = Guardian { process, commands, answers };
        guardian.wait_for_answer();
        let cluster = Self { guardian: Mutex::new(guardian), port, databases: AtomicU32::new(0) };
        cluster.wait_until_up();
        Some(cluster)
    }

    /// Ends the server as an administrator does: connections are cut, data is written.
    pub fn stop(&self) {
        self.guardian.lock().expect("no test panics inside").tell("stop");
    }

    /// Ends the server as a loss of power does: nobody is told.
    pub fn crash(&self) {
        self.guardian.lock().expect("no test panics inside").tell("crash");
    }

    /// A standby takes writes from now on.
    pub fn promote(&self) {
        self.guardian.lock().expect("no test panics inside").tell("promote");
    }

    /// Starts it again on the same port, and waits until it answers.
    pub fn start_again(&self) {
        self.guardian.lock().expect("no test panics inside").tell("start");
        self.wait_until_up();
    }

    /// Stops the server's processes where they are: connections stay open and say nothing.
    pub fn freeze(&self) {
        self.guardian.lock().expect("no test panics inside").tell("freeze");
    }

    pub fn thaw(&self) {
        self.guardian.lock().expect("no test panics inside").tell("thaw");
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://vitrine@127.0.0.1:{}/{database}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// A new database: empty, or a copy of `template`.
    pub fn create_database(&self, template: Option<&str>) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let text = format!("CREATE DATABASE {name} TEMPLATE {}", template.unwrap_or("template1"));
        let began = Instant::now();
        // The template's last connection may still be on its way out.
        while let Err(error) = self.administer(&text) {
            assert!(began.elapsed() < START, "{text}: {error}");
            std::thread::sleep(Duration::from_millis(50));
        }
        name
    }

    fn administer(&self, text: &str) -> Result<(), sqlx::Error> {
        execute(&self.url("postgres"), text)
    }

    fn wait_until_up(&self) {
        let began = Instant::now();
        while let Err(error) = self.administer("SELECT 1") {
            assert!(began.elapsed() < START, "PostgreSQL did not start: {error}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Guardian {
    fn tell(&mut self, command: &str) {
        let commands = self.commands.as_mut().expect("open until it is dropped");
        writeln!(commands, "{command}").expect("the guardian reads");
        self.wait_for_answer();
    }

    fn wait_for_answer(&mut self) {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the guardian answers");
        assert!(!line.is_empty(), "the cluster could not be made: see its words above");
    }
}

/// Runs statements on a PostgreSQL or SQLite database, outside of the product.
pub fn execute(url: &str, text: &str) -> Result<(), sqlx::Error> {
    let (url, text) = (url.to_owned(), text.to_owned());
    outside(async move {
        if url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&url).await?;
            connection.execute(sqlx::raw_sql(AssertSqlSafe(text))).await?;
            return connection.close().await;
        }
        let mut connection = sqlx::PgConnection::connect(&url).await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(text))).await?;
        connection.close().await
    })
}

/// One number from a database, outside of the product.
pub fn number(url: &str, text: &str) -> i64 {
    let (url, text) = (url.to_owned(), text.to_owned());
    let result: Result<i64, sqlx::Error> = outside(async move {
        if url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&url).await?;
            return sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut connection).await;
        }
        let mut connection = sqlx::PgConnection::connect(&url).await?;
        sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut connection).await
    });
    result.expect("the database answers a test's question")
}

/// A list of texts from a database, outside of the product.
pub fn texts(url: &str, text: &str) -> Vec<String> {
    let (url, text) = (url.to_owned(), text.to_owned());
    let result: Result<Vec<String>, sqlx::Error> = outside(async move {
        if url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&url).await?;
            return sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(&mut connection).await;
        }
        let mut connection = sqlx::PgConnection::connect(&url).await?;
        sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(&mut connection).await
    });
    result.expect("the database answers a test's question")
}

/// How the database would carry a statement out, step by step, whatever is bound.
pub fn plan(url: &str, query: &vitrine::db::Query) -> String {
    let url = url.to_owned();
    let system = if url.starts_with("sqlite:") { DbSystem::Sqlite } else { DbSystem::Postgres };
    let text = query.text(system);
    let result: Result<Vec<String>, sqlx::Error> = outside(async move {
        if system == DbSystem::Sqlite {
            let mut connection = sqlx::SqliteConnection::connect(&url).await?;
            let rows = connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")))).await?;
            return rows.iter().map(|row| sqlx::Row::try_get(row, 3)).collect();
        }
        let mut connection = sqlx::PgConnection::connect(&url).await?;
        let last = (1..50).take_while(|number| text.contains(&format!("${number}"))).last().unwrap_or(0);
        let nothing = vec!["NULL"; last].join(", ");
        let asked = format!(
            "SET plan_cache_mode = force_generic_plan; PREPARE asked AS {text}; EXPLAIN EXECUTE asked ({nothing})"
        );
        let rows = connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(asked))).await?;
        rows.iter().map(|row| sqlx::Row::try_get(row, 0)).collect()
    });
    result.expect("the database explains itself").join("\n")
}

/// Runs work on a runtime of its own, wherever the caller is.
pub fn outside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let thread = std::thread::spawn(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime starts")
            .block_on(work)
    });
    thread.join().expect("the work does not panic")
}

/// A table that nobody else can read, until it is dropped. PostgreSQL only.
pub struct LockedTable {
    release: Option<std::sync::mpsc::Sender<()>>,
    holder: Option<std::thread::JoinHandle<()>>,
    waiting: String,
    administration: String,
}

impl LockedTable {
    pub fn lock(url: &str, table: &str) -> Self {
        let (server, name) = url.rsplit_once('/').expect("a database's URL");
        let text = format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (locked, is_locked) = std::sync::mpsc::channel::<()>();
        let held = url.to_owned();
        let holder = std::thread::spawn(move || {
            outside(async move {
                let mut connection = sqlx::PgConnection::connect(&held).await.expect("connects");
                connection.execute(sqlx::raw_sql(AssertSqlSafe(text))).await.expect("locks");
                locked.send(()).expect("the test waits");
                // An error is a test that ended: the lock goes too.
                let _ = tokio::task::spawn_blocking(move || released.recv()).await;
                connection.execute("ROLLBACK").await.expect("unlocks");
            });
        });
        is_locked.recv().expect("it locks");
        let waiting =
            format!("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = '{name}' AND wait_event_type = 'Lock'");
        Self { release: Some(release), holder: Some(holder), waiting, administration: format!("{server}/postgres") }
    }

    /// How many statements wait for the lock.
    pub fn waiting(&self) -> i64 {
        number(&self.administration, &self.waiting)
    }
}

impl Drop for LockedTable {
    fn drop(&mut self) {
        self.release = None;
        let ended = self.holder.take().map(std::thread::JoinHandle::join);
        assert!(std::thread::panicking() || matches!(ended, Some(Ok(()))), "the holder of the lock failed");
    }
}
