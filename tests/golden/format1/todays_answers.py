"""What a migrated ledger has to answer, made from what 0.1 has answered.

The two logs are not the same bytes, so this is all that may differ, and exactly how:

- Heads, hashes and event ids: each event has another hash. ``metadata.migrated`` of an event says
  which one it was, so each id and hash of 0.1 has its own counterpart.
- Positions: two events of the book come first, so each is higher by 2; an option that is a position
  of 0.1 is asked 2 higher. `verify` counts these two as well, and `projections` is as far behind.
- Schema versions and data of ``events``: data is lifted to today's version, with amounts as
  decimals and defaults written out; 0.1 showed what it had stored.
- Metadata of ``events``: the request of a key has no free text, and with ``--lift`` nothing is left
  of what the older world said of people.
- The id of one account, which took any text of the older world's and cannot be an id any more: it
  has another, and the older world's event in which it stood is stored anew.
- Keys of entries from a bank's statement, which held a digest of the words: each has a counterpart.
- Snapshots are made anew, and are not asked for: those of 0.1 lay where its users had them taken.
- A head of 0.1 is none of this log: `verify` says that it is one of the ledger that was migrated.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.golden.format1.asking import Question

BOOK_EVENTS = 2
PROJECTIONS = {"account_balances": 2, "account_summaries": 3}
"""With their versions of today."""

_EXPORT = Path(__file__).with_name("books.jsonl")

_OPTIONS_WITH_POSITIONS = ("--from-position", "--to-position")

_DECIMALS = {"USD": 2, "JPY": 0, "KWD": 3, "CLF": 4}

_TODAYS_VERSIONS = {
    "AccountOpened": 5,
    "MoneyDeposited": 3,
    "MoneyWithdrawn": 3,
    "TransferSent": 2,
    "TransferReceived": 2,
    "AccountClosed": 2,
}

RENAMED = {"Größe 7, 'lose' \\ ende": "Gr-e-7-lose-ende-928e5796e6f3ea12"}
"""Ids that cannot be ids any more."""

_FREE_TEXTS = ("owner", "description", "reason")


def todays_question(question: Question) -> Question:
    """The question to the migrated ledger."""
    argv = [RENAMED.get(word, word) for word in question["argv"]]
    for place, option in enumerate(argv[:-1]):
        if option in _OPTIONS_WITH_POSITIONS:
            argv[place + 1] = str(int(argv[place + 1]) + BOOK_EVENTS)
    return {**question, "argv": argv}


def is_about_snapshots(question: Question) -> bool:
    """Whether it asks where snapshots lie, and was answered."""
    return question["argv"][0] == "snapshots" and bool(question["answer"])


class TodaysAnswers:
    """Translates answers of 0.1 into those of one migrated ledger.

    Args:
        export: the lines of its export.
        lifted: whether the older world's events were stored anew.
    """

    def __init__(self, export: Iterable[bytes], *, lifted: bool) -> None:
        documents = [json.loads(line) for line in export][1:]
        self._key = bytes.fromhex(documents[1]["salt"])
        self._events = documents[BOOK_EVENTS:]
        old = [json.loads(line) for line in _EXPORT.read_bytes().splitlines()[1:]]
        keys = [
            [each["metadata"].get("idempotency_key") for each in log] for log in (old, self._events)
        ]
        self._statement_keys = {
            before: now
            for before, now in zip(*keys, strict=True)
            if before is not None and before.startswith("import:")
        }
        self._lifted = lifted
        last = documents[-1]
        self.head = f"{last['position']}:{last['hash'][:16]}"

    def of(self, question: Question) -> Any:
        """The answer to a question that 0.1 was asked."""
        answer = self._translated(question["answer"])
        command = question["argv"][0]
        shown = answer.get("shown", answer) if isinstance(answer, dict) else answer
        if command == "verify" and "clean" in shown:
            shown["events"] += BOOK_EVENTS
            del shown["snapshots"]
            if "--expect-head" in question["argv"]:
                shown["noted_head"] = "of_source" if shown["clean"] else "missing"
        if command == "projections":
            for projection in shown:
                projection["checkpoint"] += BOOK_EVENTS
                projection["version"] = PROJECTIONS[projection["name"]]
        if command == "replay" and "snapshot" in shown:
            del shown["snapshot"], shown["snapshot_version"]
        if command == "replay" and "lines" in shown and "snapshot" in shown["lines"][-1]:
            del shown["lines"][-1]["snapshot"], shown["lines"][-1]["snapshot_version"]
        return answer

    def _translated(self, answer: Any) -> Any:
        if isinstance(answer, list):
            return [self._translated(each) for each in answer]
        if isinstance(answer, str):
            return RENAMED.get(answer, answer)
        if not isinstance(answer, dict):
            return answer
        if "event_id" in answer and "position" in answer:
            return self._event(answer)
        translated = {
            name: self.head if name == "head" else self._translated(value)
            for name, value in answer.items()
        }
        if "idempotency_key" in answer:
            key = answer["idempotency_key"]
            translated["idempotency_key"] = self._statement_keys.get(key, key)
        return translated

    def _event(self, answer: dict[str, Any]) -> dict[str, Any]:
        """An event, in the result of a command or as ``events`` shows it."""
        todays = self._events[answer["position"] - 1]
        changed = {
            **answer,
            "position": answer["position"] + BOOK_EVENTS,
            "event_id": todays["event_id"],
        }
        assert changed["position"] == todays["position"]
        if "hash" in answer:
            changed["aggregate_id"] = RENAMED.get(answer["aggregate_id"], answer["aggregate_id"])
            changed["hash"] = todays["hash"]
            changed["data"] = self._translated(_lifted(answer))
            changed["schema_version"] = _TODAYS_VERSIONS[answer["event_type"]]
            changed["metadata"] = self._metadata(answer)
        return changed

    def _metadata(self, answer: dict[str, Any]) -> dict[str, Any]:
        mark = hmac.digest(self._key, answer["hash"][:16].encode(), "sha256").hex()[:16]
        metadata = {**answer["metadata"], "migrated": f"{answer['position']}:{mark}"}
        if "request" in metadata:
            request = metadata["request"]
            metadata["request"] = {
                name: value for name, value in request.items() if name not in _FREE_TEXTS
            }
        if "imported" in metadata and (self._lifted or answer["data"].get("account_id") in RENAMED):
            imported = metadata["imported"]
            metadata["imported"] = {name: imported[name] for name in ("event_id", "timestamp")}
        return metadata


def _lifted(answer: dict[str, Any]) -> dict[str, Any]:
    """What 0.1 had stored as data, in today's terms."""
    stored = {"description": "", **answer["data"]}
    currency = stored.get("currency", "USD")
    before = answer["schema_version"] < {"AccountOpened": 4}.get(answer["event_type"], 2)
    if answer["event_type"] in ("AccountClosed", "AccountOpened"):
        del stored["description"]
    if "name" in stored:
        stored["owner"] = stored.pop("name")
    for field in ("amount", "initial_balance"):
        if field not in stored:
            continue
        amount = Decimal(str(stored[field]))
        if not before or answer["event_type"].startswith("Transfer"):
            amount = amount.scaleb(-_DECIMALS[currency])
        stored[field] = str(round(amount, _DECIMALS[currency]))
        stored["currency"] = currency
    return stored
