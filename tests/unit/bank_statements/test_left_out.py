"""Rows that are no entries, in files as banks write them."""

from __future__ import annotations

import pytest

from ledger.bank_statements.statement import Skipped
from ledger.errors import InvalidInput, InvalidLine
from tests.support.bank_statements.reading import amounts, guess, read_whole, statement

SPARKASSE = statement(
    '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Betrag";'
    '"Waehrung";"Info"',
    '"DE00";"16.12.25";"16.12.25";"KARTE";"Vormerkung";"-100,00";"EUR";"Umsatz vorgemerkt"',
    '"DE00";"15.12.25";"15.12.25";"GUTSCHR";"Gehalt";"1.250,00";"EUR";"Umsatz gebucht"',
)
DKB = statement(
    '"Girokonto";"DE00120300000000000000"',
    '"Kontostand vom 17.01.2026:";"3.001,01 €"',
    '""',
    '"Buchungsdatum";"Wertstellung";"Status";"Verwendungszweck";"Betrag (€)"',
    '"17.01.26";"";"Vorgemerkt";"VISA Debitkartenumsatz";"-50,00"',
    '"16.01.26";"16.01.26";"Gebucht";"Lohn";"3.000,00"',
)
COMDIRECT = statement(
    ";",
    '"Umsätze Girokonto";"Zeitraum: 30 Tage";',
    '"Neuer Kontostand";"1.914,05 EUR";',
    "",
    '"Buchungstag";"Wertstellung (Valuta)";"Vorgang";"Buchungstext";"Umsatz in EUR";',
    '"offen";"19.08.2021";"Kartenverfügung";" Buchungstext: Markt";"-5,00";',
    '"17.08.2021";"18.08.2021";"Lastschrift / Belastung";" STADTWERKE";"-85,95";',
    "",
    '"Alter Kontostand";"2.000,00 EUR";',
)
NORDEA = statement(
    "Bokföringsdag;Belopp;Namn;Rubrik;Saldo;Valuta",
    "Reserverat;-50,00;SJ;SJ AB;;SEK",
    "2025/02/14;-100,00;ICA;ICA MAXI;1900,00;SEK",
)
REVOLUT = statement(
    "Type,Started Date,Completed Date,Description,Amount,Currency,State,Balance",
    "TOPUP,2025-02-10 08:00:00,2025-02-10 08:00:05,Top-Up,500.00,EUR,COMPLETED,500.00",
    "CARD,2025-02-13 12:00:00,,Hotel,-80.00,EUR,REVERTED,",
    "CARD,2025-02-14 12:00:00,,Taxi,-12.00,EUR,PENDING,",
)
BRASIL = statement(
    '"Data","Dependencia Origem","Histórico","Data do Balancete","Número do documento","Valor",',
    '"31/01/2025","","Saldo Anterior","","0","1000.00",',
    '"13/02/2025","","Pix","","1","-123.45",',
    '"00/00/0000","","S A L D O","","0","876.55",',
)
BRADESCO = statement(
    "Data;Histórico;Docto.;Crédito (R$);Débito (R$);Saldo (R$);",
    "13/02/2025;SALARIO;1;2.500,00;;2.500,00;",
    "14/02/2025;PIX PADARIA;2;;-123,45;2.376,55;",
    "Total;;;2.500,00;-123,45;2.376,55;",
)
VOLKSBANK = statement(
    '"Buchungstag";"Valuta";"Empfänger";"Vorgang/Verwendungszweck";"Währung";"Umsatz";"S/H"',
    '"18.06.2019";"18.06.2019";"Laden";"Einkauf";"EUR";"18,45";"S"',
    '"17.06.2019";"17.06.2019";"Firma";"Lohn";"EUR";"1.612,00";"H"',
    "",
    '"01.06.2019";;;"Anfangssaldo";"EUR";"0,00";"H"',
    '"19.06.2019";;;"Endsaldo";"EUR";"1.593,55";"H"',
)
DEUTSCHE = statement(
    "Letzter Kontostand;;;;1.000,00;EUR",
    "Vorgemerkte und noch nicht gebuchte Umsätze sind nicht Bestandteil dieser Übersicht.",
    "Buchungstag;Wert;Umsatzart;Verwendungszweck;Soll;Haben;Währung",
    "29.02.2024;29.02.2024;SEPA-Lastschrift;Beitrag;-54,00;;EUR",
    "28.02.2024;28.02.2024;SEPA-Gutschrift;Lohn;;2.100,00;EUR",
    "Kontostand;29.02.2024;;;3.046,00;EUR",
)


@pytest.mark.parametrize(
    ("content", "given", "currency", "booked", "left_out"),
    [
        (SPARKASSE, "", "EUR", [125000], [(2, 'it is marked "Umsatz vorgemerkt"', True)]),
        (DKB, "", "EUR", [300000], [(5, 'it is marked "Vorgemerkt"', True)]),
        (
            COMDIRECT,
            "",
            "EUR",
            [-8595],
            [
                (6, 'its date is "offen"', True),
                (9, 'it states a balance ("Alter Kontostand")', False),
            ],
        ),
        (
            NORDEA,
            'date = "Bokföringsdag"\namount = "Belopp"\ndescription = "{Rubrik}"',
            "SEK",
            [-10000],
            [(2, 'its date is "Reserverat"', True)],
        ),
        (
            REVOLUT,
            "",
            "EUR",
            [50000],
            [(3, 'it is marked "REVERTED"', True), (4, 'it is marked "PENDING"', True)],
        ),
        (
            REVOLUT,
            'skip = {State = ["Pending", "Reverted"]}',
            "EUR",
            [50000],
            [(3, "State is REVERTED", False), (4, "State is PENDING", False)],
        ),
        (
            REVOLUT,
            'skip = {"Completed Date" = ""}',
            "EUR",
            [50000],
            [(3, "Completed Date is empty", False), (4, "Completed Date is empty", False)],
        ),
        (
            REVOLUT,
            "skip = {7 = '/^(PEND|REV)/'}",
            "EUR",
            [50000],
            [(3, "State is REVERTED", False), (4, "State is PENDING", False)],
        ),
        (
            BRASIL,
            "",
            "BRL",
            [-12345],
            [
                (2, 'it states a balance ("Saldo Anterior")', True),
                (4, 'it states a balance ("S A L D O")', False),
            ],
        ),
        (
            BRADESCO,
            'debit = "Débito (R$)"\ncredit = "Crédito (R$)"',
            "BRL",
            [250000, -12345],
            [(4, 'it states a balance ("Total")', False)],
        ),
        (
            VOLKSBANK,
            'direction = "S/H"\ndirection_out = "S"\ndirection_in = "H"',
            "EUR",
            [-1845, 161200],
            [
                (5, 'it states a balance ("Anfangssaldo")', True),
                (6, 'it states a balance ("Endsaldo")', True),
            ],
        ),
        (
            DEUTSCHE,
            "",
            "EUR",
            [-5400, 210000],
            [(6, 'it states a balance ("Kontostand")', False)],
        ),
    ],
)
def test_rows_that_are_no_entries_are_left_out_with_the_reason(
    content: bytes,
    given: str,
    currency: str,
    booked: list[int],
    left_out: list[tuple[int, str, bool]],
) -> None:
    found = read_whole(content, given, currency)
    assert [entry.amount_minor for entry in found.entries] == booked
    assert [(each.line, each.reason, each.guessed) for each in found.skipped] == left_out


@pytest.mark.parametrize(
    "date", ["offen", "Pending", "En attente", "00/00/0000", "0000-00-00", "-"]
)
def test_what_stands_in_place_of_a_date_leaves_a_row_out(date: str) -> None:
    content = statement("Date,Text,Amount", "2025-03-14,a,-1.00", f"{date},b,-2.00")
    found = read_whole(content)
    assert [entry.amount_minor for entry in found.entries] == [-100]
    assert found.skipped == [Skipped(3, f'its date is "{date}"', guessed=True)]


def test_a_blank_date_alone_is_refused_with_the_rule_to_write() -> None:
    content = statement("Posted Date,Text,Amount", "2025-03-14,a,-1.00", ",b,-2.00")
    with pytest.raises(InvalidInput, match=r"^line 3: there is an amount here, but no date") as no:
        read_whole(content)
    assert 'skip = {"Posted Date" = ""}' in no.value.advice
    assert amounts(content, 'skip = {"Posted Date" = ""}') == [-100]


@pytest.mark.parametrize("words", ["Vormerkung", "PENDING - AMAZON", "On hold"])
def test_a_word_in_a_description_is_told_and_leaves_nothing_out(words: str) -> None:
    found = read_whole(statement("Date,Description,Amount", f"2025-03-14,{words},-1.00"))
    assert [entry.amount_minor for entry in found.entries] == [-100]
    assert any(note.startswith(f'line 2 says "{words}", in no column') for note in found.notes)


@pytest.mark.parametrize(
    "words",
    [
        "Opening balance",
        "BALANCE BROUGHT FORWARD",
        "Closing Balance",
        "Saldo al 31/12/2024",
        "Kontostand am 31.12.2024",
        "Ancien solde au 31.12.2024",
        "Saldo iniziale",
        "Saldo początkowe",
        "Saldo końcowe",
        "Ingående saldo",
        "Eindsaldo",
        "Alkusaldo",
        "Počáteční zůstatek",
        "S a l d o",
        "S A L D O  A N T E R I O R",
        "Balance brought fwd",
    ],
)
def test_a_row_that_states_a_balance_is_no_entry(words: str) -> None:
    found = read_whole(
        statement("Date,Text,Amount", f"2025-03-14,{words},100.00", "2025-03-15,Café,-4.25")
    )
    assert [entry.amount_minor for entry in found.entries] == [-425]
    assert found.skipped == [Skipped(2, f'it states a balance ("{words}")', guessed=True)]


@pytest.mark.parametrize(
    "row",
    [
        "2025-03-14,Saldo GmbH,Rechnung,100.00",
        "2025-03-14,Ana Souza,Opening balance,100.00",
        "2025-03-14,Ana Souza,Saldo,100.00",
        "2025-03-14,Total,,-60.00",
        "2025-03-14,TOTAL,Card payment,-60.00",
        "2025-03-14,Balance Yoga,,-60.00",
        "2025-03-14,Pay,Saldo Rechnung 17,-60.00",
    ],
)
def test_a_payment_that_speaks_of_a_balance_is_an_entry(row: str) -> None:
    found = read_whole(statement("Date,Payee,Memo,Amount", row))
    assert (len(found.entries), found.skipped) == (1, [])


def test_a_rule_takes_what_looks_like_a_balance() -> None:
    content = statement("Date,Text,Amount", "2025-03-14,Opening balance,100.00")
    assert amounts(content) == []
    assert amounts(content, 'take = {Text = "opening balance"}') == [10000]


def test_totals_may_stand_anywhere_and_have_any_number_of_columns() -> None:
    content = statement(
        "Date,Text,Amount,Balance",
        "Previous balance,,,100.00",
        "2025-03-14,a,-1.00,99.00",
        "Total,-1.00",
        "2025-03-15,b,-2.00,97.00",
        "Totals,,-3.00,97.00,,,,",
        ",Closing balance,97.00,97.00",
        "Summe Soll,,-3.00,",
        ",Saldo final a 31 de enero,97.00,",
    )
    found = read_whole(content)
    assert [entry.amount_minor for entry in found.entries] == [-100, -200]
    assert [each.line for each in found.skipped] == [2, 4, 6, 7, 8, 9]


def test_a_rule_names_a_column_that_must_be_there() -> None:
    with pytest.raises(InvalidLine, match=r"^line 1: there is no column 'Zustand'"):
        read_whole(REVOLUT, 'skip = {Zustand = "PENDING"}', "EUR")


def test_the_words_of_rows_that_were_left_out_are_saved_and_no_others() -> None:
    kept = guess(REVOLUT, currency="EUR").kept
    assert kept.skip == {"State": ["REVERTED", "PENDING"]}
    assert guess(REVOLUT, kept.to_toml(), "EUR").guessed == ()
    assert guess(COMDIRECT, currency="EUR").kept.skip == {"Buchungstag": ["offen"]}
    assert guess(BRASIL, currency="BRL").kept.skip is None
    other = REVOLUT.replace(b"PENDING", b"FAILED")
    more = guess(other, kept.to_toml(), "EUR")
    assert more.kept.skip == {"State": ["REVERTED", "PENDING", "FAILED"]}
    assert "skip" in more.guessed


def test_an_entry_that_was_cut_off_is_no_balance() -> None:
    content = statement("Date,Text,Amount,Note", "2025-03-14,a,-1.00,x", "2025-03-15,Saldo")
    with pytest.raises(InvalidInput, match=r"^line 3: "):
        read_whole(content)
