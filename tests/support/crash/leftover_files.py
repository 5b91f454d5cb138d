"""What a killed process leaves beside its ledger."""

from __future__ import annotations

import os
import struct
from pathlib import Path

LEFT_OVER = ("-wal", "-shm")
"""SQLite's own files; the next command takes them in and removes them."""


def caught_writing(folder: str) -> bool:
    """Whether the kill came during a write: a log without its commit, or a temporary file."""
    return bool(drafts(folder)) or any(
        _is_unfinished(path) for path in Path(folder).glob("*.db-wal")
    )


def caught_at_work(folder: str) -> bool:
    """Whether the kill came while the command had a ledger open."""
    return any(name.endswith("-shm") for name in os.listdir(folder))


def drafts(folder: str) -> set[str]:
    """Files under temporary names, with what SQLite keeps beside them."""
    return {name for name in os.listdir(folder) if ".new-" in name}


def _is_unfinished(log: Path) -> bool:
    """Whether a write-ahead log ends in frames that no commit follows (SQLite file format §4)."""
    content = log.read_bytes()
    if len(content) < 32:
        return False
    (page_size,) = struct.unpack(">I", content[8:12])
    salts = content[16:24]
    frames = [
        content[start : start + 24]
        for start in range(32, len(content) - 23, 24 + page_size)
        if content[start + 8 : start + 16] == salts
    ]
    return bool(frames) and frames[-1][4:8] == b"\0\0\0\0"
