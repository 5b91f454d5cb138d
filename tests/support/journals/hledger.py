"""What hledger says of a journal."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.support.journals.exporting import Held

HLEDGER = shutil.which("hledger")

needs_hledger = pytest.mark.skipif(HLEDGER is None, reason="hledger is not installed")

_ID = re.compile(r"^account (.*?)  ; id:([^,]*)", re.MULTILINE)

_OURS = {
    "actor", "entry", "kind", "receipts", "recorded", "reversed-by", "reverses", "text", "time",
    "transfer",
}  # fmt: skip


@dataclass
class Printed:
    """A transaction as hledger reads it.

    Attributes:
        entries: the entries of the ledger that it is.
        tags: in the order in which they stand.
    """

    day: str
    description: str
    entries: list[str]
    tags: list[tuple[str, str]]

    @property
    def text(self) -> str:
        """The description as it was in the ledger."""
        return str(json.loads(self.tag("text"))) if self.tag("text") else self.description

    def tag(self, key: str) -> str:
        return next((value for name, value in self.tags if name == key), "")

    @property
    def own_tags(self) -> dict[str, str]:
        """Those that the entry has in the ledger, but for its category."""
        given = [each for each in self.tags if each[0] not in _OURS]
        found = {key: _decoded(value) for key, value in given if key != "tag"}
        for value in (_decoded(value) for key, value in given if key == "tag"):
            tag, own = value.split("=", 1)
            found[tag] = own
        return found


def run(journal: Path, *arguments: str) -> str:
    assert HLEDGER is not None
    done = subprocess.run(
        [HLEDGER, "-f", str(journal), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def ids(text: str) -> dict[str, str]:
    """The account of the ledger that each name stands for."""
    return dict(_ID.findall(text))


def balances(journal: Path) -> Held:
    """Of all accounts of the ledger, once hledger has checked all that it can."""
    run(journal, "check", "--strict")
    names = ids(journal.read_text(encoding="utf-8"))
    found = run(journal, "balance", "--flat", "-N", "--layout", "bare", "-O", "csv")
    return {
        names[row["account"]]: (Decimal(row["balance"]), row["commodity"])
        for row in csv.DictReader(StringIO(found))
        if row["account"] in names and Decimal(row["balance"])
    }


def printed(journal: Path) -> Iterator[Printed]:
    """All transactions that have entries of the ledger."""
    for each in json.loads(run(journal, "print", "-O", "json")):
        tags = _tags(each["ttags"])
        entries = [
            value
            for posting in each["tpostings"]
            for key, value in _tags(posting["ptags"])
            if key == "entry"
        ]
        if entries:
            yield Printed(each["tdate"], each["tdescription"], entries, tags)


def _tags(found: Any) -> list[tuple[str, str]]:
    return [(key, value) for key, value in found]


def _decoded(value: str) -> str:
    return re.sub("%([0-9A-F]{2})", lambda found: unquote(found[0]), value)
