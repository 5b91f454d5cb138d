"""Options that several commands share, each declared once."""

# No `annotations` of the future: Typer would compile each of them from its text, at every start.

import gc
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from ledger.cli.completion import (
    complete_account,
    complete_open_account,
    complete_time_zone,
    complete_version,
)
from ledger.cli.environment import Environment, is_unicode
from ledger.cli.streams import Format
from ledger.errors import InvalidText, InvalidUsage
from ledger.eventstore.opening import shown_location


def environment(ctx: typer.Context) -> Environment:
    """The environment of this run."""
    if not isinstance(ctx.obj, Environment):
        ctx.obj = Environment()
    return ctx.obj


# ── options that every command has ──────────────────────────────────────────────────────────────


def _common(
    common_db: Annotated[
        str | None,
        typer.Option(
            "--db",
            metavar="PATH",
            help="The ledger file, or the URL of its database (default: LEDGER_DB, or a file in "
            "your data folder).",
        ),
    ] = None,
    common_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="table|plain|json|csv",
            help="The format of the answer (default: table on a terminal, plain in a pipe).",
            autocompletion=lambda: [each.value for each in Format],
        ),
    ] = None,
    common_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    common_quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Show no notes and summaries, only answers and errors."),
    ] = False,
    common_group_digits: Annotated[
        bool,
        typer.Option(
            "--group-digits",
            help="Show people amounts as 1 234 567.89 (default: LEDGER_GROUP_DIGITS, or not).",
        ),
    ] = False,
    common_time_zone: Annotated[
        str | None,
        typer.Option(
            "--time-zone",
            metavar="ZONE",
            help="Show times in this zone, such as Asia/Tokyo (default: the ledger's own).",
            autocompletion=complete_time_zone,
        ),
    ] = None,
    common_debug: Annotated[
        bool, typer.Option("--debug", help="Show where in the program an error came from.")
    ] = False,
) -> None:
    """Declares the options that every command has; it is never called."""


@cache
def common_options() -> tuple[Any, ...]:
    """The options that every command has, before its name or after it."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(_common)
    return tuple(typer.main.get_command(app).params)


def _with_common(own: list[Any]) -> list[Any]:
    """A command's options with the common ones, which make way for one of the same name."""
    taken = {name for parameter in own for name in parameter.opts}
    return [*own, *(each for each in common_options() if taken.isdisjoint(each.opts))]


def as_whole_number(text: str) -> int | None:
    """A number in the digits 0 to 9, with a minus before it or without; None for other texts."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return int(text)
    except ValueError:  # it has thousands of digits
        return None


def whole_number(least: int | None = None, most: int | None = None) -> Callable[[object], int]:
    """A reader of whole numbers within bounds, for an option that takes one."""

    def read(text: object) -> int:
        number = as_whole_number(str(text))
        if number is None:
            raise typer.BadParameter(f"{str(text)!r} is not a whole number.")
        if (least is not None and number < least) or (most is not None and number > most):
            bounds = f"{least} and more" if most is None else f"{least} to {most}"
            raise typer.BadParameter(f"{number} is not in the range {bounds}.")
        return number

    return read


def keep_common(ctx: Any) -> None:
    """Take the common options out of what was parsed, and keep them in the environment.

    So commands need not hand them on.

    Raises:
        InvalidUsage: there is no such format, or two different ones are given.
    """
    env, given = environment(ctx), ctx.params
    path = given.pop("common_db")
    env.db = env.db if path is None else shown_location(path)
    zone = given.pop("common_time_zone", None)  # one command has an option of the name
    env.time_zone = env.time_zone if zone is None else zone
    env.quiet = given.pop("common_quiet") or env.quiet
    env.group_digits = given.pop("common_group_digits") or env.group_digits
    env.debug = given.pop("common_debug") or env.debug
    for name in (given.pop("common_format"), "json" if given.pop("common_json") else None):
        if name is not None:
            _choose_format(env, name.lower(), ctx)


def _choose_format(env: Environment, name: str, ctx: Any) -> None:
    names = [each.value for each in Format]
    if name not in names:
        raise InvalidUsage(
            f"invalid value for '--format': {name!r} is not one of {', '.join(names)}",
            advice=f"see: {ctx.command_path} --help",
        )
    if env.format not in (None, name):
        raise InvalidUsage(
            f"two formats are given: {env.format.value} and {name}", advice="give one of them"
        )
    env.format = Format(name)


class LedgerCommand(TyperCommand):
    """A command with the options that every command has, but for those that it means otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["params"] = _with_common(kwargs.get("params") or [])
        kwargs["context_settings"] = {"help_option_names": ["-h", "--help"]}
        super().__init__(*args, **kwargs)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = tuple(args)  # the parser consumes them
        try:
            rest = super().parse_args(ctx, args)
        except typer.TyperException as error:
            vars(error)["arguments"] = given
            if getattr(error, "ctx", ctx) is None:  # the parser does not know whose it is
                vars(error)["ctx"] = ctx
            raise
        keep_common(ctx)
        return rest

    def invoke(self, ctx: Any) -> Any:
        _begin(ctx)
        return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        # Typer puts required arguments in braces, and later ones optional arguments in brackets
        # although ours have theirs already.
        pieces = (piece.strip("{}") for piece in super().collect_usage_pieces(ctx))
        return [piece[1:-1] if piece.startswith("[[") else piece for piece in pieces]


class LedgerCommandGroup(TyperGroup):
    """A command that has commands of its own, and can do something without any of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["params"] = _with_common(kwargs.get("params") or [])
        kwargs["context_settings"] = {"help_option_names": ["-h", "--help"]}
        super().__init__(*args, **kwargs)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        keep_common(ctx)
        return rest

    def invoke(self, ctx: Any) -> Any:
        _begin(ctx)
        return super().invoke(ctx)


def _begin(ctx: Any) -> None:
    """See what was typed, which the command or one of its own is about to carry out."""
    environment(ctx).typed = ctx
    for name, value in ctx.params.items():
        if name != "file":  # files may be called anything
            _check_encoding(name.replace("_", " "), value)
    gc.freeze()
    gc.enable()


def _check_encoding(what: str, value: Any) -> None:
    for text in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(text, str) and not is_unicode(text):
            raise InvalidText(
                f"{what}: {text!a} is not valid UTF-8", advice="check the terminal's encoding"
            )


# ── arguments and options of several commands ───────────────────────────────────────────────────

Account = Annotated[
    str,
    typer.Argument(metavar="ACCOUNT", help="The account's id.", autocompletion=complete_account),
]
OpenAccount = Annotated[
    str,
    typer.Argument(
        metavar="ACCOUNT", help="The account's id.", autocompletion=complete_open_account
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first (it only asks on a terminal).")]
YesToBeSure = Annotated[
    bool,
    typer.Option("--yes", help="Do not ask first; needed where there is no terminal to ask on."),
]
SEVERAL = ("ACCOUNT|PREFIX: …", "[ACCOUNT|PREFIX: …]")
"""How arguments are shown that take accounts and prefixes; in brackets where there need be none."""
Amount = Annotated[
    str, typer.Argument(metavar="AMOUNT", help="A plain decimal number, such as 50.00.")
]
Description = Annotated[
    str, typer.Option("--description", "-m", metavar="TEXT", help="What the money was for.")
]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="KEY=VALUE",
        help="A category for reports, such as category=rent; may be given several times.",
    ),
]
TagChanges = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="KEY=VALUE",
        help="Another value for a tag, or KEY= to take it away; may be given several times.",
    ),
]
Receipts = Annotated[
    list[str] | None,
    typer.Option(
        "--receipt",
        metavar="FILE",
        help="A file that proves it: its size and digest are kept; may be given several times.",
    ),
]
NoReceipts = Annotated[
    list[str] | None,
    typer.Option(
        "--no-receipt",
        metavar="SHA256",
        help="Take away the receipt whose digest begins so; may be given several times.",
    ),
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why.")]
At = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="When it happened (default: now). A date means its start, in the ledger's time zone.",
    ),
]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(
        metavar="KEY",
        help="A name for this command: repeated under the same one, it is done only once.",
    ),
]
ExpectedVersion = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        parser=whole_number(0),
        help="Refuse unless the account is at this version (for a transfer: FROM).",
    ),
]
Version = Annotated[
    int,
    typer.Argument(
        metavar="VERSION",
        parser=whole_number(1),
        help="The entry's version: its # in the account's history.",
        autocompletion=complete_version,
    ),
]
Overdraft = Annotated[
    str | None,
    typer.Option(metavar="AMOUNT|unlimited", help="How far below zero the balance may be."),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Count only what had happened by then. A date or month means its end.",
    ),
]
KnownAt = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Count only what had been recorded by then."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        parser=whole_number(1, 256),
        help="Number of worker processes (default: one per CPU).",
        show_default=False,
    ),
]
