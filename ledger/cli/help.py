"""``help``: the page of a command, or of a topic."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final

import typer

from ledger.cli.environment import Environment, program_name
from ledger.cli.options import LedgerCommand, environment
from ledger.cli.output.answer import answer
from ledger.cli.streams import Format
from ledger.errors import InvalidUsage

commands = typer.Typer(rich_markup_mode=None)

TOPICS: Final = {
    "amounts": "Amounts, currencies, units of your own, and account ids.",
    "times": "Dates and time zones, and what was so on any day in the past.",
    "asking": "Balances, histories and statements, and how to read them.",
    "mistakes": "How to put right what was recorded wrong.",
    "tags": "Categories to count by, and receipts.",
    "bank": "How to import what your bank exports.",
    "closing": "How to compare with the bank, and lock a month or a year.",
    "erasing": "How to forget a person, and keep the books.",
    "formats": "What an answer looks like: table, plain, csv, json.",
    "exports": "A page to show and print, and files for other programs.",
    "manners": "Tables, the pager, and what is asked before it is done.",
    "scripting": "Scripts, batches, retries, and exit statuses.",
    "environment": "The variables that the program reads.",
    "proof": "How to check the books, copy them, and prove that they are whole.",
    "trouble": "What to do when something goes wrong.",
    "servers": "Several people and machines.",
    "publishing": "Sending the log to NATS, Kafka or a file, and reading it back.",
    "archiving": "Moving the oldest entries into files of their own.",
    "migrating": "Ledgers of version 0.1.",
    "events": "The log that everything is made from, and how to hand it on.",
    "sql": "Accounts, entries and past balances in SQL, for any SQLite tool.",
    "file": "What is in the file, and how to check it without ledger.",
    "python": "The Python API, and tables of your own.",
    "testing": "Ledgers that give the same answers at every run.",
    "design": "How it is built, and why.",
}
"""The pages in ``ledger/help``, in the order in which they are listed, each in one line."""

_FOLDER: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "help")
_VARIABLE: Final = re.compile(r"^\| `(\w+)` \| (.*?) \|", re.MULTILINE)


def page(topic: str) -> str:
    """A topic's page, in Markdown."""
    with open(os.path.join(_FOLDER, f"{topic}.md"), encoding="utf-8") as file:
        return file.read()


def variables() -> list[tuple[str, str]]:
    """The environment variables that the program reads, each in one line."""
    return _VARIABLE.findall(page("environment"))


def _complete(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    from ledger.cli.app import SECTIONS

    words = ctx.params.get("words") or ()
    if words:
        group = _command_named(ctx, words)
        for name, command in getattr(group, "commands", {}).items():
            if name.startswith(incomplete):
                yield name, command.get_short_help_str(100)
        return
    summaries = {
        name: summary for section in SECTIONS.values() for name, (_, summary) in section.items()
    }
    for name, summary in {**summaries, **TOPICS}.items():
        if name.startswith(incomplete):
            yield name, summary


@commands.command(
    "help",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger help
      ledger help deposit
      ledger help times
      ledger help scripting > scripting.md
    """,
)
def show_help(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[COMMAND|TOPIC]",
            help="What to explain (default: lists the topics).",
            autocompletion=_complete,
        ),
    ] = None,
) -> None:
    """Explain a command or a topic.

    On a terminal a topic is shown for reading, elsewhere as the Markdown that it is written in.
    """
    env = environment(ctx)
    if not words:
        listed = [{"topic": name, "summary": summary} for name, summary in TOPICS.items()]
        _answer(env, listed, "".join(_list_of_topics()))
        return
    name = " ".join(words)
    if name in TOPICS:
        text = page(name)
        if env.shown_as is Format.TABLE:
            from ledger.cli.help_pages import for_reading

            shown = for_reading(text, coloured=env.colours(env.stdout))
        else:
            shown = text
        _answer(env, {"topic": name, "summary": TOPICS[name], "text": text}, shown)
        return
    text = _page_of_command(ctx, words)
    _answer(env, {"command": name, "text": text}, text)


def _answer(env: Environment, found: Any, text: str) -> None:
    """Answer with data where they are asked for; else with the text, also in a pipe."""
    if env.shown_as in (Format.TABLE, Format.PLAIN):
        with env.paged():
            env.write(text)
        return
    rows = found if isinstance(found, list) else [found]
    answer(env, document=lambda: found, rows=rows, columns=tuple(rows[0]), person=lambda: None)


def _list_of_topics() -> Iterator[str]:
    program = program_name()
    yield f"How to use a command, with examples: {program} help COMMAND\n"
    yield f"The commands: {program} --help\n\n"
    yield f"Topics, each shown by {program} help TOPIC:\n"
    yield from _aligned(TOPICS.items())
    yield "\nEnvironment variables:\n"
    yield from _aligned((name, line.replace("`", "")) for name, line in variables())


def _aligned(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    pairs = list(pairs)
    widest = max(len(name) for name, _ in pairs)
    for name, line in pairs:
        yield f"  {name.ljust(widest)}  {line}\n"


def _command_named(ctx: Any, words: Any) -> Any:
    """The command that some words name, such as ``book`` and ``create``; None if none does."""
    command = ctx.find_root().command
    for word in words:
        command = command.get_command(ctx, word) if hasattr(command, "commands") else None
    return command


def _page_of_command(ctx: Any, words: list[str]) -> str:
    """What ``--help`` shows of a command.

    Raises:
        InvalidUsage: there is none of that name, and no topic.
    """
    command = _command_named(ctx, words)
    if command is None:
        raise _unknown(ctx, words)
    inner = ctx.find_root()
    for place, word in enumerate(words, 1):
        named = _command_named(ctx, words[:place])
        inner = named.make_context(word, [], parent=inner, resilient_parsing=True)
    return f"{inner.get_help()}\n"


def _unknown(ctx: Any, words: list[str]) -> InvalidUsage:
    from ledger.cli.app import SECTIONS
    from ledger.cli.mistyped import nearest

    program, name = program_name(), " ".join(words)
    names = [*TOPICS, *(command for section in SECTIONS.values() for command in section)]
    near = [words[0]] if words[0] in names else nearest(words[0], names)
    return InvalidUsage(
        f"there is no help on {name!a}",
        advice=f"did you mean {' or '.join(near)}? {program} help {near[0]}"
        if near
        else f"see the topics: {program} help",
    )
