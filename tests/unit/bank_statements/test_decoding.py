from __future__ import annotations

import pytest

from ledger.bank_statements.text.decoding import LARGEST, decode
from ledger.errors import InvalidLine

TEXT = "Date;Empfänger\r\n2025-03-01;Zoë €\r\n"


@pytest.mark.parametrize(
    ("content", "encoding", "noted"),
    [
        (TEXT.encode(), "utf-8", False),
        (TEXT.encode("utf-8-sig"), "utf-8-sig", False),
        (TEXT.encode("utf-16"), "utf-16", False),
        (TEXT.encode("utf-16-le"), "utf-16-le", False),
        (TEXT.encode("utf-16-be"), "utf-16-be", False),
        (TEXT.encode("utf-32"), "utf-32", False),
        (TEXT.encode("utf-32-le"), "utf-32-le", False),
        (TEXT.encode("utf-32-be"), "utf-32-be", False),
        (TEXT.encode("cp1252"), "cp1252", True),
    ],
)
def test_the_encoding_is_found(content: bytes, encoding: str, noted: bool) -> None:
    decoded = decode(content)
    assert (decoded.text, decoded.encoding) == (TEXT, encoding)
    assert bool(decoded.note) is noted


def test_a_given_encoding_is_used() -> None:
    assert decode("Zażółć".encode("iso-8859-2"), "iso-8859-2").text == "Zażółć"
    assert decode(TEXT.encode("utf-8-sig"), "utf-8").text == TEXT


def test_a_dos_end_of_file_is_ignored() -> None:
    assert decode(b"Date,Amount\r\n\x1a").text == "Date,Amount\r\n"


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n \t\r\n", b"\xef\xbb\xbf\n", b"\x1a"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidLine, match="the file is empty"):
        decode(content)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04\x14\x00", "ZIP file, such as a spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old office document"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"{\\rtf1\\ansi", "RTF"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"<html><body><table><tr><td>Date</td>", "a web page"),
        ("<TABLE>\n<tr>Währung".encode("cp1252"), "a web page"),
        (b"<div><p>Your session has ended</p></div>", "a web page"),
        (b"<!-- served by 7 -->\n<span class='x'>Sorry</span>", "a web page"),
        (b"<!-- nothing else -->\n", "a web page .* or XML"),
        (b'<?xml version="1.0"?>\n<Document>', "XML"),
        (b"<entries><entry/></entries>", "XML"),
        (b"\n\n%PDF-1.4\n%\xe2\xe3", "PDF"),
        (b"\x00\x01junk\r\n%PDF-1.4\n", "PDF"),
        (b"7z\xbc\xaf\x27\x1c\x00", "compressed"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b'["a", "b"]', "JSON"),
        (b" [1, 2]\n", "JSON"),
        (b"[]", "JSON"),
        (b'"no \\"statement\\" found"\n', "JSON"),
        (b'{"transactions": []}', "JSON"),
        (b'[\n  {"date": "2025-03-01"}\n]', "JSON"),
    ],
)
def test_other_kinds_of_files_are_named(content: bytes, what: str) -> None:
    with pytest.raises(InvalidLine, match=rf"^the file is not CSV but .*{what}"):
        decode(content)


@pytest.mark.parametrize(
    "text",
    [
        "<Date>,Amount\n2025-03-01,1.00\n",
        "[Date],[Amount]\n2025-03-01,1.00\n",
        "[2025-03-01 - 2025-03-31]\nDate,Amount\n",
        '"Account 1"\nDate,Amount\n',
        "{Date},Amount\n",
    ],
)
def test_a_table_that_begins_as_other_kinds_of_files_do_is_one(text: str) -> None:
    assert decode(text.encode()).text == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("is_given", [False, True])
def test_a_file_that_ends_within_a_character_is_cut_off(encoding: str, is_given: bool) -> None:
    content = TEXT.encode(encoding)
    name = encoding[:6].upper()
    with pytest.raises(InvalidLine, match=rf"^line 3: the file is {name} and ends within a char"):
        decode(content + b"x", encoding if is_given else None)
    ended = "Date,Amount\r\n\x1a".encode(encoding)
    assert decode(ended, encoding if is_given else None).text == "Date,Amount\r\n"


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"Date,Amount\r\n2025-01-01,1\x000\r\n", 2, "control character"),
        (b"Date\rAmount\r\x1b[31m", 3, "control character"),
        (b"a\nb\x02\n\x81\n", 2, "control character"),
        (b"a\nb\n\x81\n", 3, "does not show which encoding it has"),
    ],
)
def test_bytes_that_are_not_text_are_refused_with_their_line(
    content: bytes, line: int, reason: str
) -> None:
    with pytest.raises(InvalidLine, match=rf"^line {line}: .*{reason}") as refused:
        decode(content)
    assert refused.value.details["line"] == line


def test_what_begins_like_another_format_may_be_csv() -> None:
    for text in ("[Account 1]\nDate,Amount\n", '"{Date}",Amount\n', "<Konto>;1\n"):
        assert decode(text.encode()).text == text


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(InvalidLine, match="the file has over 64 MB"):
        decode(bytes(LARGEST + 1))


def test_a_file_that_is_utf_8_is_read_as_such_whatever_the_rules_say() -> None:
    decoded = decode(TEXT.encode(), "cp1252")
    assert decoded.text == TEXT
    assert decoded.note == "the file is UTF-8, though the rules say cp1252"
    assert decode(b"Date\n", "cp1252").note == ""


def test_the_advice_for_a_wrong_rule_names_the_right_encoding() -> None:
    for encoding in ("cp1252", "mac_roman", "cp1251"):
        text = "Date;Text\n2025-03-01;" + ("Кофе" if encoding == "cp1251" else "Café crème")
        with pytest.raises(InvalidLine, match=r"^line 2: byte .. is not valid utf-8") as refused:
            decode(text.encode(encoding), "utf-8")
        assert f'encoding = "{encoding}"' in refused.value.advice
        assert "latin-1" not in refused.value.advice


def test_mixed_encodings_are_refused_with_the_line() -> None:
    content = "Date;Text\n1;Café\n2;x\n".encode() + "3;Müller\n".encode("cp1252")
    with pytest.raises(InvalidLine, match=r"^line 4: the file mixes encodings: line 2 is UTF-8"):
        decode(content)


def test_a_file_that_ends_within_a_character_is_refused() -> None:
    with pytest.raises(InvalidLine, match=r"^line 2: the file ends within a character"):
        decode("Müller\nCafé".encode()[:-1])


def test_bytes_that_are_not_in_the_given_encoding_are_refused_with_their_line() -> None:
    with pytest.raises(InvalidLine, match=r"^line 2: byte e9 is not valid utf-8"):
        decode("Date\r\ncafé\r\n".encode("cp1252"), "utf-8")
    with pytest.raises(InvalidLine, match=r"^line 2: there is a control character '\\x00'"):
        decode("Date\n\0\n".encode("utf-16"), "utf-16")
    with pytest.raises(InvalidLine, match="is not valid utf-16"):
        decode(b"abc", "utf-16")
