"""Runtime: the process, its async runtime and its volumes, by utilisation, saturation and errors."""

from grafana import series, stat, steps, table, text_of
from vitrine import p95, vitrine_dashboard

RUNTIME = [
    series("CPU", "Processor cores used by instance.", [("sum by (instance) (rate(process_cpu_seconds_total{J}[R]))", "{{instance}}")], "short"),
    series("Memory by kind", "Resident and virtual memory, and the limit of the control group when there is one.",
           [("process_resident_memory_bytes{J}", "{{instance}} resident"), ("vitrine_memory_limit_bytes{J} > 0", "{{instance}} limit"),
            ("process_virtual_memory_bytes{J}", "{{instance}} virtual")], "bytes", empty={"B": "only with a limit on the control group"}),
    series("Storage free", "Free share of each volume. Lines: where VitrineStorageFillsUp begins to look at the trend, and where it fires anyway.",
           [("vitrine_storage_free_bytes{J} / vitrine_storage_size_bytes{J}", "{{instance}} {{volume}}")], "percentunit", high=1,
           thresholds=steps("red", 0.05, "orange", 0.2, "transparent"), runbook="VitrineStorageFillsUp"),
    series("File descriptors", "Open descriptors as a share of the limit.", [("process_open_fds{J} / process_max_fds{J}", "{{instance}}")], "percentunit"),
    series("Threads", "Operating system threads and the runtime's workers among them.",
           [("process_threads{J}", "{{instance}} threads"), ("tokio_workers{J}", "{{instance}} workers")], "short"),
    series("Worker utilisation", "Busy share of the runtime's workers. Near 1: the CPU is the limit.",
           [("sum by (instance) (rate(tokio_worker_busy_seconds_total{J}[R])) / sum by (instance) (tokio_workers{J})", "{{instance}}")], "percentunit"),
    series("Runtime lag by instance", "How late a 100 ms timer fires: blocking code on the runtime, or no CPU.", p95("vitrine_event_loop_lag_seconds", "instance"), "s"),
    series("Live tasks", "Tasks alive on the runtime. A steady climb is a leak.", [("tokio_alive_tasks{J}", "{{instance}}")], "short"),
    series("Global queue", "Tasks that wait for a worker. Above zero for long: the runtime is saturated.", [("tokio_global_queue_depth{J}", "{{instance}}")], "short"),
    series("Storage used", "Used bytes of each volume.",
           [("vitrine_storage_size_bytes{J} - vitrine_storage_free_bytes{J}", "{{instance}} {{volume}}")], "bytes", runbook="VitrineStorageLow"),
    stat("Backup age", "Time since the last backup that was read again and found whole. Stale after 26 hours.",
         [("time() - max(vitrine_backup_last_success_timestamp_seconds{J})", "")], "s", width=8, height=8, trend=False,
         thresholds=steps("green", 25 * 3600, "orange", 26 * 3600, "red"), runbook="VitrineBackupStale",
         empty="only with backup.schedule"),
    series("Last backup", "Bytes of database and media in the last verified backup.",
           [("max(vitrine_backup_size_bytes{J})", "size")], "bytes", runbook="VitrineBackupStale", empty="only with backup.schedule"),
    series("Time for a backup", "How long the last verified backup took, from the snapshot to the end of its verification.",
           [("max(vitrine_backup_duration_seconds{J})", "duration")], "s", runbook="VitrineBackupStale", empty="only with backup.schedule"),
    stat("Uptime", "Time since the start of each instance.", [("time() - process_start_time_seconds{J}", "{{instance}}")], "s", width=8, height=8,
         trend=False, mode="value_and_name", runbook="VitrineCrashLooping"),
    series("Restarts", "Starts of each instance over the last hour: deploys, or a crash loop.",
           [("changes(process_start_time_seconds{J}[1h])", "{{instance}}")], "short", bars=True, runbook="VitrineCrashLooping"),
    table("Builds", "What runs where. Two builds at once mean that a deploy is under way, or stuck.",
          "max by (instance, version, commit, rustc) (vitrine_build_info{J})", "none", width=8,
          names={"instance": "Instance", "version": "Version", "commit": "Commit", "rustc": "Rust"}, hidden=("Value",),
          runbook="VitrineMixedVersions"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-runtime", "Utilisation, saturation and errors of the process, its runtime and its volumes.",
    [("Process, runtime and volumes", False, RUNTIME)], see="vitrine-requests")

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
