//! The process as the kernel sees it. The stock collector truncates CPU time to whole seconds; this one does not.

use std::fs;
use std::path::Path;

use parking_lot::Mutex;

use super::Families;
use super::label::Volume;

pub(super) struct Process {
    ticks_per_second: f64,
    page_size_bytes: f64,
    last_cpu_s: Mutex<f64>,
}

impl Process {
    pub(super) fn new() -> Self {
        Self {
            ticks_per_second: rustix::param::clock_ticks_per_second() as f64,
            page_size_bytes: rustix::param::page_size() as f64,
            last_cpu_s: Mutex::new(0.0),
        }
    }

    /// Reads `/proc/self`; what cannot be read keeps its last value.
    pub(super) fn refresh(&self, families: &Families) {
        let none: &[&str] = &[];
        if let Some(stat) = fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(Stat::parse) {
            let cpu_s = stat.cpu_ticks / self.ticks_per_second;
            let mut last = self.last_cpu_s.lock();
            families.cpu_seconds.with_label_values(none).inc_by((cpu_s - *last).max(0.0));
            *last = cpu_s;
            families.threads.with_label_values(none).set(stat.threads);
            families.virtual_memory.with_label_values(none).set(stat.virtual_bytes);
            families.resident_memory.with_label_values(none).set(stat.resident_pages * self.page_size_bytes);
            if let Some(boot_s) = boot_time_s() {
                let start_s = boot_s + stat.start_ticks / self.ticks_per_second;
                families.start_time.with_label_values(none).set(start_s);
            }
        }
        if let Ok(entries) = fs::read_dir("/proc/self/fd") {
            families.open_fds.with_label_values(none).set(entries.count().saturating_sub(1) as f64);
        }
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        families.max_fds.with_label_values(none).set(limit.map_or(f64::INFINITY, |limit| limit as f64));
        families.memory_limit.with_label_values(none).set(memory_limit_bytes());
    }
}

struct Stat {
    cpu_ticks: f64,
    threads: f64,
    start_ticks: f64,
    virtual_bytes: f64,
    resident_pages: f64,
}

impl Stat {
    /// proc(5): fields are counted after the command, which may hold spaces and brackets.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<f64> =
            text.rsplit_once(')')?.1.split_ascii_whitespace().skip(1).map_while(|field| field.parse().ok()).collect();
        Some(Self {
            cpu_ticks: fields.get(10)? + fields.get(11)?,
            threads: *fields.get(16)?,
            start_ticks: *fields.get(18)?,
            virtual_bytes: *fields.get(19)?,
            resident_pages: *fields.get(20)?,
        })
    }
}

fn boot_time_s() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// The limit of cgroup v2 or v1; 0 when there is none.
fn memory_limit_bytes() -> f64 {
    ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok()?.trim().parse::<f64>().ok())
        // cgroup v1 writes "no limit" as a number near 2^63.
        .filter(|limit| *limit < 1e18)
        .unwrap_or(0.0)
}

/// Free and total bytes of the volume that holds `path`.
pub(crate) fn storage_bytes(path: &Path) -> std::io::Result<(u64, u64)> {
    let stat = rustix::fs::statvfs(path)?;
    Ok((stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize))
}

pub(crate) fn refresh_storage(families: &Families, volume: Volume, path: &Path) {
    if let Ok((free, size)) = storage_bytes(path) {
        families.storage_free.with_label_values(&[volume.as_str()]).set(free as f64);
        families.storage_size.with_label_values(&[volume.as_str()]).set(size as f64);
    }
}
