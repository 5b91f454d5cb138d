"""A file is what its content says: of the formats, and of what is none of them."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from ledger.bank_statements.formats.recognising import recognise
from ledger.bank_statements.text.decoding import LARGEST
from tests.support.bank_statements.formats import (
    FILES,
    camt,
    mt940,
    ntry,
    ofx,
    qif,
    read_one,
    refusal,
    transaction,
)

WHOLE = {
    "ofx": ofx(transaction("5.00")),
    "camt": camt(ntry()),
    "mt940": mt940(":61:240105C5,NTRFX", closing="C240131EUR105,00"),
    "qif": qif("D2025-01-05", "T5.00", "^"),
}

TABLES = {
    "OFX in a text": 'Date,Text,Amount\n2024-01-05,"<OFX> OFXHEADER:100",5.00\n',
    "a field of MT940 in a text": 'Date,Text,Amount\n2024-01-05,":20:X\n:25:1\n:61:2",5.00\n',
    "a kind of QIF in a text": "Date,Text,Amount\n2024-01-05,!Type:Bank,5.00\n",
    "XML in a text": "Date,Text,Amount\n2024-01-05,<?xml <Document>,5.00\n",
    "HTML in a text": "Date,Text,Amount\n2024-01-05,<html>,5.00\n",
    "MT940 far below": "\n" * 20 + "Date,Text,Amount\n2024-01-05,Pay,5.00\n",
}


@pytest.mark.parametrize("content", TABLES.values(), ids=TABLES)
def test_a_table_is_a_table_whatever_its_texts_say(content: str) -> None:
    assert recognise(content.encode()) is None
    statement = read_one(content)
    assert [entry.amount_minor for entry in statement.entries] == [500]
    assert statement.format is not None


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize("before", ["", "\ufeff", "\n \r\n"])
def test_a_format_is_known_by_its_content(content: str, before: str) -> None:
    if before and content.startswith("<?xml"):
        content = content.partition("\n")[2]  # nothing may stand before an XML declaration
    assert [entry.amount_minor for entry in read_one(before + content).entries] == [500]


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
def test_no_format_takes_nul_bytes(content: str) -> None:
    half = len(content) // 2
    error = refusal(f"{content[:half]}\0{content[half:]}")
    assert error.exit_status == 2
    assert "line" in error.details


@pytest.mark.parametrize("control", ["\0", "\x1b", "\x7f"])
def test_no_text_has_control_characters(control: str) -> None:
    texts = {"ofx": "Shop", "mt940": "NTRFX", "qif": "PShop\n^"}
    whole = {**WHOLE, "qif": WHOLE["qif"].replace("^", "PShop\n^")}
    for name, text in texts.items():
        error = refusal(whole[name].replace(text, f"{text[:3]}{control}{text[3:]}"))
        assert f"there is a control character {control!r} here" in error.message
        assert "line" in error.details


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
def test_no_format_takes_more_than_the_largest_file(content: str) -> None:
    error = refusal(content + " " * LARGEST)
    assert error.message == "the file has over 64 MB"


@pytest.mark.parametrize(
    "name", sorted(each.name for each in FILES.iterdir() if each.suffix != ".qif")
)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.97])
def test_a_file_that_is_cut_off_is_refused(name: str, part: float) -> None:
    content = (FILES / name).read_bytes()
    cut = content[: int(len(content) * part)]
    assert refusal(cut, "USD" if name == "sgml.ofx" else "EUR").exit_status == 2


def workbook() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return packed.getvalue()


NO_STATEMENTS = {
    "a web page": (b"<!DOCTYPE html>\n<html><body>Error 500</body></html>", "web page"),
    "a bare web page": (b"\n <HTML><h1>Sign in</h1>", "web page"),
    "XHTML": (b'<?xml version="1.0"?><html xmlns="x"><p/></html>', "web page"),
    "other XML": (b'<?xml version="1.0"?><Workbook/>', "XML (Workbook), but neither"),
    "an empty document": (b"<Document/>", "not a statement of ISO 20022"),
    "JSON": (b'{"transactions": [{"amount": "5.00"}]}', ""),
    "a workbook": (workbook(), "a ZIP file"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF"),
    "only a header of OFX": (b"OFXHEADER:100\nDATA:OFXSGML\n", "cut off"),
}


@pytest.mark.parametrize(("content", "message"), NO_STATEMENTS.values(), ids=NO_STATEMENTS)
def test_what_is_no_statement_is_named(content: bytes, message: str) -> None:
    error = refusal(content)
    assert error.exit_status == 2
    assert message in error.message


RULES = {
    "ofx": ('amount = "Amount"', "encoding, time_zone, newest_first"),
    "camt": ('encoding = "utf-8"', "time_zone, newest_first"),
    "mt940": ("header = true", "encoding, time_zone, newest_first"),
    "qif": ('description = "{1}"', "encoding, date_format, decimal_mark, thousands_mark, currency"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_rules_for_tables_are_refused(name: str) -> None:
    rule, fitting = RULES[name]
    error = refusal(WHOLE[name], rules=rule)
    assert error.code == "invalid_option"
    assert error.message.startswith(f"the rule {rule.split()[0]} says how to read a table")
    assert fitting in error.advice


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
def test_a_time_zone_and_an_order_can_be_given(content: str) -> None:
    statement = read_one(content, rules='time_zone = "Asia/Tokyo"\nnewest_first = true')
    assert statement.newest_first is True
    assert str(statement.entries[0].moment).endswith("-05 00:00:00+09:00")


@pytest.mark.parametrize("name", ["ofx", "mt940", "qif"])
def test_an_encoding_is_asked_or_noted(name: str) -> None:
    changes = {
        "ofx": ("Shop", "Caf\xe9"),
        "mt940": ("NTRFX", "NTRFX\xe9"),
        "qif": ("^", "PCaf\xe9\n^"),
    }
    content = WHOLE[name].replace(*changes[name])
    assert read_one(content.encode("cp1252")).notes[0].startswith("the file is not UTF-8")
    other = content.replace("\xe9", "\u0436").encode("koi8-r")
    assert "\u0436" in read_one(other, rules='encoding = "koi8-r"').entries[0].description
    error = refusal(content.encode("cp1252") + b"\x81")
    assert error.details["rule"] == "encoding"
