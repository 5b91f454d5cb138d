"""Account ids that are not in the ledger, and arguments in the wrong order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from ledger.cli.completion import levels_of, plain_account_ids
from ledger.cli.environment import Environment
from ledger.cli.options import SEVERAL
from ledger.cli.retyped import command, refused_command, typed_again
from ledger.domain.money import Money
from ledger.errors import InvalidAmount, LedgerError
from ledger.ledger import Ledger

_BEGINNINGS: Final = ("[PREFIX]", "[PREFIX …]")
_OR_PREFIXES: Final = (*SEVERAL, "[ACCOUNT …]")
"""Arguments that are ids, or prefixes that end in a colon."""
_ACCOUNTS: Final = (
    "ACCOUNT",
    "[ACCOUNT]",
    "ACCOUNT …",
    "FROM",
    "TO",
    *_OR_PREFIXES,
    *_BEGINNINGS,
)
_SIDES: Final = ("from_account", "to_account", "from", "to")
"""The two sides of a transfer, as they are named on the command line and in a file."""
_MAY_WANT_A_NEW_ONE: Final = ("deposit", "withdraw", "transfer", "import", "correct")
"""The commands that may be about an account that is still to be opened."""
_AMOUNT: Final = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_NEAREST: Final = 3
_LISTED: Final = 5
_COMPARED: Final = 500


def hint_about_accounts(env: Environment, error: LedgerError) -> str:
    """What was probably meant, with the command as it should be; empty where it is not about that.

    Opening an account is never offered alone: whoever mistypes an id would have two.
    """
    if error.code not in ("no_such_account", "invalid_account_id", "invalid_amount"):
        return ""
    typed = env.typed
    if typed is None or typed.info_name == "open":
        return ""
    known = plain_account_ids if env.lines is None else env.lines.account_ids
    ids = known(env)
    if "line" in error.details:
        swapped_there = _swapped_in_line(env, ids, error)
        if swapped_there:
            return swapped_there
    else:
        swapped = _swapped(env, ids, error)
        if swapped:
            return f"the amount comes last: {typed_again(env, swapped)}"
        first = _version_first(ids, typed.params.get("account"), typed.params.get("version"))
        if first:
            return f"the version comes last: {typed_again(env, first)}"
    if error.code == "invalid_amount" or (
        error.code != "no_such_account" and "line" in error.details
    ):
        return ""
    prefix = error.details.get("prefix")
    if prefix is not None:
        return _none_starts_with(env, str(prefix), ids)
    wrong = error.details.get("account_id")
    if wrong in ids:  # there was none then
        return f"{error.advice}: {command(env, 'history', str(wrong))}"
    if wrong is None:
        wrong = next((each for _, each in _account_values(typed) if each not in ids), None)
    return "" if wrong is None else _not_in(env, str(wrong), ids, error)


def version_before_account(env: Environment, error: Any) -> str:
    """The command as it should be, where an entry's version was typed before its account; else
    empty.

    Args:
        error: what the parser raised, with the arguments that it could not read.
    """
    context = error.ctx
    values, *_ = context.command.make_parser(context).parse_args(args=list(error.arguments))
    env.typed = context.command.make_context(
        context.info_name, list(error.arguments), context.parent, resilient_parsing=True
    )
    first = _version_first(plain_account_ids(env), values.get("account"), values.get("version"))
    return f"the version comes last: {typed_again(env, first)}" if first else ""


def _version_first(ids: Sequence[str], account: object, version: object) -> dict[str, Any]:
    """An account and a version in their right order, where they changed places."""
    number, text = str(account), str(version)
    if number in ids or not (number.isascii() and number.isdigit()):
        return {}
    meant = _meant(text, ids)
    return {"account": meant, "version": number} if meant in ids else {}


def _not_in(env: Environment, wrong: str, ids: Sequence[str], error: LedgerError) -> str:
    name, given = refused_command(env, error)
    near = nearest(wrong, _but(ids, _other_side(given, wrong)))
    if "line" not in error.details and _may_be_prefix(env.typed, wrong):
        near = [*_below(wrong, ids), *near]
    if near:
        question = f"did you mean {_one_of(near)}?"
        if "line" in error.details:
            return question
        return f"{question} {typed_again(env, _corrected(env.typed, ids))}"
    words = _those_there_are(ids)
    if error.code == "invalid_account_id":
        return f"{words}; {error.advice}"
    if name not in _MAY_WANT_A_NEW_ONE or (name == "correct" and given.get("account") == wrong):
        return words if len(ids) <= _LISTED else f"{words}; to see all: {command(env, 'accounts')}"
    return f"{words}; to open {wrong}: {command(env, 'open', wrong, '--owner', 'NAME')}"


def _none_starts_with(env: Environment, prefix: str, ids: Sequence[str]) -> str:
    near = _nearest_beginnings(prefix, ids)
    if not near:
        return _those_there_are(ids)
    return f"did you mean {_one_of(near)}? {typed_again(env, _corrected(env.typed, ids))}"


def _nearest_beginnings(wrong: str, ids: Sequence[str]) -> list[str]:
    """The prefixes or ids that a mistyped beginning may stand for, the likeliest first."""
    return nearest(
        wrong, [*dict.fromkeys(level for each in ids for level in levels_of(each)), *ids]
    )


def _those_there_are(ids: Sequence[str]) -> str:
    if not ids:
        return "there are no accounts yet"
    found, rest = ", ".join(ids[:_LISTED]), len(ids) - _LISTED
    return f"the ledger has {found}" + (f" and {rest} more" if rest > 0 else "")


def _may_be_prefix(typed: Any, wrong: str) -> bool:
    """Whether a mistyped id stands where a prefix may."""
    return any(
        value == wrong and parameter.metavar in _OR_PREFIXES
        for parameter, value in _account_values(typed)
    )


def _below(wrong: str, ids: Sequence[str]) -> list[str]:
    """The prefix that only lacks its colon; in other capitals where neither it nor an account is
    spelled so."""
    prefix = f"{wrong}:"
    if wrong in ids:
        return []
    if any(each.startswith(prefix) for each in ids):
        return [prefix]
    if any(each.casefold() == wrong.casefold() for each in ids):
        return []
    levels = dict.fromkeys(level for each in ids for level in levels_of(each))
    same = [each for each in levels if each.casefold() == prefix.casefold()]
    return sorted(same, key=lambda each: _differing(prefix, each))[:1]


def _other_side(given: Mapping[str, object], account: object) -> object:
    """The account on the other side of a transfer, which cannot be meant by this one; or None."""
    sides = [given.get(name) for name in _SIDES if name in given]
    return next((each for each in sides if each != account), None) if account in sides else None


def _but(ids: Sequence[str], *others: object) -> Sequence[str]:
    return [each for each in ids if each not in others]


def nearest(wrong: str, names: Sequence[str]) -> list[str]:
    """The names that a mistyped one may stand for, the likeliest first."""
    return _nearest(wrong, tuple(names))


@lru_cache(maxsize=200)  # a batch may have the same mistake in thousands of lines
def _nearest(wrong: str, names: tuple[str, ...]) -> list[str]:
    from difflib import get_close_matches
    from heapq import nlargest

    folded = wrong.casefold()
    same = [name for name in names if name.casefold() == folded]
    same.sort(key=lambda name: _differing(wrong, name))
    likely: Sequence[str] = names
    if len(names) > _COMPARED:  # difflib takes 50 µs for each
        likely = nlargest(_COMPARED, names, key=lambda name: _ends_shared(wrong, name))
    close = get_close_matches(wrong, likely, n=_NEAREST)
    parts = [name for name in names if len(wrong) > 2 and f":{folded}" in f":{name.casefold()}"]
    return list(dict.fromkeys((*same, *close, *parts)))[:_NEAREST]


def _differing(one: str, other: str) -> int:
    """In how many places two words differ that are the same but for their capitals."""
    return sum(a != b for a, b in zip(one, other, strict=False))


def _ends_shared(one: str, other: str) -> int:
    """How many characters two words share at their beginning and at their end together."""
    shortest = min(len(one), len(other))
    first = next((n for n in range(shortest) if one[n] != other[n]), shortest)
    rest = shortest - first
    return first + next((n for n in range(rest) if one[-1 - n] != other[-1 - n]), rest)


def _one_of(names: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _account_values(typed: Any) -> Iterator[tuple[Any, str]]:
    """The account ids that were typed, each with its parameter."""
    for parameter in typed.command.params:
        if parameter.metavar in _ACCOUNTS:
            value = typed.params.get(parameter.name)
            for each in value if isinstance(value, (list, tuple)) else (value,):
                if each is not None:
                    yield parameter, each


def _corrected(typed: Any, ids: Sequence[str]) -> dict[str, Any]:
    """The parameters that hold a mistyped id, with the nearest one instead."""
    changes: dict[str, Any] = {}
    for parameter, value in _account_values(typed):
        if parameter.metavar in _BEGINNINGS or value.endswith(":"):
            known = any(each.startswith(value) for each in ids)
            meant = value if known else (_nearest_beginnings(value, ids) or [value])[0]
        elif parameter.metavar in _OR_PREFIXES and (below := _below(value, ids)):
            meant = below[0]
        else:
            meant = _meant(value, ids, _other_side({**typed.params, **changes}, value))
        if parameter.nargs == -1:
            changes[parameter.name] = [*changes.get(parameter.name, []), meant]
        elif meant != value:
            changes[parameter.name] = meant
    return changes


def _swapped(env: Environment, ids: Sequence[str], error: LedgerError) -> dict[str, Any]:
    """The arguments in their right order, where the amount stands before an account."""
    typed = env.typed
    places = [each for each in typed.command.params if each.param_type_name == "argument"]
    if not places or places[-1].metavar != "AMOUNT":
        return {}
    values = [str(typed.params[each.name]) for each in places]
    if error.code == "invalid_amount" and values[-1] not in ids:
        return {}  # there is an account of that number, and the amount is simply wrong
    place = _place_of_amount(values, ids)
    if place is None:
        return {}
    accounts = [*values[:place], *values[place + 1 :]]
    for number, each in enumerate(accounts):
        accounts[number] = _meant(each, ids, *accounts)
    if len(set(accounts)) < len(accounts):
        return {}
    amount = values[place] if _is_amount(env, values[place], accounts[0]) else "AMOUNT"
    return dict(zip((each.name for each in places), (*accounts, amount), strict=True))


def _swapped_in_line(env: Environment, ids: Sequence[str], error: LedgerError) -> str:
    """What is in the wrong fields of a line, where its amount and an account changed places."""
    fields = {} if env.lines is None else env.lines.fields(error.details["line"])
    names = [name for name in ("account", "from", "to", "amount") if fields.get(name)]
    values = [str(fields[name]) for name in names]
    if names[-1:] != ["amount"] or (error.code == "invalid_amount" and values[-1] not in ids):
        return ""
    place = _place_of_amount(values, ids)
    if place is None:
        return ""
    name, text, account = names[place], values[place], _meant(values[-1], ids, *values[:-1])
    if account in values[:-1]:
        return ""
    amount = f"amount {text}" if _AMOUNT.fullmatch(text) else "and the amount in amount"
    return f"{name} and amount are swapped: {name} {account}, {amount}"


def _place_of_amount(values: list[str], ids: Sequence[str]) -> int | None:
    """Where the amount stands among arguments that end with an account instead; or nowhere."""
    *before, last = values
    if _AMOUNT.fullmatch(last):
        return None
    numbers = [place for place, each in enumerate(before) if _AMOUNT.fullmatch(each)]
    if numbers:
        return numbers[0] if len(numbers) == 1 else None
    if last not in ids and not (last[:1].isalpha() and nearest(last, ids)):
        return None
    unknown = [place for place, each in enumerate(before) if each not in ids]
    if len(unknown) > 1:
        unknown = [place for place in unknown if not nearest(before[place], ids)]
    return unknown[0] if len(unknown) == 1 else None


def _meant(account: str, ids: Sequence[str], *others: object) -> str:
    """The account that an id stands for, but none of the others; itself where none is like it."""
    return account if account in ids else (nearest(account, _but(ids, *others)) or [account])[0]


def _is_amount(env: Environment, text: str, account: str) -> bool:
    """Whether that much can be moved on an account; of an unknown one, whether it may be."""
    if not _AMOUNT.fullmatch(text):
        return False
    try:
        with Ledger.open(env.path, create=False, lock_timeout=env.lock_timeout) as ledger:
            currency = ledger.balance(account).balance.currency
        return Money.parse(text, currency).minor_units > 0
    except InvalidAmount:
        return False
    except LedgerError:
        return True
