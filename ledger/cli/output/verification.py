"""Showing what a verification found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.output.answer import answer
from ledger.cli.output.counted import counted
from ledger.cli.output.documents import Document
from ledger.cli.retyped import command
from ledger.cli.streams import Format
from ledger.domain.money import format_minor_units
from ledger.verification.findings import CHECKS, ControlTotals, Finding, Verification
from ledger.visible import visible

_ON_A_SERVER: Final = "the tables themselves"
FINDING: Final = ("check", "position", "account_id", "message", "expected", "found")
_AMOUNTS: Final = ("money_in", "money_out", "sent", "received", "balances")
_CARRIED: Final = "carried_over"


def show_verification(env: Environment, found: Verification, expected: str | None = None) -> None:
    """Show it all, or, where notes and summaries are not wanted, only what is wrong.

    Rows for programs are the findings alone; what was checked is then reported on stderr.

    Args:
        expected: the head noted earlier.
    """
    if env.quiet and found.clean:
        if found.noted_head == "of_source":  # silence would say that it is a head of this log
            env.say(f"note: {found.notes[0]}")
        return
    answer(
        env,
        document=_document(found),
        rows=[_finding(finding) for finding in found.findings],
        columns=FINDING,
        person=lambda: _draw(env, found),
    )
    if env.quiet or env.shown_as is Format.JSON:
        return
    for note in found.notes:
        env.note(f"note: {visible(note)}")
    if found.archived and not found.archive_looked_at:
        env.note(f"note: {_how_to_check_the_archive(env, found, expected)}")
    if found.clean and env.shown_as in (Format.CSV, Format.PLAIN):
        env.note(_conclusion(found) + env.mark)
    if found.clean and found.noted_head != "of_source":
        env.note(f"note: {_what_a_head_tells(env, found, expected)}")


def _how_to_check_the_archive(env: Environment, found: Verification, expected: str | None) -> str:
    words = ["verify", *(() if expected is None else ("--expect-head", expected))]
    if not found.archive_folder:
        return "to check the archive, too, name the folder that has all of it (--archive DIR)"
    return f"to check the archive, too: {command(env, *words, '--archive', found.archive_folder)}"


def _what_a_head_tells(env: Environment, found: Verification, expected: str | None) -> str:
    if expected is not None:
        return (
            f"the head {expected} is still part of this ledger: nothing up to it was changed since "
            "it was noted"
        )
    later = command(env, "verify", "--expect-head", found.head.short)
    return (
        "somebody who rewrote the whole ledger would pass this check too, and only a head that was "
        f"noted elsewhere tells; so note this one, and check later: {later}"
    )


def show_findings(env: Environment, findings: Sequence[Finding]) -> None:
    """Show what is wrong with a log that is no ledger's of today."""
    answer(
        env,
        document={"clean": False, "findings": [_finding(finding) for finding in findings]},
        rows=[_finding(finding) for finding in findings],
        columns=FINDING,
        person=lambda: _draw_findings(env, findings),
    )


def _document(found: Verification) -> Document:
    return {
        "clean": found.clean,
        "head": found.head.short,
        "events": found.events,
        "accounts": found.accounts,
        "snapshots": found.snapshots,
        "idempotency_keys": found.idempotency_keys,
        "totals": [
            {
                "currency": totals.currency,
                **{name: _decimal(totals, name) for name in (*_AMOUNTS, _CARRIED)},
            }
            for totals in found.totals
        ],
        "findings": [_finding(finding) for finding in found.findings],
        "notes": list(found.notes),
        "noted_head": found.noted_head or None,
        "archived_to_position": found.archived or None,
        "archive_checked": found.archive_looked_at,
    }


def _finding(finding: Finding) -> Document:
    return {name: getattr(finding, name) for name in FINDING}


def _decimal(totals: ControlTotals, name: str) -> str:
    minor_units = getattr(totals, f"{name}_minor")
    if totals.decimals is None:  # a changed file names a currency that does not exist
        return str(minor_units)
    return format_minor_units(minor_units, totals.decimals)


def _conclusion(found: Verification) -> str:
    events, accounts = counted(found.events, "change"), counted(found.accounts, "account")
    return f"clean: {events} of {accounts}; head {found.head.short}"


def _draw(env: Environment, found: Verification) -> None:
    if not env.quiet:
        _draw_checks(env, found)
        _draw_totals(env, found)
    if found.findings:
        from ledger.cli.output.tables import show_head

        _draw_findings(env, found.findings)
        show_head(env, found.head)
    elif not env.quiet:
        from ledger.cli.output.tables import Cell, show_line

        show_line(env, Cell(_conclusion(found), "green"), Cell(env.mark, "bold yellow"))


def _draw_checks(env: Environment, found: Verification) -> None:
    from ledger.cli.output.tables import Cell, Column, show_table

    checks = CHECKS | {"medium": _ON_A_SERVER} if env.is_on_server else CHECKS
    errors = dict.fromkeys(checks, 0)
    for finding in found.findings:
        errors[finding.check] += 1
    columns = Column("Check"), Column("Looked at", number=True), Column("Findings", number=True)
    show_table(
        env,
        columns,
        (
            (
                what,
                str(found.looked_at[check]),
                Cell(str(errors[check]), "bold red" if errors[check] else "green"),
            )
            for check, what in checks.items()
            if found.looked_at[check] or errors[check]
        ),
    )
    env.write("\n")


def _draw_totals(env: Environment, found: Verification) -> None:
    from ledger.cli.output.tables import Column, show_table

    if not found.totals:
        return
    shown = dict(
        zip(_AMOUNTS, ("Money in", "Money out", "Sent", "Received", "Balances"), strict=True)
    )
    if any(totals.carried_over_minor for totals in found.totals):
        shown = {_CARRIED: "Carried over", **shown}
    show_table(
        env,
        (Column("Currency"), *(Column(heading, number=True) for heading in shown.values())),
        (
            (totals.currency, *(env.amount(_decimal(totals, name)) for name in shown))
            for totals in found.totals
        ),
    )
    env.write("\n")


def _draw_findings(env: Environment, findings: Sequence[Finding]) -> None:
    from ledger.cli.output.tables import Cell, Column, show_table

    show_table(
        env,
        (
            Column("Check"),
            Column("Position", number=True),
            Column("Account"),
            Column("What is wrong", words=True),
            Column("Expected", words=True, whole=True),
            Column("Found", words=True, whole=True),
        ),
        (
            (
                Cell(each.check, "bold red"),
                "" if each.position is None else str(each.position),
                Cell(each.account_id or "", "bold"),
                each.message,
                each.expected or "",
                each.found or "",
            )
            for each in findings
        ),
    )
