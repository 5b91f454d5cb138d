"""What is shown where a command fails: a message, and what to do next."""

from __future__ import annotations

import os
import sys

from ledger.cli.environment import Environment
from ledger.cli.streams import Format
from ledger.errors import LedgerError
from ledger.eventstore.opening import hides_password, without_passwords


def fail(environment: Environment, error: LedgerError) -> int:
    """Show an error, as JSON where answers are JSON, and return its exit status."""
    from ledger.cli.shortages import shortage

    error = shortage(environment, error) or error
    try:
        sys.stdout.flush()
    except OSError:
        silence_stdout()
    if environment.debug:
        import traceback

        environment.stderr.write(
            _for_all_eyes("".join(traceback.format_exception(error.__cause__ or error)))
        )
    error.show_times(environment.show_end)
    hint = _hint(environment, error)
    if environment.format is Format.JSON or (
        environment.format is None and _json_was_asked_for(sys.argv[1:])
    ):
        import msgspec

        from ledger.cli.output import documents

        document = documents.error(error, hint)
        text = msgspec.json.encode(document, enc_hook=str).decode()
    else:
        from ledger.visible import visible

        text = f"error: {visible(error.message)}"
        if hint:
            text += f"\nhint: {visible(hint)}"
    try:
        environment.say(_for_all_eyes(text))
    except OSError:
        pass
    return error.exit_status


def _for_all_eyes(text: str) -> str:
    """A text without the passwords that were typed, or are in our variables."""
    ours = [value for name, value in os.environ.items() if name.startswith("LEDGER_")]
    return without_passwords(text, [*sys.argv[1:], *ours])


def _hint(environment: Environment, error: LedgerError) -> str:
    from ledger.cli.hints import hint_for

    try:
        hint = hint_for(environment, error)
        if environment.db and hides_password(environment.db) and "--db" in hint:
            hint += "; the password is left out here: put it into PGPASSWORD or ~/.pgpass"
        return hint
    except Exception:  # noqa: BLE001 - the error matters more than the hint
        return error.advice


def _json_was_asked_for(arguments: list[str]) -> bool:
    """Whether a command line that could not be parsed asks for JSON."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=False)
    return any(
        argument in ("--json", "--format=json") or (argument, value) == ("--format", "json")
        for argument, value in pairs
    )


def silence_stdout() -> None:
    """Discard what is still buffered for a stream that nobody reads, without a message."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
