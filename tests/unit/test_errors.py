from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ledger import errors
from ledger.errors import InvalidAmount, LedgerError, VersionConflict

EXIT_STATUSES = {
    "InvalidInput": 2,
    "RuleViolation": 3,
    "NotFound": 4,
    "Conflict": 5,
    "Integrity": 6,
    "Failure": 1,
}

DRAWN_LINE = re.compile(
    r"(?P<indent>[ │]*)[├└]── (?P<name>\w+)(?: \((?P<status>\d)\))?(?P<rest>.*)"
)


def subclasses(parent: type[LedgerError]) -> list[type[LedgerError]]:
    """Those of the product, in the order they are written in."""
    return [child for child in parent.__subclasses__() if child.__module__ == errors.__name__]


def leaves() -> list[type[LedgerError]]:
    return [leaf for branch in subclasses(LedgerError) for leaf in subclasses(branch)]


def tree() -> list[tuple[str, int, list[tuple[str, str]]]]:
    return [
        (
            branch.__name__,
            branch.exit_status,
            [(leaf.__name__, leaf.code) for leaf in subclasses(branch)],
        )
        for branch in subclasses(LedgerError)
    ]


def drawn_tree() -> Iterator[tuple[str, int, list[tuple[str, str]]]]:
    """The tree in the module's docstring."""
    leaves: list[tuple[str, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        drawn = DRAWN_LINE.fullmatch(line)
        if drawn is None:
            continue
        if len(drawn["indent"]) == 4:
            leaves = []
            yield drawn["name"], int(drawn["status"]), leaves
        else:
            leaves.append((drawn["name"], drawn["rest"].strip()))


def make(
    error: type[LedgerError], message: str, *, advice: str = "", **details: object
) -> LedgerError:
    if error is VersionConflict:
        details.setdefault("actual_version", 3)
    return error(message, advice=advice, **details)


def test_the_drawn_tree_is_the_tree() -> None:
    assert list(drawn_tree()) == tree()


def test_the_branches_have_the_exit_statuses_of_the_contract() -> None:
    assert {name: status for name, status, _ in tree()} == EXIT_STATUSES


def test_the_tree_is_three_levels_deep() -> None:
    assert [leaf for leaf in leaves() if subclasses(leaf)] == []


@pytest.mark.parametrize("leaf", leaves())
def test_a_leaf_exits_with_the_status_of_its_branch(leaf: type[LedgerError]) -> None:
    branch = leaf.__mro__[1]
    assert leaf.exit_status == EXIT_STATUSES[branch.__name__]


@pytest.mark.parametrize("leaf", leaves())
def test_a_leafs_code_is_its_name_in_snake_case(leaf: type[LedgerError]) -> None:
    assert leaf.code == re.sub(r"(?<!^)(?=[A-Z])", "_", leaf.__name__).lower()


def test_every_leaf_has_a_code_of_its_own() -> None:
    codes = [leaf.code for leaf in leaves()]
    assert len(codes) > 20
    assert len(set(codes)) == len(codes)
    assert LedgerError.code not in codes


@pytest.mark.parametrize("leaf", leaves())
def test_an_error_carries_its_message_advice_and_details(leaf: type[LedgerError]) -> None:
    error = make(leaf, "it is wrong", advice="right it", account_id="acc-001")
    assert str(error) == error.message == "it is wrong"
    assert error.advice == "right it"
    assert error.details["account_id"] == "acc-001"


def test_advice_and_details_may_be_missing() -> None:
    error = InvalidAmount("it is wrong")
    assert (error.advice, error.details) == ("", {})


def test_a_version_conflict_knows_the_actual_version() -> None:
    conflict = VersionConflict("it moved on", actual_version=7, account_id="acc-001")
    assert conflict.actual_version == 7
    assert conflict.details == {"actual_version": 7, "account_id": "acc-001"}


def test_an_error_can_be_located_at_a_line() -> None:
    error = InvalidAmount("it is wrong", advice="right it", amount="x")
    assert error.at_line(3) is error
    assert str(error) == error.message == "line 3: it is wrong"
    assert error.details == {"amount": "x", "line": 3}
    assert error.advice == "right it"


def test_a_line_is_named_once() -> None:
    error = InvalidAmount("it is wrong").at_line(3).at_line(9)
    assert error.message == "line 3: it is wrong"
    assert error.details == {"line": 3}
