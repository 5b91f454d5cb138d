"""Comparing two states of knowledge, in one file and in two."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path
from random import Random

import apsw
import pytest

from ledger import Ledger
from ledger.errors import (
    DamagedLedger,
    InvalidOption,
    LedgerError,
    NoSuchAccount,
    NoSuchLedger,
    NotALedger,
)
from ledger.queries.differences import changed_rows
from ledger.queries.differences.common_prefix import common_position
from ledger.queries.differences.difference import Difference

YEAR_END = "2025-12-31"


def closed_year(path: Path) -> Ledger:
    """A ledger whose year was closed, with a late correction."""
    ledger = Ledger.open(path)
    ledger.open_account("bank", "Ana", initial_balance="100", at="2025-01-01")
    ledger.open_account("club:cash", "Ana", at="2025-01-01")
    ledger.deposit("bank", "50", at="2025-06-01", description="Dues", tags={"category": "dues"})
    ledger.transfer("bank", "club:cash", "20", at="2025-07-01")
    ledger.lock(YEAR_END)
    ledger.unlock("an invoice was found")
    ledger.correct("bank", 2, amount="55")
    ledger.lock(YEAR_END, "closed again")
    ledger.deposit("bank", "1", at="2026-01-02")
    return ledger


def told(found: Difference) -> dict[str, tuple[int | None, list[int]]]:
    return {
        account.account_id: (
            account.difference_minor,
            [change.effect_minor for change in account.entries],
        )
        for account in found.accounts
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "books.db"
    closed_year(path).close()
    return path


def test_alone_it_is_what_changed_since_the_year_was_locked_first(path: Path) -> None:
    with Ledger.open(path) as ledger, ledger.diff() as found:
        assert str(found.as_of) == "2025-12-31 23:59:59.999999+00:00"
        (bank,) = found.accounts
        assert bank.before is not None
        assert bank.after is not None
        assert (str(bank.before.balance), str(bank.after.balance)) == ("130.00 USD", "135.00 USD")
        reversal, right = bank.entries
        assert (reversal.reverses, str(reversal.effect)) == (2, "-50.00 USD")
        assert reversal.corrected_by == ("bank", 5)
        assert right.corrects == ("bank", 2)
        assert [event.event.reason for _, event in found.locks] == [
            "an invoice was found",
            "closed again",
        ]


def test_every_way_to_name_a_state_means_a_position(path: Path) -> None:
    with Ledger.open(path) as ledger:
        head = ledger.head()
        for meant, position in (
            (0, 0),
            ("3", 3),
            (head, head.position),
            (head.short, head.position),
            (None, head.position),
            ("now", head.position),
            ("2000-01-01", 0),
            (date(2000, 1, 1), 0),
            ("lock", 7),
        ):
            with ledger.diff(meant) as found:
                assert found.before.head.position == position, meant
        with ledger.diff("lock", as_of="2025-06-30") as found:
            assert found.before.head.position == 7


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (99, None, "no position 99"),
        ("9" * 5_000, None, "no such position"),
        (-1, None, "no position -1"),
        ("12:0123456789abcdef", None, "no head of this ledger"),
        ("99:0123456789abcdef", None, "the log ends at"),
        ("3:01", None, "is not a head"),
        (5, 3, "position 5 is later than position 3"),
        ("nonsense", None, "neither a position"),
    ],
)
def test_what_is_no_state_is_refused(
    path: Path, before: str | int, after: str | int | None, words: str
) -> None:
    with (
        Ledger.open(path) as ledger,
        pytest.raises(InvalidOption) as refused,
        ledger.diff(before, after),
    ):
        pass
    assert words in refused.value.message
    if before == 99:
        assert refused.value.details["last_position"] == 12


def test_what_was_never_locked_cannot_be_asked_about(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "books.db") as ledger:
        ledger.open_account("bank", "Ana", at="2025-01-01")
        with pytest.raises(InvalidOption, match="nothing was ever locked"), ledger.diff():
            pass
        ledger.lock("2025-01-31")
        with pytest.raises(InvalidOption, match="never locked"), ledger.diff(as_of=YEAR_END):
            pass


def test_accounts_are_named_by_id_or_by_prefix(path: Path) -> None:
    with Ledger.open(path) as ledger:
        for names, expected in (
            (("club:",), ["club:cash"]),
            (("club:", "club:cash", "bank"), ["bank", "club:cash"]),
            (("bank",), ["bank"]),
        ):
            with ledger.diff(0, None, *names) as found:
                assert list(told(found)) == expected
        for wrong in ("nobody", "club", "x:"):
            with pytest.raises(NoSuchAccount), ledger.diff(0, None, wrong):
                pass


def test_a_difference_that_the_entries_do_not_explain_is_an_error(path: Path) -> None:
    with Ledger.open(path) as ledger, ledger.diff(0) as found:
        told(found)  # the table is made
    connection = apsw.Connection(str(path))
    connection.execute(
        "UPDATE account_entries SET known_from = 7 WHERE account_id = 'bank' AND version = 3"
        " AND known_until > 100"
    )
    connection.execute(
        "INSERT INTO account_entries SELECT account_id, version, 8, 3, position, effective_at, day,"
        " amount - 1, currency, decimals, is_entry, undone, event_type, counterparty, description,"
        " tags, receipts, actor, recorded_at, backdated, erased, reverses, reversed_by, closes"
        " FROM account_entries WHERE account_id = 'bank' AND version = 3"
    )
    connection.close()
    refused = pytest.raises(DamagedLedger, match="does not add up")
    with Ledger.open(path) as ledger, ledger.diff(7) as found, refused:
        told(found)


def test_figures_that_add_up_and_are_not_those_of_the_log_are_refused(path: Path) -> None:
    with Ledger.open(path) as ledger, ledger.diff(0) as found:
        told(found)  # the table is made
    connection = apsw.Connection(str(path))
    connection.execute(
        "UPDATE account_entries SET amount = amount + 1 WHERE account_id = 'bank' AND version = 3"
    )
    connection.close()
    refused = pytest.raises(DamagedLedger, match=r"account bank between .* does not add up")
    with Ledger.open(path) as ledger, ledger.diff(0) as found, refused:
        told(found)


def test_many_entries_of_an_account_are_read_page_by_page(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.open(path) as ledger, ledger.diff(0) as found:
        whole = [(a.account_id, list(a.entries), list(a.others)) for a in found.accounts]
    for size in (1, 2):
        for name in ("_CHANGED_ACCOUNTS", "_PAGE_OF_CHANGES"):
            text = getattr(changed_rows, name).replace(
                f"LIMIT {changed_rows.PAGE}", f"LIMIT {size}"
            )
            monkeypatch.setattr(changed_rows, name, text)
        monkeypatch.setattr(changed_rows, "PAGE", size)
        monkeypatch.setattr("ledger.queries.differences.changes.PAGE", size)
        with Ledger.open(path) as ledger, ledger.diff(0) as found:
            paged = [(a.account_id, list(a.entries), list(a.others)) for a in found.accounts]
        assert paged == whole
        monkeypatch.undo()


# ── two files ───────────────────────────────────────────────────────────────────────────────────


def test_a_backup_has_nothing_that_the_ledger_does_not_have(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "backup.db"
    with Ledger.open(path) as ledger:
        ledger.backup(copy)
        kept = copy.read_bytes()
        with ledger.diff(copy) as found:
            assert (found.relation, told(found)) == ("same", {})
        ledger.deposit("bank", "3", at="2026-01-03")
        with ledger.diff(copy) as found:
            assert found.relation == "continued"
            assert told(found) == {"bank": (300, [300])}
        with ledger.diff(None, copy) as found:
            assert found.relation == "behind"
            assert told(found) == {"bank": (-300, [300])}
    assert copy.read_bytes() == kept


@pytest.mark.parametrize("seed", range(3))
def test_two_files_that_parted_have_each_what_came_after(tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    with Ledger.open(one) as ledger:
        for account in ("a", "b"):
            ledger.open_account(account, "Ana", initial_balance="100", at="2025-01-01")
        for _ in range(dice.randrange(12)):
            ledger.deposit(dice.choice("ab"), dice.randrange(1, 9), at="2025-02-01")
        parted = ledger.head()
        common = {each.account_id: each.balance_minor for each in ledger.balances()}
    shutil.copy(one, other)
    ends, amounts = [], []
    for path in (one, other):
        with Ledger.open(path) as ledger:
            added: dict[str, list[int]] = {"a": [], "b": []}
            for _ in range(dice.randrange(1, 9)):
                account, amount = dice.choice("ab"), dice.randrange(1, 9)
                ledger.deposit(account, amount, at="2025-03-01")
                added[account].append(100 * amount)
            amounts.append(added)
            ends.append({each.account_id: each.balance_minor for each in ledger.balances()})
    os.chmod(other, 0o400)
    before = other.read_bytes()
    with Ledger.open(one) as ledger, ledger.diff(other) as found:
        assert (found.relation, found.common.hash) == ("apart", parted.hash)
        for parted_account in found.accounts:
            name = parted_account.account_id
            figures = (parted_account.common, parted_account.before, parted_account.after)
            assert [each and each.balance_minor for each in figures] == [
                *(common[name], ends[1][name], ends[0][name]),
            ]
            for side, added in (("from", amounts[1]), ("to", amounts[0])):
                effects = [
                    each.effect_minor for each in parted_account.entries if each.side == side
                ]
                assert effects == added[name]
    assert other.read_bytes() == before


@pytest.mark.parametrize("same", [0, 1, 2, 499, 998, 999, 1_000])
def test_the_common_part_is_found_in_few_reads(same: int) -> None:
    from ledger.eventstore.records import Head

    reads = []

    def head_of(which: str, position: int) -> Head:
        reads.append(position)
        return Head(position, b"same" if position <= same else which.encode(), 0)

    found = common_position(lambda p: head_of("one", p), lambda p: head_of("other", p), 1_000)
    assert found == same
    assert len(reads) <= 2 * 13


def test_another_ledger_has_nothing_in_common(path: Path, tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "other.db") as ledger:
        ledger.open_account("bank", "Ana")
    refused = pytest.raises(InvalidOption, match="different ledgers")
    with Ledger.open(path) as ledger, refused, ledger.diff(tmp_path / "other.db"):
        pass


def test_a_file_that_cannot_be_read_is_named(path: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd.db"
    for content, kind in ((None, NoSuchLedger), (b"no ledger at all", NotALedger)):
        if content is not None:
            odd.write_bytes(content)
        with Ledger.open(path) as ledger, pytest.raises(kind) as refused, ledger.diff(odd):
            pass
        assert str(odd) in refused.value.message
        assert refused.value.details["other_file"] == str(odd)


def test_damage_of_the_other_file_is_named(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with Ledger.open(path) as ledger:
        ledger.backup(copy)
        with Ledger.open(copy) as other:
            other.deposit("bank", "9", at="2026-02-01")
        connection = apsw.Connection(str(copy))
        connection.execute("DROP TRIGGER events_are_never_updated")
        (schema,) = connection.execute("SELECT max(position) FROM events").fetchall()
        connection.execute("UPDATE events SET data = '{\"amount\"' WHERE position = ?", schema)
        connection.close()
        with pytest.raises(LedgerError) as refused, ledger.diff(copy) as found:
            told(found)
    assert refused.value.exit_status == 6
    assert str(copy) in refused.value.message
