"""Comparing two states of knowledge: of one ledger, or of two files that were one once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, islice

from ledger.commands.ledger_events import LedgerEvent
from ledger.domain.book import BOOK_STREAM
from ledger.domain.book_events import PeriodLocked, PeriodUnlocked
from ledger.domain.instant import LATEST
from ledger.errors import InvalidOption, NoSuchAccount
from ledger.eventstore.store import stream_version, version_at
from ledger.queries.differences.changed_rows import IdRange, Stretch
from ledger.queries.differences.changes import ChangedAccount, OneSide
from ledger.queries.differences.common_prefix import common_position
from ledger.queries.differences.compared import Compared, named
from ledger.queries.differences.difference import AccountDifference, Change, Difference, Side, State
from ledger.queries.entry_rows import entry_rows, starting_with
from ledger.queries.folded_balances import FOLDED
from ledger.queries.lifted import lifted
from ledger.queries.source import NOW, Source, check_exists


@contextmanager
def difference_of(
    before: Compared, after: Compared, as_of: int | None, accounts: Sequence[str]
) -> Iterator[Difference]:
    """What differs between two states, which is read as it is asked for, within the block.

    Args:
        as_of: µs UTC; None for all that is recorded.
        accounts: only these, where there are any; an id that ends with ``:`` stands for all that
            start with it.

    Raises:
        InvalidOption: the states are of different ledgers; or in one ledger, the second is earlier.
        NoSuchAccount: neither has such an account.
        DamagedLedger: what was recorded between does not add up to the difference.
    """
    ranges = _ranges([before.source, after.source], accounts)
    common = _common(before, after)
    found = Difference(_state(before), _state(after), before.head(common), as_of, iter(()))

    def leave_out() -> None:
        found.left_out += 1

    with ExitStack() as stack:
        sides: dict[Side, OneSide] = {}
        changed: dict[Side, Iterator[str]] = {}
        paths: dict[Side, str | None] = {}
        locks: list[tuple[Side, LedgerEvent]] = []
        ends: tuple[tuple[Side, Compared], ...] = (("from", before), ("to", after))
        for name, one in ends:
            if one.position == common:
                continue
            with named(one.path):
                rows = stack.enter_context(entry_rows(one.source, NOW, write=one.path is None))
                moment = LATEST if as_of is None else as_of
                stretch = Stretch(rows, common, one.position, moment)
                ids = stretch.changed_accounts(ranges)
                first = list(islice(ids, FOLDED))
                sides[name] = OneSide(name, one.source, stretch, first, leave_out)
                changed[name] = chain(first, ids)
                locks += [(name, event) for event in _locks(one, common)]
            paths[name] = one.path
        found.locks = locks
        found.accounts = _accounts(sides, changed, paths)
        yield found


def _accounts(
    sides: dict[Side, OneSide],
    changed: dict[Side, Iterator[str]],
    paths: dict[Side, str | None],
) -> Iterator[AccountDifference]:
    """The accounts that changed on any side, by id."""
    following = {name: next(ids, None) for name, ids in changed.items()}
    while coming := [each for each in following.values() if each is not None]:
        account_id = min(coming)
        parts: dict[Side, ChangedAccount] = {}
        for name, one in sides.items():
            if following[name] == account_id:
                with named(paths[name]):
                    parts[name] = one.account(account_id)
                following[name] = next(changed[name], None)
        if any(part.has_changes for part in parts.values()):
            yield _difference(account_id, parts)
        else:  # all that came has gone again, and is only counted
            for part in parts.values():
                for moving in (True, False):
                    _ = list(part.changes(moving))


def _difference(account_id: str, parts: dict[Side, ChangedAccount]) -> AccountDifference:
    common = next(iter(parts.values())).before

    def changes(moving: bool) -> Iterator[Change]:
        for part in parts.values():
            yield from part.changes(moving)

    return AccountDifference(
        account_id,
        parts["from"].after if "from" in parts else common,
        parts["to"].after if "to" in parts else common,
        common,
        changes,
    )


def _common(before: Compared, after: Compared) -> int:
    """The position up to which both states are the same."""
    if before.source is after.source:
        times = before.time_us, after.time_us
        backwards = None not in times and times[0] > times[1]  # type: ignore[operator]
        if before.position > after.position or backwards:
            one, other = (each.typed or f"position {each.position}" for each in (before, after))
            raise InvalidOption(
                f"{one} is later than {other}", advice="name the earlier state first"
            )
        return before.position
    shorter = min(before.position, after.position)
    found = common_position(before.head, after.head, shorter)
    if found is None:
        names = [one.path or "this ledger" for one in (before, after)]
        raise InvalidOption(
            f"{names[0]} and {names[1]} are different ledgers: they have nothing in common",
            advice="compare two copies of one ledger",
            ledger_ids=[one.source.store.ledger_id for one in (before, after)],
        )
    return found


def _state(one: Compared) -> State:
    is_last = one.position == one.source.store.head().position
    return State(one.head(one.position), one.path, one.time_us, one.lock, is_last)


def _locks(one: Compared, after: int) -> Iterator[LedgerEvent]:
    """What was locked and unlocked after a position."""
    store = one.source.store
    recorded = store.read_stream(
        BOOK_STREAM,
        after_version=version_at(store, BOOK_STREAM, after),
        to_version=version_at(store, BOOK_STREAM, one.position),
    )
    kinds = (PeriodLocked.__name__, PeriodUnlocked.__name__)
    return lifted(one.source, (each for each in recorded if each.event_type in kinds))


def _ranges(sources: Sequence[Source], accounts: Sequence[str]) -> list[IdRange]:
    """The ids that are asked for, in order and without overlaps."""
    if not accounts:
        return [starting_with("")]
    wanted = []
    for each in accounts:
        if each.endswith(":"):
            if not any(_has_any(source, each) for source in sources):
                raise NoSuchAccount(
                    f"there is no account whose id starts with {each}",
                    advice="see which accounts there are",
                    prefix=each,
                )
            wanted.append(starting_with(each))
        else:
            _check_exists_in_any(sources, each)
            wanted.append((each, f"{each}\0"))
    joined: list[IdRange] = []
    for first, end in sorted(wanted):
        if joined and first < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((first, end))
    return joined


def _has_any(source: Source, prefix: str) -> bool:
    return next(iter(source.store.stream_ids(prefix)), None) is not None


def _check_exists_in_any(sources: Sequence[Source], account_id: str) -> None:
    if not any(stream_version(source.store, account_id) for source in sources):
        check_exists(sources[-1], account_id)
