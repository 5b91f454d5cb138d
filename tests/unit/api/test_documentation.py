"""Everything public says what it is, what it takes, and what it refuses."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from ledger import Ledger

NO_WAY_TO_FAIL = "nothing is read or written that could be refused"

MODULES = ("errors", "events", "testing")


def public_names(thing: object) -> list[str]:
    return [name for name in dir(thing) if not name.startswith("_")]


def of_class(kind: type) -> dict[str, Callable[..., Any] | property]:
    """The public methods and properties, a class's or static ones as functions."""
    return {
        name: getattr(found, "__func__", found)
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
