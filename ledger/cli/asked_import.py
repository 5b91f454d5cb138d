"""Asking before a statement is imported: what is guessed, and what may be there already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ledger.bank_statements.matching.similar_entries import Decision, Decisions, Likeness
from ledger.bank_statements.planning import Plan, PlannedCommand
from ledger.cli.environment import Environment
from ledger.cli.output.counted import counted
from ledger.cli.output.import_preview import entry_line, preview
from ledger.cli.output.import_progress import ImportProgress, told_other
from ledger.errors import RuleViolation
from ledger.visible import visible

PlanAgain = Callable[[Decisions], list[Plan]]


class AskedImport:
    """The questions of one import, on a terminal."""

    def __init__(self, env: Environment, file: str, progress: ImportProgress) -> None:
        self._env = env
        self._file = file
        self._progress = progress

    def agreed(self, plans: list[Plan], decisions: Decisions, plan_again: PlanAgain) -> list[Plan]:
        """Plans with nothing undecided, to which the person agreed where anything was guessed.

        Args:
            plan_again: plans with decisions about single lines.

        Raises:
            typer.Exit: the answer was no.
        """
        undecided = [
            (plan, place)
            for plan in plans
            for place, each in enumerate(plan.commands)
            if each.is_undecided
        ]
        if undecided:
            plans = plan_again(self._decided(decisions, undecided))
        if not (undecided or any(map(_is_guessed, plans))):
            self._progress.plan(plans)
            return plans
        for plan in plans:
            for line in preview(self._file, plan):
                self._env.say(line)
        self._progress.was_shown = True
        new = sum(len(plan.new) for plan in plans)
        if new:
            self._env.confirm(f"Import {'it' if new == 1 else f'these {new}'}?")
        return plans

    def _decided(self, decisions: Decisions, undecided: Sequence[tuple[Plan, int]]) -> Decisions:
        single = dict(decisions.single)
        number = len(undecided)
        self._env.say(
            f"{counted(number, 'entry')} of {visible(self._file)} may be in the ledger already."
        )
        every: Decision | None = None
        for plan, place in undecided:
            if every is None:
                planned = plan.commands[place]
                self._env.say(entry_line(plan, planned))
                self._env.say(f"  may be {told_other(planned)}")
                answer, every = self._answer(planned, more=number > 1)
            single[plan.account_id, place] = every or answer
        return Decisions(decisions.duplicates, decisions.transfers, single)

    def _answer(self, planned: PlannedCommand, *, more: bool) -> tuple[Decision, Decision | None]:
        """What becomes of an entry, and of all that follow where the person says so."""
        question = _QUESTIONS[planned.comparison.likeness or Likeness.SIMILAR]
        choices = "y/n, or for all of them: yy/nn" if more else "y/n"
        while True:
            given = self._env.ask(f"{question} [{choices}]")
            answer = (given or "").lower()
            if given is None:
                import typer

                self._env.say("nothing was changed")
                raise typer.Exit(RuleViolation.exit_status)
            if answer in ("y", "yes", "n", "no"):
                return (Decision.SKIP if answer[0] == "y" else Decision.TAKE), None
            if more and answer in ("yy", "nn"):
                every = Decision.SKIP if answer == "yy" else Decision.TAKE
                return every, every


_QUESTIONS: Final = {
    Likeness.SIMILAR: "Is it the same entry?",
    Likeness.TRANSFER: "Is it that transfer?",
    Likeness.OTHER_SIDE: "Is it the other side of the transfer?",
}


def _is_guessed(plan: Plan) -> bool:
    """Whether there is anything that a person should see first."""
    return bool(plan.guessed or plan.notes) or any(skipped.guessed for skipped in plan.skipped)
