"""How often a command waits for the server, counted on its wire.

The way to a server may take longer than all that is done at its ends.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import InsufficientFunds
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.wire import Wire

MONDAY = "2026-02-02T12:00:00Z"
TUESDAY = "2026-02-03T12:00:00Z"


@pytest.fixture
def place(postgresql_url: str, postgresql_server: PostgresServer, wire: Wire) -> str:
    """A ledger of two accounts, by the way along the wire."""
    with Ledger.open(postgresql_url) as ledger:
        ledger.open_account("a", "Ana", initial_balance="100", at="2026-02-01")
        ledger.open_account("b", "Ben", at="2026-02-01")
    there, here = (
        str(each).replace("/", "%2F") for each in (postgresql_server.folder, wire.folder)
    )
    return postgresql_url.replace(there, here)


@pytest.fixture
def archived(postgresql_url: str, place: str, tmp_path: Path) -> str:
    """The same once all of it is archived."""
    with Ledger.open(postgresql_url) as ledger:
        ledger.deposit("a", "1", at=MONDAY)
        ledger.archive(tmp_path / "archive", ledger.head().recorded_us)
    return place


def trips(wire: Wire, action: Callable[[], object]) -> int:
    wire.arm(None)
    action()
    return wire.steps


COMMANDS: dict[str, Callable[[Ledger], object]] = {
    "deposit": lambda ledger: ledger.deposit("a", "1"),
    "with a key": lambda ledger: ledger.deposit("a", "1", idempotency_key="k"),
    "transfer with a key": lambda ledger: ledger.transfer("a", "b", "1", idempotency_key="k"),
    "at a moment": lambda ledger: ledger.transfer("a", "b", "1", at=TUESDAY, idempotency_key="k"),
    "open": lambda ledger: ledger.open_account("c", "Cai", idempotency_key="k"),
    "close": lambda ledger: ledger.close_account("b", idempotency_key="k"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_is_two_round_trips(
    place: str, wire: Wire, command: Callable[[Ledger], object]
) -> None:
    with Ledger.open(place, create=False) as ledger:
        assert trips(wire, lambda: command(ledger)) == 2
        assert ledger.verify(workers=1).clean


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_is_two_round_trips_where_accounts_begin_in_the_archive(
    archived: str, wire: Wire, command: Callable[[Ledger], object]
) -> None:
    with Ledger.open(archived, create=False) as ledger:
        assert trips(wire, lambda: command(ledger)) == 2
        assert trips(wire, lambda: ledger.deposit("a", "1")) == 2  # after what it knows itself
        assert ledger.verify(workers=1).clean


def test_a_command_after_what_others_have_archived_meanwhile_is_right(
    place: str, wire: Wire, postgresql_url: str, tmp_path: Path
) -> None:
    with Ledger.open(place, create=False) as ledger:
        ledger.transfer("a", "b", "1")
        with Ledger.open(postgresql_url, create=False) as other:
            other.transfer("b", "a", "1")
            other.archive(tmp_path / "archive", other.head().recorded_us)

        trips(wire, lambda: ledger.transfer("a", "b", "2", idempotency_key="k"))
        assert trips(wire, lambda: ledger.transfer("a", "b", "2", idempotency_key="l")) == 2
        assert ledger.balance("b").balance.minor_units == 400
        assert ledger.verify(workers=1).clean


def test_a_batch_over_accounts_that_begin_in_the_archive_reads_them_together(
    archived: str, wire: Wire
) -> None:
    lines = [
        b'{"command":"transfer","from":"%s","to":"%s","amount":"1"}' % (one, other)
        for one, other in ((b"a", b"b"), (b"b", b"a")) * 5
    ]
    with Ledger.open(archived, create=False) as ledger:
        assert trips(wire, lambda: ledger.batch(lines)) <= 14
        assert ledger.verify(workers=1).clean


def test_a_command_on_what_others_have_changed_meanwhile_is_two_round_trips(
    place: str, wire: Wire, postgresql_url: str
) -> None:
    with Ledger.open(place, create=False) as ledger:
        ledger.transfer("a", "b", "1")
        with Ledger.open(postgresql_url, create=False) as other:
            other.transfer("b", "a", "1")
            other.deposit("b", "5")

        assert trips(wire, lambda: ledger.transfer("a", "b", "2", idempotency_key="k")) == 2
        assert ledger.balance("b").balance.minor_units == 700
        assert ledger.verify(workers=1).clean


def test_a_refused_command_is_two_round_trips(place: str, wire: Wire) -> None:
    def refused() -> None:
        with suppress(InsufficientFunds):
            ledger.withdraw("b", "1000", idempotency_key="k")
            pytest.fail("it was not refused")

    with Ledger.open(place, create=False) as ledger:
        assert trips(wire, refused) == 2


def test_a_backdated_command_asks_once_more_for_what_came_later(place: str, wire: Wire) -> None:
    with Ledger.open(place, create=False) as ledger:
        ledger.deposit("a", "1", at=TUESDAY)
        assert trips(wire, lambda: ledger.withdraw("a", "1", at=MONDAY, idempotency_key="k")) <= 4


def test_a_key_that_was_used_is_answered_with_what_was_done(place: str, wire: Wire) -> None:
    with Ledger.open(place, create=False) as ledger:
        first = ledger.deposit("a", "1", idempotency_key="k")
        again: list[object] = []
        count = trips(
            wire, lambda: again.append(ledger.deposit("a", "1", idempotency_key="k").recorded)
        )
        assert again == [first.recorded]
        assert count <= 5
