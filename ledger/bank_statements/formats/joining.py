"""What the parts of a file say together of each account."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from ledger.bank_statements.formats.money import Money
from ledger.bank_statements.statement import Entry, Skipped, StatedBalance, Statement

_SHOWN_LINES: Final = 5
_MARKS: Final = re.compile(r"[;,:/|]")


def joined(parts: Iterable[Statement], money: Money) -> list[Statement]:
    """One statement for each account, from those of several days or pages.

    Parts that follow one another have balances that do: what one closes with, the next one opens
    with. Where they do so from the last to the first, they are turned round.
    """
    by_account: dict[tuple[str, str | None], list[Statement]] = {}
    for part in parts:
        by_account.setdefault((part.account_number, part.currency), []).append(part)
    return [_one(each, money) for each in by_account.values()]


def _one(parts: list[Statement], money: Money) -> Statement:
    if len(parts) == 1:
        return parts[0]
    repeated: list[Skipped] = []
    if not _follow(parts):
        if _follow(parts[::-1]):
            parts = parts[::-1]
        else:
            parts, repeated = _without_repeated(parts)
    notes = [*(note for part in parts for note in part.notes), *_gaps(parts, money)]
    return replace(
        parts[0],
        entries=[entry for part in parts for entry in part.entries],
        skipped=[*(line for part in parts for line in part.skipped), *repeated],
        opening=parts[0].opening,
        closing=parts[-1].closing,
        notes=tuple(dict.fromkeys(notes)),
    )


def _gaps(parts: list[Statement], money: Money) -> Iterator[str]:
    """A note on the first balance that does not follow from the one before it."""
    gaps = [
        (before.closing, after.opening, str(after.currency))
        for before, after in pairwise(parts)
        if before.closing
        and after.opening
        and before.closing.amount_minor != after.opening.amount_minor
    ]
    for closing, opening, currency in gaps[:1]:
        more = f"; so it is {len(gaps) - 1} more times" if len(gaps) > 1 else ""
        yield (
            f"line {opening.line}: a statement opens with "
            f"{money.shown(opening.amount_minor, currency)}, "
            f"but the one before it closes with {money.shown(closing.amount_minor, currency)} "
            f"(line {closing.line}), so one may be missing between them{more}"
        )


def _without_repeated(parts: list[Statement]) -> tuple[list[Statement], list[Skipped]]:
    """The parts without what an earlier one has already, as where files were put together.

    An entry is there already if its reference and all else are the same, or if its whole statement
    is: one that leads from one balance to another cannot do so twice.
    """
    kept: list[Statement] = []
    repeated: list[Skipped] = []
    wholes: set[tuple[object, ...]] = set()
    there: dict[tuple[object, ...], int] = {}
    for part in parts:
        contents = [(each.moment, each.amount_minor, each.description) for each in part.entries]
        whole = (_stated(part.opening), _stated(part.closing), *contents)
        is_again = whole in wholes
        if sum(each.amount_minor for each in part.entries) and part.opening and part.closing:
            wholes.add(whole)
        own: dict[tuple[object, ...], int] = {}
        entries: list[Entry] = []
        for entry, content in zip(part.entries, contents, strict=True):
            key = (entry.reference, *content)
            line = there.get(key) if entry.reference or is_again else None
            if line is None:
                entries.append(entry)
                own.setdefault(key, entry.line)
            else:
                reason = f"it is the entry of line {line} again, in another statement of the file"
                repeated.append(Skipped(entry.line, reason, guessed=True))
        there.update(own)
        if not is_again:
            kept.append(replace(part, entries=entries))
    return kept, repeated


def _stated(balance: StatedBalance | None) -> tuple[object, ...]:
    return () if balance is None else (balance.amount_minor, balance.day)


def _follow(parts: Sequence[Statement]) -> bool:
    return all(
        before.closing is not None
        and after.opening is not None
        and before.closing.amount_minor == after.opening.amount_minor
        for before, after in pairwise(parts)
    )


def with_sure_references(statement: Statement) -> Statement:
    """The statement without its references, where one is not that of one entry alone.

    A bank that gives the same one to several entries does not tell them apart by it.
    """
    counts = Counter(entry.reference for entry in statement.entries if entry.reference)
    twice = next((reference for reference, count in counts.items() if count > 1), None)
    if twice is None:
        return statement
    note = (
        f"the bank's reference {twice!r} is on {lines_of(statement.entries, twice)}, so its "
        "references are not used to tell entries apart"
    )
    return replace(
        statement,
        entries=[replace(entry, reference="") for entry in statement.entries],
        notes=(*statement.notes, note),
    )


def lines_of(entries: Iterable[Entry], reference: str) -> str:
    return told_lines([entry.line for entry in entries if entry.reference == reference])


def told_lines(lines: Sequence[int]) -> str:
    """Lines for a message: ``line 3``, or ``lines 3, 8 and 4 others``."""
    shown = [f"{line}" for line in lines[:_SHOWN_LINES]]
    more = len(lines) - len(shown)
    if more:
        return f"lines {', '.join(shown)} and {more} other{'s' if more > 1 else ''}"
    if len(shown) == 1:
        return f"line {shown[0]}"
    return f"lines {', '.join(shown[:-1])} and {shown[-1]}"


def described(name: str, text: str) -> str:
    """A description from who it was and what it was for; not the same twice."""
    name, text = " ".join(name.split()), " ".join(text.split())
    if not name or _has(text, name):
        return text
    if not text or _has(name, text):
        return name
    return f"{name}: {text}"


def _has(text: str, words: str) -> bool:
    """Whether a text has some words in it, as words; at its beginning, it may go on with more."""
    text, words = text.casefold(), words.casefold()
    return text.startswith(words) or f" {words} " in f" {_MARKS.sub(' ', text)} "
