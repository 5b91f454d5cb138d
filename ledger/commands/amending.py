"""How a command travels that puts something right: as any other, with nobody else writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.commands.command import OfBook, check_no_time
from ledger.commands.desk import Desk
from ledger.commands.results import WriteResult, figures, named_first
from ledger.commands.six_steps import check_version
from ledger.domain.book import BOOK_STREAM, Book
from ledger.domain.changes import check_together
from ledger.eventstore.codec import new_event
from ledger.eventstore.records import StreamWrite

if TYPE_CHECKING:
    from ledger.commands.amendments import Amendment, BookCommand
    from ledger.commands.book_times import When
    from ledger.commands.context import Context
    from ledger.commands.idempotency import Request
    from ledger.commands.six_steps import SixSteps


def desk_for(handler: SixSteps, context: Context) -> Desk:
    """Where a command looks things up, in a transaction."""
    store = handler.store
    head = store.head()
    position = head.position + 1
    return Desk(
        store,
        handler.repository.load,
        handler.times,
        max(store.surroundings.now(position), head.recorded_us),
        lambda: store.surroundings.draw_uuid(position, "transfer"),
        context,
    )


def amend(
    handler: SixSteps,
    command: Amendment | BookCommand,
    context: Context,
    request: Request | None,
    at: When | None,
) -> WriteResult:
    """The six steps, in a transaction.

    Raises:
        LedgerError: the command is refused; nothing has changed.
    """
    if request is not None and (replayed := handler.replayed(command, request)) is not None:
        return replayed
    handler.times.look()
    desk = desk_for(handler, context)
    if isinstance(command, OfBook):
        return _change_book(handler, command, context, request, desk, at)
    try:
        # 1 to 4: the desk loads and replays; the rules are asked for each event, and for all.
        expected, named = command.expected_version, getattr(command, "account", "")
        if expected is not None and named:  # whoever has seen another account hears of that first
            check_version(desk.account(named), expected)
        changes = command.decide_at(desk, at)
        if expected is not None and not named:
            check_version(changes[0].account, expected)
        check_together(changes, desk.locked_until)
        metadata = handler.metadata(command, context, request)
        versions = {each: loaded.account.version for each, loaded in desk.loaded.items()}
        writes = []
        for account, effective_at, event, _ in changes:
            stream_id = account.stream_id
            new = new_event(event, metadata, effective_at)
            writes.append(
                StreamWrite(stream_id, account.aggregate_type, versions[stream_id], (new,))
            )
            versions[stream_id] += 1
        # 5: append them with a version check.
        keyed = None if request is None else request.keyed
        recorded = handler.store.append(writes, keyed=keyed, not_before=desk.now)
        events = tuple([change.event for change in changes])
        for record, event in zip(recorded, events, strict=True):
            loaded = desk.loaded[record.stream_id]
            loaded.account.apply(event, record.effective_at)
            loaded.recorded_at = record.recorded_at
            handler.snapshot_if_due(loaded)
        # 6: update the projections.
        handler.dispatcher.project(recorded, events)
    except BaseException:  # the accounts may have more events than were committed
        handler.repository.forget(desk.loaded)
        raise
    changed = named_first(command, [record.stream_id for record in recorded])
    accounts = tuple([figures(desk.loaded[each].account) for each in changed])
    return WriteResult(command.name, accounts, tuple(recorded), events)


def _change_book(
    handler: SixSteps,
    command: BookCommand,
    context: Context,
    request: Request | None,
    desk: Desk,
    at: When | None,
) -> WriteResult:
    """The same for a command that is about the ledger as a whole."""
    check_no_time(at, "it holds from when it is recorded")
    book = handler.times.look()
    if command.expected_version is not None:
        check_version(book, command.expected_version)
    event = command.decide_of_book(book, desk)
    metadata = handler.metadata(command, context, request)
    write = StreamWrite(
        BOOK_STREAM, Book.aggregate_type, book.version, (new_event(event, metadata),)
    )
    keyed = None if request is None else request.keyed
    recorded = tuple(handler.store.append([write], keyed=keyed, not_before=desk.now))
    handler.times.look()
    handler.dispatcher.project(recorded, (event,))
    return WriteResult(command.name, (), recorded, (event,))
