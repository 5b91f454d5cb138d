"""Names that a question has and no entry has: most are mistyped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from ledger.queries.entry_rows import KNOWN, TABLE, EntryRows
from ledger.queries.finding.conditions import Condition, Tag, Wanted, has

_MOST: Final = 2_000
"""Names that there are; to look for near ones among more of them would take too long."""

# A `+` keeps the column from choosing an index, which is slower than to pass over all rows.
_KNOWN_ENTRIES: Final = f"WHERE {KNOWN} AND +is_entry = 1"
_OF_ENTRIES: Final = f"FROM {TABLE} {_KNOWN_ENTRIES}"
_OF_TAGS: Final = f"FROM {TABLE}, json_each({TABLE}.tags) AS tag {_KNOWN_ENTRIES}"


class Unknown(NamedTuple):
    """A name that no entry has.

    Attributes:
        kind: what it was to be.
        name: as it was given: of a tag its key, or key and value where only the value is unknown.
        known: names that there are instead.
    """

    kind: Literal["tag", "actor"]
    name: str
    known: tuple[str, ...]


def unknown_names(rows: EntryRows, wanted: Wanted, *, anything_found: bool) -> tuple[Unknown, ...]:
    """The tags and the actor that were asked for and that no entry has.

    Args:
        anything_found: so that there are those that every entry had to have.
    """
    tags = dict.fromkeys((*(() if anything_found else wanted.tags), *wanted.without_tags))
    found = [Unknown("tag", *_instead(rows, tag)) for tag in tags if not _there(rows, has(tag))]
    actor = wanted.actor
    if (
        actor is not None
        and not anything_found
        and not _there(rows, Condition("actor = ?", (actor,)))
    ):
        found.append(Unknown("actor", actor, tuple(_names(rows, f"DISTINCT actor {_OF_ENTRIES}"))))
    return tuple(found)


def _there(rows: EntryRows, condition: Condition) -> bool:
    sql = f"SELECT 1 {_OF_ENTRIES} AND {condition.sql} LIMIT 1"
    return bool(rows.ask(sql, (*rows.known, *condition.bindings)))


def _instead(rows: EntryRows, tag: Tag) -> tuple[str, tuple[str, ...]]:
    """What is unknown of a tag, and what there is instead: keys, or tags of that key."""
    if tag.value is None or not _there(rows, has(Tag(tag.key))):
        return tag.key, tuple(_names(rows, f"DISTINCT tag.key {_OF_TAGS}"))
    values = _names(rows, f"DISTINCT tag.value {_OF_TAGS} AND tag.key = ?", tag.key)
    return str(tag), tuple(f"{tag.key}={value}" for value in values)


def _names(rows: EntryRows, what: str, *bindings: str) -> Iterator[str]:
    sql = f"SELECT {what} LIMIT {_MOST}"
    return (str(name) for (name,) in rows.ask(sql, (*rows.known, *bindings)))
