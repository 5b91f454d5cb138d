"""What one side of a comparison has of an account that the other one has not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, get_args

import msgspec

from ledger.domain.events import (
    AccountAmended,
    AccountEvent,
    AccountOpened,
    EntryReversed,
    TransferReceived,
    TransferSent,
)
from ledger.domain.receipts import Receipt
from ledger.errors import DamagedLedger
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import actor_in
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import event_at
from ledger.queries.differences.changed_rows import (
    PAGE,
    ChangedRow,
    OtherEnd,
    RawFigure,
    Stretch,
)
from ledger.queries.differences.corrections_between import Corrections
from ledger.queries.differences.difference import Change, Described, Figure, Side
from ledger.queries.folded_balances import Moment, folded_balances
from ledger.queries.source import Source

_LABELS: Final[dict[str, str]] = {kind.__name__: kind.label for kind in get_args(AccountEvent)}
_OPENING: Final = 1

_tags_of: Final = msgspec.json.Decoder(dict[str, str]).decode
_receipts_of: Final = msgspec.json.Decoder(tuple[Receipt, ...]).decode


class OneSide:
    """All that was recorded on one side since the state that both sides come from.

    Args:
        side: its name.
        checked: the ids of the accounts that are held against the log, each before its changes are
            given.
        leave_out: called for each entry that is not shown, since it came and went.
    """

    def __init__(
        self,
        side: Side,
        source: Source,
        stretch: Stretch,
        checked: Sequence[str],
        leave_out: Callable[[], None],
    ) -> None:
        self._side: Side = side
        self._source = source
        self._stretch = stretch
        self._leave_out = leave_out
        self._corrections = Corrections(source.store, stretch.after, stretch.to, stretch.as_of)
        moments = [Moment(account_id, stretch.as_of) for account_id in checked]
        self._folded = folded_balances(source, moments, stretch.to)

    def account(self, account_id: str) -> ChangedAccount:
        """What an account held before and after, which what changed is seen to explain.

        Raises:
            DamagedLedger: it does not.
        """
        stretch = self._stretch
        before, after = stretch.figures(account_id)
        rows = stretch.first_changes(account_id)
        all_read = len(rows) < PAGE
        if all_read:
            explained = sum(row.new_part - row.old_part for row in rows if not row.left_out)
        else:
            explained = stretch.sum_of_changes(account_id)
        folded = self._folded.get(Moment(account_id, stretch.as_of), after.amount)
        if after.amount - before.amount != explained or after.amount != folded:
            raise DamagedLedger(
                f"what was recorded of account {account_id} between positions {stretch.after} and "
                f"{stretch.to} does not add up to the difference of its figures",
                advice="verify the ledger: it names what is damaged",
                account_id=account_id,
            )
        return ChangedAccount(self, account_id, before, after, rows if all_read else None)

    def changes(
        self, account_id: str, read: list[ChangedRow] | None, moving: bool
    ) -> Iterator[Change]:
        """What moves the figure of an account, or what does not.

        Args:
            read: all of it, where it was read already.
        """
        rows: Iterator[ChangedRow] = (
            self._stretch.changes(account_id, moving=moving)
            if read is None
            else (row for row in read if (row.old_part != row.new_part) is moving)
        )
        for row in rows:
            if not row.left_out:
                yield self._change(account_id, row)
            elif row.reverses is None:
                self._leave_out()

    def _change(self, account_id: str, row: ChangedRow) -> Change:
        tags = _tags_of(row.tags) if row.tags != "{}" else {}
        receipts = _receipts_of(row.receipts) if row.receipts != "[]" else ()
        before = row.before
        same_unit = before is None or before[1:3] == (row.currency, row.decimals)
        change = Change(
            self._side,
            account_id,
            row.version,
            row.event_type,
            _called(row),
            row.new_part - row.old_part if same_unit else row.new_part,
            row.amount,
            row.currency,
            row.decimals,
            row.description,
            row.effective_at,
            row.recorded_at,
            row.position,
            row.actor,
            row.counterparty,
            tags,
            receipts,
            bool(row.erased),
            row.reverses,
            row.reversed_by if self._counts(row.other) else None,
            self._corrections.corrects.get(row.position),
            self._corrections.corrected_by.get(row.position),
        )
        if row.reverses is not None:
            return self._with_reversed(change, row.other)
        amendments = self._amendments(account_id, row)
        if amendments:
            change = msgspec.structs.replace(
                change, amended_by=tuple(each.version for each in amendments)
            )
        if before is not None:
            return self._amended(change, row, amendments)
        if row.event_type in (AccountOpened.__name__, AccountAmended.__name__):
            return self._with_owner(change)
        return change

    def _counts(self, other: OtherEnd | None) -> bool:
        return other is not None and other.effective_at <= self._stretch.as_of

    def _with_reversed(self, change: Change, entry: OtherEnd | None) -> Change:
        """With what is reversed, in words."""
        if entry is None:
            return change  # of a damaged log
        return msgspec.structs.replace(
            change,
            reversed_what=_called(entry),
            reversed_description=None if entry.erased else entry.description,
        )

    def _amended(self, change: Change, row: ChangedRow, amendments: list[RecordedEvent]) -> Change:
        """With how it stood, and by whom that was changed."""
        before = row.before
        assert before is not None
        if not amendments:
            raise _missing(row.known_from)
        cause = amendments[-1]
        return msgspec.structs.replace(
            change,
            what="opening amended" if row.version == _OPENING else f"{change.what}, amended",
            recorded_us=cause.recorded_at,
            position=cause.position,
            actor=actor_in(cause.metadata),
            before=Described(
                *before[:5],
                _tags_of(before.tags),
                _receipts_of(before.receipts),
            ),
        )

    def _amendments(self, account_id: str, row: ChangedRow) -> list[RecordedEvent]:
        """All amendments of an entry, or of an opening, that are known."""
        if row.known_from == row.position:
            return []
        store = self._source.store
        found = []
        for position in self._stretch.amended_at(account_id, row.version):
            recorded = next(store.read_all(after_position=position - 1, to_position=position), None)
            if recorded is None:
                raise _missing(position)
            if recorded.event_type != EntryReversed.__name__:
                found.append(recorded)
        return found

    def _with_owner(self, change: Change) -> Change:
        recorded = event_at(self._source.store, change.account_id, change.version)
        if recorded is None:
            raise _missing(change.position)
        event = decode_event(recorded)
        if event.owner is None:
            return change
        return msgspec.structs.replace(
            change, owner=event.owner, owner_before=self._owner_before(recorded)
        )

    def _owner_before(self, recorded: RecordedEvent) -> str | None:
        if recorded.version == _OPENING:
            return None
        loaded = self._source.repository.load_at(
            recorded.stream_id, to_version=recorded.version - 1
        )
        return loaded.account.state.owner


class ChangedAccount(msgspec.Struct, frozen=True):
    """An account on one side.

    Attributes:
        before, after: what it held where the sides part, and what it held at the side's end.
        has_changes: whether there is anything to show.
    """

    one_side: OneSide
    account_id: str
    raw_before: RawFigure
    raw_after: RawFigure
    read: list[ChangedRow] | None

    @property
    def before(self) -> Figure | None:
        return _figure(self.raw_before)

    @property
    def after(self) -> Figure | None:
        return _figure(self.raw_after)

    def changes(self, moving: bool) -> Iterator[Change]:
        return self.one_side.changes(self.account_id, self.read, moving)

    @property
    def has_changes(self) -> bool:
        return self.read is None or any(not row.left_out for row in self.read)


def _figure(raw: RawFigure) -> Figure | None:
    if raw.currency is None:
        return None
    status = "active" if raw.is_open else "closed"
    return Figure(raw.amount, raw.currency, raw.decimals, raw.version, status)


def _called(row: ChangedRow | OtherEnd) -> str:
    label: str = _LABELS.get(row.event_type, row.event_type)
    if row.event_type == TransferSent.__name__:
        return f"{label} to {row.counterparty}"
    if row.event_type == TransferReceived.__name__:
        return f"{label} from {row.counterparty}"
    if isinstance(row, ChangedRow) and row.event_type == EntryReversed.__name__:
        return f"{label} of {row.reverses}"
    return label


def _missing(position: int) -> DamagedLedger:
    return DamagedLedger(
        f"the event at position {position} is missing",
        advice="keep the ledger as it is, and find out what is wrong with it",
        position=position,
    )
