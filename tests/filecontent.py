"""What a ledger file holds, table by table, read without the product."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Content = dict[str, list[tuple[Any, ...]]]


def content(path: str | Path) -> Content:
    """Every row of every table, and the schema; of a file that is not there, nothing."""
    if not Path(path).exists():
        return {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.execute("BEGIN")
        schema = connection.execute("SELECT * FROM sqlite_schema ORDER BY name").fetchall()
        tables = [row[1] for row in schema if row[0] == "table"]
        return {
            "sqlite_schema": [row[:3] + row[4:] for row in schema],
            **{
                table: connection.execute(f'SELECT * FROM "{table}" ORDER BY 1, 2').fetchall()
                for table in tables
            },
        }
