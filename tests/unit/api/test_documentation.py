"""Everything public says what it is, what it takes, and what it refuses."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Struct

import ledger
from ledger import Ledger


def public_names(thing: object) -> list[str]:
    return [name for name in dir(thing) if not name.startswith("_")]


def of_class(kind: type) -> dict[str, Callable[..., Any] | property]:
    """The public methods and properties, a class's or static ones as functions."""
    return {
        name: found.__func__ if isinstance(found, classmethod | staticmethod) else found
        for name in public_names(kind)
        if isinstance(
            found := inspect.getattr_static(kind, name),
            property | classmethod | staticmethod,
        )
        or inspect.isfunction(found)
    }


def undocumented(function: Callable[..., Any]) -> list[str]:
    """The parameters that the section ``Args`` of a docstring does not name."""
    doc = inspect.getdoc(function) or ""
    args = re.search(r"^Args:\n((?:[ \n].*\n?|\n)*)", doc, re.MULTILINE)
    named = re.findall(r"^    ((?:\w+, )*\w+):", args[1] if args else "", re.MULTILINE)
    told = {name for names in named for name in names.split(", ")}
    return [
        name
        for name in inspect.signature(function).parameters
        if name not in ("self", "cls") and name not in told
    ]


@pytest.mark.parametrize("name", of_class(Ledger))
def test_a_method_of_a_ledger_is_documented(name: str) -> None:
    method = of_class(Ledger)[name]
    assert inspect.getdoc(method), "no docstring"
    if not isinstance(method, property):
        assert undocumented(method) == []


def test_what_is_public_is_what_can_be_had() -> None:
    assert dir(ledger) == ledger.__all__
    for name in ledger.__all__:
        found = getattr(ledger, name)
        assert name == "__version__" or inspect.getdoc(found), f"{name} has no docstring"
    with pytest.raises(AttributeError):
        _ = ledger.no_such_name


def test_an_open_ledger_shows_its_methods_and_nothing_else() -> None:
    with Ledger.in_memory() as books:
        assert public_names(books) == list(of_class(Ledger))


@pytest.mark.parametrize(
    "name",
    [
        each
        for each in ledger.__all__
        if isinstance(getattr(ledger, each), type) and issubclass(getattr(ledger, each), Struct)
    ],
)
def test_a_report_names_its_raw_numbers(name: str) -> None:
    kind = getattr(ledger, name)
    if name in (
        "Money",
        "RecordedEvent",
        "StatementFormat",
    ):  # what is stored, and names of columns
        return
    properties = of_class(kind)
    for field in kind.__struct_fields__:
        raw = re.fullmatch(r"(\w+)_(minor|us)", field)
        if raw is None:
            assert not re.search(r"(amount|balance|[^d]_at|_until|known_at|as_of)$", field), field
            continue
        shown = {raw[1], f"{raw[1]}_at", f"{raw[1]}_time"} & set(properties)
        assert len(shown) == 1, f"{field} has no property"
