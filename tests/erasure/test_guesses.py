"""Nothing that is left after an erasure lets anybody find out whether a guess is right."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from ledger import Ledger
from ledger.domain.book_events import TestLedger
from tests.support.clock import Clock
from tests.support.erasure.members import ANNE, BEN
from tests.support.erasure.traces import content_of

TEST = TestLedger("2026-03-01T09:00:00Z+1s", "7")

HASHES = {("events", "text"), ("events", "hash")}
"""The columns that may depend on a text: its salted digest, and what covers that digest."""


def books(path: str, owner: str, words: str, test: TestLedger | None) -> None:
    """A ledger in which every place that a text passes through was used, and then an erasure."""
    clock = Clock() if test is None else None
    options: dict[str, Any] = {"snapshot_interval": 1} | ({"clock": clock} if clock else {})
    with Ledger.open(path, test=test, **options) as ledger:
        ledger.open_account("a", owner, at="2026-01-01", idempotency_key="opening")
        ledger.open_account("b", "Bo", at="2026-01-01")
        ledger.deposit("a", "20", words, at="2026-01-02", idempotency_key="fee")
        ledger.deposit("a", "20", words, at="2026-01-02", idempotency_key="fee")
        ledger.transfer("a", "b", "5", words, idempotency_key="gift", tags={"category": "gift"})
        ledger.import_statement(
            "a", f"Date,Description,Amount\n2026-02-05,{words},5.00\n2026-02-05,x,5.00".encode()
        )
        line = '{"command":"withdraw","account":"a","amount":"1","description":"%s"%s}'
        key = ',"idempotency_key":"line"'
        ledger.batch([(line % (words, more)).encode() for more in ("", key)])
        ledger.transfer("a", "b", str(ledger.balance("a").balance).split()[0])
        ledger.close_account("a", words)
        ledger.snapshot(["a", "b"])
        ledger.rebuild_projections(workers=1)
        assert ledger.erase("a", "asked for it").traces is None
        assert ledger.verify(workers=1).clean


def rows(path: str) -> dict[tuple[str, str], list[object]]:
    """Every column of every table of a file."""
    with closing(sqlite3.connect(path)) as file:
        found = file.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        tables = [name for (name,) in found]
        columns: dict[tuple[str, str], list[object]] = {}
        for table in tables:
            found = file.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
            names = [each[0] for each in found.description]
            for name, values in zip(names, zip(*found.fetchall(), strict=True), strict=False):
                columns[table, name] = list(values)
    return columns


def test_what_is_left_depends_on_a_text_through_its_salted_digest_alone(tmp_path: Path) -> None:
    one, other = str(tmp_path / "one.db"), str(tmp_path / "other.db")
    books(one, ANNE, "Beitrag für Änne", TEST)
    books(other, BEN, "Darlehen", TEST)
    found, found_elsewhere = rows(one), rows(other)
    assert found.keys() == found_elsewhere.keys()
    differing = {place for place in found if found[place] != found_elsewhere[place]}
    assert differing == HASHES
    salts = dict(zip(found["events", "position"], found["events", "salt"], strict=True))
    erased = [isinstance(text, bytes) for text in found["events", "text"]]
    assert sum(erased) == 9
    assert not any(salt for salt, gone in zip(salts.values(), erased, strict=True) if gone)


def parts_left(path: str) -> set[bytes]:
    """Everything in a file that a hash could have been made with."""
    parts = {b"", b"\n", b":", b" "}
    for values in rows(path).values():
        for value in values:
            if isinstance(value, bytes):
                parts |= {value, value.hex().encode()}
            elif value is not None:
                parts.add(str(value).encode())
    return parts


def candidates(guess: str, parts: Iterable[bytes]) -> Iterator[bytes]:
    """What a guess could be recognised by."""
    text = guess.encode()
    for part in parts:
        for content in (part + text, text + part, part + b"\n" + text, text + b"\n" + part):
            digest = sha256(content).digest()
            yield digest[:8]
            yield digest.hex()[:16].encode()


def confirmed(guess: str, parts: Iterable[bytes], content: bytes) -> bool:
    return any(candidate in content for candidate in candidates(guess, parts))


def test_a_right_guess_is_not_confirmed_by_anything_that_is_left(tmp_path: Path) -> None:
    path = str(tmp_path / "books.db")
    books(path, ANNE, "Beitrag für Änne", None)
    parts, content = parts_left(path), content_of(path)
    for guess in (ANNE, "Beitrag für Änne", "beitrag für änne"):
        assert not confirmed(guess, parts, content)


def test_the_search_confirms_a_guess_where_a_salt_is_left(tmp_path: Path, clock: Clock) -> None:
    path = str(tmp_path / "books.db")
    with Ledger.open(path, clock=clock) as ledger:
        ledger.open_account("a", ANNE)
        (salt,) = [event.salt for event in ledger.events(raw=True, account_id="a")]
        assert salt is not None
        ledger.erase("a", "asked for it")
    parts, content = parts_left(path), content_of(path)
    assert not confirmed(ANNE, parts, content)
    assert confirmed(ANNE, {*parts, salt}, content)
    assert not confirmed(BEN, {*parts, salt}, content)
