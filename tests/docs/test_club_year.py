"""The script that a newcomer runs first: it tells its story to the end, and leaves no mess."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.support.documents import blocks, matches
from tests.support.program import PROJECT


def test_the_script_tells_its_story(tmp_path: Path) -> None:
    tmp_path /= "it's; a club"
    tmp_path.mkdir()
    done = subprocess.run(
        ["sh", "sample_data/club_year.sh"],
        cwd=PROJECT,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
            "TMPDIR": str(tmp_path),
            "LEDGER_TIME_ZONE": "Asia/Tokyo",
            "LEDGER_CLOCK": "nonsense",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = done.stdout.splitlines()
    assert len(shown) < 95
    wide = [line for line in shown if len(line) > 80 and "/club." not in line]
    assert all(re.match("from |to |(un)?locked ", line) for line in wide), wide
    assert [line for line in shown if line.startswith("error: ")] == [
        "error: account club:checking held 12282.79 USD at the end of 2025-12-31, not "
    ]
    books, page = sorted(tmp_path.glob("*/*"))
    assert (books.name, page.name) == ("club.db", "year.html")
    assert "13002.79" in page.read_text("utf-8")
    (last,) = [line for line in shown if line.startswith("export LEDGER_DB=")]
    assert shlex.split(last)[1] == f"LEDGER_DB={books};"
    (quoted,) = blocks("README", "text")
    following = iter(shown)
    for line in quoted.splitlines():
        assert line == "…" or any(matches(each.rstrip(), line) for each in following), line
