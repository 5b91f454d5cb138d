"""The commands that put entries right; see `ledger.commands.amendments`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

import msgspec

from ledger.commands.book_times import When
from ledger.commands.command import Amending, Amount, FreeText, check_no_time
from ledger.commands.desk import Desk
from ledger.commands.not_entries import not_entries_alone
from ledger.domain import mistakes
from ledger.domain.changes import AccountChange
from ledger.domain.entries import Entry
from ledger.domain.events import TransferReceived, TransferSide
from ledger.domain.instant import format_instant
from ledger.domain.mistakes import Description, Side
from ledger.domain.money import Money
from ledger.domain.receipts import Receipt
from ledger.errors import InvalidTime, InvalidUsage, moment
from ledger.eventstore.records import RecordedEvent


@final
class Reverse(Amending, frozen=True, gc=False, tag="reverse"):
    """Undo an entry; either its account and version are named, or its transfer."""

    account: str = ""
    version: int = 0
    transfer: str = ""
    reason: FreeText = ""

    def decide_at(self, desk: Desk, at: When | None) -> list[AccountChange]:
        """The events that the command leads to; the rules are asked for each."""
        if bool(self.transfer) == bool(self.account):
            raise InvalidUsage(
                "an entry is named by its account and version, or by its transfer",
                advice="give one of the two",
            )
        if self.transfer:
            sides = desk.transfer(self.transfer)
        else:
            sides = desk.sides(self.account, self.version)
        return mistakes.reverse(sides, _moment_of(desk, at, sides), self.reason)


@final
class Correct(Amending, frozen=True, gc=False, tag="correct"):
    """Undo an entry, and record the right one; what is None stays as it was.

    Attributes:
        tags: changes to them; an empty value takes one away.
        receipts: more of them.
        without_receipts: SHA-256 digests in hex, or how they begin.
        into: the account that a deposit or withdrawal belongs to.
        from_account, to_account: the accounts that a transfer is between.
    """

    text_is_of_last_event = True

    account: str
    version: int
    amount: Amount | None = None
    description: FreeText | None = None
    tags: dict[str, str] | None = None
    receipts: tuple[Receipt, ...] | None = None
    without_receipts: tuple[str, ...] = ()
    into: str = ""
    from_account: str = msgspec.field(name="from", default="")
    to_account: str = msgspec.field(name="to", default="")

    def decide_at(self, desk: Desk, at: When | None) -> list[AccountChange]:
        """The events that the command leads to; the rules are asked for each."""
        sides = desk.sides(self.account, self.version)
        wrong = next(side for side in sides if side.account.stream_id == self.account)
        mistakes.check_standing(*wrong)
        entry, event = wrong.entry, wrong.entry.event
        effective_at = entry.effective_at
        if at is not None:
            opened_at = wrong.account.state.opened_at
            effective_at = desk.moment(at, effective_at, not_before=opened_at)
        elif effective_at > desk.now:
            raise InvalidTime(
                f"the entry is dated {moment(effective_at)}, which is in the future",
                advice="say when it happened",
                account_id=self.account,
                version=self.version,
                at=format_instant(effective_at),
            )
        locked_until = desk.locked_until
        locked = locked_until is not None and entry.effective_at <= locked_until
        reversed_at = max(effective_at, entry.effective_at) if locked else entry.effective_at
        undone = mistakes.reverse(sides, reversed_at, "")
        told = _described_anew(
            entry, self.description, self.tags, self.receipts, self.without_receipts
        )
        amount = event.amount
        if self.amount is not None:
            state = wrong.account.state
            amount = Money.parse(self.amount, state.currency, state.decimals).minor_units
        if event.between_accounts and self.into:
            raise InvalidUsage(
                "a transfer is between two accounts",
                advice="say which account it is from, or which one it is to",
            )
        if not event.between_accounts and (self.from_account or self.to_account):
            raise InvalidUsage(
                "a deposit or withdrawal has one account",
                advice="say which account it belongs to",
            )
        ends = (self.account, getattr(event, "counterparty", self.account))
        sender, recipient = ends if event.direction < 0 else ends[::-1]
        moved = (
            self.into not in ("", self.account)
            or self.from_account not in ("", sender)
            or self.to_account not in ("", recipient)
        )
        if (
            not moved
            and (amount, effective_at) == (event.amount, entry.effective_at)
            and told.is_of(entry)
        ):
            raise mistakes.so_already(*wrong)
        if isinstance(event, TransferSide):
            again = mistakes.send_again(
                desk.account(self.from_account or sender),
                desk.account(self.to_account or recipient),
                amount=amount,
                effective_at=effective_at,
                description=told,
                transfer_id=desk.draw_id(),
            )
        else:
            again = [
                mistakes.enter_again(
                    entry,
                    desk.account(self.into or self.account),
                    kept_in=wrong.account,
                    amount=amount,
                    effective_at=effective_at,
                    description=told,
                )
            ]
        return [*undone, *again]


@final
class AmendEntry(Amending, frozen=True, gc=False, tag="amend-entry"):
    """Describe an entry anew; see `Correct` for the fields."""

    account: str
    version: int
    description: FreeText | None = None
    tags: dict[str, str] | None = None
    receipts: tuple[Receipt, ...] | None = None
    without_receipts: tuple[str, ...] = ()

    def decide_at(self, desk: Desk, at: When | None) -> list[AccountChange]:
        """The events that the command leads to; the rules are asked for each."""
        check_no_time(at, "a description is that of the entry, from its moment on")
        sides = desk.sides(self.account, self.version)
        entry = desk.entry(self.account, self.version)
        told = _described_anew(
            entry, self.description, self.tags, self.receipts, self.without_receipts
        )
        changed = Description(
            self.description,
            None if self.tags is None else told.tags,
            None if self.receipts is None and not self.without_receipts else told.receipts,
        )
        return mistakes.amend_entry(sides, changed)


@final
class Undo(Amending, frozen=True, gc=False, tag="undo"):
    """Reverse all entries of the actor's last run."""

    reason: FreeText = ""

    def decide_at(self, desk: Desk, at: When | None) -> list[AccountChange]:
        """The events that the command leads to; the rules are asked for each."""
        check_no_time(at, "what is undone never was")
        changes: list[AccountChange] = []
        for recorded in entries_to_undo(desk):
            sides = desk.sides(recorded.stream_id, recorded.version)
            changes += mistakes.reverse(sides, None, self.reason)
        return changes


def entries_to_undo(desk: Desk) -> list[RecordedEvent]:
    """The entries of the actor's last run, in the order of the log; of a transfer the sent side.

    Raises:
        NothingToUndo: the actor has recorded nothing.
        NotReversible: the run did something else, too.
    """
    run = desk.last_run()
    refusal = not_entries_alone(run)
    if refusal is not None:
        raise refusal
    return [each for each in run if each.event_type != TransferReceived.__name__]


def _moment_of(desk: Desk, at: When | None, sides: Sequence[Side]) -> int | None:
    if at is None:
        return None
    return desk.moment(at, 0, not_before=sides[0].entry.effective_at)


def _described_anew(
    entry: Entry,
    text: str | None,
    tags: Mapping[str, str] | None,
    more: tuple[Receipt, ...] | None,
    without: Sequence[str],
) -> Description:
    """All that is said of an entry, once changes are made to it."""
    receipts = list(entry.receipts)
    for digits in without:
        gone = [each for each in receipts if digits and each.sha256.startswith(digits.lower())]
        if len(gone) != 1:
            raise InvalidUsage(
                f"{'no receipt' if not gone else 'more than one receipt'} of the entry begins "
                f"with {digits!a}",
                advice="the history shows its receipts in the JSON format",
            )
        receipts.remove(gone[0])
    receipts += [each for each in more or () if each not in receipts]
    kept = {**entry.tags, **(tags or {})}
    return Description(
        entry.description if text is None else text,
        {key: value for key, value in kept.items() if value},
        tuple(receipts),
    ).checked()
