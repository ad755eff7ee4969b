//! A throwaway OpenStack Swift, which speaks the S3 API, on free ports, with all its data in a temporary folder. A
//! guardian process owns its four servers and removes the folder when the tests end, however they end: it notices that
//! its standard input was closed.

use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use object_store::aws::AmazonS3Builder;
use object_store::signer::Signer as _;

use super::missing_peer;
use super::postgres::outside;
use super::process::free_port;

/// The servers do not need root, and do not get it.
const NOBODY: &str = "65534";
const START: Duration = Duration::from_secs(60);
const PROGRAM: &str = "/usr/bin/swift-proxy-server";
pub const ACCESS_KEY: &str = "test:tester";
pub const SECRET_KEY: &str = "a-secret-of-the-tests";

/// `$1` to `$4`: ports of the proxy, and of the servers for accounts, containers and objects; `$5`: the secret key. One
/// device holds everything once. What a container is told is waited for, so that lists are complete; the cache is one
/// that nobody runs.
const GUARDIAN: &str = r#"
set -u
trap '' INT
trap 'exit' TERM HUP
dir=$(mktemp -d "${TMPDIR:-/tmp}/vitrine-swift.XXXXXXXX") || exit 1
pids=
trap 'kill $pids 2>/dev/null; wait; rm -rf "$dir"' EXIT
mkdir "$dir/devices" "$dir/devices/d1"
/usr/bin/python3 - "$dir" "$2" "$3" "$4" <<'PYTHON' || exit 1
import sys
from swift.common.ring import RingBuilder
folder, *ports = sys.argv[1:]
for name, port in zip(("account", "container", "object"), ports):
    ring = RingBuilder(4, 1, 0)
    ring.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1", "weight": 1.0})
    ring.rebalance()
    ring.get_ring().save(f"{folder}/{name}.ring.gz")
PYTHON
common="bind_ip = 127.0.0.1
workers = 0
user = $(id -un)
swift_dir = $dir
devices = $dir/devices
mount_check = false
disable_fallocate = true
log_address = $dir/none"
patience="conn_timeout = 10
node_timeout = 60
recoverable_node_timeout = 60
container_update_timeout = 60"
serve() {
    "/usr/bin/swift-$1-server" "$dir/$1.conf" >"$dir/$1.log" 2>&1 </dev/null &
    pids="$pids $!"
}
for server in "account:$2" "container:$3" "object:$4"; do
    name=${server%:*}
    cat >"$dir/$name.conf" <<CONF
[DEFAULT]
bind_port = ${server#*:}
$common
$patience
[pipeline:main]
pipeline = $name-server
[app:$name-server]
use = egg:swift#$name
$patience
CONF
    serve "$name"
done
cat >"$dir/proxy.conf" <<CONF
[DEFAULT]
bind_port = $1
$common
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats s3api tempauth copy slo dlo
    versioned_writes symlink proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = $5 .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
$patience
CONF
serve proxy
while read -r _; do :; done
"#;

/// The servers, as long as the tests run.
pub struct Swift {
    port: u16,
    buckets: AtomicU32,
    _guardian: Guardian,
}

struct Guardian(Child);

impl Drop for Guardian {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// A bucket that no other test has.
pub struct Bucket {
    endpoint: String,
    name: String,
}

impl Swift {
    /// The shared servers; `None`, said clearly, without Swift.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Swift>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    fn start() -> Option<Self> {
        if !std::path::Path::new(PROGRAM).exists() {
            missing_peer("OpenStack Swift", "install swift-proxy, swift-account, swift-container and swift-object");
            return None;
        }
        let ports = [(); 4].map(|()| free_port());
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("setpriv");
            let user = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".into()];
            command.args(user).arg("sh");
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", GUARDIAN, "guardian"]).args(ports.map(|port| port.to_string())).arg(SECRET_KEY);
        let guardian =
            command.current_dir("/").stdin(Stdio::piped()).spawn().expect("sh (and setpriv, as root) starts");
        let swift = Self { port: ports[0], buckets: AtomicU32::new(0), _guardian: Guardian(guardian) };
        let began = Instant::now();
        while let Err(error) = swift.bucket().create() {
            assert!(began.elapsed() < START, "Swift did not start: {error}");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(swift)
    }

    /// A new bucket.
    pub fn create_bucket(&self) -> Bucket {
        let bucket = self.bucket();
        bucket.create().expect("Swift makes buckets");
        bucket
    }

    fn bucket(&self) -> Bucket {
        let name = format!("media-{}", self.buckets.fetch_add(1, Relaxed));
        Bucket { endpoint: format!("http://127.0.0.1:{}", self.port), name }
    }
}

impl Bucket {
    /// The settings of a server whose media are in it.
    pub fn settings(&self) -> [(&'static str, &str); 5] {
        [
            ("media.storage", "s3"),
            ("s3.bucket", &self.name),
            ("s3.endpoint", &self.endpoint),
            ("s3.access_key_id", ACCESS_KEY),
            ("s3.secret_access_key", SECRET_KEY),
        ]
    }

    /// A bucket is made with the address of an object that has no name.
    fn create(&self) -> Result<(), String> {
        let builder = AmazonS3Builder::new().with_bucket_name(&self.name).with_endpoint(&self.endpoint);
        let builder = builder.with_access_key_id(ACCESS_KEY).with_secret_access_key(SECRET_KEY).with_allow_http(true);
        outside(async move {
            let client = super::client::client();
            let store = builder.build().map_err(|error| error.to_string())?;
            let signed = store.signed_url(reqwest::Method::PUT, &object_store::path::Path::default(), START).await;
            let url = signed.map_err(|error| error.to_string())?;
            let sent = client.put(url).send().await.map_err(|error| error.to_string())?;
            if sent.status().is_success() { Ok(()) } else { Err(sent.status().to_string()) }
        })
    }
}
