"""States as snapshots, and when a stored one is not to be trusted."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.account import BankAccount
from ledger.domain.account_state import AccountState
from ledger.domain.events import AccountOpened, MoneyDeposited
from ledger.eventstore.snapshots import (
    Snapshot,
    fold_fingerprint,
    is_right,
    state_in,
    take,
    usable_fingerprints,
)
from tests.support.program import PROJECT

INSTANTS = st.integers(-(2**60), 2**60)
STATES = st.builds(
    AccountState,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
    st.sampled_from(["USD", "JPY"]),
    st.integers(0, 12),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**40),
    INSTANTS,
    INSTANTS,
    st.none() | INSTANTS,
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**63 - 1),
)


FINGERPRINT = fold_fingerprint(BankAccount)


def restored(snapshot: Snapshot) -> BankAccount | None:
    state = state_in(snapshot, BankAccount)
    return None if state is None else BankAccount(snapshot.stream_id, state, snapshot.version)


@given(state=STATES, version=st.integers(1, 10**9))
def test_an_account_comes_back_from_its_snapshot_as_it_was(
    state: AccountState, version: int
) -> None:
    snapshot = take(BankAccount("a", state, version), 17)

    account = restored(snapshot)

    assert account is not None
    assert (account.stream_id, account.version, account.state) == ("a", version, state)
    assert snapshot.highest_effective_at == state.last_activity
    assert (snapshot.last_recorded_at, snapshot.fingerprint) == (17, FINGERPRINT)
    assert is_right(snapshot, account, 17)
    assert not is_right(snapshot, account, 18)


def test_a_restored_account_folds_on_without_changing_the_snapshot() -> None:
    account = BankAccount("a")
    account.apply(AccountOpened("a", "USD", 2, 100, owner="A"), 5)
    snapshot = take(account, 5)

    again = restored(snapshot)
    assert again is not None
    again.apply(MoneyDeposited(50, "USD", ""), 6)

    assert (again.version, again.state.balance) == (2, 150)
    assert restored(snapshot) is not again
    assert take(account, 5) == snapshot


@pytest.mark.parametrize("state", ["", "null", "[]", "{}", '{"owner": 5}', '{"owner":"A","curr'])
def test_a_stored_state_that_does_not_fit_is_no_account(state: str) -> None:
    assert restored(Snapshot("a", 1, state, FINGERPRINT, 0, 0)) is None


CHANGES = {
    "nothing": ("pass", True),
    "the revision of the fold": (
        "from ledger.domain import account_state\naccount_state.FOLD_REVISION += 1",
        False,
    ),
    "a field of the state": (
        "from ledger.domain import account_state as changed\n"
        "class AccountState(changed.AccountState): mood: str = 'calm'\n"
        "changed.AccountState = AccountState",
        False,
    ),
    "the schema version of an event": (
        "from ledger.domain import events\n"
        "events.TransferSent.schema_version = 3\n"
        "events.TransferSent.upcasters = (dict, dict)",
        False,
    ),
    "a new event": (
        "from ledger.domain import events\n"
        "class InterestPaid(events.Event): amount: int\n"
        "events.AccountEvent |= InterestPaid",
        False,
    ),
    "an event that no account has": (
        "from ledger.domain import aggregate\n"
        "class InterestPaid(aggregate.Event): amount: int\n"
        "class Loan(aggregate.Aggregate):\n"
        "    aggregate_type, event_types, fold_revision = 'Loan', (InterestPaid,), 1\n"
        "    state_type = InterestPaid",
        True,
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_fingerprint_changes_with_all_that_a_state_depends_on(what: str) -> None:
    change, same = CHANGES[what]
    program = (
        f"{change}\n"
        "from ledger.domain.account import BankAccount\n"
        "from ledger.eventstore.snapshots import fold_fingerprint\n"
        "print(fold_fingerprint(BankAccount))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert (done.stdout.strip() == FINGERPRINT) is same


def test_the_fingerprint_of_today_is_one_that_this_program_uses() -> None:
    assert FINGERPRINT in usable_fingerprints()
    assert FINGERPRINT.startswith("BankAccount/4/")


@pytest.mark.parametrize("state", [None, 7, b"\x00", "", "[]"])
def test_what_a_damaged_page_gives_in_a_states_place_is_no_state(state: Any) -> None:
    fingerprint = fold_fingerprint(BankAccount)
    assert state_in(Snapshot("a", 1, state, fingerprint, 0, 0), BankAccount) is None
