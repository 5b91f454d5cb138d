"""The page about the file tells the truth about it, and its check finds what was changed."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ledger.eventstore.sqlite.files import APPLICATION_ID, SCHEMA_VERSION
from tests.docs.conftest import Reading
from tests.support.documents import blocks, text_of
from tests.support.log_editing import edit_file


def complaint_about(path: Path) -> str:
    """What the page's check of a log says of a ledger."""
    (code,) = blocks("file", "python")
    assert '"books.db"' in code
    done = subprocess.run(
        [sys.executable, "-c", code.replace('"books.db"', repr(str(path)))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stderr


def test_the_check_without_ledger_takes_what_was_erased(read: Callable[[str], Reading]) -> None:
    assert complaint_about(read("erasing").folder / "members.db") == ""


@pytest.mark.parametrize(
    ("change", "position"),
    [
        ("data = replace(data, '5000', '9000')", 4),
        ("text = 'Bonus'", 4),
        ("salt = zeroblob(16)", 4),
        ("text = zeroblob(32), salt = NULL", 4),
        ("text = NULL, salt = NULL", 4),
        ("metadata = replace(metadata, 'test', 'rest')", 4),
        ("recorded_at = recorded_at + 1", 4),
        ("data = replace(data, 'UTC', 'CET')", 1),
    ],
)
def test_the_check_without_ledger_finds_what_was_changed(
    read: Callable[[str], Reading], tmp_path: Path, change: str, position: int
) -> None:
    changed = Path(shutil.copy(read("file").folder / "books.db", tmp_path))
    edit_file(changed, f"UPDATE events SET {change} WHERE position = {position}")
    assert f"the chain is broken at position {position}" in complaint_about(changed)


def test_the_file_is_as_the_page_says(read: Callable[[str], Reading]) -> None:
    page = text_of("file")
    assert f"`application_id` {APPLICATION_ID} and `user_version` {SCHEMA_VERSION}" in page
    _, table = page.split("| `events` | |\n|---|---|\n")
    named = re.findall(
        r"`(\w+)`", "".join(line.split("|")[1] for line in table.split("\n\n")[0].splitlines())
    )
    with closing(sqlite3.connect(read("file").folder / "books.db")) as file:
        columns = [name for (name,) in file.execute("SELECT name FROM pragma_table_info('events')")]
    assert sorted(named) == sorted(columns)
