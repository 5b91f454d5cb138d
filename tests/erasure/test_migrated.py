"""Erasing in a ledger that was migrated: nothing of the older one's hashes lets a guess be tested.

The hashes of format 1 cover the texts in clear. Whoever has one can try out texts until it fits.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import NotErasable
from ledger.eventstore.hash_chain import text_digest
from tests.support.erasure.traces import content_of
from tests.support.format1.golden import BOOKS, EXPORT, HEAD
from tests.support.log_editing import triggers_put_aside

HASHES = [json.loads(line)["hash"] for line in EXPORT.read_bytes().splitlines()[1:]]
NOTED = f"63:{HASHES[62][:16]}"
LAST = f"{HEAD[0]}:{HEAD[1][:16]}"


@pytest.fixture
def books(tmp_path: Path) -> Path:
    path = tmp_path / "new.db"
    Ledger.migrate(BOOKS, path, lift=True, time_zone="UTC")
    return path


def salt_of_origin(path: Path) -> bytes:
    with Ledger.open(path, create=False) as ledger:
        salt = [*ledger.events()][1].salt
    assert salt is not None
    return salt


def test_the_older_head_and_the_key_of_the_marks_go_with_the_first_erasure(books: Path) -> None:
    salt = salt_of_origin(books)
    assert salt in content_of(str(books))
    assert HEAD[1].encode() in content_of(str(books))
    with Ledger.open(books, create=False) as ledger:
        report = ledger.erase("acc-004", "asked for it")
        assert report.traces is None
        origin = [*ledger.events()][1]
        assert (origin.event_type, origin.erased, origin.salt) == ("LedgerMigrated", True, None)
        assert ledger.verify(workers=1).clean
        assert ledger.verify(workers=2).clean
    left = content_of(str(books))
    assert salt not in left
    for digits in HASHES:
        assert digits[:12].encode() not in left
        assert bytes.fromhex(digits[:16]) not in left


def test_its_heads_are_then_not_told_any_more(books: Path) -> None:
    with Ledger.open(books, create=False) as ledger:
        for noted in (NOTED, LAST):
            assert ledger.verify(expect_head=noted, workers=1).noted_head == "of_source"
        ledger.erase("acc-004", "asked for it")
        for noted in (NOTED, LAST):
            found = ledger.verify(expect_head=noted, workers=1)
            assert (found.clean, found.noted_head) == (False, "missing")
            assert "cannot be told any more" in found.notes[0]


def test_a_copy_made_before_applies_it_when_it_is_read(books: Path) -> None:
    with Ledger.open(books, create=False) as ledger:
        before = [*ledger.export_events()]
        ledger.erase("acc-004", "asked for it")
        after = [*ledger.export_events()]
    mixed = [after[0], *before[1:], after[-1]]
    with Ledger.in_memory(restoring=True) as copy:
        report = copy.import_events(line + b"\n" for line in mixed)
        assert report.erased > 1
        assert [*copy.events()][1].erased
        assert copy.verify(workers=1).clean


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_left_in_spite_of_an_erasure_is_found(books: Path, workers: int) -> None:
    with Ledger.open(books, create=False) as ledger:
        origin = [*ledger.events()][1]
        ledger.erase("acc-004", "asked for it")
    with triggers_put_aside(books) as file:
        values = (origin.text, origin.salt)
        file.execute("UPDATE events SET text = ?, salt = ? WHERE position = 2", values)
    assert places(books, workers) == [("erasure", 2, "$book")]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_taken_out_without_an_erasure_is_found(books: Path, workers: int) -> None:
    with Ledger.open(books, create=False) as ledger:
        origin = [*ledger.events()][1]
    digest = text_digest(origin.text, origin.salt)
    with triggers_put_aside(books) as file:
        file.execute("UPDATE events SET text = ?, salt = NULL WHERE position = 2", (digest,))
    assert places(books, workers) == [("erasure", 2, "$book")]


def places(books: Path, workers: int) -> list[tuple[str, int | None, str | None]]:
    with Ledger.open(books, create=False) as ledger:
        found = ledger.verify(workers=workers).findings
    return [(each.check, each.position, each.account_id) for each in found]


def test_without_lifting_the_older_world_is_refused_with_the_way_out(tmp_path: Path) -> None:
    Ledger.migrate(BOOKS, tmp_path / "new.db", time_zone="UTC")
    with Ledger.open(tmp_path / "new.db", create=False) as ledger:
        with pytest.raises(NotErasable):
            ledger.erase("acc-004", "asked for it")
        assert ledger.erase("kw-fund", "asked for it").texts
        assert ledger.verify(workers=1).clean


def test_a_statement_that_was_imported_before_adds_nothing_after_an_erasure(books: Path) -> None:
    statement = (
        b'Date,Description,Amount\n2024-12-01,"COFFEE, THE BEAN",-4.25\n'
        b'2024-12-01,"COFFEE, THE BEAN",-4.25\n2024-12-27,Stromabschlag,-61.00\n'
    )
    with Ledger.open(books, create=False) as ledger:
        assert ledger.import_statement("acc-005", statement).already_there == 3
        ledger.erase("acc-005", "asked for it")
        report = ledger.import_statement("acc-005", statement)
        assert (report.already_there, report.imported) == (3, 0)
