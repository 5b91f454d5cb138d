"""Ledgers of a club whose members have names, of whom one is to be forgotten."""

from __future__ import annotations

from ledger import Ledger
from ledger.domain.events import (
    AccountEvent,
    OpeningAmended,
)
from ledger.eventstore.codec import encode_event
from ledger.eventstore.records import NewEvent, RecordedEvent, StreamWrite
from ledger.eventstore.store import EventStore, stream_version

ANNE = "Änne Zürcher-Ößwald"
BEN = "Benedikt Quellenreuther"

OF_ANNE = (
    ANNE,
    "Mitgliedsbeitrag für Änne",
    "Rückzahlung an Frau Zürcher",
    "Darlehen von Benedikt an Änne",
    "Anteil am Zeltlager — Zürcher",
    "irrtümlich doppelt gebucht (Änne)",
    "Geschwisterkind Zürcher zahlt mit",
    "Ä. Zürcher-Ößwald-Meier",
    "Kontoauszug Zürcher 2026-02",
)
"""Every text that goes with her, on her account or on others."""

OF_OTHERS = (BEN, "Benedikts eigener Beitrag", "Schlüsselpfand Benedikt")


def opened(ledger: Ledger) -> None:
    """Open the accounts ``anne``, ``ben`` and ``club``."""
    ledger.open_account("anne", ANNE, at="2026-01-01")
    ledger.open_account("ben", BEN, at="2026-01-01", initial_balance="500")
    ledger.open_account("club", "Turnverein", at="2026-01-01", initial_balance="1000")


def write(ledger: Ledger) -> None:
    """Open the accounts, and have all kinds of texts on them; see `OF_ANNE` and `OF_OTHERS`."""
    opened(ledger)
    ledger.deposit("anne", "20", OF_ANNE[1], at="2026-01-02", idempotency_key="fee-1")
    ledger.withdraw("anne", "3", OF_ANNE[2], at="2026-01-03")
    ledger.deposit("ben", "10", OF_OTHERS[1], at="2026-01-03")
    ledger.transfer("ben", "anne", "30", OF_ANNE[3], at="2026-01-04")
    sent = ledger.transfer("anne", "club", "12", OF_ANNE[4], at="2026-01-05")
    ledger.transfer("ben", "club", "7", OF_OTHERS[2], at="2026-01-06")
    ledger.reverse_transfer(sent.transfer_id or "", OF_ANNE[5])
    amended = ledger.transfer("club", "anne", "5", "", at="2026-01-07")
    ledger.amend_entry("club", amended.recorded[0].version, {"description": OF_ANNE[6]})
    ledger.amend_account("anne", owner=OF_ANNE[7])
    ledger.confirm("anne", "52", OF_ANNE[8])
    ledger.catch_up()


def append(
    store: EventStore, account_id: str, event: AccountEvent, effective_at: int | None = None
) -> RecordedEvent:
    """Append an event that no command leads to yet."""
    data, text = encode_event(event)
    new = NewEvent(
        type(event).__name__,
        event.schema_version,
        data,
        '{"actor":"tester","command":"test","run":"0"}',
        effective_at,
        text,
    )
    version = stream_version(store, account_id)
    (recorded,) = store.append([StreamWrite(account_id, "BankAccount", version, (new,))])
    return recorded


def texts_of(ledger: Ledger) -> set[str]:
    """Every text that the log still has."""
    return {event.text for event in ledger.events(raw=True) if isinstance(event.text, str)}


OPENING = OpeningAmended("anne", "USD", 2, 0, opened_at=0, owner=ANNE)
