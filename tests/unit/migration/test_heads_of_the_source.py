"""A head that was noted of the source is known for what it is: no error, and no silent yes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.format1.golden import BOOKS, EXPORT, HEAD, LEDGER_ID
from tests.support.program import environment, run

OLD = [json.loads(line) for line in EXPORT.read_bytes().splitlines()[1:]]
HASHES = {each["position"]: each["hash"] for each in OLD}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("books") / "new.db"
    Ledger.migrate(BOOKS, path, time_zone="UTC")
    return path


@pytest.mark.parametrize(
    ("noted", "found"),
    [
        (f"{HEAD[0]}:{HEAD[1][:16]}", "of_source"),
        (f"{HEAD[0]}:{HEAD[1]}", "of_source"),
        (f"{HEAD[0]}:{HEAD[1][:8]}", "of_source"),
        (f"{HEAD[0]}:{HEAD[1][:-1]}0", "missing"),
        (f"63:{HASHES[63][:16]}", "of_source"),
        (f"63:{HASHES[63]}", "of_source"),
        (f"63:{HASHES[63].upper()}", "of_source"),
        (f"63:{HASHES[63][:15]}", "missing"),
        (f"62:{HASHES[63][:16]}", "missing"),
        (f"65:{HASHES[63][:16]}", "missing"),
        (f"1:{HASHES[1][:16]}", "of_source"),
        ("0:6f3dcc60a0467b32", "of_source"),
        ("0:0000000000000000", "missing"),
        ("130:0000000000000000", "missing"),
        ("999999999999999999:0000000000000000", "missing"),
    ],
)
def test_it_is_told_from_heads_of_this_log_and_of_others(
    books: Path, noted: str, found: str
) -> None:
    with Ledger.open(books, create=False) as ledger:
        verification = ledger.verify(expect_head=noted, workers=1)
    assert verification.noted_head == found
    assert verification.clean == (found == "of_source")
    if found == "of_source":
        assert noted.lower() in verification.notes[0]
        assert LEDGER_ID in verification.notes[0]
    else:
        assert [each.check for each in verification.findings] == ["head"]


def test_a_head_of_this_log_is_present(books: Path) -> None:
    with Ledger.open(books, create=False) as ledger:
        head = ledger.verify(workers=1).head
        found = ledger.verify(expect_head=f"{head.position}:{head.hash.hex()}", workers=1)
    assert (found.clean, found.noted_head, found.notes) == (True, "present", ())


def test_too_few_digits_are_asked_for_more(books: Path) -> None:
    with Ledger.open(books, create=False) as ledger:
        found = ledger.verify(expect_head=f"63:{HASHES[63][:15]}", workers=1)
    assert "16 digits" in found.notes[0]


def test_a_ledger_that_was_not_migrated_knows_no_such_heads() -> None:
    with Ledger.in_memory() as ledger:
        ledger.open_account("a", "Ana")
        found = ledger.verify(expect_head=f"1:{HASHES[1][:16]}")
        assert (found.clean, found.noted_head, found.notes) == (False, "missing", ())


def test_the_command_line_says_so_even_where_it_is_to_be_quiet(books: Path, tmp_path: Path) -> None:
    head = f"{HEAD[0]}:{HEAD[1][:16]}"
    env = environment(tmp_path, books)
    quiet = run("verify", "--quiet", "--expect-head", head, env=env)
    assert (quiet.status, quiet.out) == (0, "")
    assert quiet.err.startswith(f"note: {head} is no head of this log, but the last head of")
    document = json.loads(run("verify", "--json", "--expect-head", head, env=env).out)
    assert (document["clean"], document["noted_head"]) == (True, "of_source")
    assert json.loads(run("verify", "--json", env=env).out)["noted_head"] is None


def test_an_exported_and_imported_copy_knows_them_too(books: Path, tmp_path: Path) -> None:
    with Ledger.open(books, create=False) as ledger:
        lines = [*ledger.export_events()]
    with Ledger.in_memory(restoring=True) as copy:
        copy.import_events(line + b"\n" for line in lines)
        assert copy.verify(expect_head=f"63:{HASHES[63][:16]}").noted_head == "of_source"
