"""Snapshots are states that some fold made. When the fold changes, they must be left aside, which
`FOLD_REVISION` does, if only somebody thinks of raising it. This test does."""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
from typing import get_args

import pytest
from msgspec.structs import replace

from ledger.domain import account_state
from ledger.domain.account_state import FOLD_REVISION, AccountState, fold
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountEvent,
    AccountOpened,
    AccountReopened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    OpeningAmended,
    PersonalDataErased,
    TransferReceived,
    TransferSent,
)

REVISION = 4
DIGEST = "c588be139df78fb4cceb95df6c40a3eb64c2fc8730aa0b3c370d04a4a0f8de51"

HAPPENED: list[tuple[int, AccountEvent]] = [
    (10, AccountOpened("acc-001", "JPY", 0, 1_000, 50, "Ana Souza")),
    (20, MoneyDeposited(250, "JPY", "Paycheck", {"category": "pay"})),
    (40, MoneyWithdrawn(100, "JPY", "Rent")),
    (30, TransferReceived("t-1", "acc-002", 7, "JPY", "backdated")),
    (20, EntryReversed(2, -250, "JPY", None, "somebody else's")),
    (45, EntryAmended(3, {"category": "rent"}, (), "Rent of May")),
    (46, AccountAmended(300, "Ana Lima")),
    (47, BalanceConfirmed(907, "JPY", 46, "statement 2")),
    (48, ConfirmationWithdrawn(8, "another account's")),
    (5, OpeningAmended("acc-001", "JPY", 0, 1_200, 5, 60, "Ana Souza Lima")),
    (50, TransferSent("t-2", "acc-002", 1_107, "JPY", "the rest")),
    (60, AccountClosed("moved away")),
    (60, AccountReopened("came back")),
    (70, PersonalDataErased("asked for")),
]


def _state(
    owner: str, balance: int, count: int, opened: int, last: int, closed: int | None, *terms: int
) -> AccountState:
    return AccountState(owner, "JPY", 0, balance, count, opened, last, closed, *terms)


STATES = [
    _state("Ana Souza", 1_000, 0, 10, 10, None, 1_000, 50),
    _state("Ana Souza", 1_250, 1, 10, 20, None, 1_000, 50),
    _state("Ana Souza", 1_150, 2, 10, 40, None, 1_000, 50),
    _state("Ana Souza", 1_157, 3, 10, 40, None, 1_000, 50),
    _state("Ana Souza", 907, 2, 10, 40, None, 1_000, 50),
    _state("Ana Souza", 907, 2, 10, 45, None, 1_000, 50),
    _state("Ana Lima", 907, 2, 10, 46, None, 1_000, 300),
    _state("Ana Lima", 907, 2, 10, 47, None, 1_000, 300, 46),
    _state("Ana Lima", 907, 2, 10, 48, None, 1_000, 300, 46),
    _state("Ana Lima", 1_107, 2, 5, 48, None, 1_200, 300, 46),
    _state("Ana Lima", 0, 3, 5, 50, None, 1_200, 300, 46),
    _state("Ana Lima", 0, 3, 5, 60, 60, 1_200, 300, 46),
    _state("Ana Lima", 0, 3, 5, 60, None, 1_200, 300, 46),
    _state("(erased)", 0, 3, 5, 70, None, 1_200, 300, 46),
]
"""After each of those, as `REVISION` folds them."""

RAISE = """
The fold of accounts has changed, and with it what a stored snapshot means.
1. Raise FOLD_REVISION (ledger/domain/account_state.py) from {revision} to {next}, so that
   the snapshots of the old fold are passed over.
2. Write down here: REVISION = {next}, DIGEST = "{digest}"
"""

WRITE_DOWN = """
FOLD_REVISION is {actual}, and here stands {revision}.
Write down here: REVISION = {actual}, DIGEST = "{digest}"
"""

MEANT_SOMETHING_ELSE = """
The same events lead to another state than before, so a stored snapshot means something else.
If that is meant, raise FOLD_REVISION, and write down here the new revision and the new states.
"""

SOURCE = inspect.getsource(account_state)


def fold_of(source: str) -> dict[str, str]:
    """The parts of the fold by name, as code without comments, docstrings and layout."""
    return {name: ast.unparse(_without_docstrings(node)) for name, node in _parts(source)}


def _parts(source: str) -> list[tuple[str, ast.stmt]]:
    parts: list[tuple[str, ast.stmt]] = []
    for node in ast.parse(source).body:
        match node:
            case ast.ClassDef(name="AccountState"):
                parts.append((node.name, node))
            case ast.FunctionDef():
                parts.append((node.name, node))
    return parts


def _without_docstrings(tree: ast.stmt) -> ast.stmt:
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.ClassDef, ast.FunctionDef))
            and ast.get_docstring(node) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def digest_of(source: str) -> str:
    fold = fold_of(source)
    return hashlib.sha256("\n\n".join(fold[name] for name in sorted(fold)).encode()).hexdigest()


def test_the_revision_is_raised_whenever_the_fold_changes() -> None:
    digest, actual = digest_of(SOURCE), FOLD_REVISION
    values = {"digest": digest, "revision": REVISION, "next": REVISION + 1, "actual": actual}
    assert digest == DIGEST or actual != REVISION, RAISE.format(**values)
    assert (digest, actual) == (DIGEST, REVISION), WRITE_DOWN.format(**values)


def test_the_digest_sees_the_whole_fold() -> None:
    assert set(fold_of(SOURCE)) == {"AccountState", "fold", "_opened", "_change"}


def test_the_same_events_lead_to_the_same_states_while_the_revision_is_the_same() -> None:
    """The event classes have a say in the fold, too, and the digest does not see them."""
    states: list[AccountState] = []
    state = None
    for effective_at, event in HAPPENED:
        state = fold(state, event, effective_at)
        states.append(replace(state))
    assert states == STATES, MEANT_SOMETHING_ELSE
    assert FOLD_REVISION == REVISION


def test_every_event_has_its_say_in_those_states() -> None:
    assert {type(event) for _, event in HAPPENED} == set(get_args(AccountEvent))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("state.balance -= event.amount", "state.balance -= event.amount + 1"),
        ("state.transaction_count -= 1", "state.transaction_count += 1"),
        ("state.closed_at = effective_at", "state.closed_at = 0"),
        ("        0,\n        opened_at", "        1,\n        opened_at"),
        ("case AccountClosed():", "case AccountClosed(reason=''):"),
        ("state.owner = ERASED", "state.owner = ''"),
        ("event.initial_balance - state.initial_balance", "event.initial_balance"),
        ("if effective_at > state.last_activity", "if effective_at != state.last_activity"),
        ("    closed_at: int | None = None", "    closed_at: int = 0"),
        ('"active" if self.closed_at is None', '"open" if self.closed_at is None'),
    ],
)
def test_a_change_of_the_fold_changes_the_digest(old: str, new: str) -> None:
    assert SOURCE.count(old) == 1
    assert digest_of(SOURCE.replace(old, new)) != digest_of(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "    state.closed_at = effective_at\n",
            "    state.closed_at = effective_at  # until it is reopened\n",
        ),
        ('"""What an account is at some point.', '"""The state of an account.'),
        ("def fold(state:", "def fold(\n    state:"),
    ],
)
def test_comments_layout_and_rules_are_no_part_of_the_fold(old: str, new: str) -> None:
    assert SOURCE.count(old) == 1
    assert digest_of(SOURCE.replace(old, new)) == digest_of(SOURCE)


def test_a_docstring_is_no_part_of_the_fold() -> None:
    undocumented = re.sub(r'\n    """The state after an event.*?"""', "", SOURCE, flags=re.DOTALL)
    assert undocumented != SOURCE
    assert digest_of(undocumented) == digest_of(SOURCE)
