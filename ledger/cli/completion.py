"""What the shell is offered when Tab is pressed."""

from __future__ import annotations

from typing import Final

import typer
from typer._click.shell_completion import CompletionItem, add_completion_class
from typer._completion_classes import BashComplete, FishComplete, ZshComplete


def complete_account(ctx: typer.Context, incomplete: str) -> list[str]:
    """The ids of the accounts that start with what is typed; none where there is no ledger."""
    from ledger.cli.environment import Environment
    from ledger.errors import LedgerError

    environment = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    try:
        with environment.ledger() as ledger:
            return ledger.account_ids(incomplete)
    except LedgerError:
        return []


def complete_projection(incomplete: str) -> list[str]:
    """The names of the projections that start with what is typed."""
    from ledger.projections.projector import PROJECTIONS

    names = [projection.name for projection in PROJECTIONS]
    return [name for name in names if name.startswith(incomplete)]


class _Bash(BashComplete):
    """Bash splits words at colons, which ids may hold, and completes only the last piece."""

    _kept = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        *before, word = whole_words([*args, incomplete])
        if word != incomplete:
            self._kept = word[: word.rfind(":") + 1]
        return before, word

    def format_completion(self, item: CompletionItem) -> str:
        return super().format_completion(item).removeprefix(self._kept)


class _Zsh(ZshComplete):
    """Typer loads Rich to take its markup out of the helps; ours have none."""

    def format_completion(self, item: CompletionItem) -> str:
        value, words = (_in_zsh_quotes(text) for text in (item.value, item.help or ""))
        return f'"{value}":"{words}"' if words else f'"{value}"'


class _Fish(FishComplete):
    """As for zsh."""

    def format_completion(self, item: CompletionItem) -> str:
        words = " ".join((item.help or "").split())
        return f"{item.value}\t{words}" if words else str(item.value)


_ZSH_ESCAPES: Final = str.maketrans({"'": r"'\''", '"': r"\"", "$": r"\$", "`": r"\`", ":": r"\\:"})


def _in_zsh_quotes(text: str) -> str:
    # It is read three times: by `eval` between single quotation marks, then between double ones, at
    # last by what takes a colon for the end of a word.
    return text.translate(_ZSH_ESCAPES)


def register_completions() -> None:
    """Answer the shells our way; to be called after Typer has named its own ways."""
    add_completion_class(_Bash, "bash")
    add_completion_class(_Zsh, "zsh")
    add_completion_class(_Fish, "fish")


def whole_words(words: list[str]) -> list[str]:
    """The words that were typed, from those that bash makes of them: it splits at ``:`` and ``=``.

    The last one is the one being typed.
    """
    whole: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        if whole and word and (set(word) == {":"} or set(before) == {":"}):
            whole[-1] += word
        elif word == "=" and before.startswith("--"):
            whole.append("")
        elif before == "=" and whole[-1] == "":
            whole[-1] = word
        else:
            whole.append(word)
    return whole
