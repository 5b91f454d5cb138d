"""Erasing in ledgers that came from an older file format, whose hashes covered texts in clear."""

from __future__ import annotations

import hmac
import json
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import NotErasable
from tests.erasure.test_verification import found, places, put_back, taken_out, tampered
from tests.support.erasure.members import texts_of
from tests.support.erasure.traces import content_of, traces
from tests.support.format1.golden import BOOKS, EXPORT, HEAD

pytestmark = pytest.mark.usefixtures("forked_workers")

OLD_HEAD = f"{HEAD[0]}:{HEAD[1]}"


def old_hashes() -> list[str]:
    lines = EXPORT.read_bytes().splitlines()[1:]
    return [json.loads(line)["hash"] for line in lines]


@pytest.fixture
def migrated(path: str) -> str:
    """The path of a migrated ledger whose texts can all be erased."""
    Ledger.migrate(BOOKS, path, lift=True, time_zone="UTC")
    return path


def accounts(path: str) -> list[str]:
    with Ledger.open(path, create=False) as ledger:
        return ledger.account_ids()


def test_every_account_of_a_lifted_ledger_can_be_erased(migrated: str) -> None:
    with Ledger.open(migrated, create=False) as ledger:
        texts = texts_of(ledger) - {""}
        for number, account_id in enumerate(ledger.account_ids()):
            report = ledger.erase(account_id, "asked for it")
            assert report.recorded is not None
            assert report.origin is (number == 0)
        assert texts_of(ledger) == {"asked for it"}
        assert ledger.verify(workers=1).findings == ()
        assert ledger.verify(workers=2).findings == ()
    long = {text for text in texts if len(text) > 5}
    assert long
    assert traces(migrated, long) == set()


def test_what_could_confirm_a_guess_by_an_old_hash_goes_with_the_first_erasure(
    migrated: str,
) -> None:
    with Ledger.open(migrated, create=False) as ledger:
        (origin,) = [e for e in ledger.events(raw=True) if e.event_type == "LedgerMigrated"]
        assert origin.text == OLD_HEAD
        key = origin.salt
        assert key is not None
        noted = ledger.verify(expect_head=OLD_HEAD)
        assert any("vouches for that one" in note for note in noted.notes)
        ledger.erase(ledger.account_ids()[0], "asked for it")
        noted = ledger.verify(expect_head=OLD_HEAD)
        assert any(
            "cannot be told any more" in str(each) for each in (*noted.notes, *noted.findings)
        )
        assert ledger.verify().findings == ()
    content = content_of(migrated)
    for old in old_hashes():
        # Whoever guesses the texts has the old hashes. Without the key they are of no use.
        assert bytes.fromhex(old)[:8] not in content
        assert old[:16].encode() not in content
        mark = hmac.digest(key, old[:16].encode(), "sha256").hex()[:16]
        assert mark.encode() in content  # as it would be recognised with the key
    assert key not in content
    assert key.hex().encode() not in content


def test_the_old_heads_text_follows_the_rule_too(migrated: str) -> None:
    with Ledger.open(migrated, create=False) as ledger:
        (origin,) = [e for e in ledger.events(raw=True) if e.event_type == "LedgerMigrated"]
    tampered(migrated, taken_out(origin))
    for workers in (1, 2):
        assert places(found(migrated, workers)) == [
            ("erasure", origin.position, "an erased text"),
        ]
    tampered(migrated, put_back(origin))
    assert found(migrated, 1) == []
    with Ledger.open(migrated, create=False) as ledger:
        ledger.erase(ledger.account_ids()[0], "asked for it")
    tampered(migrated, put_back(origin))
    for workers in (1, 2):
        assert places(found(migrated, workers)) == [("erasure", origin.position, "a text")]


def test_events_kept_as_they_came_are_refused_and_nothing_changes(path: str) -> None:
    Ledger.migrate(BOOKS, path, time_zone="UTC")
    refused = 0
    with Ledger.open(path, create=False) as ledger:
        for account_id in ledger.account_ids():
            before = list(ledger.export_events())
            try:
                ledger.erase(account_id, "asked for it")
            except NotErasable:
                refused += 1
                assert list(ledger.export_events()) == before
            assert ledger.verify(workers=1).findings == ()
    assert 0 < refused < len(accounts(path))


def test_an_exported_erasure_keeps_the_old_head_erased(migrated: str, tmp_path: Path) -> None:
    with Ledger.open(migrated, create=False) as ledger:
        before = list(ledger.export_events())[1:]
        ledger.erase(ledger.account_ids()[0], "asked for it")
        lines = list(ledger.export_events())
    copy = tmp_path / "copy.db"
    with Ledger.draft(copy, restoring=True) as ledger:
        assert ledger.import_events([lines[0], *before, lines[-1]]).erased
    with Ledger.open(copy, create=False) as ledger:
        assert list(ledger.export_events()) == lines
    assert HEAD[1].encode() not in content_of(str(copy))
