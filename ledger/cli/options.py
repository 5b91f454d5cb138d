"""Options that several commands share, each declared once."""

from __future__ import annotations

import gc
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

from ledger.cli.completion import complete_account
from ledger.cli.environment import Environment, Format, is_unicode
from ledger.errors import InvalidText


def environment(ctx: typer.Context) -> Environment:
    """The environment of this run."""
    if not isinstance(ctx.obj, Environment):
        ctx.obj = Environment()
    return ctx.obj


def _set_db(ctx: typer.Context, _: Any, value: str | None) -> None:
    if value is not None:
        environment(ctx).db = value


def _set_format(ctx: typer.Context, _: Any, value: str | None) -> None:
    if value is not None:
        environment(ctx).format = Format(value)


def _set_json(ctx: typer.Context, _: Any, value: bool) -> None:
    if value:
        environment(ctx).format = Format.JSON


def _set_debug(ctx: typer.Context, _: Any, value: bool) -> None:
    if value:
        environment(ctx).debug = True


class LedgerCommand(TyperCommand):
    """A command with the options that every command has.

    They are parsed before a command's own, and kept in the environment, so that commands need not
    hand them on.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["params"] = [*(kwargs.get("params") or []), *_common_options()]
        kwargs["context_settings"] = {"help_option_names": ["-h", "--help"]}
        super().__init__(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        for name, value in ctx.params.items():
            if name != "file":  # files may be called anything
                _check_encoding(name.replace("_", " "), value)
        gc.freeze()
        gc.enable()
        return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        # Typer puts required arguments in braces, which nobody else does.
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


def _check_encoding(what: str, value: Any) -> None:
    for text in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(text, str) and not is_unicode(text):
            raise InvalidText(
                f"{what}: {text!a} is not valid UTF-8", advice="check the terminal's encoding"
            )


def _common_options() -> list[TyperOption]:
    return [
        TyperOption(
            param_decls=["--db"],
            type=str,
            metavar="PATH",
            help="The ledger file (else LEDGER_DB, else one in your data folder).",
            expose_value=False,
            is_eager=True,
            callback=_set_db,
        ),
        TyperOption(
            param_decls=["--format"],
            type=_format_name,
            metavar="table|plain|json|csv",
            help="How to show the answer (else table on a terminal, plain in a pipe).",
            expose_value=False,
            is_eager=True,
            callback=_set_format,
            autocompletion=lambda *_: [each.value for each in Format],
        ),
        TyperOption(
            param_decls=["--json"],
            is_flag=True,
            default=False,
            help="The same as --format json.",
            expose_value=False,
            is_eager=True,
            callback=_set_json,
        ),
        TyperOption(
            param_decls=["--debug"],
            is_flag=True,
            default=False,
            help="Show where in the program an error came from.",
            expose_value=False,
            is_eager=True,
            callback=_set_debug,
        ),
    ]


def _format_name(value: str) -> str:
    try:
        return Format(value.lower()).value
    except ValueError:
        names = ", ".join(each.value for each in Format)
        raise typer.BadParameter(f"{value!r} is not one of {names}.") from None


Account = Annotated[
    str,
    typer.Argument(metavar="ACCOUNT", help="The account's id.", autocompletion=complete_account),
]
Amount = Annotated[
    str, typer.Argument(metavar="AMOUNT", help="A plain decimal number, such as 50.00.")
]
Description = Annotated[
    str, typer.Option("--description", "-m", metavar="TEXT", help="What it was for.")
]
At = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="When it happened, if not now (ISO 8601; a date means its start, local time).",
    ),
]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(
        metavar="KEY", help="Repeat a command under the same key, and it is done only once."
    ),
]
ExpectedVersion = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, help="Refuse unless the account is at this version (a transfer: FROM)."
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Count only what had happened by then (ISO 8601; a date includes its last instant).",
    ),
]
KnownAt = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Count only what was recorded by then."),
]
