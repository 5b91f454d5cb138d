"""Ledgers for beancount.

A ``balance`` directive is about the beginning of its day, and about an account together with all
that are below it. So what was confirmed is one where it was still held at the end of its day, and
else a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from ledger.exchange.exports import Exported, Extract, Out
from ledger.exchange.journals.journal import Journal, next_day
from ledger.exchange.journals.naming import heading, names_note
from ledger.exchange.journals.parts import (
    Amount,
    Category,
    Confirmation,
    Posting,
    Recorded,
    Transaction,
)
from ledger.exchange.journals.subaccounts import Subaccounts
from ledger.exchange.journals.texts import quoted
from ledger.exchange.journals.transactions import OPENING
from ledger.queries.entry_rows import entry_rows
from ledger.queries.exported_entries import ExportedAccount
from ledger.visible import unbroken

_OWN_KEYS: Final = frozenset(
    (
        "actor",
        "entry",
        "filename",
        "kind",
        "lineno",
        "position",
        "receipts",
        "recorded",
        "reversed-by",
        "reverses",
        "text",
        "time",
        "transfer",
    )
)
"""Metadata of beancount or of ours; a tag that is called like it is ``tag-1: "KEY=VALUE"``."""

_is_key: Final = re.compile(r"(?!tag-[0-9]+\Z)[a-z][a-zA-Z0-9_-]+", re.ASCII).fullmatch
_LINKED: Final = re.compile(r"[ :]")
_STRING: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})
_NO_CURRENCIES: Final = frozenset(("TRUE", "FALSE", "NULL"))


def write(part: Extract, out: Out) -> Exported:
    """Write an extract as a ledger for beancount."""
    with entry_rows(part.source, part.point) as rows:
        journal = Journal(part, rows, _spelled)
        for text in _pieces(journal):
            out.write(text)
    renamed = [each for each in journal.commodities if _unit(each) != each]
    units = tuple(f"the unit {each} is called {_unit(each)}" for each in renamed)
    return journal.exported((*names_note(journal.names, "beancount"), *units))


def _pieces(journal: Journal) -> Iterator[str]:
    part = journal.part
    yield f"; {unbroken(heading(part))}\n; head {part.head.short}\n\n"
    yield f'option "title" {_string(part.book.name or part.book.ledger_id)}\n\n'
    below = Subaccounts(journal.name_of)
    for currency, decimals in journal.commodities.items():
        yield f"{journal.first_day} commodity {_unit(currency)}\n  decimals: {decimals}\n"
        if _unit(currency) != currency:
            yield _metadata([("unit", currency)])
    for account in journal.accounts:
        yield _account(account, journal)
    known = set[str]()
    if journal.opening and journal.opening_day is not None:
        known.add(OPENING)
        yield f"\n{journal.first_day} open {OPENING}\n"
        yield from _opening(journal, journal.opening_day, below)
    confirmed: list[Confirmation] = []
    for each in journal:
        if isinstance(each, Category):
            if each.name not in known:
                yield _category(each, journal.first_day)
            continue
        if confirmed and confirmed[0].day != each.day:
            yield from _confirmations(confirmed, part, below)
            confirmed.clear()
        if isinstance(each, Confirmation):
            confirmed.append(each)
            continue
        for posting in each.postings:
            below.add(posting)
        yield _transaction(each, part)
    yield from _confirmations(confirmed, part, below)
    yield from _balances(journal.closing_day, journal.closing, journal, below)
    yield "\n"
    for note in journal.told():
        yield f"; {note}\n"
    yield f"; head {part.head.short}\n"


def _account(account: ExportedAccount, journal: Journal) -> str:
    name = journal.name_of[account.account_id]
    day = account.opened_on
    if account.account_id in journal.opening and journal.opening_day is not None:
        day = min(day, journal.opening_day)
    lines = [f"\n{day} open {name} {_unit(account.currency)}\n"]
    told = [("id", account.account_id), ("owner", account.owner)]
    if day != account.opened_on:
        told.append(("opened", account.opened_on))
    lines.append(_metadata(told))
    for place, change in enumerate(account.changes, 1):
        what = "closed" if change.closes else "reopened"
        if change.closes and place == len(account.changes):
            lines.append(f"{change.day} close {name}\n")
            if change.reason:
                lines.append(_metadata([("reason", change.reason)]))
        else:
            why = f": {change.reason}" if change.reason else ""
            lines.append(f"{change.day} note {name} {_string(what + why)}\n")
    return "".join(lines)


def _category(category: Category, day: str) -> str:
    of = _metadata([("category", category.category)]) if category.category else ""
    return f"\n{day} open {category.name}\n{of}"


def _opening(journal: Journal, day: str, below: Subaccounts) -> Iterator[str]:
    """What was held before the period; each currency is evened out on its own."""
    sums: dict[tuple[str, int], int] = {}
    yield f'\n{day} * "opening balances"\n'
    for account_id, held in journal.opening.items():
        unit = held.currency, held.decimals
        sums[unit] = sums.get(unit, 0) + held.minor
        posting = Posting(journal.name_of[account_id], held)
        below.add(posting)
        yield _posting(posting)
    for unit, minor in sums.items():
        yield _posting(Posting(OPENING, Amount(-minor, *unit)))
    yield from _balances(day, journal.opening, journal, below)


def _balances(
    day: str, held: dict[str, Amount], journal: Journal, below: Subaccounts
) -> Iterator[str]:
    """What accounts held at the end of a day."""
    following = next_day(day)
    if following is None or not held:
        return
    amounts = {journal.name_of[account_id]: amount for account_id, amount in held.items()}
    yield "\n"
    for name, amount in amounts.items():
        yield _balance(following, name, below.sum(name, amount, amounts.get))


def _transaction(each: Transaction, part: Extract) -> str:
    links = "".join(f" ^{_LINKED.sub('/', entry)}" for entry in each.links)
    lines = [f"\n{each.day} * {_string(each.description)}{links}\n"]
    told = _of_all(each, part)
    if each.transfer_id is not None:
        told.append(("transfer", each.transfer_id))
    if each.reverses:
        told.append(("reverses", ", ".join(each.reverses)))
    if each.reversed_by:
        told.append(("reversed-by", ", ".join(each.reversed_by)))
    if each.receipts:
        told.append(("receipts", " ".join(each.receipts)))
    odd = 0
    for key, value in each.tags.items():
        if _is_key(key) and key not in _OWN_KEYS:
            told.append((key, value))
        else:
            odd += 1
            told.append((f"tag-{odd}", f"{key}={value}"))
    lines.append(_metadata([*told, *_exact(each)]))
    lines += map(_posting, each.postings)
    return "".join(lines)


def _confirmations(
    confirmed: Iterable[Confirmation], part: Extract, below: Subaccounts
) -> Iterator[str]:
    """What was confirmed on a day, once it is over."""
    for each in confirmed:
        told = _metadata([*_of_all(each, part), ("entry", each.entry), *_exact(each)])
        following = next_day(each.day)
        source = each.description
        if following is not None and below.held(each.name, each.confirmed) == each.confirmed:
            amount = below.sum(each.name, each.confirmed)
            told = _metadata([("source", source)]) + told if source else told
            yield f"\n{_balance(following, each.name, amount)}{told}"
        else:
            words = f"{each.confirmed.text} {each.confirmed.currency} was confirmed"
            if each.held != each.confirmed:
                words += f", and {each.held.text} is what the entries come to now"
            words += f" ({source})" if source else ""
            yield f"\n{each.day} note {each.name} {_string(words)}\n{told}"


def _of_all(each: Recorded, part: Extract) -> list[tuple[str, str]]:
    return [
        ("kind", each.kind),
        ("position", str(each.position)),
        ("time", part.zone.show(each.effective_us)),
        ("recorded", part.zone.show(each.recorded_us)),
        ("actor", each.actor),
    ]


def _exact(each: Recorded) -> list[tuple[str, str]]:
    """The description, where escapes stand for a part of it."""
    text = each.description
    return [] if _shown(text) == text else [("text", quoted(text))]


def _posting(each: Posting) -> str:
    entry = _metadata([("entry", each.entry)], "    ") if each.entry else ""
    return f"  {each.name}  {each.amount.text} {_unit(each.amount.currency)}\n{entry}"


def _balance(day: str, name: str, amount: Amount) -> str:
    return f"{day} balance {name}  {amount.text} ~ 0 {_unit(amount.currency)}\n"


def _metadata(told: Iterable[tuple[str, str]], indent: str = "  ") -> str:
    return "".join(f"{indent}{key}: {_string(value)}\n" for key, value in told)


def _string(text: str) -> str:
    return f'"{_shown(text).translate(_STRING)}"'


def _shown(text: str) -> str:
    """The text with escapes for what would act on a terminal; lines may stay lines."""
    return (
        text
        if text.isprintable()
        else "\n".join("\t".join(map(unbroken, line.split("\t"))) for line in text.split("\n"))
    )


def _unit(currency: str) -> str:
    """A currency of one letter is none in older releases, and some words mean something else."""
    one = len(currency) == 1 or currency in _NO_CURRENCIES
    return f"{currency}-UNIT" if one else currency


def _spelled(part: str) -> str:
    """A part of a name begins with a capital or a digit, and has letters, digits and dashes."""
    kept = part if part.isascii() and part.isalnum() else _only(_is_letter_or_digit, part)
    first = kept[:1]
    if first and not first.isdecimal():
        upper = first.upper()
        first = upper if len(upper) == 1 and upper.isupper() else f"X{first}"
    return f"{first}{kept[1:]}" or "X"


def _is_letter_or_digit(character: str) -> bool:
    return character.isalpha() or character.isdecimal()


def _only(is_kept: Callable[[str], bool], text: str) -> str:
    """The text with one dash for each run of other characters, and none at its ends."""
    kept = "".join(character if is_kept(character) else " " for character in text)
    return "-".join(kept.split())
