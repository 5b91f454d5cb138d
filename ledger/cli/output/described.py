"""What an entry says of itself, in one cell of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.cli.output.counted import counted
from ledger.domain.receipts import Receipt


def described(
    words: str, tags: Mapping[str, str] | None, receipts: Sequence[Receipt] | None
) -> str:
    """Its words, and in brackets its tags and how many receipts it has."""
    notes = [f"{key}={value}" for key, value in (tags or {}).items()]
    if receipts:
        notes.append(counted(len(receipts), "receipt"))
    return " ".join(filter(None, (words, f"({', '.join(notes)})" if notes else "")))


def event_described(words: str, event: object) -> str:
    """The same of an event, which may be of a kind that has neither."""
    return described(words, getattr(event, "tags", None), getattr(event, "receipts", None))
