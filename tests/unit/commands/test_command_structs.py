"""One struct per command: what it is called, whom it changes, and what it means if left out."""

from __future__ import annotations

import inspect
from typing import Any, get_args

import msgspec
import pytest

from ledger import Ledger
from ledger.cli.app import SECTIONS
from ledger.commands.command import (
    AMOUNT,
    CURRENCY_CHECK,
    FREE_TEXT,
    CloseAccount,
    Command,
    Deposit,
    OpenAccount,
    Transfer,
    Withdraw,
)
from ledger.commands.idempotency import request_of
from ledger.domain.receipts import Receipt

COMMANDS: list[tuple[Command, str, tuple[str, ...]]] = [
    (OpenAccount("a", "Ana Souza"), "open", ("a",)),
    (Deposit("a", "50"), "deposit", ("a",)),
    (Withdraw("a", "50"), "withdraw", ("a",)),
    (Transfer("a", "b", "50"), "transfer", ("a", "b")),
    (CloseAccount("a"), "close", ("a",)),
]

KINDS = get_args(Command)


@pytest.mark.parametrize(("command", "name", "accounts"), COMMANDS)
def test_a_command_knows_its_name_and_the_accounts_it_changes(
    command: Command, name: str, accounts: tuple[str, ...]
) -> None:
    assert command.name == name
    assert command.accounts == accounts


@pytest.mark.parametrize("command", [command for command, _, _ in COMMANDS])
def test_a_command_means_now_unless_it_says_otherwise(command: Command) -> None:
    assert command.at is None
    assert (command.idempotency_key, command.expected_version) == (None, None)


def test_an_account_opens_empty_and_in_dollars_unless_the_command_says_otherwise() -> None:
    command = OpenAccount("a", "Ana Souza")
    assert (command.currency, command.initial_balance) == ("USD", "0")
    assert command.decimals is None, "those of ISO 4217"


def test_an_entry_has_no_tags_and_no_receipts_unless_the_command_says_otherwise() -> None:
    for command in (Deposit("a", "50"), Withdraw("a", "50"), Transfer("a", "b", "50")):
        assert (command.tags, command.receipts) == ({}, ())


def test_there_are_no_other_commands() -> None:
    assert list(KINDS) == [type(command) for command, _, _ in COMMANDS]


@pytest.mark.parametrize("kind", KINDS)
def test_no_command_has_kinds_of_its_own(kind: type[Command]) -> None:
    assert getattr(kind, "__final__", False), "dispatch on its type would miss a subclass"
    assert kind.__subclasses__() == []


@pytest.mark.parametrize(("command", "name", "_"), COMMANDS)
def test_a_command_is_a_line_of_a_batch_as_it_stands(
    command: Command, name: str, _: tuple[str, ...]
) -> None:
    line = msgspec.json.encode(command)
    assert msgspec.json.decode(line)["command"] == name
    assert msgspec.json.decode(line, type=Command) == command


# ── what a canonical request says of a command ──────────────────────────────────────────────────

SHARED = {"at", "idempotency_key", "expected_version"}
"""The first is in a request as an instant, the second beside it, the third not at all."""


def is_said(field: msgspec.structs.FieldInfo) -> bool:
    """Whether a request says what stands in a field: a deposit's currency is its event's."""
    return field.name not in SHARED and meaning_of(field) != CURRENCY_CHECK


def filled(kind: type[Command]) -> Command:
    """A command with what occurs nowhere else in each field."""
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if is_said(field):
            text = (meaning_of(field) == AMOUNT and "170417") or f"<{field.name}>"
            fields[field.name] = NO_TEXTS[field.name][0] if field.name in NO_TEXTS else text
    command: Command = kind(**fields)
    return command


NO_TEXTS: dict[str, tuple[Any, Any, str]] = {
    "tags": ({"category": "rent"}, {"category": "food"}, '{"category":"rent"}'),
    "receipts": (
        (Receipt(48_213, "9f" * 32),),
        (Receipt(48_214, "9f" * 32),),
        f'[{{"size":48213,"sha256":"{"9f" * 32}"}}]',
    ),
    "decimals": (170_417, 170_418, "170417"),
}
"""What stands in the fields that hold no text, something else, and how a request says the first."""


def meaning_of(field: msgspec.structs.FieldInfo) -> str:
    found = msgspec.inspect.type_info(field.type)
    extra = found.extra if isinstance(found, msgspec.inspect.Metadata) else None
    return str((extra or {}).get("is", ""))


@pytest.mark.parametrize("kind", KINDS)
def test_a_free_text_never_stands_in_a_canonical_request(kind: type[Command]) -> None:
    command = filled(kind)
    request = request_of(command, "k", None).text.decode()
    for field in msgspec.structs.fields(kind):
        if not is_said(field):
            continue
        said = NO_TEXTS[field.name][2] if field.name in NO_TEXTS else getattr(command, field.name)
        shown = said in request
        assert shown == (meaning_of(field) != FREE_TEXT), field.name


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_has_one_free_text(kind: type[Command]) -> None:
    """A text is free unless it is an id, an amount, a currency, a time, or of the kinds that an
    erasure does not reach: those are named here."""
    free = [field.name for field in msgspec.structs.fields(kind) if meaning_of(field) == FREE_TEXT]
    bound = {
        "account",
        "from_account",
        "to_account",
        "amount",
        "initial_balance",
        "overdraft",
        "currency",
        *NO_TEXTS,
        *SHARED,
    }
    assert free == [name for name in kind.__struct_fields__ if name not in bound]
    assert len(free) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_command_says_makes_another_request(kind: type[Command]) -> None:
    command = filled(kind)
    request = request_of(command, "k", None)
    for field in msgspec.structs.fields(kind):
        if not is_said(field):
            continue
        other = "8" if meaning_of(field) == AMOUNT else "another"
        if field.name in NO_TEXTS:
            other = NO_TEXTS[field.name][1]
        if meaning_of(field) == FREE_TEXT:
            continue  # told by comparing it with the event's; no guess can be tested on a request
        changed = msgspec.structs.replace(command, **{field.name: other})
        assert request_of(changed, "k", None).keyed != request.keyed, field.name
    assert request_of(command, "k", 0).keyed != request.keyed
    late = msgspec.structs.replace(command, expected_version=7)
    assert request_of(late, "k", None).keyed == request.keyed


# ── a command can be given in every way that there is ───────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_is_typed_and_called(kind: type[Command]) -> None:
    """A command of the batch that nobody can type, or call from Python, is half a command."""
    name = str(kind.__struct_config__.tag)
    assert name in {typed for section in SECTIONS.values() for typed in section}
    methods = [
        method
        for _, method in inspect.getmembers(Ledger, inspect.isfunction)
        if kind.__name__ in _names_used_by(method)
    ]
    assert len(methods) == 1, f"{len(methods)} methods of Ledger make a {kind.__name__}"


def _names_used_by(method: object) -> tuple[str, ...]:
    code = getattr(method, "__code__", None)
    return () if code is None else code.co_names
