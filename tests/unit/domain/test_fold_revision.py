"""Snapshots are states that some fold made. When the fold changes, they must be left aside, which
`FOLD_REVISION` does, if only somebody thinks of raising it. This test does."""

from __future__ import annotations

import ast
import hashlib
import inspect

import pytest

from ledger.domain import account_state
from ledger.domain.account_state import FOLD_REVISION

REVISION = 1
DIGEST = "f1ace9c9eff1f0bf83b65a52b495f3167ba663c9b69e5660e97dfe40d500e2eb"

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
            case ast.FunctionDef() if node.name.startswith("_fold_"):
                parts.append((node.name, node))
            case ast.AnnAssign(target=ast.Name(id="FOLDS")):
                parts.append(("FOLDS", node))
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
    facts = {"digest": digest, "revision": REVISION, "next": REVISION + 1, "actual": actual}
    assert digest == DIGEST or actual != REVISION, RAISE.format(**facts)
    assert (digest, actual) == (DIGEST, REVISION), WRITE_DOWN.format(**facts)


def test_the_digest_sees_the_whole_fold() -> None:
    assert set(fold_of(SOURCE)) == {
        "AccountState",
        "_fold_opened",
        "_fold_credit",
        "_fold_debit",
        "_fold_closed",
        "FOLDS",
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("state.balance += event.amount", "state.balance += event.amount + 1"),
        ("state.balance -= event.amount", "state.balance += event.amount"),
        ("state.closed_at = effective_at", "state.closed_at = 0"),
        ("event.initial_balance, 0, effective_at", "event.initial_balance, 1, effective_at"),
        ("TransferSent: _fold_debit", "TransferSent: _fold_credit"),
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
        ("def _fold_opened(_:", "def _fold_opened(\n    _:"),
    ],
)
def test_comments_layout_and_rules_are_no_part_of_the_fold(old: str, new: str) -> None:
    assert SOURCE.count(old) == 1
    assert digest_of(SOURCE.replace(old, new)) == digest_of(SOURCE)


def test_a_docstring_is_no_part_of_the_fold() -> None:
    documented = SOURCE.replace(
        "    state.closed_at = effective_at\n",
        '    """Close."""\n    state.closed_at = effective_at\n',
    )
    assert documented != SOURCE
    assert digest_of(documented) == digest_of(SOURCE)
