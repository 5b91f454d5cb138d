"""States at the end of what is archived: kept for good, lifted, and vouched for by one digest."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ledger.domain.account import BankAccount
from ledger.domain.account_state import STATE_VERSION, AccountState
from ledger.errors import DamagedLedger
from ledger.eventstore.archive.records import ArchivedStream
from ledger.eventstore.archive.states import (
    aggregate_at,
    archived_stream,
    as_snapshot,
    can_be_archived,
    states_digest,
)
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.snapshots import fold_fingerprint, state_in

# The states of all versions that were ever kept, and what they are today. They stay for ever.
GOLDEN = {
    1: (
        '{"owner":"Ana","currency":"USD","decimals":2,"balance":1250,"transaction_count":3,'
        '"opened_at":1000,"last_activity":5000,"closed_at":null,"initial_balance":1000,'
        '"overdraft_limit":500,"confirmed_until":4000}',
        AccountState("Ana", "USD", 2, 1250, 3, 1000, 5000, None, 1000, 500, 4000),
    ),
}


def stream(version: int, state: str, **others: Any) -> ArchivedStream:
    facts = {"stream_id": "a", "aggregate_type": "BankAccount", "version": 7, **others}
    return ArchivedStream(
        highest_effective_at=5000,
        last_recorded_at=6000,
        state_version=version,
        state=state,
        **facts,
    )


@pytest.mark.parametrize("version", GOLDEN)
def test_a_state_of_every_version_can_be_read(version: int) -> None:
    stored, state = GOLDEN[version]
    account = aggregate_at(stream(version, stored))
    snapshot = as_snapshot(stream(version, stored))

    assert (account.stream_id, account.version, account.state) == ("a", 7, state)
    assert (snapshot.version, snapshot.highest_effective_at, snapshot.last_recorded_at) == (
        7,
        5000,
        6000,
    )
    assert snapshot.fingerprint == fold_fingerprint(BankAccount)
    assert state_in(snapshot, BankAccount) == state


def test_todays_state_is_written_as_the_newest_golden_one() -> None:
    """Whoever changes the state raises its version, and adds an upcaster and a golden state."""
    stored, state = GOLDEN[STATE_VERSION]
    account = BankAccount("a", state, 7)

    assert max(GOLDEN) == STATE_VERSION == BankAccount.state_version
    assert archived_stream(account, 5000, 6000) == stream(STATE_VERSION, stored)
    assert len(BankAccount.state_upcasters) == STATE_VERSION - 1


def test_an_older_state_is_lifted(monkeypatch: pytest.MonkeyPatch) -> None:
    def spell_out(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "owner": f"{data['owner']} Souza"}

    stored, _ = GOLDEN[1]
    monkeypatch.setattr(BankAccount, "state_version", 3)
    monkeypatch.setattr(BankAccount, "state_upcasters", (spell_out, dict))

    assert aggregate_at(stream(1, stored)).state.owner == "Ana Souza"
    lifted = state_in(as_snapshot(stream(2, stored)), BankAccount)
    assert lifted == GOLDEN[1][1]


@pytest.mark.parametrize(
    "kept",
    [
        stream(1, "{}"),
        stream(1, "no JSON"),
        stream(0, GOLDEN[1][0]),
        stream(STATE_VERSION + 1, GOLDEN[1][0]),
        stream(1, GOLDEN[1][0], aggregate_type="Unheard"),
    ],
)
def test_a_state_that_cannot_be_read_is_named(kept: ArchivedStream) -> None:
    with pytest.raises(DamagedLedger, match="what 'a' was when its entries were archived"):
        aggregate_at(kept)


def test_only_streams_whose_state_is_kept_leave() -> None:
    assert can_be_archived("BankAccount")
    assert not can_be_archived("Book")
    assert not can_be_archived("Unheard")


@pytest.mark.parametrize("field", ArchivedStream.__struct_fields__)
def test_the_digest_covers_every_field(field: str) -> None:
    before = stream(1, GOLDEN[1][0])
    value = getattr(before, field)
    changed = msgspec.structs.replace(
        before, **{field: value + 1 if isinstance(value, int) else f"{value} "}
    )
    assert states_digest([before], []) != states_digest([changed], [])


def test_the_digest_covers_all_states_and_the_events_that_stay() -> None:
    one, other = stream(1, "{}"), stream(1, "{}", stream_id="b")
    stays = recorded("$book", 1)
    digests = {
        states_digest(states, kept)
        for states in ([], [one], [one, other])
        for kept in ([], [stays], [stays, msgspec.structs.replace(stays, position=9)])
    }
    assert len(digests) == 9


def recorded(stream_id: str, version: int) -> RecordedEvent:
    return RecordedEvent(
        1, stream_id, "Book", version, "Noted", 1, "{}", None, None, "{}", 1, 1, False, bytes(32)
    )
