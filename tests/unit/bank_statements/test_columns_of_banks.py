"""Which columns are taken of headers as banks write them: dates, amounts, descriptions."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidLine
from tests.support.bank_statements.reading import amounts, descriptions, guess, moments, statement


@pytest.mark.parametrize(
    ("header", "date"),
    [
        ("Transaktionsdatum,Reskontradatum,Text,Belopp", "Reskontradatum"),
        ("Date operation,Libelle,Montant,Date de comptabilisation", "Date de comptabilisation"),
        ("Date d'opération,Date comptable,Libellé,Montant", "Date comptable"),
        ("Fecha operación,Fecha contable,Concepto,Importe", "Fecha contable"),
    ],
)
def test_the_booking_date_is_preferred(header: str, date: str) -> None:
    cells = {"Text": "x", "Libelle": "x", "Libellé": "x", "Concepto": "x"}
    cells |= {"Belopp": "-1.50", "Montant": "-1.50", "Importe": "-1.50"}
    line = ",".join(cells.get(name, "2025-02-14") for name in header.split(","))
    assert guess(statement(header, line), currency=None).format.date == date


@pytest.mark.parametrize(
    ("header", "line", "description"),
    [
        ("Boekingsdatum,Naam tegenpartij bevat,Bedrag", "2025-02-14,SHOP,-20.00", "SHOP"),
        ("Date,Libelle operation,Reference,Montant", "2025-02-14,CB SHOP,R1,-20.00", "CB SHOP"),
        ("Datum,Avisierungstext,Kategorie,Betrag", "2025-02-14,SHOP,Einkauf,-20.00", "SHOP"),
        ("Datum,Transaktion,Kategori,Belopp", "2025-02-14,ICA,Mat,-20.00", "ICA"),
        ("Datum,Referens,Beskrivning,Belopp", "2025-02-14,ICA,Kortköp,-20.00", "ICA"),
        ("Datum,Referens,Beskrivning,Belopp", "2025-02-14,4711,Kortköp,-20.00", "Kortköp"),
        (
            "Date,Counterparty,Name,Description,Amount",
            "2025-02-14,NL91ABNA0417164300,SHOP,x,-20.00",
            "SHOP: x",
        ),
        ("Datum,Tegenrekeninghouder,Omschrijving,Bedrag", "2025-02-14,SHOP,x,-20.00", "SHOP: x"),
        ("Buchung,Sender / Empfänger,Zweck,Betrag", "2025-02-14,SHOP,x,-20.00", "SHOP"),
        ("Fecha,Descripción,Concepto,Importe", "2025-02-14,SHOP,C,-20.00", "SHOP"),
        ("Date,Partner Name,Payment reference,Amount", "2025-02-14,FIRM,Pay,-20.00", "FIRM: Pay"),
        ("Data,Operazione,Dettagli,Importo", "2025-02-14,SHOP,Pagamento POS,-20.00", "SHOP"),
        ("Tarih,Açıklama,Etiket,Tutar", "2025-02-14,SHOP,Market,-20.00", "SHOP"),
        ("Kuupäev,Saaja/Maksja,Selgitus,Summa", "2025-02-14,SHOP,x,-20.00", "SHOP: x"),
        ("Дата операции,Категория,Описание,Сумма", "2025-02-14,Еда,SHOP,-20.00", "SHOP"),
        ("Tanggal,Keterangan,Jumlah", "2025-02-14,SHOP,-20.00", "SHOP"),
        ("Booked At,Text,Credit/Debit Amount", "2025-02-14,SHOP,-20.00", "SHOP"),
        ("Datetime,Note,Amount (total)", "2025-02-14,pizza,-20.00", "pizza"),
        ("id,Created (UTC),Description,Amount", "txn_1,2025-02-14,SHOP,-20.00", "SHOP"),
    ],
)
def test_descriptions_are_found_by_the_names_of_more_banks(
    header: str, line: str, description: str
) -> None:
    content = statement(header, line)
    assert (amounts(content), descriptions(content)) == ([-2000], [description])


@pytest.mark.parametrize(
    ("debit", "credit"),
    [
        ("Monto cargo ($)", "Monto abono ($)"),
        ("Purchases", "Payments"),
        ("Charges", "Payments"),
        ("Payments", "Receipts"),
        ("支払い金額", "預かり金額"),
        ("Borç", "Alacak"),
        ("Расход", "Приход"),
    ],
)
def test_debits_and_credits_are_found_by_the_names_of_more_banks(debit: str, credit: str) -> None:
    content = statement(f"Fecha,{debit},{credit}", "2025-02-14,20.00,", "2025-02-15,,5.00")
    assert amounts(content) == [-2000, 500]


def test_payments_are_no_credits_beside_withdrawals() -> None:
    content = statement("Date,Withdrawals,Payments", "2025-02-14,20.00,", "2025-02-15,,5.00")
    with pytest.raises(InvalidLine):
        amounts(content)


def test_a_column_of_charges_alone_is_of_the_amounts_and_asked_about() -> None:
    content = statement("Date,Description,Charge", "2025-02-14,SHOP,20.00")
    with pytest.raises(InvalidLine, match="may be of money out"):
        amounts(content)
    assert amounts(content, 'money_out = "positive"') == [-2000]


@pytest.mark.parametrize(
    ("header", "lines", "right"),
    [
        (
            "Date,Details,Particulars,Amount",
            ["4835-****,Shop,-12.50", "Firm,Pay,9.00"],
            ["4835-****, Shop", "Firm, Pay"],
        ),
        (
            "Date,Description,Type,Amount",
            [",Card fee,-1.00", "Shop,Card,-2.00"],
            ["Card fee", "Shop, Card"],
        ),
        (
            "Date,Payee,Memo,Remarks,Amount",
            ["Firm,Pay,x,1.00", ",,Rent for May,-2.00"],
            ["Firm: Pay, x", "Rent for May"],
        ),
    ],
)
def test_lines_without_a_text_take_that_of_other_columns(
    header: str, lines: list[str], right: list[str]
) -> None:
    content = statement(header, *(f"2025-02-1{number},{line}" for number, line in enumerate(lines)))
    assert descriptions(content) == right
    (note,) = guess(content).notes
    assert "to change it, write the rule description" in note


def test_a_number_in_every_line_is_described_as_before() -> None:
    content = statement("Date,Memo,Amount", "2025-02-14,1234,-1.00", "2025-02-15,1235,-2.00")
    assert (descriptions(content), guess(content).notes) == (["1234", "1235"], ())
    assert [str(each) for each in moments(content)] == ["2025-02-14", "2025-02-15"]
