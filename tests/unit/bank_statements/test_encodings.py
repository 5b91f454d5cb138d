from __future__ import annotations

import pytest

from ledger.bank_statements.text.decoding import decode
from ledger.errors import InvalidLine

GERMAN = "Buchungstag;Empfänger;Betrag\n14.02.2025;Müller Bäckerei Straße;-5,00 €\n"
FRENCH = "Date;Libellé;Montant\n14/02/2025;Prélèvement à la crèmerie;-5,00\n"
SPANISH = "Fecha;Concepto;Importe\n14/02/2025;Compañía España;-5,00\n"
PORTUGUESE = "Data;Descrição;Valor\n14/02/2025;Cartão São João;-5,00\n"
ITALIAN = "Data;Descrizione;Importo\n14/02/2025;Perché no, città;-5,00\n"
SWEDISH = "Datum;Text;Belopp\n2025-02-14;Åhléns Mölndal Å Ö;-5,00\n"
DANISH = "Dato;Tekst;Beløb\n2025-02-14;Rødgrød Ærø ÆBLE;-5,00\n"
FINNISH = "Päivä;Selite;Määrä\n2025-02-14;Yö ÄÄNI;-5,00\n"
ICELANDIC = "Date;Text;Amount\n2025-02-14;Þórður Reykjavík;-5\n"
ENGLISH = "Date;Text;Paid out (£)\n2025-02-14;McDonald’s – “Café”…;5.00\n"
POLISH = "Data;Opis;Kwota\n14.02.2025;Płatność kartą Żabka;-5,00\n"
CZECH = "Datum;Popis;Částka\n14.02.2025;Příchozí úhrada účet;-5,00\n"
HUNGARIAN = "Dátum;Közlemény;Összeg\n14.02.2025;Vásárlás hűtő;-5,00\n"
RUSSIAN = "Date;Amount;Description\n14.02.2025;-350,00;Кофе\n"
GREEK = "Ημερομηνία;Ποσό;Περιγραφή\n14.02.2025;-350,00;Αγορά\n"
TURKISH = "Tarih;Açıklama;Tutar\n14.02.2025;Maaş ödemesi;-5,00\n"
JAPANESE = "日付,摘要,金額\n2025/02/14,振込 ﾃｽﾄ,-500\n"


@pytest.mark.parametrize(
    ("text", "encoding", "currency"),
    [
        *((text, "cp1252", "EUR") for text in (GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN)),
        *((text, "cp1252", "USD") for text in (SWEDISH, DANISH, FINNISH, ICELANDIC, ENGLISH)),
        (GERMAN.replace("Straße;-5,00 €", "Straße´s ± 5;-5"), "cp1252", "EUR"),
        (GERMAN, "mac_roman", "EUR"),
        (GERMAN.replace("€", "EUR"), "cp850", "EUR"),
        (FRENCH, "mac_roman", "EUR"),
        (FRENCH, "cp850", "EUR"),
        (POLISH, "cp1250", "PLN"),
        (POLISH, "cp1250", "EUR"),
        (POLISH, "iso8859-2", "PLN"),
        (CZECH, "cp1250", "CZK"),
        (CZECH, "cp1250", "USD"),
        (HUNGARIAN, "cp1250", "HUF"),
        ("Data;Opis\n1;Zięba\n", "cp1250", "PLN"),
        (RUSSIAN, "cp1251", "RUB"),
        (RUSSIAN, "cp1251", "EUR"),
        (RUSSIAN, "koi8-r", "RUB"),
        (RUSSIAN, "cp866", "RUB"),
        (GREEK, "cp1253", "EUR"),
        (TURKISH, "cp1254", "TRY"),
        (JAPANESE, "cp932", "JPY"),
        ("Date;Libellé;Montant\n14/02/2025;Café crème;-1,50\n", "mac_roman", "EUR"),
    ],
)
def test_the_encoding_is_the_one_in_which_words_look_like_words(
    text: str, encoding: str, currency: str
) -> None:
    decoded = decode(text.encode(encoding), None, currency)
    assert decoded.text == text
    assert decoded.note.startswith("the file is not UTF-8; by its words it is read as ")


@pytest.mark.parametrize(
    ("text", "encoding", "words"),
    [
        ("Date;Text\n1;x\n2;España\n", "mac_roman", ["'España' in mac_roman", "'Espaûa' in cp850"]),
        ("Date;Text\n1;x\n2;КОФЕ\n", "cp1251", ["'КОФЕ' in cp1251", "'йнте' in koi8-r"]),
    ],
)
def test_words_that_several_encodings_explain_are_asked_about(
    text: str, encoding: str, words: list[str]
) -> None:
    with pytest.raises(InvalidLine, match=r"^line 3: the file is not UTF-8, and does") as refused:
        decode(text.encode(encoding))
    assert all(word in refused.value.message for word in words)
    assert f'encoding = "{encoding}"' in refused.value.advice
    assert refused.value.details["rule"] == "encoding"
    assert decode(text.encode(encoding), encoding).text == text


def test_bytes_that_no_encoding_explains_are_refused() -> None:
    content = bytes(range(0x80, 0x100)) * 3
    with pytest.raises(InvalidLine, match="encoding"):
        decode(b"Date;Text\n1;" + content)
