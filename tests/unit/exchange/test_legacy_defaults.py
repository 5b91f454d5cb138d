"""Events of the older world from whose data its program left out what was the default.

They mean the same wherever they are read: at the import, in the store, in verify, in a rebuild, in
a replay, and in a ledger that was made from an export.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import combinations

import pytest

from ledger import Ledger
from ledger.domain.events import AccountClosed, AccountOpened, MoneyDeposited, MoneyWithdrawn
from ledger.errors import InvalidLine
from ledger.eventstore.codec import decode_event
from tests.support.clock import Clock
from tests.support.older_world import closed, deposited, older, opened


def subsets(names: Iterable[str]) -> list[tuple[str, ...]]:
    names = list(names)
    return [each for count in range(len(names) + 1) for each in combinations(names, count)]


OPENINGS = [
    (version, left_out)
    for version in (1, 2, 3, 4)
    for left_out in subsets(["initial_balance", "name" if version == 1 else "owner"])
]


@pytest.mark.parametrize(("version", "left_out"), OPENINGS)
def test_an_opening_without_an_owner_or_a_balance(
    version: int, left_out: tuple[str, ...], path: str, clock: Clock
) -> None:
    whole: dict[str, object] = {
        "account_id": "a",
        "initial_balance": 1250 if version == 4 else 12.5,
    }
    whole["name" if version == 1 else "owner"] = "Olga"
    if version >= 3:
        whole["currency"] = "USD"
    data = {name: value for name, value in whole.items() if name not in left_out}
    line = older(
        *("a", 1, "AccountOpened", json.dumps(data), "2024-01-01T08:00:00"), schema_version=version
    )
    owner = "Unknown" if {"name", "owner"} & {*left_out} else "Olga"
    balance = 0 if "initial_balance" in left_out else 1250

    with Ledger.open(path, clock=clock) as ledger:
        report = ledger.import_events([line])
        assert (report.rounded, report.rounded_to_nothing) == (0, 0)
        (_, event) = ledger.events(raw=True)
        assert event.data == json.dumps(data)
        assert (event.text, event.schema_version) == (None, version)
        assert decode_event(event) == AccountOpened("a", "USD", 2, balance, owner=owner)
        check_everywhere(ledger, "a", balance, owner)


@pytest.mark.parametrize("reason", [None, "", "moved"])
def test_a_closing_without_a_reason(reason: str | None, path: str, clock: Clock) -> None:
    data = "{}" if reason is None else json.dumps({"reason": reason})
    with Ledger.open(path, clock=clock) as ledger:
        ledger.import_events([opened(balance="0.0"), closed(2, 3, data)])
        event = list(ledger.events(raw=True))[-1]
        assert (event.data, event.text, event.schema_version) == (data, None, 1)
        assert decode_event(event) == AccountClosed(reason or "")
        (row,) = ledger.accounts(status="closed")
        assert row.account_id == "a"
        check_everywhere(ledger, "a", 0, "Olga")


@pytest.mark.parametrize("kind", [MoneyDeposited, MoneyWithdrawn])
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("description", [None, "", "Café"])
def test_a_movement_without_a_description(
    kind: type[MoneyDeposited | MoneyWithdrawn],
    version: int,
    description: str | None,
    path: str,
    clock: Clock,
) -> None:
    data: dict[str, object] = {"amount": 0.5} if version == 1 else {"amount": 50, "currency": "USD"}
    if description is not None:
        data["description"] = description
    line = older(
        *("a", 2, kind.__name__, json.dumps(data), "2024-01-02T08:00:00"), schema_version=version
    )
    with Ledger.open(path, clock=clock) as ledger:
        ledger.import_events([opened(balance="1"), line])
        event = list(ledger.events(raw=True))[-1]
        assert (event.data, event.text) == (json.dumps(data), None)
        assert decode_event(event) == kind(50, "USD", description or "")
        check_everywhere(ledger, "a", 100 + kind.direction * 50, "Olga")


def test_all_defaults_in_one_log(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        ledger.import_events(
            [
                older("a", 1, "AccountOpened", '{"account_id": "a"}', "2024-01-01T00:00:00"),
                older("a", 2, "MoneyDeposited", '{"amount": 5.0}', "2024-01-02T00:00:00"),
                older("a", 3, "MoneyWithdrawn", '{"amount": 5.0}', "2024-01-03T00:00:00"),
                closed(4, 4),
            ]
        )
        check_everywhere(ledger, "a", 0, "Unknown")
        assert ledger.balance("a", as_of="2024-01-02T12:00Z").balance.minor_units == 500


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        (older("a", 1, "AccountOpened", '{"name": "Olga"}', "2024-01-01T00:00:00"), "account_id"),
        (older("a", 1, "AccountOpened", "{}", "2024-01-01T00:00:00"), "account_id"),
        (older("a", 1, "MoneyDeposited", "{}", "2024-01-01T00:00:00"), "amount"),
        (
            older(
                "a", 1, "MoneyDeposited", '{"amount":1}', "2024-01-01T00:00:00", schema_version=2
            ),
            "currency",
        ),
    ],
)
def test_what_had_no_default_there_may_not_be_left_out(
    line: bytes, missing: str, ledger: Ledger
) -> None:
    with pytest.raises(InvalidLine, match=rf"^line 1: .*{missing}"):
        ledger.import_events([line])


def test_an_account_of_unknown_owner_goes_on(ledger: Ledger) -> None:
    lines = [
        older("a", 1, "AccountOpened", '{"account_id": "a"}', "2024-01-01T00:00:00"),
        deposited(2, "7.5", 2),
    ]
    ledger.import_events(lines)
    ledger.withdraw("a", "7.50")
    ledger.close_account("a")
    assert ledger.verify().findings == ()


def check_everywhere(ledger: Ledger, account: str, balance: int, owner: str) -> None:
    """One account is the same however it is read, and nothing is wrong with the ledger."""
    check_here(ledger, account, balance, owner)
    ledger.rebuild_projections()
    check_here(ledger, account, balance, owner)
    with Ledger.in_memory(restoring=True) as copy:
        copy.import_events(ledger.export_events())
        check_here(copy, account, balance, owner)
        assert copy.head() == ledger.head()


def check_here(ledger: Ledger, account: str, balance: int, owner: str) -> None:
    assert ledger.balance(account).balance.minor_units == balance
    (row,) = ledger.accounts(status="all")
    assert (row.account_id, row.owner, row.balance_minor) == (account, owner, balance)
    agreement = ledger.agreement(account)
    assert agreement.holds
    assert ledger.history(account).state.owner == owner
    assert ledger.verify().findings == ()
