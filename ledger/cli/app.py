"""The program's commands, by name; a command's module is imported when it is needed."""

# No `annotations` of the future: Typer would compile each of them from its text, at every start.

import sys
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info, get_command_name

from ledger.cli.environment import program_name
from ledger.cli.options import common_options, environment, keep_common

# Section → command → (module, what it does in one line).
SECTIONS: Final = {
    "Accounts": {
        "open": ("accounts", "Open an account."),
        "amend": ("amending", "Change an account's owner, overdraft or opening."),
        "close": ("accounts", "Close an account with a zero balance."),
        "reopen": ("amending", "Open a closed account again."),
        "accounts": ("accounts", "List the accounts."),
        "balance": ("balance", "Show one balance or more, now or in the past."),
    },
    "Money": {
        "deposit": ("money", "Deposit money."),
        "withdraw": ("money", "Withdraw money."),
        "transfer": ("money", "Transfer money between two accounts."),
        "batch": ("batch", "Carry out the commands in a file, all or none."),
        "import": ("import_statement", "Import a bank statement."),
    },
    "Mistakes": {
        "reverse": ("mistakes", "Reverse an entry, as if it had never been."),
        "correct": ("mistakes", "Reverse an entry, and record the right one."),
        "amend-entry": ("mistakes", "Describe an entry anew: its text, tags, receipts."),
        "undo": ("mistakes", "Reverse all that you recorded last."),
    },
    "Closing": {
        "confirm": ("closing", "Note that the bank's balance is the same as here."),
        "lock": ("closing", "Lock a period, so that nothing in it can change."),
        "unlock": ("closing", "Unlock a period, or a part of it."),
    },
    "Past": {
        "history": ("history", "Show an account's entries, up to any point in time."),
        "find": ("find", "Find entries in all accounts."),
        "statement": ("statement", "Show a period, with opening and closing balance."),
        "report": ("report", "Report money in, out and balances by period and tag."),
        "diff": ("diff", "Show what changed since the books were closed, and why."),
        "replay": ("replay", "Replay an account from its first event, and compare."),
        "events": ("events", "Show the event log, or follow it."),
        "sql": ("sql", "Ask in SQL: accounts, entries, balances at any time."),
        "export": ("export", "Export accounts to a page to show, or for other tools."),
    },
    "Proof": {
        "head": ("head", "Show the last position of the log, and its hash."),
        "verify": ("verify", "Check the whole ledger, and report every problem."),
        "backup": ("backup", "Copy the ledger to a file, and check the copy."),
        "doctor": ("doctor", "Diagnose a ledger file, and repair what can be rebuilt."),
        "archive": ("archive", "Move the oldest entries into files of an archive."),
        "erase": ("erasing", "Erase the personal texts of an account, for ever."),
    },
    "Maintenance": {
        "book": ("book", "Show the ledger as a whole, or change what belongs to it."),
        "snapshot": ("snapshots", "Take snapshots of accounts, so that they load faster."),
        "snapshots": ("snapshots", "List the snapshots."),
        "projections": ("projections", "Show how up to date each projection is."),
        "rebuild-projections": ("projections", "Rebuild the projections from the event log."),
        "export-events": ("log_files", "Export the event log to a file."),
        "import-events": ("log_files", "Import an event log from a file, all or nothing."),
        "publish": ("publish", "Publish the event log to a broker or a file."),
        "publications": ("publish", "Show where the log is published to, and how far."),
        "migrate": ("migrate", "Write a new ledger from one of an older file format."),
    },
    "Help": {
        "help": ("help", "Explain a command, or a topic such as times or mistakes."),
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
            self._loaded.update(_made(name, import_module(_MODULES[name]).commands))
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]


def _made(name: str, commands: typer.Typer) -> dict[str, Any]:
    """A command of a module. The others are not made: that takes Typer longer than the command."""
    for info in commands.registered_commands:
        if info.callback and name in (info.name, get_command_name(info.callback.__name__)):
            return {
                name: get_command_from_info(
                    info, pretty_exceptions_short=True, rich_markup_mode=None
                )
            }
    return dict(typer.main.get_group(commands).commands)


class LedgerGroup(TyperGroup):
    """The program as a whole: its help lists the commands in sections."""

    def __init__(self, **attributes: Any) -> None:
        attributes["params"] = [*(attributes.get("params") or []), *common_options()]
        super().__init__(**attributes)
        self.commands = _Commands()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        keep_common(ctx)
        return rest

    def format_options(self, ctx: Any, formatter: Any) -> None:
        widest = max(map(len, _MODULES))
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl(
                    [(name.ljust(widest), line) for name, (_, line) in commands.items()]
                )
        TyperCommand.format_options(self, ctx, formatter)  # type: ignore[arg-type] # lists the options alone


app = typer.Typer(
    cls=LedgerGroup,
    add_completion=False,  # ours is answered before Typer runs
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

    For examples of a command: ledger COMMAND --help
    For what there is to know about times, mistakes, scripts …: ledger help
    """,
)


def _show_version(ctx: typer.Context, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from ledger import __version__

        environment(ctx).write(f"ledger {__version__}\n")
        raise typer.Exit


def _show_completion(ctx: typer.Context, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from ledger.cli import shell_scripts

        shell = shell_scripts.this_shell(_named_after("--show-completion"))
        environment(ctx).write(shell_scripts.script(shell, program_name()))
        raise typer.Exit


def _install_completion(ctx: typer.Context, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from ledger.cli import shell_scripts

        shell = shell_scripts.this_shell(_named_after("--install-completion"))
        path = shell_scripts.install(shell, program_name())
        environment(ctx).note(f"completion for {shell} is in {path}; it works in new shells")
        raise typer.Exit


def _named_after(option: str) -> str | None:
    """The word after an option that needs none, which the parser leaves for later."""
    place = sys.argv.index(option) + 1
    return sys.argv[place] if place < len(sys.argv) else None


@app.callback()
def ledger(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    _install_completion: Annotated[
        bool,
        typer.Option(
            "--install-completion",
            callback=_install_completion,
            is_eager=True,
            help="Install completion for your shell, or for the one named: bash, zsh or fish.",
        ),
    ] = False,
    _show_completion: Annotated[
        bool,
        typer.Option(
            "--show-completion",
            callback=_show_completion,
            is_eager=True,
            help="Show the completion script for your shell, or for the one named.",
        ),
    ] = False,
) -> None:
    """A money ledger in one file, or in a database. Nothing is ever edited, and any past balance
    can be shown."""
