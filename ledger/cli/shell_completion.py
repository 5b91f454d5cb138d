"""Answering a shell in which Tab was pressed.

The scripts of `shell_scripts` run the program with ``_LEDGER_COMPLETE=bash`` (or zsh, or fish) and
the words typed so far as arguments; the last one is being typed. The answer is a line for each
candidate: the word, a tab, and what it is for. ``:files`` alone asks the shell for names of files.

Nothing that comes from a ledger is trusted: a candidate with a control character is left out, and
the scripts insert each line as text, quoted for their shell, and never evaluate it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import typer

from ledger.cli.app import SECTIONS, app
from ledger.cli.environment import Environment
from ledger.errors import LedgerError
from ledger.visible import visible

FILES: Final = ":files"
_FILE_METAVARS: Final = ("FILE", "[FILE]", "DEST", "PATH")


class Candidate(NamedTuple):
    """A word that may be meant, and what it is for."""

    word: str
    meaning: str = ""


def answer(environment: Environment, shell: str, words: list[str]) -> int:
    """Write the candidates for the last word.

    Args:
        shell: ``bash``, ``zsh`` or ``fish``; of scripts of other versions, nothing is answered.
        words: what was typed after the program's name, as that shell splits it.
    """
    if shell not in ("bash", "zsh", "fish") or not words:
        return 0
    kept = ""
    if shell == "bash":
        last = words[-1]
        words = whole_words(words)
        if words[-1] != last:  # bash replaces only what comes after the last mark
            kept = words[-1][: max(map(words[-1].rfind, ":=")) + 1]
    if shell != "zsh":  # which takes its quotation marks off itself
        words = [_unquoted(word) for word in words]
    try:
        found = list(candidates(environment, words))
    except (LedgerError, typer.TyperException):
        found = []
    for word, meaning in found:
        if word.isprintable():
            word = word.removeprefix(kept)
            environment.write(
                f"{word}\t{meaning}\n" if meaning and shell != "bash" else f"{word}\n"
            )
    return 0


def candidates(environment: Environment, words: Sequence[str]) -> Iterator[Candidate]:
    """What the last of some words may become."""
    *before, word = words
    program: Any = typer.main.get_command(app)
    return _in(program, "ledger", before, word, obj=environment)


def _in(
    command: Any, name: str, before: list[str], word: str, **context: Any
) -> Iterator[Candidate]:
    """What a word may become after others that follow a command's name, and perhaps name one of its
    own commands."""
    place = None
    if hasattr(command, "commands"):
        place = _Scan(command, before, stop_at_argument=True).arguments_at
    own = before[:place]
    if _Scan(command, own).pending is not None:
        own = own[:-1]  # without its value the parser would understand nothing
    with command.make_context(name, list(own), resilient_parsing=True, **context) as ctx:
        if place is None:
            yield from _in_command(ctx, before, word)
            return
        inner = command.get_command(ctx, before[place])
        if inner is not None:
            yield from _in(inner, before[place], before[place + 1 :], word, parent=ctx)


def _in_command(ctx: Any, before: list[str], word: str) -> Iterator[Candidate]:
    scan = _Scan(ctx.command, before)
    if scan.pending is not None:
        yield from _values(ctx, scan.pending, "" if word == "=" else word)
    elif word.startswith("-") and not scan.only_arguments:
        name, equals, value = word.partition("=")
        option = scan.options.get(name)
        if equals and option is not None:
            for each in _values(ctx, option, value):
                yield each._replace(word=f"{name}={each.word}" if each.word != FILES else FILES)
        else:
            yield from _names(ctx, scan, word)
    elif ctx.parent is None:
        for commands in SECTIONS.values():
            for command, (_, summary) in commands.items():
                if command.startswith(word):
                    yield Candidate(command, summary)
    elif hasattr(ctx.command, "commands"):
        for name, command in ctx.command.commands.items():
            if name.startswith(word):
                yield Candidate(name, command.get_short_help_str(100))
    else:
        parameter = scan.next_argument
        if parameter is not None:
            yield from _values(ctx, parameter, word)


def _values(ctx: Any, parameter: Any, incomplete: str) -> Iterable[Candidate]:
    if parameter.metavar in _FILE_METAVARS:
        return [Candidate(FILES)]
    return [
        Candidate(item.value, visible(" ".join((item.help or "").split())))
        for item in parameter.shell_complete(ctx, incomplete)
    ]


def _names(ctx: Any, scan: _Scan, word: str) -> Iterator[Candidate]:
    """Options that were not given yet, by their long names."""
    for parameter in ctx.command.get_params(ctx):
        if parameter.param_type_name != "option" or parameter.name in scan.given:
            continue
        for name in parameter.opts:
            if name.startswith(word) and (name.startswith("--") or word == name):
                yield Candidate(name, " ".join((parameter.help or "").split()))


class _Scan:
    """What the words of a command line are, by the command's parameters alone.

    Attributes:
        options: parameters by the names of their options.
        given: the names of the parameters whose options were given.
        pending: the option whose value comes next, if any.
        only_arguments: whether ``--`` was among them.
        arguments: how many were no options.
        arguments_at: where the first of those is.
    """

    def __init__(
        self, command: Any, words: Sequence[str], *, stop_at_argument: bool = False
    ) -> None:
        self._arguments = [each for each in command.params if each.param_type_name == "argument"]
        self.options = {
            name: each
            for each in command.params
            if each.param_type_name == "option"
            for name in each.opts
        }
        self.given: set[str] = set()
        self.pending: Any = None
        self.only_arguments = False
        self.arguments = 0
        self.arguments_at: int | None = None
        for place, word in enumerate(words):
            if self.pending is not None:
                self.pending = None
            elif word == "--" and not self.only_arguments:
                self.only_arguments = True
            elif word.startswith("-") and len(word) > 1 and not self.only_arguments:
                self.pending = self._option_awaiting_its_value(word)
            else:
                self.arguments += 1
                if self.arguments_at is None:
                    self.arguments_at = place
                if stop_at_argument:
                    break

    def _option_awaiting_its_value(self, word: str) -> Any:
        name, equals, _ = word.partition("=")
        option = self.options.get(name)
        if option is None:
            return None
        self.given.add(option.name)
        return None if option.is_flag or equals else option

    @property
    def next_argument(self) -> Any:
        """The parameter that the next argument is for; None where there are enough."""
        if self.arguments < len(self._arguments):
            return self._arguments[self.arguments]
        last = self._arguments[-1] if self._arguments else None
        return last if last is not None and last.nargs == -1 else None


def whole_words(words: list[str]) -> list[str]:
    """The words that were typed, from those that bash makes of them: it splits at ``:`` and ``=``.

    A ``=`` behind an option is before its value; any other is part of a word, such as a tag.

    The last one is the one being typed.
    """
    whole: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        if whole and word and (set(word) == {":"} or set(before) == {":"}):
            whole[-1] += word
        elif word == "=" and before.startswith("--"):
            whole.append("")
        elif whole and "=" in (word, before) and (word == "=" or whole[-1][-1:] in ("", "=")):
            whole[-1] += word
        else:
            whole.append(word)
    return whole


def _unquoted(word: str) -> str:
    """A word without its quotation marks, of which the last may not have been typed yet."""
    for end in ("", '"', "'"):
        try:
            (text,) = shlex.split(word + end)
        except ValueError:  # no closing quotation mark, or not one word
            continue
        return os.path.expanduser(text) if word.startswith("~") else text
    return word
