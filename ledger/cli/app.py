"""The program's commands, by name; a command's module is imported when it is needed."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer._click.shell_completion import CompletionItem
from typer.core import TyperGroup

# Section → command → (module, what it does in one line).
SECTIONS: Final = {
    "Accounts": {
        "open": ("accounts", "Open an account."),
        "close": ("accounts", "Close an account that holds nothing."),
        "accounts": ("accounts", "List the accounts."),
        "balance": ("accounts", "Show what an account holds, or all of them, now or in the past."),
    },
    "Money": {
        "deposit": ("money", "Take money in."),
        "withdraw": ("money", "Let money out."),
        "transfer": ("money", "Move money from one account to another."),
        "batch": ("batch", "Carry out many commands from a file, all or none."),
        "import": ("import_statement", "Take a bank's statement in, as deposits and withdrawals."),
    },
    "Past": {
        "history": ("history", "Show an account's entries and state, up to any point."),
        "statement": ("statement", "Show a period of an account, between its two balances."),
        "replay": ("history", "Fold an account again from its first event, and compare."),
        "events": ("history", "Show the log itself, and follow it."),
    },
    "Proof": {
        "verify": ("verify", "Check everything, and name all that is wrong."),
        "backup": ("backup", "Copy the ledger to a file, checked, while others write."),
        "doctor": ("doctor", "Say what is wrong with a file, and repair what can be made again."),
    },
    "Maintenance": {
        "snapshot": ("maintenance", "Keep the state of accounts, so that they load faster."),
        "snapshots": ("maintenance", "List the snapshots."),
        "projections": ("maintenance", "Show how far each read model is."),
        "rebuild-projections": ("maintenance", "Make the read models again from the log."),
        "export-events": ("maintenance", "Write the whole log to a file."),
        "import-events": ("maintenance", "Append a log from a file, all or nothing."),
    },
}

_MODULES: Final = {
    name: f"ledger.cli.{module}"
    for commands in SECTIONS.values()
    for name, (module, _) in commands.items()
}


class _Commands(MutableMapping[str, Any]):
    """Commands by name, loaded when asked for; their names are known without loading any."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            module = import_module(_MODULES[name])
            self._loaded.update(typer.main.get_group(module.commands).commands)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]


class LedgerGroup(TyperGroup):
    """The program as a whole: its help lists the commands in sections."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()

    def format_options(self, ctx: Any, formatter: Any) -> None:
        widest = max(map(len, _MODULES))
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl(
                    [(name.ljust(widest), line) for name, (_, line) in commands.items()]
                )
        typer.core.TyperCommand.format_options(self, ctx, formatter)  # type: ignore[arg-type] # lists the options alone

    def shell_complete(self, ctx: Any, incomplete: str) -> list[CompletionItem]:
        # Typer's own would load every command for its short help.
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=line)
            for commands in SECTIONS.values()
            for name, (_, line) in commands.items()
            if name.startswith(incomplete)
        ]


app = typer.Typer(
    cls=LedgerGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="COMMAND …",
    epilog="""
    \b
    Begin with:
      ledger open acc-001 --owner "Ana Souza"
      ledger deposit acc-001 50.00 -m "Paycheck"
      ledger balance acc-001

    Every command has examples of its own: ledger COMMAND --help
    """,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from ledger import __version__

        typer.echo(f"ledger {__version__}")
        raise typer.Exit


@app.callback()
def ledger(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """A money ledger in one file: nothing is ever edited, and every past moment can be asked."""
