"""Bank statements that come again, when some descriptions were erased or edited."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger import Ledger
from ledger.bank_statements.importing import Outcome, StatementReport
from ledger.bank_statements.matching.deduplication import key_prefix
from ledger.bank_statements.matching.imported_entries import EDITED, ERASED
from tests.support.bank_statements.reading import TAKE_ALL, statement
from tests.support.clock import Clock
from tests.support.erasure.traces import traces

HEADER = "Date,Description,Amount"
FIRST_DAY = date(2026, 1, 14)

DAY = statement(HEADER, "2026-01-14,Tea,-4.25", "2026-01-14,Coffee,-4.25", "2026-01-15,Rent,-80")


def books(clock: Clock | None = None) -> Ledger:
    ledger = Ledger.in_memory(clock=clock or Clock())
    ledger.open_account("a", "Ana", at="2026-01-01", initial_balance="10000")
    return ledger


def entries(ledger: Ledger) -> list[tuple[str, int]]:
    found = ledger.history("a").entries[1:]
    return [
        (entry.description, entry.amount_minor)
        for entry in found
        if entry.event_type != "PersonalDataErased"
    ]


def dated_entries(ledger: Ledger) -> list[tuple[int, str, int]]:
    """Day after the first day of the statements, description, amount."""
    moments = [
        entry.effective_us
        for entry in ledger.history("a").entries[1:]
        if entry.event_type != "PersonalDataErased"
    ]
    days = [(datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at)).date() for at in moments]
    return [
        ((day - FIRST_DAY).days, *entry) for day, entry in zip(days, entries(ledger), strict=True)
    ]


def imported(ledger: Ledger, content: bytes) -> tuple[StatementReport, list[Outcome]]:
    outcomes: list[Outcome] = []
    report = ledger.import_statement("a", content, decisions=TAKE_ALL, on_outcome=outcomes.append)
    return report, outcomes


# ── keys ────────────────────────────────────────────────────────────────────────────────────────


def test_keys_have_the_account_the_date_the_amount_and_a_number() -> None:
    with books() as ledger:
        imported(ledger, DAY)
        keys = [
            json.loads(each.metadata).get("idempotency_key") for each in ledger.events(raw=True)
        ]
        assert keys[2:] == [
            "import:a:2026-01-14:-425:1",
            "import:a:2026-01-14:-425:2",
            "import:a:2026-01-15:-8000:1",
        ]


def test_keys_never_change_since_ledgers_store_them() -> None:
    assert key_prefix("acc-001", date(2025, 3, 1), -425) == "import:acc-001:2025-03-01:-425:"
    moment = datetime.fromisoformat("2025-03-01T08:30:00+02:00")
    assert key_prefix("a", moment, 5) == "import:a:2025-03-01T08:30:00+02:00:5:"


def test_a_key_of_one_day_or_account_is_none_of_another() -> None:
    with books() as ledger:
        ledger.open_account("a:2026-01-14", "Bo", at="2026-01-01", initial_balance="100")
        imported(ledger, DAY)
        assert ledger.import_statement("a:2026-01-14", DAY).imported == 3
        later = statement(HEADER, "2026-01-14 00:00,Milk,-4.25", "2026-01-14 00:01,Milk,-4.25")
        assert imported(ledger, later)[0].imported == 2
        tens = statement(HEADER, "2026-01-14,Tea,-42.50")
        assert imported(ledger, tens)[0].imported == 1


def test_a_key_with_something_else_behind_it_is_passed_by() -> None:
    with books() as ledger:
        prefix = key_prefix("a", date(2026, 1, 14), -425)
        for odd in ("x", "", "1x", "²", "1:1"):
            ledger.deposit("a", "1", "odd", idempotency_key=prefix + odd)
        assert imported(ledger, DAY)[0].imported == 3
        assert imported(ledger, DAY)[0].already_there == 3


# ── other texts on the same day, of the same amount ─────────────────────────────────────────────


WORDS = ("Cake", "Coffee", "Tea")


@pytest.mark.parametrize("order", list(permutations(WORDS)))
def test_entries_that_differ_in_their_words_alone_are_all_imported(order: tuple[str, ...]) -> None:
    with books() as ledger:
        for words in order:
            report, _ = imported(ledger, statement(HEADER, f"2026-01-14,{words},-4.25"))
            assert (report.imported, report.already_there, report.unsure) == (1, 0, [])
        whole = statement(
            HEADER, *[f"2026-01-14,{each},-4.25" for each in ("Cake", "Coffee", "Tea")]
        )
        assert imported(ledger, whole)[0].already_there == 3
        assert entries(ledger) == [(words, -425) for words in order]


CONTENT = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["Tea", "tea ", "Rent", ""]),
        st.sampled_from([-425, 425]),
    ),
    max_size=12,
)


def written(lines: list[tuple[int, str, int]]) -> bytes:
    return statement(
        HEADER,
        *[
            f"{FIRST_DAY + timedelta(days=day)},{words},{amount / 100:.2f}"
            for day, words, amount in sorted(lines, key=lambda line: line[0])
        ],
    )


@given(files=st.lists(CONTENT, max_size=4))
@settings(max_examples=60, deadline=None)
def test_the_file_with_the_most_of_a_content_decides_how_many_there_are(
    files: list[list[tuple[int, str, int]]],
) -> None:
    expected: Counter[tuple[int, str, int]] = Counter()
    with books() as ledger:
        for lines in files:
            content = Counter((day, words.strip().lower(), amount) for day, words, amount in lines)
            report, _ = imported(ledger, written(lines))
            assert report.imported == sum((content - expected).values())
            assert report.unsure == []
            expected |= content
        found = Counter((words.strip().lower(), amount) for words, amount in entries(ledger))
        wanted: Counter[tuple[str, int]] = Counter()
        for (_, words, amount), count in expected.items():
            wanted[words, amount] += count
        assert found == wanted


@given(files=st.lists(CONTENT, min_size=1, max_size=3))
@example([[(0, "", -425)], [(0, "Tea", -425)], [(0, "Tea", -425), (0, "", -425)]])
@settings(max_examples=40, deadline=None)
def test_over_an_erasure_nothing_is_doubled_and_what_is_unsure_is_told(
    files: list[list[tuple[int, str, int]]],
) -> None:
    with books() as ledger:
        imported(ledger, written(files[0]))
        erased = Counter((day, amount) for day, words, amount in files[0] if words)
        known = Counter(line for line in files[0] if not line[1])
        ledger.erase("a", "asked for it")
        for lines in [*files, files[-1]]:
            content = Counter((day, words.strip().lower(), amount) for day, words, amount in lines)
            unknown: Counter[tuple[int, int]] = Counter()
            for (day, _, amount), count in (content - known).items():
                unknown[day, amount] += count
            report, _ = imported(ledger, written(lines))
            assert len(report.unsure) == (unknown & erased).total()
            assert report.imported == (unknown - erased).total()
            assert report.already_there == len(lines) - report.imported
            known = Counter(
                (day, words.strip().lower(), amount)
                for day, words, amount in dated_entries(ledger)
                if words != "(erased)"
            )


# ── erased ones ─────────────────────────────────────────────────────────────────────────────────


def test_the_same_statement_after_an_erasure_adds_nothing_and_says_why() -> None:
    with books() as ledger:
        imported(ledger, DAY)
        ledger.erase("a", "asked for it")
        report, outcomes = imported(ledger, DAY)
        assert (report.imported, report.already_there) == (0, 3)
        assert [each.unsure for each in outcomes] == [ERASED] * 3
        assert [each.planned.line for each in report.unsure] == [2, 3, 4]
        assert len(entries(ledger)) == 3


def test_what_the_day_has_more_of_is_imported_after_an_erasure() -> None:
    with books() as ledger:
        imported(ledger, statement(HEADER, "2026-01-14,Tea,-4.25"))
        ledger.erase("a", "asked for it")
        report, outcomes = imported(ledger, DAY)
        assert [(each.kind, each.unsure) for each in outcomes] == [
            ("already there", ERASED),
            ("imported", ""),
            ("imported", ""),
        ]
        assert report.imported == 2
        assert entries(ledger) == [("(erased)", -425), ("Coffee", -425), ("Rent", -8000)]
        report, outcomes = imported(ledger, DAY)
        assert [each.unsure for each in outcomes] == [ERASED, "", ""]
        assert report.already_there == 3


def test_an_entry_that_is_known_is_never_taken_for_an_erased_one() -> None:
    with books() as ledger:
        imported(ledger, statement(HEADER, "2026-01-14,Tea,-4.25"))
        ledger.erase("a", "asked for it")
        imported(ledger, statement(HEADER, "2026-01-14,Tea,-4.25", "2026-01-14,Coffee,-4.25"))
        report, outcomes = imported(ledger, statement(HEADER, "2026-01-14,Coffee,-4.25"))
        assert (report.imported, outcomes[0].unsure) == (0, "")


def test_an_empty_description_is_known_after_an_erasure() -> None:
    with books() as ledger:
        empty = statement(HEADER, "2026-01-14,,-4.25")
        imported(ledger, empty)
        ledger.erase("a", "asked for it")
        report, outcomes = imported(ledger, empty)
        assert (report.already_there, outcomes[0].unsure) == (1, "")


# ── edited ones ─────────────────────────────────────────────────────────────────────────────────


def dry_lines(ledger: Ledger, content: bytes) -> list[bytes]:
    outcomes: list[Outcome] = []
    ledger.import_statement("a", content, dry_run=True, on_outcome=outcomes.append)
    return [
        msgspec.json.encode(each.planned.command)
        for each in outcomes
        if each.kind != "already there"
    ]


def test_a_line_edited_before_a_batch_counts_as_there_and_is_told() -> None:
    with books() as ledger:
        ledger.batch([line.replace(b"Rent", b"Rent, January") for line in dry_lines(ledger, DAY)])
        report, outcomes = imported(ledger, DAY)
        assert (report.imported, report.already_there) == (0, 3)
        assert [each.unsure for each in outcomes] == ["", "", EDITED]


def test_lines_left_out_of_a_batch_are_imported_later() -> None:
    with books() as ledger:
        ledger.batch(dry_lines(ledger, DAY)[1:2])
        report, outcomes = imported(ledger, DAY)
        assert [each.kind for each in outcomes] == ["imported", "already there", "imported"]
        assert report.unsure == []
        assert sorted(entries(ledger)) == [("Coffee", -425), ("Rent", -8000), ("Tea", -425)]
        assert imported(ledger, DAY)[0].already_there == 3


def test_a_refused_entry_leaves_its_number_free() -> None:
    clock = Clock()
    with Ledger.in_memory(clock=clock) as ledger:
        ledger.open_account("a", "Ana", at="2026-01-01", initial_balance="5")
        content = statement(HEADER, "2026-01-14,Tea,-4.25", "2026-01-14,Coffee,-4.25")
        report = ledger.import_statement("a", content, continue_on_error=True)
        assert (report.imported, len(report.refused)) == (1, 1)
        ledger.deposit("a", "10", at="2026-01-02")
        assert ledger.import_statement("a", content).imported == 1
        assert ledger.import_statement("a", content).already_there == 2


def test_a_statement_of_many_like_entries_is_matched_in_no_time() -> None:
    with Ledger.in_memory(clock=Clock()) as ledger:
        ledger.open_account("a", "Ana", at="2026-01-01")
        lines = [f"2026-01-14,Coffee {number % 7},1.00" for number in range(3_000)]
        assert ledger.import_statement("a", statement(HEADER, *lines)).imported == 3_000
        ledger.erase("a", "asked for it")
        again = ledger.import_statement("a", statement(HEADER, *reversed(lines)))
        assert (again.already_there, len(again.unsure)) == (3_000, 3_000)


def test_nothing_of_a_statement_is_left_in_the_file_after_an_erasure(path: str) -> None:
    with Ledger.open(path, clock=Clock()) as ledger:
        ledger.open_account("a", "Ana", at="2026-01-01", initial_balance="10000")
        ledger.import_statement("a", DAY)
        ledger.erase("a", "asked for it")
        ledger.import_statement("a", DAY)
    assert traces(path, ["Coffee", "4371f75d5e7e46f224d223e7c914d50b"]) == set()
