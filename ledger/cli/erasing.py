"""``erase``."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from typing import Annotated, Final

import typer

from ledger.cli import retyped
from ledger.cli.environment import Environment
from ledger.cli.options import Account, LedgerCommand, YesToBeSure, environment
from ledger.cli.output import documents
from ledger.cli.output.answer import ERASURE, answer
from ledger.cli.output.counted import counted
from ledger.commands.erasing import ErasurePlan, ErasureReport
from ledger.errors import InvalidUsage
from ledger.visible import visible

commands = typer.Typer(rich_markup_mode=None)

_NAMED: Final = 10
"""Accounts; of more, the rest is counted."""

_STILL_THERE: Final = (
    "note: older backups and exports, copies of the file, events that were published or followed, "
    "and the logs of servers still have the texts; the account's id, tags, receipts, "
    "idempotency keys and actors stay here, and so does the reason"
)
_ON_A_SERVER: Final = (
    "note: the tables were written anew without the texts; the server's write-ahead log, its "
    "backups and its replicas still have them until whoever runs it has replaced those"
)
_ORIGIN: Final = (
    "note: the head of the ledger that this one was migrated from was erased, too, since it could "
    "confirm a guess; the ledger itself, if you still have it, has all the texts"
)
_GUESSABLE: Final = (
    "note: this is a test ledger: what it draws at random can be drawn again, so a guess at an "
    "erased text can be checked"
)


@commands.command(
    "erase",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger erase acc-001 --reason "asked for it in March" --yes
      ledger erase acc-002 --reason "moved away" --yes --json
    """,
)
def erase(
    ctx: typer.Context,
    account: Account,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; it stays, so name nobody in it.")
    ],
    yes: YesToBeSure = False,
) -> int:
    """Erase the personal texts of an account, for ever.

    The owner, every description and every reason become (erased), and so do the
    descriptions of its transfers on the other accounts. Amounts, times, account
    ids, tags, receipts and idempotency keys stay, and the log still verifies.
    Older backups, exports and published events are not touched: see to these
    yourself. A closed account, or a locked period, does not hinder it. Where
    texts are archived, the files of the archive are written anew, so they have to
    be at hand.
    """
    env = environment(ctx)
    with env.ledger() as ledger:
        plan = ledger.erasure_plan(account)
        if plan.anything and not yes:
            _ask(env, plan)
        report = ledger.erase(account, reason)
    drafts = _left_over(env)
    document = {**documents.erasure(report), "left_over": [*drafts, *report.left_over]}
    answer(
        env,
        document=document,
        rows=[document],
        columns=ERASURE,
        person=lambda: env.write(f"{_summary(report)}\n"),
    )
    if drafts:
        env.say(
            "warning: killed commands left files that may hold texts: "
            f"{visible(', '.join(drafts))}\n"
            f"hint: if no command is writing there now, remove them: {shlex.join(['rm', *drafts])}"
        )
    if report.left_over:
        from ledger.eventstore.archive.left_over import in_words

        env.say(f"warning: {visible(in_words(report.left_over))}")
    return _tell_what_is_left(env, report)


def _left_over(env: Environment) -> list[str]:
    """Drafts of the ledger that killed commands left, with texts that were to be in it."""
    from glob import escape, glob

    target = os.path.realpath(env.path)
    left_over = []
    for draft in sorted(glob(f"{escape(target)}.new-*")):
        with suppress(FileNotFoundError):  # it was no left-over
            if not os.path.samefile(draft, target):  # a name more, which was to be taken away
                left_over.append(draft)
    return left_over


def _ask(env: Environment, plan: ErasurePlan) -> None:
    """Have the person who types confirm it.

    Raises:
        InvalidUsage: nobody can be asked.
        typer.Exit: the answer was no.
    """
    if not env.can_ask:
        raise InvalidUsage(
            "erasing cannot be taken back, and there is no terminal to ask on",
            advice=f"to do it unasked: {retyped.typed_again(env, None, '--yes')}",
        )
    others = {each: len(positions) for each, positions in plan.elsewhere.items()}
    env.say(f"{_what(plan.account_id, len(plan.own), others)} will be erased.")
    env.confirm("This cannot be taken back. Erase them?")


def _what(account_id: str, texts: int, elsewhere: dict[str, int]) -> str:
    """What is or was erased, in words."""
    words = f"{counted(texts, 'text')} of {account_id}"
    if elsewhere:
        named = [f"{each} ({count})" for each, count in elsewhere.items()]
        if len(named) > _NAMED:
            named = [*named[:_NAMED], f"{len(named) - _NAMED} more accounts"]
        words += f", and {counted(sum(elsewhere.values()), 'text')} of its transfers on "
        words += ", ".join(named)
    return words


def _summary(report: ErasureReport) -> str:
    if report.recorded is None:
        return f"nothing was left to erase of {report.account_id}"
    return f"erased {_what(report.account_id, report.texts, report.elsewhere)}"


def _tell_what_is_left(env: Environment, report: ErasureReport) -> int:
    """Say where the texts still are, and return the exit status."""
    if report.emptied:
        env.note(
            f"note: {', '.join(report.emptied)} had to be emptied; to fill them again, load their "
            f"classes, then: {retyped.command(env, 'projections', '--catch-up')}"
        )
    if report.rewritten:
        env.note(
            f"note: {counted(len(report.rewritten), 'file')} of the archive written anew without "
            f"the texts: {visible(', '.join(report.rewritten))}"
        )
    if report.recorded is not None:
        env.note(_STILL_THERE)
        if env.is_on_server and report.traces is None:
            env.note(_ON_A_SERVER)
        if report.origin:
            env.note(_ORIGIN)
        if report.guessable:
            env.note(_GUESSABLE)
    traces = report.traces
    if traces is None:
        return 0
    env.say(
        f"warning: the texts are erased, but traces of them may be left in {_where(env)}: "
        f"{visible(traces.message)}\n"
        f"hint: {traces.advice}: {retyped.typed_again(env)}"
    )
    return traces.exit_status


def _where(env: Environment) -> str:
    """What may have traces of texts."""
    path = visible(env.path)
    return path if env.is_on_server else f"{path} and {path}-wal"
