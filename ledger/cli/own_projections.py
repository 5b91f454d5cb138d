"""Somebody's own projections, as ``LEDGER_PROJECTIONS`` names them: ``module:Class,module:Class``.

They are code, and it is run: so it is only ever named by who runs the program, never by a file, and
found where Python finds what is installed or what ``PYTHONPATH`` leads to.
"""

from __future__ import annotations

from importlib import import_module
from itertools import islice
from typing import Any, Final

from ledger.errors import InvalidOption, ProjectionFailed, UnreadableEvent
from ledger.ledger import Ledger
from ledger.projections.folding import AnyRows, decoded, fold_into, pack
from ledger.projections.projection import Projection, Rows, check_names
from ledger.projections.projector import OUR_NAMES

VARIABLE = "LEDGER_PROJECTIONS"

LOAD_CLASSES = (
    "name a projection of the module that has their classes, such as "
    f"{VARIABLE}=club.budget:Left, and repeat this"
)

_AT_ONCE: Final = 1_000
"""Events that are folded together."""


def load(names: str) -> list[Projection[Any]]:
    """The projections of those classes.

    Raises:
        InvalidOption: one of the names leads to no projection.
        InvalidUsage: two of the projections have the same name.
    """
    found = [_load(name.strip()) for name in names.split(",") if name.strip()]
    # One without a name is refused when the ledger is opened.
    check_names([*OUR_NAMES, *(each.name for each in found if hasattr(each, "name"))])
    return found


def why_it_fails(projection: Projection[Any], ledger: Ledger) -> str:
    """What keeps a projection from being made of the log; empty where nothing does.

    It is folded for a try, and nothing is written: questions leave no reason behind.
    """
    rows: AnyRows = Rows()
    events = ledger.events(raw=True)
    try:
        while page := decoded(islice(events, _AT_ONCE)):
            fold_into(rows, projection, page)
        pack(projection, rows)
    except (ProjectionFailed, UnreadableEvent) as error:
        return error.message
    return ""


def _load(name: str) -> Projection[Any]:
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise _refused(name, "it is not of the form module:Class")
    try:
        found: Any = import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except AttributeError:
        raise _refused(name, f"{module} has no {attribute}") from None
    except (Exception, SystemExit) as error:
        raise _refused(name, f"{module} cannot be imported: {_words(error)}") from error
    if not (isinstance(found, type) and issubclass(found, Projection)):
        raise _refused(name, f"{attribute} is no class of projections")
    try:
        return found()
    except Exception as error:
        raise _refused(name, f"{attribute} cannot be made: {_words(error)}") from error


def _refused(name: str, why: str) -> InvalidOption:
    return InvalidOption(
        f"{VARIABLE} names {name!a}: {why}",
        advice="name classes by their modules, such as club.totals:Monthly; PYTHONPATH says where "
        "else than among what is installed to look for them",
    )


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
