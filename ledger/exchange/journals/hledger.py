"""Journals for hledger; ledger-cli reads them, too, where no line is too long for it.

A description ends at ``;``, and what stands before ``|`` is taken for a payee. So there is neither
in a description: where one is replaced, the text as it was stands in the tag ``text``. The value of
a tag ends at a comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ledger.exchange.exports import Exported, Extract, Out
from ledger.exchange.journals.journal import Journal
from ledger.exchange.journals.naming import heading, names_note
from ledger.exchange.journals.parts import (
    Amount,
    Category,
    Confirmation,
    Posting,
    Recorded,
    Transaction,
)
from ledger.exchange.journals.texts import quoted
from ledger.exchange.journals.transactions import OPENING
from ledger.queries.entry_rows import entry_rows
from ledger.queries.exported_entries import ExportedAccount
from ledger.visible import unbroken

_OWN_TAGS: Final = frozenset(
    (
        "actor",
        "closed",
        "date",
        "date2",
        "entry",
        "id",
        "kind",
        "opened",
        "owner",
        "receipts",
        "recorded",
        "reversed-by",
        "reverses",
        "tag",
        "text",
        "time",
        "transfer",
        "type",
    )
)
"""Tags that mean something to hledger or stand for something of ours, be it of the account, whose
tags its postings have, too; a tag of an entry that is called like one of them is written
``tag: KEY=VALUE``."""

_BLANKS: Final = re.compile(r"\s+")
_REPLACED: Final = str.maketrans(";|", ",/")
_ESCAPE: Final = re.compile(r"%(?=[0-9A-Fa-f]{2})|,")


def write(part: Extract, out: Out) -> Exported:
    """Write an extract as a journal for hledger."""
    with entry_rows(part.source, part.point) as rows:
        journal = Journal(part, rows, _spelled)
        for text in _pieces(journal):
            out.write(text)
    return journal.exported(names_note(journal.names, "hledger"))


def _pieces(journal: Journal) -> Iterator[str]:
    part = journal.part
    head = f"; {unbroken(heading(part))}\n; head {part.head.short}\n"
    yield f"{head}\ndecimal-mark .\n\n"
    for currency, decimals in journal.commodities.items():
        yield f"commodity 1000.{'0' * decimals} {_unit(currency)}\n"
    for account in journal.accounts:
        yield _account(account, journal.name_of[account.account_id])
    if journal.opening and journal.opening_day is not None:
        yield f"\naccount {OPENING}\n"
        yield from _opening(journal, journal.opening_day)
    known = {OPENING} if journal.opening else set()
    for each in journal:
        if isinstance(each, Category):
            if each.name not in known:
                yield _category(each)
        elif isinstance(each, Transaction):
            yield _transaction(each, part)
        else:
            yield _confirmation(each, part)
    if journal.accounts:
        yield f"\n{journal.closing_day} * balances\n"
        for account_id, held in journal.closing.items():
            yield _asserted(journal.name_of[account_id], held._replace(minor=0), held)
    yield "\n"
    for note in journal.told():
        yield f"; {note}\n"
    yield f"; head {part.head.short}\n"


def _account(account: ExportedAccount, name: str) -> str:
    tags = [("id", account.account_id), ("owner", account.owner), ("opened", account.opened_on)]
    if account.closed_on is not None:
        tags.append(("closed", account.closed_on))
    lines = [f"\naccount {name}  ; {_tags(tags)}\n"]
    for change in account.changes:
        what = "closed" if change.closes else "reopened"
        why = f": {unbroken(change.reason)}" if change.reason else ""
        lines.append(f"    ; {change.day} {what}{_no_tag(why)}\n")
    return "".join(lines)


def _category(category: Category) -> str:
    of = f"  ; {_tags([('category', category.category)])}" if category.category else ""
    return f"\naccount {category.name}{of}\n"


def _opening(journal: Journal, day: str) -> Iterator[str]:
    """What was held before the period; each currency is evened out on its own."""
    sums: dict[tuple[str, int], int] = {}
    yield f"\n{day} * opening balances\n"
    for account_id, held in journal.opening.items():
        unit = held.currency, held.decimals
        sums[unit] = sums.get(unit, 0) + held.minor
        yield _asserted(journal.name_of[account_id], held, held)
    for unit, minor in sums.items():
        yield _posting(Posting(OPENING, Amount(-minor, *unit)))


def _transaction(each: Transaction, part: Extract) -> str:
    lines = [f"\n{each.day} * ({each.position}) {_description(each)}".rstrip(" ") + "\n"]
    tags = _of_all(each, part)
    if each.transfer_id is not None:
        tags.append(("transfer", each.transfer_id))
    tags += [("reverses", entry) for entry in each.reverses]
    tags += [("reversed-by", entry) for entry in each.reversed_by]
    lines.append(f"    ; {_tags(tags)}\n")
    if each.tags:
        lines.append(f"    ; {_tags(_own(each.tags))}\n")
    if each.receipts:
        lines.append(f"    ; {_tags([('receipts', ' '.join(each.receipts))])}\n")
    if _description(each) != each.description:
        lines.append(f"    ; text:{_quoted(each.description)}\n")
    lines += map(_posting, each.postings)
    return "".join(lines)


def _confirmation(each: Confirmation, part: Extract) -> str:
    """An assertion at the place in the day that it is of, or a comment where it does not hold."""
    words, tags = _description(each), _tags(_of_all(each, part))
    if each.confirmed != each.held:
        return (
            f"\n; {each.day} {each.entry}: {each.confirmed.text} {each.confirmed.currency} was "
            f"confirmed, and {each.held.text} is what the entries come to now"
            f"{f' ({words})' if words else ''}\n"
        )
    return (
        f"\n{each.day} * ({each.position}) {words or 'confirmed'}\n    ; {tags}\n"
        f"{_asserted(each.name, each.held._replace(minor=0), each.held, each.entry)}"
    )


def _of_all(each: Recorded, part: Extract) -> list[tuple[str, str]]:
    return [
        ("kind", each.kind),
        ("time", part.zone.show(each.effective_us)),
        ("recorded", part.zone.show(each.recorded_us)),
        ("actor", each.actor),
    ]


def _own(tags: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        ("tag", f"{key}={value}") if key in _OWN_TAGS else (key, value)
        for key, value in tags.items()
    ]


def _posting(each: Posting) -> str:
    entry = f"  ; entry:{each.entry}" if each.entry else ""
    return f"    {each.name}  {_amount(each.amount)}{entry}\n"


def _asserted(name: str, amount: Amount, held: Amount, entry: str = "") -> str:
    told = f"  ; entry:{entry}" if entry else ""
    return f"    {name}  {_amount(amount)} = {_amount(held)}{told}\n"


def _amount(amount: Amount) -> str:
    return f"{amount.text} {_unit(amount.currency)}"


def _unit(currency: str) -> str:
    return currency if currency.isalpha() else f'"{currency}"'


def _tags(tags: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{key}:{_value(value)}" for key, value in tags)


def _value(text: str) -> str:
    """The value of a tag, with ``%2C`` for a comma; a ``%`` that could be taken so is ``%25``."""
    return _ESCAPE.sub(lambda found: f"%{ord(found[0]):02X}", unbroken(text))


def _no_tag(text: str) -> str:
    """Text of a comment in which nothing is a tag."""
    return text.replace(":", " ")


def _description(each: Recorded) -> str:
    return unbroken(each.description).translate(_REPLACED).strip()


def _quoted(text: str) -> str:
    return quoted(text).replace(",", "\\u002c")


def _spelled(part: str) -> str:
    """Any text in which there are no two blanks, and which is no comment, is a part of a name."""
    return _BLANKS.sub(" ", unbroken(part)).replace(";", ",").strip() or "_"
