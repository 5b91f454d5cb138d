"""Options that several commands share, each declared once."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from ledger.cli.completion import complete_account
from ledger.cli.environment import Environment, Format, is_unicode
from ledger.errors import InvalidText, InvalidUsage


def environment(ctx: typer.Context) -> Environment:
    """The environment of this run."""
    if not isinstance(ctx.obj, Environment):
        ctx.obj = Environment()
    return ctx.obj


# ── options that every command has ──────────────────────────────────────────────────────────────


def _set_db(ctx: typer.Context, value: str | None) -> None:
    if value is not None:
        environment(ctx).db = value


def _set_format(ctx: typer.Context, value: str | None) -> None:
    if value is None:
        return
    try:
        chosen = Format(value.lower())
    except ValueError:
        names = ", ".join(each.value for each in Format)
        raise typer.BadParameter(f"{value!r} is not one of {names}.") from None
    _choose(environment(ctx), chosen, f"--format {chosen.value}")


def _set_json(ctx: typer.Context, value: bool) -> None:
    if value:
        _choose(environment(ctx), Format.JSON, "--json")


def _choose(env: Environment, chosen: Format, option: str) -> None:
    before, env.format = env.format, chosen
    if before not in (None, chosen):
        assert before is not None
        raise InvalidUsage(
            f"{option} contradicts the format that was given before, {before.value}",
            advice="give one format",
        )


def _set_debug(ctx: typer.Context, value: bool) -> None:
    if value:
        environment(ctx).debug = True


def _set_quiet(ctx: typer.Context, value: bool) -> None:
    if value:
        environment(ctx).quiet = True


def _common(
    _db: Annotated[
        str | None,
        typer.Option(
            "--db",
            metavar="PATH",
            help="The ledger file (default: LEDGER_DB, or a file in your data folder).",
            expose_value=False,
            is_eager=True,
            callback=_set_db,
        ),
    ] = None,
    _format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="table|plain|json|csv",
            help="The format of the answer (default: table on a terminal, plain in a pipe).",
            expose_value=False,
            is_eager=True,
            callback=_set_format,
            autocompletion=lambda: [each.value for each in Format],
        ),
    ] = None,
    _json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="The same as --format json.",
            expose_value=False,
            is_eager=True,
            callback=_set_json,
        ),
    ] = False,
    _quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            help="Show no notes and summaries, only answers and errors.",
            expose_value=False,
            is_eager=True,
            callback=_set_quiet,
        ),
    ] = False,
    _debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            help="Show where in the program an error came from.",
            expose_value=False,
            is_eager=True,
            callback=_set_debug,
        ),
    ] = False,
) -> None:
    """Declares the options that every command has; it is never called."""


@cache
def common_options() -> tuple[Any, ...]:
    """The options that every command has, before its name or after it.

    They are read before a command's own, and kept in the environment, so that commands need not
    hand them on.
    """
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(_common)
    return tuple(typer.main.get_command(app).params)


def whole_number(least: int | None = None, most: int | None = None) -> Callable[[object], int]:
    """A reader of whole numbers within bounds, for an option that takes one."""

    def read(text: object) -> int:
        try:
            number = int(str(text))
        except ValueError:
            raise typer.BadParameter(f"{str(text)!r} is not a whole number.") from None
        if (least is not None and number < least) or (most is not None and number > most):
            bounds = f"{least} and more" if most is None else f"{least} to {most}"
            raise typer.BadParameter(f"{number} is not in the range {bounds}.")
        return number

    return read


class LedgerCommand(TyperCommand):
    """A command with the options that every command has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["params"] = [*(kwargs.get("params") or []), *common_options()]
        kwargs["context_settings"] = {"help_option_names": ["-h", "--help"]}
        super().__init__(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        environment(ctx).typed = ctx
        for name, value in ctx.params.items():
            if name != "file":  # files may be called anything
                _check_encoding(name.replace("_", " "), value)
        gc.freeze()
        gc.enable()
        return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        # Typer puts required arguments in braces, and later ones optional arguments in brackets
        # although ours have theirs already.
        pieces = (piece.strip("{}") for piece in super().collect_usage_pieces(ctx))
        return [piece[1:-1] if piece.startswith("[[") else piece for piece in pieces]


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
Amount = Annotated[
    str, typer.Argument(metavar="AMOUNT", help="A plain decimal number, such as 50.00.")
]
Description = Annotated[
    str, typer.Option("--description", "-m", metavar="TEXT", help="What the money was for.")
]
At = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="When it happened (default: now). ISO 8601; a date means its start, local time.",
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
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Count only what had happened by then. ISO 8601; a date means its end, local time.",
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
