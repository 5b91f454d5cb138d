"""The scripted session that meets every fault: everything a ledger can do, step by step."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from ledger import Ledger
from tests.support.clock import Clock
from tests.support.program import SAMPLE_DATA

STATEMENT: Final = b"""Date,Description,Amount
2026-06-01,Rent,-1.50
2026-06-02,Fees,0.75
2026-06-03,Tea,-0.25
"""

Said = Callable[[], None]
"""Called when what was done so far has been promised."""


class Step(NamedTuple):
    """One thing that is done to an open ledger.

    Attributes:
        in_parts: whether each view, or each run of lines, is committed on its own; what was
            committed is said, and the whole can be repeated.
        deferred: whether the projections are left behind.
    """

    name: str
    run: Callable[[Ledger, Said], object]
    in_parts: bool = False
    deferred: bool = False


noon: Final = Clock("2026-06-15T12:00")


def opened(path: str, *, deferred: bool = False) -> Ledger:
    return Ledger.open(
        path, create=False, clock=noon, snapshot_interval=4, defer_projections=deferred
    )


def begun(path: str) -> None:
    """The ledger that the session begins with."""
    with Ledger.draft(path, clock=noon) as ledger:
        for account in ("a", "b"):
            ledger.open_account(account, "Ana", initial_balance="10", at="2026-01-01T00:00:00Z")


def batch_lines(name: str) -> list[bytes]:
    """A batch of many kinds of commands, with keys; it opens and closes an account of that name."""
    lines: list[dict[str, str]] = [
        {"command": "deposit", "account": "a", "amount": "0.10"},
        {"command": "transfer", "from": "a", "to": "b", "amount": "0.05"},
        {"command": "open", "account": name, "owner": "Bo"},
        {"command": "deposit", "account": name, "amount": "0.02", "description": "for Bo"},
        {"command": "transfer", "from": name, "to": "a", "amount": "0.02"},
        {"command": "close", "account": name},
    ]
    return [
        json.dumps({**line, "idempotency_key": f"{name} {number}"}).encode()
        for number, line in enumerate(lines)
    ]


def _ask(ledger: Ledger, _: Said) -> None:
    ledger.balance("a")
    ledger.balance("a", as_of="2026-05-20T00:00:00Z")
    ledger.accounts()
    ledger.history("b")
    list(ledger.replay("a"))
    list(ledger.export_events())


SESSION: Final = (
    Step("open", lambda ledger, _: ledger.open_account("c", "Cy", initial_balance="1")),
    Step("deposit", lambda ledger, _: ledger.deposit("a", "1.23", "pay")),
    Step("backdate", lambda ledger, _: ledger.deposit("a", "0.77", at="2026-05-01T00:00:00Z")),
    Step("withdraw", lambda ledger, _: ledger.withdraw("b", "0.50")),
    Step("transfer", lambda ledger, _: ledger.transfer("a", "b", "2.00", "rent")),
    Step("key", lambda ledger, _: ledger.transfer("b", "a", "0.10", idempotency_key="k")),
    Step("again", lambda ledger, _: ledger.transfer("b", "a", "0.10", idempotency_key="k")),
    Step("reverse", lambda ledger, _: ledger.reverse("a", 2, "not ours")),
    Step("correct", lambda ledger, _: ledger.correct("a", 4, amount="1.75")),
    Step("amend", lambda ledger, _: ledger.amend_account("c", owner="Cyd", opened_at="2026-06-01")),
    Step("confirm", lambda ledger, _: ledger.confirm("b", "11.15", "the bank", at="2026-06-15")),
    Step("lock", lambda ledger, _: ledger.lock("2026-05-20", "told to the board")),
    Step("unlock", lambda ledger, _: ledger.unlock("a bill was found")),
    Step("batch", lambda ledger, _: ledger.batch(batch_lines("d"))),
    Step(
        "parts",
        lambda ledger, said: ledger.batch(
            batch_lines("e"), continue_on_error=True, commit_every=2, on_commit=said
        ),
        in_parts=True,
    ),
    Step("import", lambda ledger, _: ledger.import_statement("a", STATEMENT)),
    Step("ask", _ask),
    Step("snapshot", lambda ledger, _: ledger.snapshot(ledger.account_ids())),
    Step("rebuild", lambda ledger, _: ledger.rebuild_projections(workers=1)),
    Step("defer", lambda ledger, _: ledger.batch(batch_lines("f")), deferred=True),
    Step("catch up", lambda ledger, _: ledger.catch_up(), in_parts=True),
    Step("older world", lambda ledger, _: ledger.import_events(_older_lines())),
    Step("empty c", lambda ledger, _: ledger.withdraw("c", "1")),
    Step("close", lambda ledger, _: ledger.close_account("c", "moved")),
    Step("reopen", lambda ledger, _: ledger.reopen_account("c")),
)


def _older_lines() -> list[bytes]:
    """The first steps of an account of the older world."""
    lines = (SAMPLE_DATA / "older_world.jsonl").read_bytes().splitlines()
    return [line for line in lines if b'"aggregate_id": "acc-002"' in line][:5]


# ── what opens a ledger that a killed process left, its last commands still in the log ──────────


def left_behind(path: str) -> str:
    """A ledger whose process ended without closing it; returns the path."""
    begun(path + ".open")
    with opened(path + ".open") as ledger:
        for _ in range(3):
            ledger.deposit("a", "1")
        for suffix in ("", "-wal"):
            Path(path + suffix).write_bytes(Path(path + ".open" + suffix).read_bytes())
    return path


# ── what makes a ledger where there was none ────────────────────────────────────────────────────


def _create(path: str) -> None:
    Ledger.open(path, clock=noon).close()


def _import_older(path: str) -> None:
    with Ledger.draft(path, clock=noon, snapshot_interval=4) as ledger:
        ledger.import_events(_older_lines())


def export() -> list[bytes]:
    """The export of a ledger with a little of everything."""
    with Ledger.in_memory(clock=noon) as ledger:
        for account in ("a", "b"):
            ledger.open_account(account, "Ana", initial_balance="10", at="2026-01-01T00:00:00Z")
        ledger.batch(batch_lines("d"))
        return list(ledger.export_events())


def _import_export(path: str) -> None:
    with Ledger.draft(path, clock=noon, restoring=True) as ledger:
        ledger.import_events(EXPORT)


EXPORT: Final = export()

MAKING: Final[dict[str, Callable[[str], None]]] = {
    "create": _create,
    "first command": begun,
    "import older": _import_older,
    "import export": _import_export,
}
