"""What every run promises, whatever its input."""

from __future__ import annotations

import json
import re
from typing import Any

from ledger.errors import LedgerError
from tests.support.program import Outcome

DOCUMENTED = {0, 1, 2, 3, 4, 5, 6, 130}

_EXCEPTION = re.compile(r"\b[A-Z]\w*(Error|Exception|Warning|Interrupt)\b")


def _statuses(kind: type[LedgerError]) -> dict[str, int]:
    found = {kind.code: kind.exit_status}
    for each in kind.__subclasses__():
        found |= _statuses(each)
    return found


STATUS_OF = _statuses(LedgerError)
"""The exit status that goes with each error's code."""


def check_exit(outcome: Outcome, *, bad_disk: bool = False) -> dict[str, Any]:
    """Check that a run ended as `ledger help scripting` promises.

    Args:
        bad_disk: whether a failure of the machine (1) may be what was asked for, as it may where
            the ledger's path was tampered with or its bytes were.

    Returns:
        The error as ``--json`` shows it; as far as it can be known where the answer was a text;
        empty where there was none.
    """
    assert outcome.status in DOCUMENTED, outcome
    assert "Traceback" not in outcome.err, outcome
    assert not _EXCEPTION.search(outcome.err), outcome
    assert "unexpected failure" not in outcome.err, outcome
    assert "unexpected_failure" not in outcome.err, outcome
    assert bad_disk or outcome.status != 1, outcome
    assert "\x1b" not in outcome.err, outcome
    lines = outcome.err.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    documents = [line for line in lines if line.startswith('{"error":')]
    if outcome.status == 0:
        assert not errors, outcome
        assert not documents, outcome
        return {}
    assert len(errors) + len(documents) <= 1, outcome
    if documents:
        error = json.loads(documents[0])["error"]
        assert set(error) == {"code", "message", "hint", "details"}, outcome
        assert STATUS_OF[error["code"]] == outcome.status, outcome
        assert error["message"], outcome
        return dict(error)
    if errors:
        place = lines.index(errors[0])
        assert lines[place + 1 :] == [] or lines[place + 1].startswith("hint: "), outcome
        return {"message": errors[0].removeprefix("error: ")}
    return {}
