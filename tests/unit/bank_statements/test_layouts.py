from __future__ import annotations

import pytest

from ledger.bank_statements.cells.dates import day_of
from ledger.bank_statements.reading import read_statements
from ledger.bank_statements.rules.rules_file import read_format
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.words.column_names import NAMES
from ledger.bank_statements.words.plain import plain
from ledger.domain.currency import decimals_of
from ledger.domain.money import format_minor_units
from tests.support.bank_statements.layouts import Layout
from tests.support.bank_statements.layouts.elsewhere import ELSEWHERE
from tests.support.bank_statements.layouts.english import ENGLISH
from tests.support.bank_statements.layouts.german import GERMAN

LAYOUTS = {**GERMAN, **ENGLISH, **ELSEWHERE}


def entries(layout: Layout, format: StatementFormat) -> list[tuple[str, str, str]]:
    decimals = decimals_of(layout.currency)
    (statement,) = read_statements(layout.content, format, layout.currency, decimals)
    return [
        (
            day_of(entry.moment).isoformat(),
            format_minor_units(entry.amount_minor, decimals),
            entry.description,
        )
        for entry in statement.entries
    ]


@pytest.mark.parametrize("bank", LAYOUTS)
def test_the_file_of_a_bank_needs_no_rules(bank: str) -> None:
    assert entries(LAYOUTS[bank], StatementFormat()) == LAYOUTS[bank].entries


@pytest.mark.parametrize("bank", LAYOUTS)
def test_the_rules_of_a_bank_can_be_saved(bank: str) -> None:
    layout = LAYOUTS[bank]
    (statement,) = read_statements(
        layout.content, StatementFormat(), layout.currency, decimals_of(layout.currency)
    )
    assert statement.format is not None
    saved = read_format(statement.format.to_toml().encode())
    assert entries(layout, saved) == layout.entries


@pytest.mark.parametrize("bank", ["rabobank", "starling", "hdfc", "a japanese bank", "mbank"])
def test_the_balances_of_a_bank_agree_with_its_entries(bank: str) -> None:
    layout = LAYOUTS[bank]
    (statement,) = read_statements(
        layout.content, StatementFormat(), layout.currency, decimals_of(layout.currency)
    )
    assert statement.notes == ()
    assert statement.opening is not None
    assert statement.closing is not None
    moved = sum(entry.amount_minor for entry in statement.entries)
    assert (statement.opening.amount_minor, statement.closing.amount_minor) == (0, moved)


def test_the_names_of_columns_are_written_as_they_are_compared() -> None:
    assert [name for names in NAMES.values() for name in names if plain(name) != name] == []
