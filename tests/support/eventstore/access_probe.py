"""A process that tries to read a ledger and to write to it, or to create a missing one.

What came of each is printed as one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing

from ledger.errors import LedgerError, NoSuchLedger
from ledger.eventstore.opening import draft_store, open_store
from tests.support.appends import LEDGER_ID, appended, log_of
from tests.support.clock import Clock


def reading(path: str) -> dict[str, object]:
    with closing(open_store(path, Clock())) as store:
        return {"events": len(log_of(store))}


def writing(path: str) -> dict[str, object]:
    with closing(open_store(path, Clock())) as store:
        return {"position": appended(store, "a")[0].position}


def drafting(path: str) -> dict[str, object]:
    draft_store(path, LEDGER_ID, Clock()).publish()
    return {"published": True}


def outcome(action: Callable[[str], dict[str, object]], path: str) -> dict[str, object]:
    try:
        return action(path)
    except LedgerError as error:
        return {"error": type(error).__name__, "message": error.message, "hint": error.advice}


def main(path: str) -> None:
    answers = {"reading": outcome(reading, path)}
    if answers["reading"].get("error") == NoSuchLedger.__name__:
        answers["drafting"] = outcome(drafting, path)
    elif "error" not in answers["reading"]:
        answers["writing"] = outcome(writing, path)
    print(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
