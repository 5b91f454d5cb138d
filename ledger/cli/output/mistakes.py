"""What was put right, in a sentence."""

from __future__ import annotations

from ledger.cli.entries import entries_of_account, movement, told
from ledger.cli.environment import Environment
from ledger.cli.output.counted import counted
from ledger.commands.results import WriteResult
from ledger.domain.events import EntryAmended, EntryReversed, Movement
from ledger.ledger import Ledger


def summary(env: Environment, ledger: Ledger, result: WriteResult) -> str:
    """What a command did to entries, in the past tense."""
    named = result.account_id
    if result.command == "undo":
        entries = sum(
            isinstance(event, EntryReversed) and not (event.transfer_id and event.amount < 0)
            for event in result.produced
        )
        return f"reversed {counted(entries, 'entry')} of your last run"
    found = entries_of_account(ledger, named)
    again = ""
    for record, event in zip(result.recorded, result.produced, strict=True):
        if record.stream_id == named and isinstance(event, EntryReversed):
            what = f"version {event.reverses}: {told(env, found, event.reverses)}"
        elif isinstance(event, EntryAmended) and record.stream_id == named:
            what = f"version {event.amends}: {told(env, found, event.amends)}"
            return f"amended {what} now has {_described(event)}"
        elif isinstance(event, Movement) and (not again or record.stream_id == named):
            decimals = next(
                each.decimals for each in result.accounts if each.account_id == record.stream_id
            )
            words = movement(env, event, record.effective_at, decimals)
            again = f"version {record.version} of {record.stream_id}, {words}"
    return f"corrected {what} is now {again}" if again else f"reversed {what}"


def _described(event: EntryAmended) -> str:
    """What an amendment says of an entry."""
    parts = []
    if event.description is not None:
        parts.append(
            f"the description “{event.description}”" if event.description else "no description"
        )
    if event.tags is not None:
        tags = ", ".join(f"{key}={value}" for key, value in event.tags.items())
        parts.append(f"the tags {tags}" if tags else "no tags")
    if event.receipts is not None:
        parts.append(counted(len(event.receipts), "receipt") if event.receipts else "no receipts")
    return ", ".join(parts)
