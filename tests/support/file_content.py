"""What files and folders hold, read without the product, to see what has changed."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

Content = dict[str, list[tuple[Any, ...]]]


def content(path: str | Path) -> Content:
    """Every row of every table of a ledger file, and the schema; nothing if there is no file."""
    if not Path(path).exists():
        return {}
    # SQLite forgets its locks where one process opens a file by two of its builds: hence the one
    # that the product uses.
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        connection.execute("BEGIN")
        schema = connection.execute("SELECT * FROM sqlite_schema ORDER BY name").fetchall()
        tables = [str(row[1]) for row in schema if row[0] == "table"]
        return {
            "sqlite_schema": [row[:3] + row[4:] for row in schema],
            **{
                table: connection.execute(f'SELECT * FROM "{table}" ORDER BY 1, 2').fetchall()
                for table in tables
            },
        }


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, and every folder with none."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
        if not os.path.islink(path)
    }
