"""A PostgreSQL server whose disks are small, so that they can be full."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.run import Run

TABLES: Final = "tables"
LOG: Final = "wal"
"""Its disks: one with the tables, and one with the write-ahead log."""

_SIZES: Final = {TABLES: "96m", LOG: "8m"}
_ROOMIER: Final = "128m"


class SmallDiskServer(PostgresServer):
    """Has its tables and its write-ahead log on a disk each, which are in memory."""

    def __init__(self, run: Run) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root may mount a disk that is small enough to fill")
        super().__init__(run, f"small-{os.getpid()}", {"checkpoint_timeout": "1h"})

    def fill(self, disk: str = TABLES) -> None:
        """Leave no room on a disk."""
        with (self.folder / disk / "ballast").open("wb", buffering=0) as file:
            try:
                while file.write(bytes(1 << 16)) == 1 << 16:
                    pass
            except OSError:
                return

    def make_room(self, disk: str = TABLES) -> None:
        """Take away what fills a disk, and enlarge it."""
        (self.folder / disk / "ballast").unlink(missing_ok=True)
        options = f"remount,size={_ROOMIER}"
        subprocess.run(["mount", "-o", options, self.folder / disk], check=True)

    def close(self) -> None:
        self.leave()
        self.kill(self.ends_with)
        for disk in _SIZES:
            subprocess.run(["umount", "--lazy", self.folder / disk], check=False)
        super().close()

    def _make(self) -> None:
        super()._make()
        owner = self.data.owner()
        for disk, size in _SIZES.items():
            place = self.folder / disk
            place.mkdir()
            options = f"size={size},mode=0700"
            mount: list[str | Path] = ["mount", "-t", "tmpfs", "-o", options, "ledger", place]
            if subprocess.run(mount, capture_output=True, check=False).returncode:
                pytest.skip("no disk that is small enough to fill can be mounted here")
            shutil.chown(place, owner)
        self._move(self.data / "pg_wal", self.folder / LOG / "pg_wal")
        self._move(self.data, self.folder / TABLES / "data")

    def _move(self, folder: Path, place: Path) -> None:
        """Have what is in a folder on another disk."""
        subprocess.run(["cp", "-Rp", folder, place], check=True)
        shutil.rmtree(folder)
        folder.symlink_to(place)
