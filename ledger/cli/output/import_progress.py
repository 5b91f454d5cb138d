"""Telling what an import is going to do, and what it did."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ledger.bank_statements.importing import (
    ALREADY_THERE,
    IMPORTED,
    REFUSED,
    SKIPPED,
    Agreement,
    Outcome,
    StatementReport,
)
from ledger.bank_statements.matching.similar_entries import Decision, Likeness
from ledger.bank_statements.planning import Plan, PlannedCommand
from ledger.cli import retyped
from ledger.cli.environment import Environment
from ledger.cli.output import documents
from ledger.cli.output.changed_balances import ChangedBalances
from ledger.cli.output.documents import Document
from ledger.cli.streams import Format
from ledger.domain.money import format_minor_units
from ledger.errors import RuleViolation
from ledger.visible import visible


class ImportProgress:
    """Reports one import.

    Nothing is committed before the last entry, so nothing is acknowledged before it either.

    Attributes:
        was_shown: whether the person saw what counts as another entry before.
    """

    def __init__(self, env: Environment, file: str, *, dry_run: bool) -> None:
        self._env = env
        self._file = file
        self._dry_run = dry_run
        self._documents = env.shown_as is Format.JSON and not dry_run
        self._answers = bytearray()
        self._changed = ChangedBalances(env)
        self._told: set[str] = set()
        self.was_shown = False

    def begin_again(self) -> None:
        """Forget the outcomes of an attempt of which nothing is left."""
        self._answers.clear()
        self._changed = ChangedBalances(self._env)

    def plan(self, plans: Sequence[Plan]) -> None:
        """Show what was guessed before it is used."""
        for plan in plans:
            if self._documents:
                self._plan_documents(plan)
            else:
                self._plan_notes(plan)

    def _plan_documents(self, plan: Plan) -> None:
        if plan.guessed and plan.format is not None:
            self._env.write_bytes(
                _json_line(
                    {
                        "outcome": "rules",
                        "rules": plan.format.rules,
                        "guessed": plan.guessed,
                        "notes": plan.notes,
                    }
                )
            )
        for skipped in plan.skipped:
            self._answer({"outcome": SKIPPED, "reason": skipped.reason, "line": skipped.line})

    def _plan_notes(self, plan: Plan) -> None:
        for note in plan.notes:
            self._note_once(f"# note: {visible(note)}")
        if plan.guessed and plan.format is not None:
            rules = "\n".join(map(visible, plan.format.to_toml().split("\n")))
            self._note_once(
                f"# guessed from {visible(self._file)}; to change a rule, save these as a file and "
                f"pass it with --rules\n{rules}"
            )
        for skipped in plan.skipped:
            self._env.note(f"line {skipped.line}: skipped, {visible(skipped.reason)}")

    def _note_once(self, text: str) -> None:
        """Tell what may be true of several accounts of the file."""
        if text not in self._told:
            self._told.add(text)
            self._env.note(text)

    def outcome(self, outcome: Outcome) -> None:
        """Keep the outcome of an entry for the end."""
        if outcome.result and outcome.kind == IMPORTED and not self._dry_run:
            self._changed.see(outcome.result)
        if self._dry_run:
            if outcome.kind != ALREADY_THERE:
                self._answers.extend(msgspec.json.encode(outcome.planned.command) + b"\n")
        elif self._documents:
            self._answer(_document(outcome))

    def end(self, plans: Sequence[Plan], reports: Sequence[StatementReport]) -> int:
        """Print the answers and the summaries, and return the exit status."""
        if self._documents:
            for report in reports:
                if report.agreement is not None:
                    self._answer(_agreement_document(report))
        self._env.write_bytes(bytes(self._answers))
        for plan, report in zip(plans, reports, strict=True):
            if not self._documents:
                self._tell(plan, report)
            if not self._documents:
                self._tell_agreement(plan, report)
            self._env.note(
                (f"{report.account_id}: " if len(reports) > 1 else "")
                + _summary(report, dry_run=self._dry_run)
            )
        self._changed.tell()
        return RuleViolation.exit_status if any(each.refused for each in reports) else 0

    def _tell(self, plan: Plan, report: StatementReport) -> None:
        for outcome in report.refused:
            refusal = outcome.refusal
            assert refusal is not None
            refusal.show_times(self._env.show_end)
            self._env.say(f"{visible(refusal.message)} ({refusal.code})")
        for planned in plan.commands:
            if is_taken_for_another(planned) and not self.was_shown:
                self._env.note(f"line {planned.line}: {told_taken(planned)}")
        for outcome in report.unsure:
            self._env.note(self._unsure(outcome, plan.account_id))

    def _unsure(self, outcome: Outcome, account_id: str) -> str:
        """What to do about an entry that may not be there after all."""
        planned = outcome.planned
        command = planned.command
        name = "deposit" if planned.amount_minor > 0 else "withdraw"
        return (
            f"line {planned.line}: taken for an entry of that date and amount that is there "
            f"already; {outcome.unsure}. If it is another one, record it: "
            + retyped.command(self._env, name, account_id, command.amount, "--at", str(command.at))
        )

    def _tell_agreement(self, plan: Plan, report: StatementReport) -> None:
        """Whether the ledger agrees with the bank now, and what to type then."""
        found = report.agreement
        if found is None:
            return
        stated, held, gap = (
            format_minor_units(each, report.decimals)
            for each in (found.stated_minor, found.held_minor, found.gap_minor)
        )
        account, holds = report.account_id, "would hold" if self._dry_run else "holds"
        if found.gap_minor:
            told = (
                f"note: the bank says {stated} {report.currency} at the end of {found.day}, and "
                f"{account} {holds} {held}: the difference is {gap}"
            )
            self._env.note(told + self._since_before(plan, found))
            return
        told = f"{account} {holds} what the bank says for the end of {found.day}, {stated}"
        if not self._dry_run:
            source = self._file if self._file != "-" else "bank statement"
            words = ("confirm", account, stated, "--as-of", str(found.day), "--source", source)
            told += f"; to note that: {retyped.command(self._env, *words)}"
        self._env.note(told)

    def _since_before(self, plan: Plan, found: Agreement) -> str:
        """What may be wrong where the difference is older than the statement."""
        if not found.since_before:
            return ""
        right = plan.into.initial_balance_minor + found.gap_minor
        told = ", and it is as large before the first of these entries"
        if right < 0:
            return told
        amount = format_minor_units(right, plan.into.decimals)
        amend = retyped.command(self._env, "amend", plan.account_id, "--initial-balance", amount)
        return f"{told}; if {plan.account_id} was opened with {amount}: {amend}"

    def _answer(self, document: Document) -> None:
        self._answers.extend(_json_line(document))


def is_taken_for_another(planned: PlannedCommand) -> bool:
    """Whether it was decided that something is there already."""
    comparison = planned.comparison
    return comparison.decision is Decision.SKIP and comparison.likeness not in (
        None,
        Likeness.SAME,
    )


def told_taken(planned: PlannedCommand) -> str:
    """What is not recorded again, and why."""
    what = "the other side is" if planned.comparison.has_other_side else "it is"
    return f"{what} not recorded again, but counts as {told_other(planned)}"


def told_other(planned: PlannedCommand) -> str:
    """The recorded entry that one of a statement is like, in words."""
    comparison = planned.comparison
    assert comparison.other is not None
    where = ""
    if comparison.likeness is Likeness.OTHER_SIDE:
        where = f" in {visible(planned.entry.transfer_with)}"
    return f"{visible(comparison.other.told)}{where}"


def _json_line(document: Document) -> bytes:
    return msgspec.json.encode(document, enc_hook=str) + b"\n"


def _document(outcome: Outcome) -> Document:
    """An entry's outcome for programs: what the single command prints, and the line."""
    done: Document = {}
    if outcome.kind == IMPORTED:
        assert outcome.result is not None
        done = documents.write_result(outcome.result)
    elif outcome.kind == REFUSED:
        assert outcome.refusal is not None
        done = documents.error(outcome.refusal)
    comparison = outcome.planned.comparison
    like: Document = {}
    if outcome.kind == ALREADY_THERE and comparison.other is not None:
        like = {"likeness": str(comparison.likeness), "version": comparison.other.version}
    return {
        "outcome": outcome.kind,
        **done,
        "idempotency_key": outcome.planned.key,
        "line": outcome.planned.line,
        **({"unsure": outcome.unsure} if outcome.unsure else {}),
        **like,
    }


def _agreement_document(report: StatementReport) -> Document:
    found = report.agreement
    assert found is not None
    stated, held = (
        format_minor_units(each, report.decimals) for each in (found.stated_minor, found.held_minor)
    )
    return {
        "outcome": "balance",
        "account_id": report.account_id,
        "day": str(found.day),
        "stated": stated,
        "held": held,
        "currency": report.currency,
        "agrees": found.stated_minor == found.held_minor,
    }


def _summary(report: StatementReport, *, dry_run: bool) -> str:
    money_in, money_out = (
        format_minor_units(minor_units, report.decimals)
        for minor_units in (report.money_in_minor, report.money_out_minor)
    )
    return (
        f"{'would import' if dry_run else 'imported'} {report.imported} "
        f"(in {money_in}, out {money_out} {report.currency}), "
        f"already there {report.already_there}, refused {len(report.refused)}, "
        f"skipped {report.skipped}"
    )
