"""Settings of the embedded PostgreSQL, for a small laptop and a server alike.

Durability is PostgreSQL's own default (fsync and synchronous_commit stay on). What is set here is memory, by what the
machine has; fewer checkpoints, for bulk loads; and what the wheel's build and an ordinary container can't do.
"""

import os
from pathlib import Path

MEGABYTE = 2**20


def server_settings() -> dict[str, str]:
    """Names and values for the configuration file."""
    memory = _memory_megabytes()
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "shared_buffers": f"{max(64, min(memory // 4, 2048))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "work_mem": f"{max(8, min(memory // 64, 64))}MB",
        "maintenance_work_mem": f"{max(64, min(memory // 16, 512))}MB",
        "dynamic_shared_memory_type": _shared_memory(),
        "random_page_cost": "1.1",
        "jit": "off",  # not in the wheel, and our statements are too short for it
        "max_parallel_workers_per_gather": "2",
        "wal_level": "minimal",  # no replicas: a table filled where it is made is written once
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "autovacuum": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
    }


def _memory_megabytes() -> int:
    """Memory of this machine, or of this container where that is less."""
    amounts = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            amounts.append(int(Path(limit).read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return min(amounts) // MEGABYTE


def _shared_memory() -> str:
    """How parallel workers share memory: /dev/shm, but in containers that holds 64 MB, too little for a hash join."""
    try:
        space = os.statvfs("/dev/shm")
    except OSError:
        return "posix"
    return "posix" if space.f_blocks * space.f_frsize >= 1024 * MEGABYTE else "sysv"
