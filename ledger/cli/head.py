"""``head``."""

from __future__ import annotations

import typer

from ledger.cli.options import LedgerCommand, environment
from ledger.cli.output.answer import HEAD, answer
from ledger.cli.streams import Format
from ledger.domain.instant import format_instant

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "head",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger head
      ledger verify --expect-head "$(ledger head)"
    """,
)
def head(ctx: typer.Context) -> None:
    """Show the last position of the log, and the hash of all that was ever recorded.

    Write it down, or send it to somebody: verify --expect-head tells later whether what was
    recorded until then is still what it was.

    It is shown as everywhere, as POSITION:HASH with the first 16 digits of the hash. With --json or
    --format csv the hash is whole; verify takes one as well as the other.
    """
    env = environment(ctx)
    with env.ledger() as ledger:
        found = ledger.head()
    if env.shown_as is Format.PLAIN:
        env.write(f"{found.short}\n")
        return
    document = {
        "position": found.position,
        "hash": found.hash.hex(),
        "recorded_at": format_instant(found.recorded_us),
    }
    answer(
        env,
        document=document,
        rows=[document],
        columns=HEAD,
        person=lambda: env.write(f"{found.short}{env.mark}\n"),
    )
