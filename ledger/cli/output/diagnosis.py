"""Showing what a doctor found."""

from __future__ import annotations

from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.hints import advice_for
from ledger.cli.output.answer import answer
from ledger.cli.output.documents import Document
from ledger.cli.streams import Format
from ledger.verification.problems import Diagnosis, Problem
from ledger.visible import visible

PROBLEM: Final = ("code", "message", "advice", "repairable", "position", "account_id")


def show_diagnosis(env: Environment, found: Diagnosis) -> None:
    """Show it all; rows for programs are the problems, and the rest is reported on stderr."""
    answer(
        env,
        document=_document(env, found),
        rows=[_problem(env, found, problem) for problem in found.problems],
        columns=PROBLEM,
        person=lambda: _draw(env, found),
    )
    if env.shown_as is Format.JSON:
        return
    for repair in found.repaired:
        env.note(f"repaired: {visible(repair)}")
    for note in found.notes:
        env.note(f"note: {visible(note)}")


def _document(env: Environment, found: Diagnosis) -> Document:
    return {
        "path": found.path,
        "sound": found.sound,
        "head": None if found.head is None else found.head.short,
        "trusted": None if found.trusted is None else found.trusted.short,
        "problems": [_problem(env, found, problem) for problem in found.problems],
        "repaired": list(found.repaired),
        "notes": list(found.notes),
    }


def _problem(env: Environment, found: Diagnosis, problem: Problem) -> Document:
    return {
        **{name: getattr(problem, name) for name in PROBLEM},
        "advice": advice_for(env, found, problem),
    }


def _draw(env: Environment, found: Diagnosis) -> None:
    from ledger.cli.output.tables import Cell, Column, show_head, show_line, show_table

    if found.sound:
        show_line(env, Cell("nothing is wrong", "green"))
    else:
        show_table(
            env,
            (Column("What is wrong", words=True), Column("What to do", words=True)),
            ((Cell(each.message, "bold"), advice_for(env, found, each)) for each in found.problems),
        )
    if found.head is None:
        return
    if found.trusted is not None and not all(each.repairable for each in found.problems):
        show_line(
            env,
            f"the log can be trusted up to position {found.trusted.position} "
            f"of {found.head.position}, head {found.trusted.short}",
        )
    else:
        show_head(env, found.head)
