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
    AccountClosed,
    AccountEvent,
    AccountOpened,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
)

REVISION = 1
DIGEST = "209cf25b32df344b9472ce0bd5b08c84565a253ca955f87bf30b031cb45e8fac"

HAPPENED: list[tuple[int, AccountEvent]] = [
    (10, AccountOpened("acc-001", "Ana Souza", "JPY", 1_000)),
    (20, MoneyDeposited(250, "JPY", "Paycheck")),
    (40, MoneyWithdrawn(100, "JPY", "Rent")),
    (30, TransferReceived("t-1", "acc-002", 7, "JPY", "backdated")),
    (50, TransferSent("t-2", "acc-002", 1_157, "JPY", "the rest")),
    (60, AccountClosed("moved away")),
]

STATES = [
    AccountState("Ana Souza", "JPY", 1_000, 0, 10, 10, None),
    AccountState("Ana Souza", "JPY", 1_250, 1, 10, 20, None),
    AccountState("Ana Souza", "JPY", 1_150, 2, 10, 40, None),
    AccountState("Ana Souza", "JPY", 1_157, 3, 10, 40, None),
    AccountState("Ana Souza", "JPY", 0, 4, 10, 50, None),
    AccountState("Ana Souza", "JPY", 0, 4, 10, 60, 60),
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
    assert set(fold_of(SOURCE)) == {"AccountState", "fold"}


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
        ("event.direction * event.amount", "event.direction * event.amount + 1"),
        ("state.balance += ", "state.balance -= "),
        ("state.closed_at = effective_at", "state.closed_at = 0"),
        ("event.initial_balance, 0, effective_at", "event.initial_balance, 1, effective_at"),
        ("if type(event) is AccountClosed", "if isinstance(event, AccountClosed)"),
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
            "    state.closed_at = effective_at  # for good\n",
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
