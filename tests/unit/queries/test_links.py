"""How entries refer to each other, where lives by chance seldom lead."""

from __future__ import annotations

import json

from ledger import Ledger
from ledger.queries.history import HistoryEntry
from tests.support.clock import Clock


def corrections(ledger: Ledger, account: str) -> dict[int, int]:
    return {
        entry.version: entry.corrects
        for entry in ledger.history(account).entries
        if entry.corrects is not None
    }


def last(ledger: Ledger, account: str = "a") -> HistoryEntry:
    return ledger.history(account, limit=1).entries[0]


def two_accounts(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", initial_balance="100")
    ledger.open_account("b", "Bo", initial_balance="100")


def test_an_entry_that_came_from_another_account_corrects_none_of_this_one(ledger: Ledger) -> None:
    """Two corrections of one run and one moment: the wrong entry of each is on the other side."""
    two_accounts(ledger)
    ledger.deposit("a", "1")
    ledger.deposit("b", "2")
    ledger.correct("a", 2, into="b")
    ledger.correct("b", 2, into="a")
    kinds = [entry.event_type for entry in ledger.history("a").entries]
    assert kinds[-2:] == ["EntryReversed", "MoneyDeposited"]
    assert corrections(ledger, "a") == corrections(ledger, "b") == {}


def test_a_transfer_that_went_the_wrong_way_is_corrected_on_both_sides(ledger: Ledger) -> None:
    two_accounts(ledger)
    ledger.transfer("a", "b", "5")
    ledger.correct("a", 2, from_account="b", to_account="a")
    assert corrections(ledger, "a") == corrections(ledger, "b") == {4: 2}
    assert last(ledger).counterparty == "b"


def test_a_reversal_and_a_deposit_by_hand_are_no_correction(ledger: Ledger) -> None:
    two_accounts(ledger)
    ledger.deposit("a", "1")
    ledger.reverse("a", 2)
    ledger.deposit("a", "10", "I correct myself", tags={"k": "correct"})
    assert corrections(ledger, "a") == {}


def test_the_last_entry_alone_knows_what_it_corrects(path: str, clock: Clock) -> None:
    """Whether the reversal before it is read or only covered by a snapshot."""
    for interval in (0, 1, 2, 3, 4):
        with Ledger.open(f"{path}{interval}", clock=clock, snapshot_interval=interval) as ledger:
            ledger.open_account("a", "Ana")
            ledger.deposit("a", "1")
            ledger.correct("a", 2, amount="2")
            assert (last(ledger).version, last(ledger).corrects) == (4, 2)


def test_the_right_entry_of_a_later_period_is_linked_in_its_statement(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", at="2026-01-01")
    ledger.deposit("a", "1", at="2026-01-05")
    ledger.correct("a", 2, at="2026-02-05")
    assert [e.corrects for e in ledger.statement("a", from_time="2026-02-01").entries] == [2]
    january = ledger.statement("a", to_time="2026-01-31")
    assert (len(january.entries), january.left_out) == (1, 1)


def test_an_account_that_changes_its_unit_begins_anew(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", initial_balance="10.00")
    ledger.deposit("a", "5.00")
    ledger.reverse("a", 2)
    ledger.amend_account("a", initial_balance="3000", currency="JPY")
    entries = ledger.history("a").entries
    assert [(entry.amount_minor, entry.balance_minor, entry.decimals) for entry in entries] == [
        (1000, 1000, 2),
        (500, 1500, 2),
        (-500, 1000, 2),
        (3000, 3000, 0),
    ]
    assert ledger.history("a", limit=2).entries == entries[-2:]
    (opening,) = ledger.statement("a").entries
    assert (opening.amount_minor, opening.decimals, opening.amended_by) == (3000, 0, (4,))
    assert [step.amount_minor for step in ledger.replay("a", None)] == [1000, 500, -500, 3000]


def test_a_description_that_is_amended_after_an_erasure_is_shown(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana")
    ledger.deposit("a", "1", "Fees of Mr Smith")
    ledger.amend_entry("a", 2, {"tags": {"category": "fees"}})
    ledger.erase("a", "asked for it")
    erased = ledger.history("a").entries[1]
    assert (erased.erased, erased.tags) == (True, {"category": "fees"})
    ledger.amend_entry("a", 2, {"description": "Fees"})
    amended = ledger.history("a").entries[1]
    assert (amended.erased, amended.description, amended.amended_by) == (False, "Fees", (3, 5))
    ledger.erase("a", "asked again")
    assert ledger.history("a").entries[1].erased


def test_an_opening_that_was_amended_is_one_line_at_its_own_moment(
    ledger: Ledger, clock: Clock
) -> None:
    clock.to("2026-03-20T00:00")
    ledger.open_account("a", "Ana", initial_balance="10", at="2026-01-10T00:00Z")
    ledger.deposit("a", "5", at="2026-03-05")
    ledger.amend_account("a", opened_at="2026-02-10T00:00Z", initial_balance="7")
    whole = ledger.statement("a")
    assert [(entry.version, entry.amount_minor) for entry in whole.entries] == [(1, 700), (2, 500)]
    begun = ledger.statement("a", from_time="2026-02-01", to_time="2026-02-28")
    assert (begun.opening_balance_minor, begun.closing_balance_minor, len(begun.entries)) == (
        0,
        700,
        1,
    )
    march = ledger.statement("a", from_time="2026-03-01")
    assert (march.opening_balance_minor, march.closing_balance_minor) == (700, 1200)
    earlier = ledger.amend_account("a", opened_at="2026-01-01T00:00Z")
    assert earlier.recorded[0].effective_at < whole.entries[0].effective_us
    assert ledger.statement("a", to_time="2026-01-05").closing_balance_minor == 700


def test_an_entry_that_moved_to_another_account_is_linked_from_both_ends(ledger: Ledger) -> None:
    """Several corrections of one batch lie side by side in the log."""
    two_accounts(ledger)
    ledger.open_account("c", "Cy", initial_balance="100")
    ledger.deposit("a", "1")
    ledger.deposit("a", "2")
    ledger.transfer("a", "b", "5")
    lines = (
        {"command": "correct", "account": "a", "version": 2, "into": "b"},
        {"command": "correct", "account": "a", "version": 3, "into": "c"},
        {"command": "correct", "account": "b", "version": 2, "to": "c"},
        {"command": "correct", "account": "c", "version": 2, "amount": "2.50"},
    )
    ledger.batch([json.dumps(line).encode() for line in lines])

    assert ends(ledger, "a") == {2: (None, ("b", 3)), 3: (None, ("c", 2))}
    assert ends(ledger, "b") == {2: (None, ("c", 3)), 3: (("a", 2), None)}
    assert ends(ledger, "c") == {2: (("a", 3), None), 3: (("b", 2), None)}
    assert corrections(ledger, "a") == {8: 4}
    assert corrections(ledger, "c") == {5: 2}


def test_what_moved_to_a_later_moment_is_not_linked_before_it(ledger: Ledger) -> None:
    for account in "ab":
        ledger.open_account(account, "Ana", at="2026-01-01")
    ledger.deposit("a", "1", at="2026-01-05")
    ledger.correct("a", 2, into="b", at="2026-02-05")
    assert ends(ledger, "a") == {2: (None, ("b", 2))}
    january = ledger.history("a", as_of="2026-01-31").entries
    assert [(each.reversed_by, each.corrected_elsewhere) for each in january[1:2]] == [(3, None)]


def ends(ledger: Ledger, account: str) -> dict[int, tuple[object, object]]:
    return {
        entry.version: (entry.corrects_elsewhere, entry.corrected_elsewhere)
        for entry in ledger.history(account).entries
        if entry.corrects_elsewhere or entry.corrected_elsewhere
    }
