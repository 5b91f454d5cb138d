"""Idempotency: the same key and command answer with what was done the first time.

A key is remembered with a fingerprint of its command, in the transaction of the events; the command
itself stands in their metadata as a *canonical request*, so that a reuse can be told apart, and a
log restored elsewhere still knows its keys. A request holds no free text, not even a digest with
which a guess could be tested once the text is erased: texts are compared with those of the events.
The expected version is no part of it: a retry may well be behind. After Stripe's
``Idempotency-Key`` and draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ledger.commands.command import AMOUNT, CURRENCY_CHECK, FREE_TEXT, Amending
from ledger.domain.aggregate import Event
from ledger.domain.instant import format_instant
from ledger.domain.money import canonical_decimal
from ledger.domain.receipts import check_receipts
from ledger.domain.tags import check_tags
from ledger.errors import IdempotencyKeyReused, InvalidText
from ledger.eventstore.key_records import request_fingerprint
from ledger.eventstore.metadata import keyed_part, parse_object
from ledger.eventstore.records import KeyedRequest, KeyRecord, RecordedEvent

if TYPE_CHECKING:
    from ledger.commands.amendments import AnyCommand

_HAS: Final = "has_"
"""Before the name of a free text that a request says to be given, as an empty one may be, too."""
_NOT_REQUESTED: Final = frozenset(("idempotency_key", "expected_version"))


class Request(msgspec.Struct, frozen=True):
    """A keyed command in its canonical form.

    Attributes:
        text: compact JSON.
        currency: the one that the command names for its amount; empty where it names none.
        free_text: the command's own; None where it says none.
    """

    key: str
    text: bytes
    currency: str
    free_text: str | None

    @property
    def keyed(self) -> KeyedRequest:
        return KeyedRequest(self.key, request_fingerprint(self.text))


def request_of(command: AnyCommand, key: str, at: int | None) -> Request:
    """The request that a command with a key is; tags and receipts are in it as they are stored.

    Args:
        at: when it happened (µs UTC), where the command says so.

    Raises:
        InvalidTag, InvalidReceipt, InvalidText: it has one that cannot be stored.
    """
    fields: dict[str, Any] = {"command": command.name}
    currency = ""
    free_text: str | None = None
    for attribute, name, meaning in _fields_of(type(command)):
        value = getattr(command, attribute)
        if value is None and name != "at":
            continue
        if meaning == AMOUNT:
            amount = canonical_decimal(value)
            if name != "overdraft" or amount != "0":  # there were requests before there were limits
                fields[name] = amount
        elif meaning == FREE_TEXT:
            free_text = value
            fields |= {f"{_HAS}{name}": True} if isinstance(command, Amending) else {}
        elif name == "at":
            fields |= {} if at is None else {"at": format_instant(at)}
        elif meaning == CURRENCY_CHECK:
            currency = value
        elif name == "tags":
            checked = (
                dict(sorted(value.items())) if isinstance(command, Amending) else check_tags(value)
            )
            fields |= {name: checked} if value else {}
        elif name == "receipts":
            fields |= {name: check_receipts(value)} if value else {}
        else:
            fields[name] = value
    try:
        return Request(key, msgspec.json.encode(fields), currency, free_text)
    except UnicodeEncodeError:
        raise InvalidText(
            "the command holds what is not valid Unicode", advice="check where its texts come from"
        ) from None


@cache
def _fields_of(kind: type[AnyCommand]) -> tuple[tuple[str, str, str], ...]:
    """(attribute, name in a request, meaning) of a command's fields."""

    def found() -> Iterator[tuple[str, str, str]]:
        for field in msgspec.structs.fields(kind):
            told = msgspec.inspect.type_info(field.type)
            kinds = told.types if isinstance(told, msgspec.inspect.UnionType) else (told,)
            marked = [each.extra for each in kinds if isinstance(each, msgspec.inspect.Metadata)]
            if field.name not in _NOT_REQUESTED:
                meaning = (marked[0] or {}).get("is", "") if marked else ""
                yield field.name, field.encode_name, str(meaning)

    return tuple(found())


def check_same(request: Request, record: KeyRecord, recorded: RecordedEvent, event: Event) -> None:
    """See that a key came with the same command before.

    Args:
        record: what is remembered of the key.
        recorded, event: the first event of that command, as recorded and as it is known today.

    Raises:
        IdempotencyKeyReused: it was another command; the error names what differs.
    """
    happened_in = str(getattr(event, "currency", ""))
    other_currency = bool(request.currency and happened_in) and request.currency != happened_in
    before_text = getattr(event, event.text_field) if event.text_field else ""
    said = request.free_text
    other_text = not recorded.erased and said is not None and (before_text or "") != said
    if record.fingerprint == request.keyed.fingerprint and not (other_currency or other_text):
        return
    stored = bytes(keyed_part(recorded.metadata).request)
    before = parse_object(stored.decode()) if stored else {}
    now = parse_object(request.text.decode())
    if other_currency:
        before["currency"], now["currency"] = happened_in, request.currency
    differences = dict(_differences(before, now))
    if other_text and "command" not in differences:
        differences.setdefault(event.text_field, f"{event.text_field} was another text")
    if not differences:
        return
    raise IdempotencyKeyReused(
        f"idempotency key {request.key!r} was used for another command: "
        + ", ".join(differences.values()),
        advice="use a new key for a new command",
        idempotency_key=request.key,
        fields=list(differences),
    )


def _differences(before: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, in words) of the fields in which two requests differ; of two commands, that alone."""
    other_command = before.get("command") != now.get("command")
    for name in ("command",) if other_command else {**before, **now}:
        was, now_is = before.get(name), now.get(name)
        if was == now_is or (_is_nothing(name, was) and _is_nothing(name, now_is)):
            continue
        if name.startswith(_HAS):
            text = name.removeprefix(_HAS)
            yield (
                text,
                f"{text} was {'given' if was else 'none'} and is {'given' if now_is else 'none'}",
            )
            continue
        were, are = ("were", "are") if isinstance(was or now_is, (dict, list)) else ("was", "is")
        yield name, f"{name} {were} {_in_words(name, was)} and {are} {_in_words(name, now_is)}"


def _is_nothing(name: str, value: Any) -> bool:
    """Whether a value of a request is as good as left out."""
    return value in (None, "", [], {}) or (name == "version" and value == 0)


def _in_words(name: str, value: Any) -> str:
    """A value of a request, as people write it."""
    if _is_nothing(name, value):
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}={each}" for key, each in value.items())
    if isinstance(value, list):  # of receipts, or of digests
        return ", ".join(
            each if isinstance(each, str) else f"{each['size']}:{each['sha256'][:16]}"
            for each in value
        )
    return repr(value)
