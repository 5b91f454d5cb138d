"""Idempotency: the same key and command answer with what was done the first time.

A key is remembered with a fingerprint of its command, in the transaction of the events; the command
itself stands in their metadata, so that a reuse can be told apart, and a log restored elsewhere
still knows its keys. The expected version is no part of it: a retry may well be behind. After
Stripe's ``Idempotency-Key`` and draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import msgspec

from ledger.commands.command import (
    CloseAccount,
    Command,
    Deposit,
    OpenAccount,
    Transfer,
    Withdraw,
)
from ledger.domain.events import Event
from ledger.domain.instant import format_instant
from ledger.domain.money import Money, canonical_decimal, format_minor_units
from ledger.errors import IdempotencyKeyReused
from ledger.eventstore.key_records import request_fingerprint
from ledger.eventstore.metadata import keyed_part, parse_object
from ledger.eventstore.records import KeyedRequest, RecordedEvent


class Request(msgspec.Struct, frozen=True):
    """A keyed command in its canonical form.

    Attributes:
        text: compact JSON, with equal amounts written equally.
    """

    key: str
    text: bytes

    @property
    def keyed(self) -> KeyedRequest:
        return KeyedRequest(self.key, request_fingerprint(self.text))


def request_of(command: Command, key: str) -> Request:
    """The request that a command with a key is."""
    fields: dict[str, str] = {"command": command.name}
    if isinstance(command, OpenAccount):
        fields |= {
            "account": command.account_id,
            "owner": command.owner,
            "currency": command.currency,
            "initial_balance": _amount(command.initial_balance),
        }
    elif isinstance(command, (Deposit, Withdraw)):
        fields |= {
            "account": command.account_id,
            "amount": _amount(command.amount),
            "description": command.description,
        }
    elif isinstance(command, Transfer):
        fields |= {
            "from": command.from_account,
            "to": command.to_account,
            "amount": _amount(command.amount),
            "description": command.description,
        }
    else:
        assert isinstance(command, CloseAccount)
        fields |= {"account": command.account_id, "reason": command.reason}
    if command.at is not None:
        fields["at"] = format_instant(command.at)
    return Request(key, msgspec.json.encode(fields))


def _amount(amount: str | Money) -> str:
    if isinstance(amount, Money):
        amount = format_minor_units(amount.minor_units, amount.currency)
    return canonical_decimal(amount)


def in_other_currency(command: Command, event: Event) -> bool:
    """Whether a command names another currency than the event that its key led to.

    Only a `Money` names one, and it is no part of the canonical form: a text of the same amount is
    the same request, whichever currency the account turns out to be kept in.
    """
    currency = _currency(command)
    return currency is not None and currency != getattr(event, "currency", currency)


def _currency(command: Command) -> str | None:
    amount = getattr(command, "amount", None) or getattr(command, "initial_balance", None)
    return amount.currency if isinstance(amount, Money) else None


def key_reused(
    request: Request, command: Command, recorded: RecordedEvent, event: Event
) -> IdempotencyKeyReused:
    """The error for a key that came with another command before; it names what differs.

    Args:
        recorded, event: the first event of that command, as recorded and as it is known today.
    """
    stored = keyed_part(recorded.metadata).request
    before = parse_object(bytes(stored).decode()) if bytes(stored) else {}
    now = parse_object(request.text.decode())
    if in_other_currency(command, event):
        before["currency"], now["currency"] = getattr(event, "currency", None), _currency(command)
    fields = [field for field in {**before, **now} if before.get(field) != now.get(field)]
    differences = ", ".join(
        f"{field} was {before.get(field)!r} and is {now.get(field)!r}" for field in fields
    )
    return IdempotencyKeyReused(
        f"idempotency key {request.key!r} was used for another command: {differences}",
        advice="use a new key for a new command",
        idempotency_key=request.key,
        fields=fields,
    )
