"""What to do next about the file of a ledger: one that is none, is older, damaged or missing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.retyped import command, quoted, typed_again
from ledger.errors import LedgerError
from ledger.eventstore.opening import is_on_server

TODAYS_FORMAT = 2
"""The file format of ledgers and exports."""

_DATABASE: Final = b"SQLite format 3\x00"
"""The first bytes of a ledger file."""


def followed_by(advice: str, what_to_type: str) -> str:
    return f"{advice}: {what_to_type}" if what_to_type else advice


def foreign_file(_: Environment, error: LedgerError) -> str:
    """How to move away what lies beside the ledger and is not its own."""
    if "path" not in error.details:  # what is in it may be needed
        return error.advice
    path = str(error.details["path"])
    return followed_by(error.advice, f"mv {quoted(path)} {quoted(unused(path + '.aside'))}")


def ledger_moved(env: Environment, error: LedgerError) -> str:
    """How to see what is at the path now."""
    return followed_by(error.advice, command(env, "book"))


def unused(name: str) -> str:
    """The name of a file that is not there yet."""
    stem, ending = os.path.splitext(name)
    number = 1
    while os.path.lexists(name):
        number += 1
        name = f"{stem}-{number}{ending}"
    return name


def elsewhere(path: str) -> Environment:
    elsewhere = Environment()
    elsewhere.db = path
    return elsewhere


def _whence(env: Environment) -> str:
    """Where the path of the ledger came from."""
    what = "address" if env.is_on_server else "path"
    if env.db:
        return f"the {what} was given with --db"
    if os.environ.get("LEDGER_DB"):
        return f"the {what} is in LEDGER_DB"
    return "the path is the default one; --db or LEDGER_DB name another"


def not_a_ledger(env: Environment, error: LedgerError) -> str:
    if "schema_version" in error.details:
        return f"{error.advice}: pip install -U eventledger"
    return f"{error.advice}; {_whence(env)}"


def no_such_ledger(env: Environment, error: LedgerError) -> str:
    if "missing" in error.details or os.path.islink(str(error.details.get("path"))):
        return error.advice
    begin = command(env, "open", "acc-001", "--owner", "NAME")
    return f"to begin one there: {begin}; {_whence(env)}"


def older_format(env: Environment, error: LedgerError) -> str:
    older = error.details.get("path")
    if older is None:  # an exported log, which the command was to read
        older = None if env.typed is None else env.typed.params.get("file")
        if older in (None, "-"):
            return f"save it as a file, and {error.advice}"
    newer = unused(os.path.splitext(str(older))[0] + ".db")
    return followed_by(
        error.advice, command(Environment(), "migrate", *map(_as_path, (older, newer)))
    )


def about_migrated(error: LedgerError, params: Mapping[str, object]) -> str:
    """What to do about a migration that was refused, given its arguments."""
    source, destination = _as_path(params["source"]), _as_path(params["destination"])
    if error.details.get("as_it_is"):
        return followed_by(error.advice, _moved(source, destination))
    is_refused = error.details.get("file_format") != TODAYS_FORMAT or params.get("lift")
    if is_refused and not error.details.get("to_be_copied"):
        return error.advice
    return followed_by(error.advice, _lifted(source, destination))


def _lifted(source: str, destination: str) -> str:
    """How to write a ledger anew, with all events in their current form."""
    if not is_on_server(source):
        return command(Environment(), "migrate", source, destination, "--lift")
    copy = unused("copy.db")
    copied = command(elsewhere(source), "backup", copy)
    return f"{copied} && {_lifted(copy, destination)}"


def _moved(source: str, destination: str) -> str:
    """How to have a log elsewhere as it is; it may be an exported one."""
    if not is_on_server(source) and not is_ledger_file(source):
        return command(elsewhere(destination), "import-events", source)
    exported = command(elsewhere(source), "export-events", "-")
    return f"{exported} | {command(elsewhere(destination), 'import-events', '-')}"


def is_ledger_file(path: str) -> bool:
    """Whether a file begins as those of ledgers do."""
    try:
        with open(path, "rb") as file:
            return file.read(len(_DATABASE)) == _DATABASE
    except OSError:
        return False


def _as_path(path: object) -> str:
    """A path that is not taken for an option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def import_refused(env: Environment, error: LedgerError) -> str:
    typed = env.typed
    if typed is not None and "ledger_id" in error.details:
        return followed_by(
            error.advice, typed_again(env, {"ledger_id": error.details["ledger_id"]})
        )
    if typed is None or typed.info_name != "import-events" or "path" not in error.details:
        return error.advice
    return followed_by(
        error.advice, command(elsewhere(unused("new.db")), "import-events", typed.params["file"])
    )


def not_erasable(env: Environment, error: LedgerError) -> str:
    return followed_by(error.advice, _lifted(_as_path(env.path), unused("new.db")))
