"""``book`` and its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.completion import complete_time_zone
from ledger.cli.environment import Environment
from ledger.cli.options import (
    LedgerCommand,
    LedgerCommandGroup,
    YesToBeSure,
    environment,
    whole_number,
)
from ledger.cli.output.book import show_book, show_change
from ledger.cli.output.counted import counted
from ledger.cli.retyped import command
from ledger.domain.clock import Ahead
from ledger.domain.instant import format_instant
from ledger.errors import InvalidOption, InvalidUsage
from ledger.ledger import Ledger

commands = typer.Typer(rich_markup_mode=None)

book_commands = typer.Typer(
    name="book",
    cls=LedgerCommandGroup,
    invoke_without_command=True,
    subcommand_metavar="[COMMAND …]",
    rich_markup_mode=None,
    epilog="""
    \b
    Examples:
      ledger book
      ledger book --json
    """,
)
commands.add_typer(book_commands)


TimeZone = Annotated[
    str,
    typer.Argument(
        metavar="ZONE",
        help="A place such as Europe/Berlin, or UTC.",
        autocompletion=complete_time_zone,
    ),
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="The reason, to be kept with it.")]


@book_commands.callback()
def book(ctx: typer.Context) -> None:
    """Show the ledger as a whole: its file, id, name, time zone, size, and what is odd about it.

    With a command, change what belongs to the ledger as a whole.
    """
    if ctx.invoked_subcommand is not None:
        return
    env = environment(ctx)
    with env.ledger() as ledger:
        found = ledger.book()
    show_book(env, found)


@book_commands.command(
    "create",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger book create --name "Rowing club" --time-zone Europe/Berlin --db club.db
    """,
)
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Option(metavar="NAME", help="What people call the ledger.")] = "",
    time_zone: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE",
            help="The zone that its days are days of: a place such as Europe/Berlin, or UTC.",
            autocompletion=complete_time_zone,
        ),
    ] = None,
) -> None:
    """Create a ledger without any account. Nothing may be at its path yet."""
    from ledger.ledger import NewBook

    env = environment(ctx)
    if env.exists:
        raise InvalidOption(
            f"there is something at {env.path!a} already",
            advice=f"see what it is, or name another file: {command(env, 'book')}",
        )
    new = NewBook(name=name)
    zone = env.asked_zone() if time_zone is None else time_zone
    if zone is not None:
        new["time_zone"] = zone
    env.create(new, tell=False)
    with env.ledger() as ledger:
        found = ledger.book()
    show_book(env, found)


@book_commands.command(
    "rename",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger book rename "Rowing club"
    """,
)
def rename(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help='The new name, or "" for none.')],
) -> None:
    """Give the ledger another name. Its file keeps its own."""
    env = environment(ctx)
    with env.ledger() as ledger:
        recorded = ledger.rename_book(name)
    summary = f"the ledger is called {name} now" if name else "the ledger has no name now"
    show_change(env, "book rename", recorded, summary, name=name)


@book_commands.command(
    "time-zone",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger book time-zone Europe/Berlin --from 2027-01-01
    """,
)
def time_zone(
    ctx: typer.Context,
    zone: TimeZone,
    since: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TIME",
            help="From when on. Left out: for all times, while there is no entry yet.",
        ),
    ] = None,
) -> None:
    """Change the time zone of the ledger's days.

    Earlier times keep the earlier zone, so no statement of before moves. The time that it changes
    at must be after all that is recorded.
    """
    env = environment(ctx)
    with env.ledger() as ledger:
        recorded = ledger.change_time_zone(zone, since)
        start = ledger.book().time_zones[-1][0]
    words = "for all times" if start is None else f"from {env.show_time(start)} on"
    show_change(
        env,
        "book time-zone",
        recorded,
        f"the time zone is {zone}, {words}",
        time_zone=zone,
        **{"from": None if start is None else format_instant(start)},
    )


@book_commands.command(
    "correct-clock",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger book correct-clock --reason "the battery was empty"
      ledger book correct-clock --from 8 --yes
      ledger book correct-clock --withdraw --reason "the clock was right after all"
    """,
)
def correct_clock(
    ctx: typer.Context,
    from_position: Annotated[
        int | None,
        typer.Option(
            "--from",
            metavar="POSITION",
            parser=whole_number(1),
            help="The first event that was recorded too late (default: it is found).",
            show_default=False,
        ),
    ] = None,
    reason: Reason = "",
    yes: YesToBeSure = False,
    trust_clock: Annotated[
        bool,
        typer.Option(
            "--trust-clock", help="This machine's clock is right, though the log speaks against it."
        ),
    ] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Withdraw the last correction that stands.")
    ] = False,
) -> None:
    """Correct what a wrong clock dated too late.

    It shows what was recorded later than this machine's clock says, and asks whether that clock is
    right. All of it counts as known from now on, and time goes on from here. When things happened
    stays as it is; to change that, correct the entries. Where nobody can be asked, give --from and
    --yes.
    """
    env = environment(ctx)
    if withdraw:
        _withdraw(env, reason, given=(from_position is not None, trust_clock))
        return
    with env.ledger() as ledger:
        plan = ledger.plan_clock_correction(from_position=from_position, trust_clock=trust_clock)
        start = plan.from_position if from_position is None else from_position
        if not yes or (from_position is None and not env.can_ask):
            _ask(env, plan, start, trust_clock=trust_clock)
        _correct(env, ledger, plan, start, reason, trust_clock=trust_clock)


def _ask(env: Environment, plan: Ahead, start: int, *, trust_clock: bool) -> None:
    """See that somebody has made sure of this machine's clock."""
    moved = (
        f"{counted(plan.events, 'change')}, positions {plan.from_position} to {plan.to_position}, "
        f"recorded from {env.show_second(plan.since_us)} to {env.show_second(plan.until_us)}"
    )
    if not env.can_ask:
        more = ("--trust-clock",) if trust_clock else ()
        raise InvalidUsage(
            f"later than this machine's clock says: {moved}; nobody can be asked here whether it "
            "is right",
            advice="make sure of it, then: "
            + command(env, "book", "correct-clock", "--from", str(start), "--yes", *more),
            from_position=plan.from_position,
            to_position=plan.to_position,
            now=format_instant(plan.now_us),
        )
    env.say(
        f"{moved}\n"
        f"this machine's clock says {env.show_second(plan.now_us)}: they would count as known from "
        "then on"
    )
    env.confirm("Is this machine's clock right?")


def _correct(
    env: Environment, ledger: Ledger, plan: Ahead, start: int, reason: str, *, trust_clock: bool
) -> None:
    recorded = ledger.correct_clock(reason, from_position=start, trust_clock=trust_clock)
    show_change(
        env,
        "book correct-clock",
        recorded,
        f"corrected: what was recorded from position {start} on counts as known from "
        f"{env.show_time(recorded.recorded_us)} on",
        from_position=start,
        to_position=plan.to_position,
    )


def _withdraw(env: Environment, reason: str, given: tuple[bool, bool]) -> None:
    if any(given):
        raise InvalidUsage(
            "--withdraw goes with neither --from nor --trust-clock",
            advice=f"leave them out: {command(env, 'book', 'correct-clock', '--withdraw')}",
        )
    with env.ledger() as ledger:
        standing = [each for each in ledger.book().corrections if each.stands]
        last = standing[-1].version if standing else None
        recorded = ledger.withdraw_clock_correction(reason, correction=last)
    withdrawn = standing[-1]
    show_change(
        env,
        "book correct-clock",
        recorded,
        f"withdrawn: the correction from position {withdrawn.from_position} on, recorded at "
        f"{env.show_second(withdrawn.recorded_us)}",
        withdraws=withdrawn.version,
        from_position=withdrawn.from_position,
    )
