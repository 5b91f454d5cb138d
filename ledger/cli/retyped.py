"""Commands to be shown to a person, quoted so that a shell takes them as they are printed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, Final

from ledger.cli.environment import Environment, program_name
from ledger.cli.streams import Format
from ledger.errors import ArchiveMissing, DamagedArchive, LedgerError
from ledger.eventstore.opening import is_on_server, shown_location
from ledger.visible import visible

_SHORT: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def command(env: Environment, *words: str) -> str:
    """A command on this run's ledger, with ``--db`` where the ledger was named so."""
    return _line(env, list(words), [])


def typed_again(env: Environment, changes: Mapping[str, Any] | None = None, *more: str) -> str:
    """The command that was typed, on the same ledger; empty where none could be read.

    Args:
        changes: values of its parameters, by name, that are to be others.
        more: options that are to be added.
    """
    typed = env.typed
    if typed is None:
        return ""
    changes = changes or {}
    arguments: list[str] = []
    options: list[str] = []
    for parameter in typed.command.params:
        name = parameter.name
        texts = _texts(changes.get(name, typed.params.get(name)))
        if parameter.param_type_name == "argument":
            arguments += texts
        elif name in changes or (name in typed.params and _is_given(typed, name)):
            for text in texts:
                options += parameter.opts[:1] if parameter.is_flag else [parameter.opts[0], text]
    if env.format is not None:
        options += ["--json"] if env.format is Format.JSON else ["--format", env.format.value]
    options += more
    if any(text.startswith("-") and text != "-" for text in arguments):
        return _line(env, [*_name(typed), *options], ["--", *arguments])
    return _line(env, [*_name(typed), *arguments, *options], [])


def once_there(env: Environment, failure: LedgerError, *words: str) -> str:
    """How to see later what could not be looked up: of an archive in a folder that has it."""
    if isinstance(failure, (ArchiveMissing, DamagedArchive)):
        named = command(of_any_archive(env), *words)
        return f"to see it, name the folder that has it: {named} --archive DIR"
    return f"to see it: {command(env, *words)}"


def of_any_archive(env: Environment) -> Environment:
    """The same run without the folder that was named for its archive, which lacks something."""
    other = copy(env)
    other.archive = None
    return other


def refused_command(env: Environment, error: LedgerError) -> tuple[str, Mapping[str, object]]:
    """The command that was refused, by name and with what was given: the one that was typed, or of
    a batch the one in the line."""
    if env.typed is None:
        return "", {}
    if env.lines is not None and "line" in error.details:
        fields = env.lines.fields(error.details["line"])
        given = {name: value for name, value in fields.items() if value != ""}  # as CSV has none
        return str(given.pop("command", "")), given
    return env.typed.info_name, env.typed.params


def _name(typed: Any) -> list[str]:
    """The words of a command's name: a command of another one has two."""
    words: list[str] = []
    while typed.parent is not None:
        words.insert(0, typed.info_name)
        typed = typed.parent
    return words


def _line(env: Environment, words: Sequence[str], arguments: Sequence[str]) -> str:
    database = ["--db", env.db] if env.db else []
    archive = ["--archive", env.archive] if env.archive and "--archive" not in arguments else []
    told = [program_name(), *words, *database, *archive, *arguments]
    return " ".join(quoted(shown_location(word) if is_on_server(word) else word) for word in told)


def quoted(word: str) -> str:
    """A word as a shell takes it; one that cannot be shown as it is, as bash and zsh take it."""
    if visible(word) == word:
        return shlex.quote(word)
    return f"$'{''.join(map(_in_ansi_c_quotes, word))}'"


def _in_ansi_c_quotes(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if visible(character) == character:
        return character
    return _SHORT.get(character) or "".join(f"\\x{byte:02x}" for byte in character.encode())


def _is_given(typed: Any, name: str) -> bool:
    source = typed.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return [str(each) for each in value]
    return [str(value)]
