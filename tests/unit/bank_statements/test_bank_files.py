"""Small files as banks write them, each with what it means or why it is refused."""

from __future__ import annotations

import pytest

from ledger.errors import LedgerError
from tests.support.bank_statements.reading import read

Case = tuple[str, str, list[str]]
"""The currency of the account, the text of the file, and its entries: moment, minor units, text."""

READ: dict[str, Case] = {
    "backslash before quotes": (
        "USD",
        'Date,Description,Amount\n14/02/2025,"The \\"Shop\\" Ltd",-5.00\n',
        ['2025-02-14 -500 The "Shop" Ltd'],
    ),
    "quotes inside": (
        "EUR",
        'Date;Description;Amount\n14/02/2025;Kauf 5" Rohr;-5,00\n13/02/2025;"Ritter" Sport;-6,00\n',
        ['2025-02-14 -500 Kauf 5" Rohr', '2025-02-13 -600 "Ritter" Sport'],
    ),
    "blanks after quotes": (
        "USD",
        '"Date" ,"Description" ,"Amount"\n"14/02/2025" ,"Shop" ,"-5.00"\n',
        ["2025-02-14 -500 Shop"],
    ),
    "a short row": (
        "USD",
        "Date,Amount,Description,Note\n14/02/2025,-5.50,Shop\n13/02/2025,10.00,Pay,x\n",
        ["2025-02-14 -550 Shop", "2025-02-13 1000 Pay"],
    ),
    "a long preamble": (
        "USD",
        "x\n" * 70 + "Date,Description,Amount\n14/02/2025,Shop,-5.00\n",
        ["2025-02-14 -500 Shop"],
    ),
    "a column without a name": (
        "USD",
        "Date,Amount,Description,\n14/02/2025,-5.50,Shop,Town\n",
        ["2025-02-14 -550 Shop"],
    ),
    "formulas around texts": (
        "USD",
        'Date,Amount,Description\n="14/02/2025",="-5.50",="Shop"\n',
        ["2025-02-14 -550 Shop"],
    ),
    "a dash for zero": (
        "USD",
        "Date,Description,Amount\n01/13/2023,Fee waived, - \n01/14/2023,Pay,5.00\n",
        ["2023-01-14 500 Pay"],
    ),
    "dashes in two columns": (
        "CHF",
        "Buchungsdatum,Text,Belastung,Gutschrift,Saldo\n"
        '27.08.2020,"Lohn",-,412.75,1900.00\n24.08.2020,"Miete",365.00,-,-\n',
        ["2020-08-27 41275 Lohn", "2020-08-24 -36500 Miete"],
    ),
    "Sept": (
        "USD",
        "Date,Description,Amount\n14 Sept 2025,Shop,-5.00\n15 Oct 2025,Shop,-6.00\n",
        ["2025-09-14 -500 Shop", "2025-10-15 -600 Shop"],
    ),
    "an offset after a blank": (
        "USD",
        "Date,Description,Amount\n2019-06-21 08:15:30 +0000,Shop,-5.00\n",
        ["2019-06-21 08:15:30+00:00 -500 Shop"],
    ),
    "AM and PM": (
        "USD",
        "Date,Description,Amount\n"
        "2/14/2025 12:00:00 AM,Shop,-5.00\n"
        "2/15/2025 1:02:03 PM,Pay,100.00\n",
        ["2025-02-14 00:00:00 -500 Shop", "2025-02-15 13:02:03 10000 Pay"],
    ),
    "brackets after a sign": (
        "USD",
        "Date,Description,Amount\n02/01/2023,Pay,$415.20\n02/13/2023,Food,$(27.80)\n",
        ["2023-02-01 41520 Pay", "2023-02-13 -2780 Food"],
    ),
    "francs": (
        "CHF",
        "Date;Description;Amount\n2025-02-13;Shop;CHF -1'234.50\n2025-02-14;Kiosk;Fr. 10.00\n",
        ["2025-02-13 -123450 Shop", "2025-02-14 1000 Kiosk"],
    ),
    "a code in small letters": (
        "EUR",
        "Date,Description,Amount,Currency\n13/01/2023,Pay,5.00,eur\n",
        ["2023-01-13 500 Pay"],
    ),
    "a sign in a column of currencies": (
        "EUR",
        "Date,Description,Amount,Currency\n13/01/2023,Pay,5.00,€\n",
        ["2023-01-13 500 Pay"],
    ),
    "German, points in the amounts and S or H": (
        "EUR",
        "Buchungstag;Verwendungszweck;Umsatz\n"
        "14.02.25;Miete;1.200,00 S\n"
        "15.02.25;Lohn;2.500,00 H\n",
        ["2025-02-14 -120000 Miete", "2025-02-15 250000 Lohn"],
    ),
    "German, the minus behind": (
        "EUR",
        "Buchungstag;Verwendungszweck;Betrag (€)\n03.03.2025;Miete;1.200,00-\n",
        ["2025-03-03 -120000 Miete"],
    ),
    "German, months by name": (
        "EUR",
        "Datum;Text;Betrag\n03 Okt 2025;Bäcker;-3,20 €\n01 März 2025;Lohn;2.000,00 €\n",
        ["2025-10-03 -320 Bäcker", "2025-03-01 200000 Lohn"],
    ),
    "French, months by name and narrow blanks": (
        "EUR",
        "Date;Libellé;Montant\n"
        "1 févr. 2025;Crèmerie;-1\u202f234,50 €\n"
        "3 août 2025;Paie;2\u202f000,00 €\n",
        ["2025-02-01 -123450 Crèmerie", "2025-08-03 200000 Paie"],
    ),
    "French, euros in the names": (
        "EUR",
        "Date;Libellé;Débit euros;Crédit euros\n"
        "14/02/2025;Loyer;500,00;\n"
        "15/02/2025;Paie;;900,00\n",
        ["2025-02-14 -50000 Loyer", "2025-02-15 90000 Paie"],
    ),
    "Spanish, months in words": (
        "EUR",
        "Fecha;Concepto;Importe\n14 de febrero de 2025;Café;-1,50\n",
        ["2025-02-14 -150 Café"],
    ),
    "Swiss, two columns with apostrophes": (
        "CHF",
        "Buchungsdatum;Text;Belastung (CHF);Gutschrift (CHF)\n14.02.2025;Miete;1’500.00;\n",
        ["2025-02-14 -150000 Miete"],
    ),
    "Swedish": (
        "SEK",
        "Datum;Text;Belopp;Amount\n2025-02-14;Åhléns;x;-1 234,50 kr\n",
        ["2025-02-14 -123450 Åhléns"],
    ),
    "Danish": (
        "DKK",
        "Date;Text;Amount\n14-02-2025;Rødgrød;-1.234,50 kr.\n",
        ["2025-02-14 -123450 Rødgrød"],
    ),
    "Norwegian, months by name": (
        "NOK",
        "Date;Text;Amount\n14. des. 2025;Øl;-89,00 kr\n",
        ["2025-12-14 -8900 Øl"],
    ),
    "Polish": (
        "PLN",
        "Date;Text;Amount\n14 lut 2025;Żabka;-12,50 zł\n3 paź 2025;Praca;2 000,00 PLN\n",
        ["2025-02-14 -1250 Żabka", "2025-10-03 200000 Praca"],
    ),
    "Czech": ("CZK", "Date;Text;Amount\n14. 2. 2025;Oběd;-150,00 Kč\n", ["2025-02-14 -15000 Oběd"]),
    "Hungarian": (
        "HUF",
        "Date;Text;Amount\n2025.02.14.;Bolt;-1 500 Ft\n",
        ["2025-02-14 -150000 Bolt"],
    ),
    "Brazilian": (
        "BRL",
        "Data;Histórico;Valor (R$)\n14/02/2025;Mercado;R$ -1.980,00\n05/03/2025;x;R$ 1,00\n",
        ["2025-02-14 -198000 Mercado", "2025-03-05 100 x"],
    ),
    "Brazilian, months by name": (
        "BRL",
        "Data;Histórico;Valor\n5 março 2025;Mercado;-1.980,00\n",
        ["2025-03-05 -198000 Mercado"],
    ),
    "Indian": (
        "INR",
        "Date,Narration,Description,Amount\n"
        '14/02/25,x,Rent,"1,23,456.00 DR"\n'
        '15/02/25,x,Pay,"₹5,000.00 Cr."\n',
        ["2025-02-14 -12345600 Rent", "2025-02-15 500000 Pay"],
    ),
    "Japanese": (
        "JPY",
        'Date,Description,Amount\n2025年2月14日,振込,"-￥1,200"\n2025年2月15日,給料,"250,000円"\n',
        ["2025-02-14 -1200 振込", "2025-02-15 250000 給料"],
    ),
    "American, brackets and a month's name": (
        "USD",
        'Date,Description,Amount\n"Feb 14, 2025",Food,($27.80)\n"Mar 1, 2025",Pay,"$1,415.20"\n',
        ["2025-02-14 -2780 Food", "2025-03-01 141520 Pay"],
    ),
    "Canadian": (
        "CAD",
        "Date,Description,Amount (CA$)\n2025-02-14,Shop,-C$5.00\n2025-02-15,Pay,$7.00 CAD\n",
        ["2025-02-14 -500 Shop", "2025-02-15 700 Pay"],
    ),
    "British, a weekday before": (
        "GBP",
        "Date,Description,Paid out (£),Paid in (£)\n"
        "Fri 14 Feb 2025,Rent,£500.00,\n"
        "Sat 15 Feb 2025,Pay,,£9.00\n",
        ["2025-02-14 -50000 Rent", "2025-02-15 900 Pay"],
    ),
    "apostrophes of a spreadsheet": (
        "USD",
        "Date,Description,Amount\n'2025-02-14,Shop,'-5.00\n",
        ["2025-02-14 -500 Shop"],
    ),
    "fractions of a second": (
        "USD",
        "Date,Description,Amount\n2025-02-14T08:15:30.123456789Z,Shop,-5.00\n",
        ["2025-02-14 08:15:30.123456+00:00 -500 Shop"],
    ),
}

REFUSED: dict[str, tuple[str, str, str, int | None]] = {
    "kronor in dollars": ("USD", "2025-02-13;Shop;-120,50 kr", "currency_mismatch", 3),
    "US dollars in Canadian ones": ("CAD", "2025-02-13;Shop;-US$12,00", "currency_mismatch", 3),
    "zloty in euros": ("EUR", "2025-02-13;Sklep;-30,00 zł", "currency_mismatch", 3),
    "yen in dollars": ("USD", "2025-02-13;Shop;¥12", "currency_mismatch", 3),
    "rupees in dollars": ("USD", "2025-02-13;Shop;₹12,00", "currency_mismatch", 3),
    "reais in dollars": ("USD", "2025-02-13;Shop;R$ 12,00", "currency_mismatch", 3),
    "three readings of a date": ("USD", "24/12/05;Shop;-5,00", "invalid_time", 2),
    "a spreadsheet's number": ("USD", "45702;Shop;-5,00", "invalid_time", 2),
    "a count of seconds": ("USD", "1739491200;Shop;-5,00", "invalid_time", 2),
    "CR at some amounts": ("USD", "13/02/2025;a;5,00\n14/02/2025;b;7,00 CR", "invalid_amount", 2),
    "cut off in an amount": (
        "EUR",
        "13/02/2025;Shop;-5,00\n14/02/2025;Cafe;-1\0",
        "invalid_line",
        2,
    ),
    "a contradiction": ("EUR", "13/02/2025;Shop;-5,00 CR", "invalid_amount", 2),
    "two currencies": ("EUR", "13/02/2025;Shop;€5,00 USD", "invalid_amount", 2),
}


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read_rightly(name: str) -> None:
    currency, text, expected = READ[name]
    entries = read(text.encode(), "", currency)
    assert [f"{each.moment} {each.amount_minor} {each.description}" for each in entries] == expected


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused_with_its_line(name: str) -> None:
    currency, rows, code, status = REFUSED[name]
    text = f"Date;Description;Amount\n{rows}\n".replace("\0\n", "")
    with pytest.raises(LedgerError) as refused:
        read(text.encode(), "", currency)
    assert (refused.value.code, refused.value.exit_status) == (code, status)
    assert refused.value.details["line"] == (3 if "\0" in rows else 2)


def test_old_encodings_are_found() -> None:
    mac = "Date;Libellé;Montant\n14/02/2025;Café crème;-1,50\n".encode("mac_roman")
    assert [each.description for each in read(mac, "", "EUR")] == ["Café crème"]
    russian = '"Date";"Amount";"Description"\n"14.02.2025";"-350,00";"Кофе"\n'.encode("cp1251")
    assert [each.description for each in read(russian, "", "RUB")] == ["Кофе"]
