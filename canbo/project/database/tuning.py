"""The server's settings, worked out from this machine's memory, cores and disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MB = 1024 * 1024


def memory_mb() -> int:
    """The memory that we may use: the machine's, or the container's limit if that is lower. In MB."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limits.append(int(Path(path).read_text()))
        except (OSError, ValueError):  # absent, or the word "max"
            continue
    return min(limits) // MB


def settings_for(*, memory: int, cores: int, disk_free: int, shared_memory_free: int) -> dict[str, str]:
    """The settings of a server that shares the machine with the web server. All sizes are in MB.

    Sources: the PostgreSQL 18 manual, chapter "Server Configuration" (a quarter of memory for shared_buffers when the
    machine is the server's alone: a sixth here), and "random_page_cost" for disks without a moving head.
    """
    sizes = {
        "shared_buffers": max(64, min(memory // 6, 8192)),
        "effective_cache_size": max(256, memory // 2),
        "work_mem": max(4, min(memory // 512, 64)),
        "maintenance_work_mem": max(64, min(memory // 16, 1024)),
        "autovacuum_work_mem": max(64, min(memory // 64, 256)),
        "max_wal_size": max(64, min(4096, disk_free // 10)),
        "min_wal_size": max(32, min(512, disk_free // 80)),
    }
    return {
        **{name: f"{size}MB" for name, size in sizes.items()},
        # nobody follows this server's log: what is built in bulk need not be written twice
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "checkpoint_timeout": "15min",
        "max_parallel_workers": str(max(2, cores)),
        "max_parallel_workers_per_gather": str(max(1, min(cores, 4))),
        "max_parallel_maintenance_workers": str(max(1, min(cores, 4))),
        "max_connections": "100",
        "random_page_cost": "1.1",
        # whoever was killed in the middle of a long statement leaves nothing running, and no lock
        "client_connection_check_interval": "5s",
        "jit": "off",
        # a container may give /dev/shm 64 MB, too little for parallel queries: System V memory has no such limit
        "dynamic_shared_memory_type": "posix" if shared_memory_free >= 256 else "sysv",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "lc_messages": "'C'",
        # refused rows hold personal data: neither the statement nor the detail (the key's values) goes to the log
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }


def write_settings(file: Path, *, data: Path, port: int, logs: Path) -> None:
    """Write the server's configuration `file`; a `local.conf` beside it holds the administrator's own settings.

    The file lies outside the data folder, where the server's account could put a link in its place for root to follow.
    """
    shared = Path("/dev/shm")  # noqa: S108 (looked at, not written)
    settings = settings_for(
        memory=memory_mb(),
        cores=os.cpu_count() or 1,
        disk_free=shutil.disk_usage(data).free // MB,
        shared_memory_free=shutil.disk_usage(shared).free // MB if shared.is_dir() else 256,
    )
    settings |= {
        "listen_addresses": "'127.0.0.1'",
        "port": str(port),
        "unix_socket_directories": "''",
        "logging_collector": "on",
        "log_directory": _quoted(logs),
        "log_filename": "'server-%a.log'",  # a week of days, each overwritten when it comes round
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
    }
    lines = ["# Written by canbo at each start. Your own settings belong into local.conf beside this file."]
    lines += [f"{name} = {value}" for name, value in settings.items()]
    lines += ["include_if_exists 'local.conf'"]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    file.chmod(0o644)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
