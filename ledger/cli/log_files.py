"""``export-events`` and ``import-events``."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from typing import Annotated

import typer

from ledger.cli.input_files import opened_for_reading
from ledger.cli.options import LedgerCommand, environment, whole_number
from ledger.cli.output import documents
from ledger.cli.output.answer import answer
from ledger.cli.output.counted import counted
from ledger.cli.output.visible import visible
from ledger.cli.streams import Format
from ledger.errors import InvalidOption, StorageFailure
from ledger.exchange.log_files import ImportReport, looked_into
from ledger.ledger import Ledger

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "export-events",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger export-events books.jsonl
      ledger export-events | gzip > books.jsonl.gz
    """,
)
def export_events(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE]", help="File to write, or - for stdout.", show_default=False
        ),
    ] = "-",
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    to_position: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=whole_number(0), help="Only the events up to this position."
        ),
    ] = None,
) -> None:
    """Export the event log as JSON Lines, from which import-events makes the same ledger again."""
    env = environment(ctx)
    with env.ledger(as_it_is=to_position is not None) as ledger:
        lines = ledger.export_events(to_position=to_position)
        if file == "-":
            for line in lines:
                env.write_bytes(line + b"\n")
            return
        count = _write_file(file, lines, env.path, force=force)
    env.note(f"{counted(count, 'event')} written to {visible(file)}")


@commands.command(
    "import-events",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger import-events sample_data/older_world.jsonl
      ledger import-events books.jsonl --db copy.db
    """,
)
def import_events(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="File of JSON Lines, or - for stdin.")
    ],
    defer_projections: Annotated[
        bool,
        typer.Option(
            "--defer-projections", help="Do not update the projections yet; faster for large logs."
        ),
    ] = False,
) -> None:
    """Import an event log from a file, all of it or nothing.

    An export makes the ledger that it came from again, where there is none yet, and every hash is
    checked. A log of the older world is appended, and its events are kept as they are.
    """
    env = environment(ctx)
    with opened_for_reading(file, "event", ahead=env.exists) as given:
        is_export, lines = looked_into(given)

        def run(ledger: Ledger) -> ImportReport:
            return ledger.import_events(lines)

        report = env.change_or_create(
            run, repeatable=False, restoring=is_export, defer_projections=defer_projections
        )
    document = documents.import_report(report)
    if env.shown_as is Format.JSON:
        answer(env, document=document, rows=(), columns=(), person=lambda: None)
    rounded = f"; {counted(report.rounded, 'amount')} had to be rounded" if report.rounded else ""
    if report.rounded_to_nothing:
        rounded += f", {report.rounded_to_nothing} of them to nothing"
    erased = (
        f"; {counted(report.erased, 'text')} erased, as the log itself says"
        if report.erased
        else ""
    )
    if report.carried_over:
        erased += f"; {counted(report.carried_over, 'later erasure')} recorded anew"
    env.note(
        f"{counted(report.events, 'event')} of {counted(report.accounts, 'account')} "
        f"imported{rounded}{erased}\n"
        f"head {report.head_position}:{report.head_hash}"
    )


def _write_file(path: str, lines: Iterable[bytes], ledger_file: str, *, force: bool) -> int:
    """Write an export under a temporary name, and rename it when it is whole."""
    if os.path.lexists(path):
        _check_overwritable(path, ledger_file, force=force)
    temporary = f"{path}.new-{os.urandom(6).hex()}"
    count = -1  # the header is no event
    try:
        with open(temporary, "xb") as file:
            for line in lines:
                file.write(line + b"\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if not path or error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            raise InvalidOption(
                f"{path!a} cannot be written: {error.strerror}",
                advice="name another file, or - for stdout",
            ) from None
        raise StorageFailure(
            f"{path!a} cannot be written: {error.strerror}", advice="check the path and the disk"
        ) from None
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)
    return count


def _check_overwritable(path: str, ledger_file: str, *, force: bool) -> None:
    regular = not os.path.exists(path) or os.path.isfile(path)
    itself = os.path.exists(path) and os.path.samefile(path, ledger_file)
    if not force:
        if not regular or itself:
            raise InvalidOption(f"{path!a} exists already", advice="name another file")
        raise InvalidOption(
            f"{path!a} exists already",
            advice="name another file, or let this one be replaced",
            existing=path,
        )
    if not regular:
        raise InvalidOption(
            f"{path!a} is not a regular file", advice="name a file, or - for stdout"
        )
    if itself:
        raise InvalidOption(f"{path!a} is the ledger itself", advice="name another file")
