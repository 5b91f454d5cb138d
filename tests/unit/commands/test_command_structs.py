from __future__ import annotations

import pytest

from ledger.commands.command import (
    CloseAccount,
    Command,
    Deposit,
    OneAccountCommand,
    OpenAccount,
    Transfer,
    Withdraw,
)

COMMANDS: list[tuple[Command, str, tuple[str, ...]]] = [
    (OpenAccount("a", "Ana Souza"), "open", ("a",)),
    (Deposit("a", "50"), "deposit", ("a",)),
    (Withdraw("a", "50"), "withdraw", ("a",)),
    (CloseAccount("a"), "close", ("a",)),
    (Transfer("a", "b", "50"), "transfer", ("a", "b")),
]


@pytest.mark.parametrize(("command", "name", "accounts"), COMMANDS)
def test_a_command_knows_its_name_and_the_accounts_it_changes(
    command: Command, name: str, accounts: tuple[str, ...]
) -> None:
    assert command.name == name
    assert command.accounts == accounts


@pytest.mark.parametrize("command", [command for command, _, _ in COMMANDS])
def test_a_command_means_now_unless_it_says_otherwise(command: Command) -> None:
    assert command.at is None


def test_an_account_opens_empty_and_in_dollars_unless_the_command_says_otherwise() -> None:
    command = OpenAccount("a", "Ana Souza")
    assert (command.currency, command.initial_balance) == ("USD", "0")


def test_there_are_no_other_commands() -> None:
    kinds = {*Command.__subclasses__(), *OneAccountCommand.__subclasses__()} - {OneAccountCommand}
    assert kinds == {type(command) for command, _, _ in COMMANDS}


def test_a_command_that_names_no_accounts_is_a_mistake() -> None:
    with pytest.raises(NotImplementedError):
        _ = Command().accounts
