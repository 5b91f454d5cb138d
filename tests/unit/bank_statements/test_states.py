"""Words of a state: which rows of a statement are booked, and which are not."""

from __future__ import annotations

import pytest

from ledger.bank_statements.statement import Skipped
from ledger.errors import InvalidLine
from tests.support.bank_statements.reading import amounts, guess, read_whole, statement


@pytest.mark.parametrize(
    ("name", "booked", "pending"),
    [
        ("Pending", "No", "Yes"),
        ("Vorgemerkt", "", "ja"),
        ("Cleared", "Y", "N"),
        ("pending", "0", "1"),
    ],
)
def test_a_column_may_ask_whether_an_entry_is_booked(name: str, booked: str, pending: str) -> None:
    content = statement(
        f"Date,Text,Amount,{name}", f"2025-03-14,a,-1.00,{booked}", f"2025-03-15,b,-2.00,{pending}"
    )
    found = read_whole(content)
    assert [entry.amount_minor for entry in found.entries] == [-100]
    assert found.skipped == [Skipped(3, f'{name} is "{pending}"', guessed=True)]
    assert guess(content).kept.skip == {name: [pending]}


STATES = "Date,Text,Amount,Status"


@pytest.mark.parametrize(
    ("booked", "pending"),
    [
        ("Completed", "Pending"),
        ("SETTLED", "Declined"),
        ("Gebucht", "Vorgemerkt"),
        ("ausgeführt", "storniert"),
        ("Comptabilisée", "En attente"),
        ("Completado", "Pendiente"),
        ("Concluído", "Agendado"),
        ("Verwerkt", "In behandeling"),
        ("Bokförd", "Ej bokförd"),
        ("Gjennomført", "Reservert"),
        ("Bogført", "Afventer"),
        ("Kirjattu", "Odottaa"),
        ("Zaksięgowana", "Oczekująca"),
        ("Contabilizzato", "Non contabilizzato"),
        ("Zaúčtováno", "Čekající"),
        ("", "on hold"),
    ],
)
def test_states_are_known_in_the_languages_that_are_read(booked: str, pending: str) -> None:
    content = statement(STATES, f"2025-03-14,a,-1.00,{booked}", f"2025-03-15,b,-2.00,{pending}")
    found = read_whole(content)
    assert [entry.amount_minor for entry in found.entries] == [-100]
    assert found.skipped == [Skipped(3, f'it is marked "{pending}"', guessed=True)]
    # A column of any other name is one of states if it has nothing else.
    other = content.replace(b"Status", b"Bemerkung")
    assert amounts(other) == [-100]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["2025-03-14,a,-1.00,COMPLETED", "2025-03-15,b,-2.00,ONHOLDX"], r"'ONHOLDX' is not known"),
        (["2025-03-14,a,-1.00,Gebucht", "2025-03-15,b,-2.00,teilweise gebucht"], "'teilweise"),
        (["2025-03-14,a,-1.00,COMPLETED", "2025-03-15,b,-2.00,"], "the state is empty"),
    ],
)
def test_a_state_that_is_not_known_is_asked_about(rows: list[str], said: str) -> None:
    content = statement(STATES, *rows)
    with pytest.raises(InvalidLine, match=rf"^line 3: {said}") as refused:
        read_whole(content)
    word = rows[1].rpartition(",")[2]
    assert f'skip = {{Status = ["{word}"]}}' in refused.value.advice
    assert amounts(content, f'skip = {{Status = ["{word}"]}}') == [-100]
    assert amounts(content, f'take = {{Status = ["{word}"]}}') == [-100, -200]


@pytest.mark.parametrize(
    "rows",
    [
        ["2025-03-14,a,-1.00,CA", "2025-03-15,b,-2.00,OK", "2025-03-16,c,-3.00,NY"],
        ["2025-03-14,a,-1.00,x17", "2025-03-15,b,-2.00,x18", "2025-03-16,c,-3.00,x17"],
    ],
)
def test_a_column_whose_states_are_all_unknown_is_told(rows: list[str]) -> None:
    found = read_whole(statement(STATES, *rows))
    assert len(found.entries) == 3
    assert 'the column "Status" is not understood' in found.notes[0]


def test_rows_that_a_rule_leaves_out_show_what_a_column_is_of() -> None:
    content = statement(STATES, "2025-03-14,a,-1.00,PENDING", "2025-03-15,b,-2.00,DISPUTED")
    with pytest.raises(InvalidLine, match=r"^line 3: 'DISPUTED' is not known as a state"):
        read_whole(content, 'skip = {Status = "PENDING"}')
