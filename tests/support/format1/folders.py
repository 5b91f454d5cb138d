"""What a folder looks like, so that it can be seen that nothing in it was touched."""

from __future__ import annotations

from pathlib import Path


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """The content, mode and time of change of every file, by name."""
    return {
        file.name: (file.read_bytes(), file.stat().st_mode, file.stat().st_mtime_ns)
        for file in folder.iterdir()
        if file.is_file()  # Python has a folder of its own beside tests that it compiled
    }
