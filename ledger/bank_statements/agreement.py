"""Whether the ledger agrees with the bank once a statement is imported."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.bank_statements.cells.dates import day_of
from ledger.bank_statements.importing import Agreement
from ledger.bank_statements.planning import Plan
from ledger.commands.repository import AccountRepository
from ledger.domain.money import balance_in, format_minor_units
from ledger.errors import ConfirmationDiffers, InvalidUsage
from ledger.times.book_zone import BookZone


def agreement_of(
    plan: Plan, repository: AccountRepository, book_zone: BookZone, expected: str | None
) -> Agreement | None:
    """How an account compares with the balance that its statement ends with.

    Args:
        plan: it was carried out.
        expected: a balance that goes before the file's (a decimal); None for the file's alone.

    Returns:
        None where nobody states a balance.

    Raises:
        ConfirmationDiffers: the account holds another balance than was expected.
        InvalidUsage: a balance is expected of a statement without entries and without a date.
    """
    day = _last_day(plan)
    closing = plan.statement.closing
    if expected is not None:
        if day is None:
            raise InvalidUsage(
                "a balance is expected, but the statement has no entry and no day",
                advice="leave the balance out",
            )
        stated = _minor_units(expected, plan)
    elif closing is None or day is None:
        return None
    else:
        stated = closing.amount_minor

    def held_at(instant: int) -> int | None:
        account = repository.load_at(plan.account_id, as_of=instant).account
        return account.state.balance if account.version else None

    held = held_at(book_zone.day_end(day))
    agreement = Agreement(day, stated, held or 0, plan.into.currency, plan.into.decimals)
    opening = plan.statement.opening
    if agreement.gap_minor and opening is not None and plan.commands:
        first_day = day_of(plan.commands[0].entry.moment)
        before = held_at(max(book_zone.day_start(first_day) - 1, plan.into.opened_us))
        if before is not None and opening.amount_minor - before == agreement.gap_minor:
            agreement = msgspec.structs.replace(agreement, since_before=True)
    if expected is not None and agreement.held_minor != stated:
        raise _differs(plan, agreement)
    return agreement


def _last_day(plan: Plan) -> date | None:
    closing = plan.statement.closing
    if closing is not None and closing.day is not None:
        return closing.day
    return max((day_of(each.entry.moment) for each in plan.commands), default=None)


def check_expected(plan: Plan, expected: str | None) -> None:
    """See that a balance that is expected is one, before anything is done.

    Raises:
        InvalidAmount: it is none in the account's currency.
    """
    if expected is not None:
        _minor_units(expected, plan)


def _minor_units(expected: str, plan: Plan) -> int:
    return balance_in(expected, plan.into.currency, plan.into.decimals)


def _differs(plan: Plan, agreement: Agreement) -> ConfirmationDiffers:
    into = plan.into
    gap = agreement.gap_minor
    held, stated, difference = (
        format_minor_units(each, into.decimals)
        for each in (agreement.held_minor, agreement.stated_minor, gap)
    )
    lines = [str(each.line) for each in plan.commands if each.amount_minor in (gap, -gap)][:3]
    return ConfirmationDiffers(
        f"account {into.account_id} would hold {held} {into.currency} at the end of "
        f"{agreement.day}, not {stated}",
        advice=f"the difference is {difference}"
        + (f", the amount of line {' and line '.join(lines)}" if lines else "")
        + "; compare the entries with the statement",
        account_id=into.account_id,
        balance=held,
        confirmed=stated,
        difference=difference,
        currency=into.currency,
    )
