"""Somebody's own projections: rows keyed by any columns, and folds that nobody has checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger import Ledger, Projection
from ledger.errors import (
    InvalidUsage,
    NoSuchProjection,
    ProjectionFailed,
    ProjectionOutdated,
)
from ledger.eventstore.sqlite.schema import our_parts
from ledger.eventstore.tables import RESERVED
from ledger.projections.projector import INLINE_CATCH_UP
from tests.support.projections.examples import (
    CountRow,
    Counts,
    FailingTotals,
    MonthlyTotals,
    TotalRow,
    UnmergedTotals,
    filled_with_many,
    noon,
)

OWN_NAMES = sorted(RESERVED)

ACCOUNTS = ("home", "shop", "bank", "cafe")


def totals(ledger: Ledger, name: str = "monthly_totals") -> list[tuple[str, str, int, int]]:
    return [msgspec.structs.astuple(row) for row in ledger.projection_rows(name)]


def live(ledger: Ledger) -> None:
    """Some transfers of two months, among four accounts."""
    for account in ACCOUNTS:
        ledger.open_account(account, "Ana", initial_balance="100", at="2026-01-01T00:00:00Z")
    ledger.transfer("home", "shop", "5", at="2026-01-10T00:00:00Z")
    ledger.transfer("bank", "shop", "7", at="2026-01-20T00:00:00Z")
    ledger.transfer("home", "bank", "11", at="2026-02-10T00:00:00Z")
    ledger.transfer("shop", "home", "2", at="2026-01-15T00:00:00Z")
    ledger.deposit("home", "1")


TRUTH = [
    ("2026-01", "bank", 700, 1),
    ("2026-01", "home", 300, 2),
    ("2026-01", "shop", -1000, 3),
    ("2026-02", "bank", -1100, 1),
    ("2026-02", "home", 1100, 1),
]


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger.open(path, clock=noon, projections=[MonthlyTotals()]) as ledger:
        yield ledger


def test_rows_that_several_streams_share_follow_every_command(ledger: Ledger) -> None:
    live(ledger)
    assert totals(ledger) == TRUTH
    assert [(each.name, each.lag) for each in ledger.projections()] == [
        ("account_balances", 0),
        ("account_summaries", 0),
        ("monthly_totals", 0),
    ]


def test_a_ledger_in_memory_and_a_draft_have_it_too(tmp_path: Path) -> None:
    with Ledger.in_memory(clock=noon, projections=[MonthlyTotals]) as ledger:
        live(ledger)
        assert totals(ledger) == TRUTH
    with Ledger.draft(tmp_path / "d.db", clock=noon, projections=[MonthlyTotals()]) as ledger:
        live(ledger)
        assert totals(ledger) == TRUTH


def test_one_import_is_as_good_as_many_commands(path: str) -> None:
    with (
        Ledger.in_memory(clock=noon) as other,
        Ledger.draft(path, restoring=True, clock=noon, projections=[MonthlyTotals()]) as ledger,
    ):
        live(other)
        ledger.import_events(other.export_events())
        assert totals(ledger) == TRUTH


@pytest.mark.usefixtures("forked_workers")
@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("kind", [MonthlyTotals, UnmergedTotals])
def test_a_rebuild_gives_what_inline_gave(
    workers: int, kind: type[Projection[TotalRow]], path: str
) -> None:
    with Ledger.open(path, clock=noon, projections=[kind()]) as ledger:
        live(ledger)
        with sqlite3.connect(path) as file:
            file.execute(f"UPDATE {kind.name} SET amount = 1")
        file.close()
        report = ledger.rebuild_projections(workers=workers)
        assert totals(ledger, kind.name) == TRUTH
        assert report.names == ("account_balances", "account_summaries", kind.name)
        assert report.workers == workers
        alone = ledger.rebuild_projections([kind.name], workers=workers)
        assert alone.workers == (workers if kind is MonthlyTotals else 1)
        assert totals(ledger, kind.name) == TRUTH
        assert all(ledger.agreement(account).holds for account in ACCOUNTS)


def test_many_events_come_out_the_same_whoever_folds_them(path: str) -> None:
    with Ledger.open(path, clock=noon, projections=[MonthlyTotals()]) as ledger:
        for account in ACCOUNTS:
            ledger.open_account(account, "Ana", initial_balance="100000", at="2024-01-01T00:00:00Z")
        lines = [
            msgspec.json.encode(
                {
                    "command": "transfer",
                    "from": ACCOUNTS[number % 4],
                    "to": ACCOUNTS[(number + 1 + number % 3) % 4],
                    "amount": f"{1 + number % 7}.{number % 100:02}",
                    "at": f"202{4 + number % 2}-{1 + number % 12:02}-02T00:00:00Z",
                }
            )
            for number in range(2_500)
        ]
        ledger.batch(lines)
        inline = totals(ledger)
        assert len(inline) > 20
        told: list[int] = []
        for workers in (1, 2):
            ledger.rebuild_projections(workers=workers, progress=lambda done, _: told.append(done))
            assert totals(ledger) == inline
            assert max(told) == ledger.head().position


def test_progress_counts_what_is_folded_here_and_elsewhere(path: str) -> None:
    with Ledger.open(path, clock=noon, projections=[UnmergedTotals()]) as ledger:
        live(ledger)
        told: list[tuple[int, int]] = []
        ledger.rebuild_projections(workers=2, progress=lambda *each: told.append(each))
        head = ledger.head().position
        assert max(told) == (head, head)


def test_a_class_that_no_other_process_can_import_is_folded_here(path: str) -> None:
    class Local(Counts):
        name = "local"

    class Elsewhere(Counts):
        name = "elsewhere"

    Elsewhere.__module__, Elsewhere.__qualname__ = "no.such.module", "Elsewhere"
    for kind in (Local, Elsewhere):
        with Ledger.open(path, clock=noon, projections=[kind()]) as ledger:
            if ledger.head().position == 1:
                live(ledger)
            report = ledger.rebuild_projections([kind.name], workers=2)
            assert report.workers == 1
            assert [row.events for row in ledger.projection_rows(kind.name)] == [1, 3, 1, 5, 4]


# ── classes that a process does not know ────────────────────────────────────────────────────────


def test_a_process_that_does_not_know_a_projection_leaves_it_behind(path: str) -> None:
    with Ledger.open(path, clock=noon, projections=[MonthlyTotals()]) as ledger:
        live(ledger)
        head = ledger.head().position
    with Ledger.open(path, clock=noon) as ledger:
        ledger.transfer("home", "bank", "3", at="2026-02-11T00:00:00Z")
        *_, unknown = ledger.projections()
        assert (unknown.name, unknown.version, unknown.checkpoint, unknown.lag) == (
            *("monthly_totals", 1, head, 2),
        )
        assert not unknown.known
        assert not unknown.outdated
        for ask in (ledger.projection_rows, lambda name: ledger.rebuild_projections([name])):
            with pytest.raises(NoSuchProjection, match="monthly_totals is not known here"):
                ask("monthly_totals")
        assert ledger.catch_up() == 0
        ledger.rebuild_projections()
        assert ledger.projections()[-1].lag == 2
    with Ledger.open(path, clock=noon, projections=[MonthlyTotals()]) as ledger:
        assert ledger.projections()[-1].lag == 2
        ledger.deposit("home", "1")
        assert ledger.projections()[-1].lag == 0
        assert ("2026-02", "bank", -1400, 2) in totals(ledger)


@pytest.mark.parametrize("by", ["command", "catch_up", "rebuild"])
def test_a_projection_that_is_new_to_a_ledger_begins_at_its_first_event(by: str, path: str) -> None:
    with Ledger.open(path, clock=noon) as ledger:
        live(ledger)
    with Ledger.open(path, clock=noon, projections=[MonthlyTotals()]) as ledger:
        new = ledger.projections()[-1]
        assert (new.lag, new.outdated, new.known) == (ledger.head().position, False, True)
        assert totals(ledger) == []
        if by == "command":
            ledger.deposit("home", "1")
        elif by == "catch_up":
            assert ledger.catch_up() == new.lag
        else:
            ledger.rebuild_projections(workers=2)
        assert totals(ledger) == TRUTH
        assert ledger.projections()[-1].lag == 0


def test_a_long_log_is_left_for_catching_up(path: str) -> None:
    filled_with_many(path, 2, INLINE_CATCH_UP)
    with Ledger.open(path, clock=noon, projections=[Counts()]) as ledger:
        ledger.deposit("acc-0", "1")
        assert ledger.projections()[-1].lag == ledger.head().position
        ledger.catch_up()
        assert [row.events for row in ledger.projection_rows("counts")] == [1, 1_002, 1_001]


def test_another_version_of_the_class_asks_to_be_rebuilt(path: str) -> None:
    class Newer(MonthlyTotals):
        version = 2

    with Ledger.open(path, clock=noon, projections=[MonthlyTotals()]) as ledger:
        live(ledger)
    with Ledger.open(path, clock=noon, projections=[Newer()]) as ledger:
        ledger.deposit("home", "1")
        status = ledger.projections()[-1]
        assert (status.outdated, status.lag, status.failure) == (True, 1, "")
        with pytest.raises(ProjectionOutdated, match="another version of its class"):
            ledger.projection_rows("monthly_totals")
        ledger.rebuild_projections(["monthly_totals"])
        assert totals(ledger) == TRUTH


# ── folds that fail ─────────────────────────────────────────────────────────────────────────────


def test_a_fold_that_raises_refuses_no_command_and_keeps_nothing_of_it(path: str) -> None:
    with Ledger.open(path, clock=noon, projections=[FailingTotals(), Counts()]) as ledger:
        live(ledger)
        before, head = totals(ledger), ledger.head().position
        done = ledger.transfer("home", "bank", "13", at="2026-02-01T00:00:00Z")
        assert done.recorded[-1].position == head + 2
        ledger.deposit("home", "1")
        assert totals(ledger) == before
        *_, failing, counts = ledger.projections()
        assert (failing.checkpoint, failing.lag, failing.outdated) == (head, 3, False)
        assert f"monthly_totals cannot handle event {head + 1} " in failing.failure
        assert "13 brings bad luck" in failing.failure
        assert (counts.lag, counts.failure) == (0, "")
        assert ledger.balance("bank").balance.minor_units == 100_00 - 700 + 1100 + 1300
        assert all(ledger.agreement(account).holds for account in ACCOUNTS)
        for again in (ledger.catch_up, ledger.rebuild_projections):
            with pytest.raises(ProjectionFailed, match="13 brings bad luck"):
                again()
        assert totals(ledger) == before
        assert ledger.projections()[-1].lag == 0


def test_once_its_fold_is_put_right_it_catches_up(path: str) -> None:
    failing = FailingTotals()
    with Ledger.open(path, clock=noon, projections=[failing]) as ledger:
        live(ledger)
        ledger.transfer("home", "bank", "13", at="2026-02-01T00:00:00Z")
        assert ledger.projections()[-1].failure
        failing.fails = False
        ledger.deposit("home", "1")
        assert ledger.projections()[-1].lag == 3
        assert ledger.catch_up() == 3
        assert ledger.projections()[-1].failure == ""
        assert ("2026-02", "bank", -2400, 2) in totals(ledger)
        ledger.deposit("home", "1")
        assert ledger.projections()[-1].lag == 0


def test_a_batch_and_an_import_go_on_without_it(path: str, tmp_path: Path) -> None:
    with Ledger.open(path, clock=noon, projections=[FailingTotals()]) as ledger:
        live(ledger)
        line = b'{"command": "transfer", "from": "home", "to": "bank", "amount": "13"}'
        assert ledger.batch([line]).commands == 1
        assert ledger.projections()[-1].lag == 2
        copy = tmp_path / "copy.db"
        with Ledger.draft(copy, restoring=True, clock=noon, projections=[FailingTotals()]) as other:
            other.import_events(ledger.export_events())
            assert other.head().hash == ledger.head().hash
            assert "13 brings bad luck" in other.projections()[-1].failure
            assert [each.lag for each in other.projections()][:2] == [0, 0]


class Odd(Projection[CountRow]):
    """Makes what it is told to of every event."""

    name = "odd"
    row = CountRow

    def __init__(self, key: Any, row: Any) -> None:
        self.made = key, row

    def fold(self, rows: Any, event: Any, recorded: Any) -> None:
        key, row = self.made
        rows[key] = row


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("a", CountRow("b", 1)),
        ("a", CountRow("a", 2**63)),
        ("a", CountRow("a", True)),
        ("a", CountRow("a", 1.5)),  # type: ignore[arg-type]
        ("a", CountRow("a", None)),  # type: ignore[arg-type]
        ("\ud800", CountRow("\ud800", 1)),
        ("a", "no row"),
        ("a", TotalRow("a", "b", 1, 1)),
        (("a",), CountRow("a", 1)),
    ],
)
def test_a_row_that_has_no_place_in_the_table_refuses_no_command(
    key: Any, row: Any, path: str
) -> None:
    with Ledger.open(path, clock=noon, projections=[Odd(key, row)]) as ledger:
        ledger.open_account("a", "Ana")
        status = ledger.projections()[-1]
        assert (status.lag, status.name) == (ledger.head().position, "odd")
        assert "has a row that cannot be stored" in status.failure
        with pytest.raises(ProjectionFailed, match="cannot be stored"):
            ledger.rebuild_projections(["odd"], workers=1)
        assert list(ledger.projection_rows("odd")) == []


@pytest.mark.usefixtures("forked_workers")
@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE monthly_totals",
        "ALTER TABLE monthly_totals RENAME COLUMN amount TO sum",
    ],
)
def test_a_table_that_is_not_its_own_refuses_no_command(damage: str, path: str) -> None:
    with Ledger.open(path, clock=noon, projections=[MonthlyTotals()]) as ledger:
        live(ledger)
    with sqlite3.connect(path) as file:
        file.execute(damage)
    file.close()
    with Ledger.open(path, clock=noon, projections=[MonthlyTotals()]) as ledger:
        ledger.transfer("home", "bank", "1", at="2026-03-01T00:00:00Z")
        assert "monthly_totals is missing" in ledger.projections()[-1].failure
        ledger.rebuild_projections(["monthly_totals"], workers=2)
        assert totals(ledger)[:-2] == TRUTH
        ledger.deposit("home", "1")
        assert ledger.projections()[-1].lag == 0


def test_a_merge_that_fails_or_gives_no_row_leaves_the_live_table(path: str) -> None:
    class Failing(MonthlyTotals):
        def merge(self, one: TotalRow, other: TotalRow) -> TotalRow | None:
            raise ArithmeticError("apples and pears")

    from ledger.projections.folding import join, pack
    from ledger.projections.projection import Rows

    projection = Failing()
    rows: Rows[TotalRow] = Rows({("2026-01", "a"): TotalRow("2026-01", "a", 1, 1)})
    part = pack(projection, rows)
    assert join(projection, [part]) == rows
    with pytest.raises(ProjectionFailed, match="apples and pears"):
        join(projection, [part, part])


def test_merging_may_leave_no_row() -> None:
    class Cancelling(MonthlyTotals):
        def merge(self, one: TotalRow, other: TotalRow) -> TotalRow | None:
            total = super().merge(one, other)
            return total if total is not None and total.amount else None

    from ledger.projections.folding import join, pack
    from ledger.projections.projection import Rows

    projection, key = Cancelling(), ("2026-01", "a")
    parts = [pack(projection, Rows({key: TotalRow(*key, amount, 1)})) for amount in (5, -5)]
    assert join(projection, parts)[key] is None
    assert join(projection, [*parts, parts[0]])[key] == TotalRow(*key, 5, 1)


# ── verification, repair and replay ─────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("forked_workers")
@pytest.mark.parametrize("workers", [1, 2])
def test_verification_finds_a_row_that_the_log_does_not_say(workers: int, path: str) -> None:
    with Ledger.open(path, clock=noon, projections=[MonthlyTotals(), Counts()]) as ledger:
        live(ledger)
        assert ledger.verify(workers=workers).clean
        with sqlite3.connect(path) as file:
            file.execute("UPDATE monthly_totals SET amount = 1 WHERE month = '2026-02'")
            file.execute("DELETE FROM counts WHERE account_id = 'home'")
        file.close()
        findings = ledger.verify(workers=workers).findings
        assert {finding.check for finding in findings} == {"projection"}
        assert len(findings) == 3
        assert any("counts has no row" in finding.message for finding in findings)
    found = Ledger.diagnose(path, projections=[MonthlyTotals(), Counts()], repair=True)
    assert found.sound
    assert "monthly_totals" in " ".join(found.repaired)
    with Ledger.open(path, clock=noon, projections=[MonthlyTotals(), Counts()]) as ledger:
        assert totals(ledger) == TRUTH
        assert ledger.verify(workers=1).clean


def test_verification_says_what_it_could_not_compare(path: str) -> None:
    with Ledger.open(path, clock=noon, projections=[MonthlyTotals()]) as ledger:
        live(ledger)
        ledger.transfer("home", "bank", "13", at="2026-02-01T00:00:00Z")
    with Ledger.open(path, clock=noon) as ledger:
        done = ledger.verify()
        assert done.clean
        assert any("monthly_totals was not compared" in note for note in done.notes)
    with Ledger.open(path, clock=noon, projections=[FailingTotals()]) as ledger:
        done = ledger.verify()
        assert done.clean
        assert any("13 brings bad luck" in note for note in done.notes)


def test_a_replay_compares_every_projection_with_a_row_for_the_account(path: str) -> None:
    with Ledger.open(path, clock=noon, projections=[Counts(), MonthlyTotals()]) as ledger:
        live(ledger)
        found = ledger.agreement("home")
        assert found.holds
        assert found.compared == ("account_balances", "account_summaries", "counts")
        with sqlite3.connect(path) as file:
            file.execute("UPDATE counts SET events = 99 WHERE account_id = 'home'")
        file.close()
        assert ledger.agreement("home").disagreements == ("counts",)
        assert ledger.agreement("shop").holds


# ── names and columns ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Events",
        "1st",
        "a b",
        "a-b",
        "tôtal",
        "a;b",
        "sqlite_x",
        "_x",
        "x" * 64,
        *OWN_NAMES,
    ],
)
def test_a_name_that_cannot_be_a_tables_is_refused(name: str) -> None:
    wanted = name
    with pytest.raises(InvalidUsage, match="cannot be the name of a projection"):

        class Wrong(Counts):
            name = wanted


def test_the_ledgers_own_names_are_all_reserved() -> None:
    names = {name for kind, name in our_parts(archived=True) if kind in ("table", "index", "view")}
    own = {name for name in names if not name.startswith("sqlite_")}
    assert own <= RESERVED


@pytest.mark.parametrize("name", ["order", "table", "group", "select", "x", "x" * 63])
def test_a_word_of_sql_is_a_fine_name(name: str, path: str) -> None:
    wanted = name

    class Row(msgspec.Struct):
        group: int
        to: str
        index: int | None

    class Words(Projection[Row]):
        name = wanted
        row = Row
        key_columns = ("to", "group")

        def fold(self, rows: Any, event: Any, recorded: Any) -> None:
            key = recorded.stream_id, recorded.version
            rows[key] = Row(recorded.version, recorded.stream_id, None)

    with Ledger.open(path, clock=noon, projections=[Words()]) as ledger:
        live(ledger)
        rows = list(ledger.projection_rows(name))
        assert [(row.to, row.group) for row in rows[:5]] == [
            ("$book", 1),
            ("bank", 1),
            ("bank", 2),
            ("bank", 3),
            ("cafe", 1),
        ]
        assert ledger.verify().clean


def _row(**fields: Any) -> type[msgspec.Struct]:
    return msgspec.defstruct("Row", list(fields.items()))


@pytest.mark.parametrize(
    "row",
    [
        _row(a=float),
        _row(a=str, b=bool),
        _row(a=str, b=list[int]),
        _row(a=str, b=dict[str, None]),
        _row(a=int | None),
        _row(a=str, b=int | str),
        _row(a=str, A=str),
        _row(é=str),
    ],
)
def test_a_column_that_cannot_be_stored_is_refused_when_the_ledger_is_opened(
    row: type[msgspec.Struct], path: str
) -> None:
    wanted = row

    class Wrong(Projection[Any]):
        name = "wrong"
        row = wanted

    with pytest.raises(InvalidUsage, match="projection wrong"):
        Ledger.open(path, projections=[Wrong()])
    assert not Path(path).exists()


def test_a_key_that_is_no_field_is_refused() -> None:
    with pytest.raises(InvalidUsage, match="no such field"):

        class Wrong(Counts):
            key_columns = ("account",)


@pytest.mark.parametrize("columns", ["account_id", ["account_id"], ("account_id", "account_id")])
def test_key_columns_that_are_no_tuple_of_different_names_are_refused(columns: Any) -> None:
    with pytest.raises(InvalidUsage, match="has the key columns"):

        class Wrong(Counts):
            key_columns = columns


@pytest.mark.parametrize("wanted", [None, 5, b"counts", ""])
def test_a_name_that_is_no_text_is_refused(wanted: Any) -> None:
    with pytest.raises(InvalidUsage, match="cannot be the name of a projection"):

        class Wrong(Counts):
            name = wanted


def test_a_tuple_as_the_key_of_one_column_is_told_of(path: str) -> None:
    class Wrong(Projection[Any]):
        name = "wrong"
        row = _row(account=str)

        def fold(self, rows: Any, event: Any, recorded: Any) -> None:
            rows[(recorded.stream_id,)] = self.row(recorded.stream_id)

    with Ledger.open(path, projections=[Wrong()]) as ledger:
        ledger.open_account("a", "Ana")
        (status,) = [each for each in ledger.projections() if each.name == "wrong"]
    assert "the key is the value itself" in status.failure


@pytest.mark.parametrize(
    "projections",
    [[Counts(), Counts()], [type("Twin", (Counts,), {"name": "account_balances"})()]],
)
def test_two_of_a_name_are_refused(projections: Any, path: str) -> None:
    with pytest.raises(InvalidUsage, match="two projections of the name"):
        Ledger.open(path, projections=projections)


@pytest.mark.parametrize("wrong", [Projection, Projection(), "counts", None])
def test_what_is_no_projection_is_refused(wrong: Any, path: str) -> None:
    with pytest.raises(InvalidUsage, match="no projection"):
        Ledger.open(path, projections=[wrong])
