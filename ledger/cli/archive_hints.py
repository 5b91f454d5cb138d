"""What to do next where files of an archive are not at hand."""

from __future__ import annotations

from ledger.cli.environment import Environment
from ledger.cli.retyped import command, of_any_archive, typed_again
from ledger.errors import LedgerError
from ledger.ledger import Ledger


def archive_missing(env: Environment, error: LedgerError) -> str:
    """How to ask for what is not archived, where that can be; else how to see what is."""
    env = of_any_archive(env)
    if env.typed is not None and env.typed.info_name == "archive":
        return f"{error.advice}; to see what is archived: {command(env, 'book')}"
    newest = _newest_entries(env, error) or _newest_events(env)
    if newest:
        return f"{error.advice} (--archive DIR); for what is not archived: {newest}"
    return f"{error.advice} (--archive DIR); to see what is archived: {command(env, 'book')}"


def _newest_entries(env: Environment, error: LedgerError) -> str:
    """The history of an account, as far as it is not archived; empty where none was asked for."""
    typed, account = env.typed, error.details.get("account_id", error.details.get("stream_id"))
    archived = error.details.get("archived_version")
    if typed is None or typed.info_name != "history" or not isinstance(account, str):
        return ""
    if not archived or any(typed.params.get(name) for name in ("as_of", "known_at", "at_version")):
        return ""
    with Ledger.open(env.path, create=False, test=env.test) as ledger:
        newer = ledger.balance(account).version - int(str(archived))
    return typed_again(env, {"limit": newer}) if newer else ""


def _newest_events(env: Environment) -> str:
    """The log after what is archived; empty where it was not asked for."""
    if env.typed is None or env.typed.info_name != "events":
        return ""
    with Ledger.open(env.path, create=False, test=env.test) as ledger:
        end = ledger.book().archive[-1].segment.last_position
    return typed_again(env, {"from_position": end + 1})
