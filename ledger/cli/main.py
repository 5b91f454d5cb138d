"""How a run begins and ends: every error becomes a message, a hint and an exit status."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn, TextIO

import typer

from ledger.cli import interrupts
from ledger.cli.environment import Environment, program_name
from ledger.errors import (
    InvalidAmount,
    InvalidUsage,
    LedgerError,
    OutputFailure,
    StorageFailure,
    UnexpectedFailure,
)


def main() -> NoReturn:
    """Run the command line of this process, and end the process."""
    try:
        interrupts.listen()
        status = run()
    except KeyboardInterrupt:  # where there is nothing yet to tidy up
        interrupts.end_early()
    # Everything is closed and flushed. Tearing down the interpreter would take a sixth of the time
    # of a short command; the operating system frees it at once.
    os._exit(status)


def run() -> int:
    """Run the command line, and return the exit status that `ledger help scripting` lists."""
    # Whoever starts us may have closed them (`>&-`); what is written then goes nowhere.
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # what the terminal cannot show is escaped, not fatal
            stream.reconfigure(errors="backslashreplace")
    environment = Environment()
    try:
        return _flushed(environment, _run(environment))
    except (KeyboardInterrupt, typer.Abort):
        return interrupts.end(environment)


def _flushed(environment: Environment, status: int) -> int:
    """Write the rest of what is to be written, and give the exit status."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _reader_gone()
    except OSError as error:
        status = _fail(environment, _unwritable(environment, error))
        _reader_gone()
    try:
        sys.stderr.flush()
    except OSError:  # there is nobody left to tell
        pass
    return status


def _run(environment: Environment) -> int:
    try:
        shell = os.environ.get("_LEDGER_COMPLETE")
        if shell is not None:
            from ledger.cli.shell_completion import answer

            return answer(environment, shell, sys.argv[1:])
        from ledger.cli.app import app

        command = typer.main.get_command(app)
        outcome = command.main(
            prog_name=program_name(),
            standalone_mode=False,
            obj=environment,
            windows_expand_args=False,
        )
        environment.stdout.flush()
        if outcome == interrupts.INTERRUPTED:  # which is what Typer makes of an interrupt
            raise KeyboardInterrupt
        return outcome if isinstance(outcome, int) else 0
    except LedgerError as error:
        return _fail(environment, error)
    except BrokenPipeError:
        return _reader_gone()
    except SystemExit as end:
        # Typer and Rich see a closed pipe before we do, and would end with status 1.
        if isinstance(end.__context__, BrokenPipeError):
            return _reader_gone()
        raise
    except typer.Abort:
        raise
    except typer.TyperException as error:
        return _fail(environment, _usage(environment, error))
    except OSError as error:
        failure = _unusable(error) if error.filename else _unwritable(environment, error)
        failure.__cause__ = error
        return _fail(environment, failure)
    except Exception as error:  # noqa: BLE001 - the last one to catch it
        return _fail(environment, _bug(error))


def _usage(environment: Environment, error: typer.TyperException) -> LedgerError:
    """The error for a command line that could not be parsed."""
    option = getattr(error, "option_name", None)
    if option and option[1:2] in tuple("0123456789."):
        # The parser took the amount for options, and names only its first letter.
        amount = next((each for each in sys.argv[1:] if each.startswith(option)), option)
        if getattr(getattr(error, "ctx", None), "info_name", "") == "confirm":
            return InvalidAmount(
                f"{amount!a} was taken for an option",
                advice=f"write a balance below zero last, after two dashes: -- {amount}",
                amount=amount,
            )
        return InvalidAmount(
            f"{amount!a} is not an amount: amounts carry no sign; the command says which way the "
            "money goes",
            advice="write a plain number such as 50.00",
            amount=amount,
        )
    if type(error).__name__ == "NoArgsIsHelpError":
        environment.say(error.format_message())
        raise SystemExit(2)
    context = getattr(error, "ctx", None)
    path = context.command_path if context else program_name()
    if option and context and context.info_name == "sql":
        from ledger.cli.sql_hints import query_taken_for_option

        if found := query_taken_for_option(option, sys.argv[1:]):
            return found
    message = error.format_message().rstrip(".")
    advice = f"see: {path} --help"
    if getattr(getattr(error, "param", None), "name", None) == "version":
        from ledger.cli.mistyped import version_before_account

        with suppress(LedgerError, typer.TyperException):
            advice = version_before_account(environment, error) or advice
    return InvalidUsage(message[:1].lower() + message[1:], advice=advice)


def _unwritable(environment: Environment, error: OSError) -> LedgerError:
    return OutputFailure(
        f"the answer could not be written: {error.strerror or error}",
        advice="what the command did to the ledger stands; ask the ledger before you repeat it"
        if environment.writes
        else "free some space, or write elsewhere, and repeat the command",
    )


def _unusable(error: OSError) -> LedgerError:
    return StorageFailure(
        f"{error.filename!a} cannot be used: {error.strerror}",
        advice="check the path and its permissions",
    )


def _bug(cause: Exception) -> LedgerError:
    error = UnexpectedFailure(
        f"unexpected failure: {type(cause).__name__}: {cause}",
        advice="this is a bug in ledger; repeat the command with --debug, and report what it shows",
    )
    error.__cause__ = cause
    return error


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


def _fail(environment: Environment, error: LedgerError) -> int:
    from ledger.cli.failing import fail  # most commands do not fail

    return fail(environment, error)


def _reader_gone() -> int:
    """The reader of our output has closed it, as `head` does: that is no error."""
    from ledger.cli.failing import silence_stdout

    silence_stdout()
    return 0
