"""What several accounts hold, and what they hold together, beside sums made in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import pytest

from ledger import Ledger, Money
from ledger.errors import InvalidAccountId, NoSuchAccount
from ledger.queries.balances import BalanceReport
from tests.support.clock import DAY, Clock

LARGEST = 2**63 - 1
ACCOUNTS = {
    "club": ("EUR", 2),
    "club-b": ("EUR", 2),
    "club:bank:giro": ("EUR", 2),
    "club:bank:savings": ("USD", 2),
    "club:cash": ("JPY", 0),
    "club:hours": ("HOURS", 1),
    "club:hours:ana": ("HOURS", 2),
    "club:hours:ben": ("HOURS", 2),
    "club::odd": ("EUR", 2),
    "dues": ("EUR", 2),
    "dues:2026": ("EUR", 2),
}


class Entry(NamedTuple):
    """An entry as the test itself knows it: what it adds, and when it was for and recorded."""

    account: str
    amount: int
    effective: int
    recorded: int


class World(NamedTuple):
    """A ledger, and the days on which each account was opened and closed."""

    ledger: Ledger
    entries: list[Entry]
    opened: dict[str, int]
    closed: dict[str, int]
    first: int

    def held(self, as_of: int, known: int) -> dict[str, int]:
        """What each open account held."""
        return {
            account: sum(
                each.amount
                for each in self.entries
                if each.account == account and each.effective <= as_of and each.recorded <= known
            )
            for account, opened in self.opened.items()
            if opened <= min(as_of, known) < self.closed.get(account, 2**63)
        }


@pytest.fixture
def world(ledger: Ledger, clock: Clock) -> World:
    chance, first = Random(7), clock.now
    entries, opened = [], {}
    for account, (currency, decimals) in ACCOUNTS.items():
        clock.now += DAY
        own = decimals if currency == "HOURS" else None
        ledger.open_account(account, "Ana", currency, decimals=own)
        opened[account] = clock.now
    for _ in range(60):
        clock.now += DAY // 4
        account = chance.choice([*ACCOUNTS])
        amount, back = chance.randrange(1, 10_000), chance.randrange(0, DAY)
        effective = max(opened[account], clock.now - back)
        ledger.deposit(account, Money(amount, *ACCOUNTS[account]), at=effective)
        entries.append(Entry(account, amount, effective, clock.now))
    clock.now += DAY
    ledger.open_account("club:gone", "Ana", "EUR")
    opened["club:gone"] = clock.now
    clock.now += DAY
    ledger.close_account("club:gone")
    clock.now += DAY
    return World(ledger, entries, opened, {"club:gone": clock.now - DAY}, first)


def in_units(reports: list[BalanceReport]) -> dict[str, int]:
    return {report.account_id: report.balance_minor for report in reports}


def below(held: dict[str, int], prefix: str) -> dict[str, int]:
    return {account: amount for account, amount in held.items() if account.startswith(prefix)}


def test_prefixes_hold_what_their_accounts_held_at_any_point(world: World, clock: Clock) -> None:
    ledger, now = world.ledger, clock.now
    for as_of in (None, now - 3 * DAY, now - 10 * DAY, world.first + 5 * DAY):
        for known in (None, now - 2 * DAY, now - 9 * DAY):
            held = world.held(as_of or now, known or now)
            for prefix in ("club:", "club:hours:", "dues:"):
                found = ledger.balances(prefix, as_of=as_of, known_at=known)
                assert in_units(found) == below(held, prefix)
            assert in_units(ledger.balances(as_of=as_of, known_at=known)) == held


def test_the_tree_adds_up_each_level_by_currency_and_decimals(world: World, clock: Clock) -> None:
    for as_of in (None, clock.now - 10 * DAY):
        held = {**world.held(as_of or clock.now, clock.now)}
        sums: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for account, amount in held.items():
            unit = ACCOUNTS.get(account, ("EUR", 2))
            parts = account.split(":")
            for length in range(1, len(parts) + 1):
                sums[":".join(parts[:length]), *unit].append(amount)
        found = world.ledger.balance_tree(as_of=as_of)
        assert {
            (each.path, each.currency, each.decimals): (each.balance_minor, each.accounts)
            for each in found
        } == {key: (sum(amounts), len(amounts)) for key, amounts in sums.items()}
        own = {each.path: each.own_balance_minor for each in found if each.own_balance is not None}
        assert own == held
        assert all(each.depth == each.path.count(":") for each in found)


def test_every_branch_is_followed_by_its_parts(world: World) -> None:
    paths = list(dict.fromkeys(each.path for each in world.ledger.balance_tree()))
    assert paths[0] == "club"
    assert paths.index("club-b") > paths.index("club:hours:ben")
    for path in paths:
        parts = [place for place, each in enumerate(paths) if f"{each}:".startswith(f"{path}:")]
        assert parts == list(range(parts[0], parts[0] + len(parts)))


def test_sums_beyond_64_bits_are_exact(ledger: Ledger, clock: Clock) -> None:
    for account in ("a:1", "a:2", "a:3", "b"):
        ledger.open_account(account, "Ana", initial_balance=Money(LARGEST, "USD"))
    clock.now += DAY
    ledger.withdraw("a:3", Money(1, "USD"))
    for as_of, lacking in ((None, 1), (clock.now - 1, 0)):
        branch, *_ = ledger.balance_tree("a:", as_of=as_of)
        assert branch.balance == Money(3 * LARGEST - lacking, "USD")


@pytest.mark.parametrize("sign", [1, -1])
def test_a_balance_near_64_bits_is_exact_in_whatever_order_its_entries_are_added(
    ledger: Ledger, clock: Clock, sign: int
) -> None:
    ledger.open_account("a", "Ana", overdraft="unlimited")
    ten, largest = Money(10, "USD"), Money(LARGEST, "USD")
    there, back = (ledger.deposit, ledger.withdraw)[::sign]
    there("a", largest)
    clock.now += DAY
    back("a", ten)
    there("a", ten)
    ledger.amend_entry("a", 3, {"description": "known later than what came after it"})
    (report,) = ledger.balances(as_of=clock.now)
    assert report.balance_minor == sign * LARGEST


def test_the_order_is_that_of_the_names_and_each_is_there_once(world: World, clock: Clock) -> None:
    chosen = ["dues:2026", "club:hours:", "club:hours:ben", "dues:2026", "club:gone", "club"]
    expected = ["dues:2026", "club:hours:ana", "club:hours:ben", "club:gone", "club"]
    for as_of in (None, clock.now):
        found = world.ledger.balances(chosen, as_of=as_of)
        assert [each.account_id for each in found] == expected
        assert len({each.head for each in found}) == 1
        assert all(each.known_position is None for each in found)
    named = world.ledger.balances(["club:gone", "club"])
    assert named == [world.ledger.balance("club:gone"), world.ledger.balance("club")]


def test_a_chosen_account_is_as_of_the_same_state_as_the_rest(world: World, clock: Clock) -> None:
    now, known = clock.now, clock.now - 9 * DAY
    named = [account for account in ACCOUNTS if not account.startswith("dues:")]
    found = world.ledger.balances([*named, "dues:"], as_of=now, known_at=known)
    assert in_units(found) == world.held(now, known) != world.held(now, now)
    for report in found:
        assert report == world.ledger.balance(report.account_id, as_of=now, known_at=known)


@pytest.mark.parametrize("ask", [Ledger.balances, Ledger.balance_tree, Ledger.statements])
@pytest.mark.parametrize(
    ("chosen", "details"),
    [
        (["club", "cash"], {"account_id": "cash"}),
        (["clbu:", "club"], {"prefix": "clbu:"}),
        ("club:bank:giro:", {"prefix": "club:bank:giro:"}),
    ],
)
def test_what_matches_nothing_is_named(
    world: World, ask: Callable[..., object], chosen: str | list[str], details: dict[str, str]
) -> None:
    with pytest.raises(NoSuchAccount) as refusal:
        ask(world.ledger, chosen)
    assert details.items() <= refusal.value.details.items()


@pytest.mark.parametrize("chosen", [[""], [":"], ["club", "-x:"]])
def test_what_no_id_begins_with_is_refused(world: World, chosen: list[str]) -> None:
    with pytest.raises(InvalidAccountId):
        world.ledger.balances(chosen)


def test_nothing_chosen_is_not_everything(world: World) -> None:
    assert world.ledger.balances([]) == []
    assert world.ledger.balance_tree([]) == []
    assert list(world.ledger.statements([])) == []


def test_accounts_are_listed_by_the_beginning_of_their_ids(world: World) -> None:
    listed = [each.account_id for each in world.ledger.accounts(prefix="club:b")]
    assert listed == ["club:bank:giro", "club:bank:savings"]
    assert world.ledger.accounts("closed", prefix="dues") == []
    with pytest.raises(NoSuchAccount):
        world.ledger.accounts(prefix="duse")


def test_an_empty_ledger_lists_no_accounts_whatever_they_begin_with(ledger: Ledger) -> None:
    assert ledger.accounts(prefix="club") == []
