from __future__ import annotations

import pytest

from ledger.bank_statements.template import fields_of, fill


@pytest.mark.parametrize(
    ("template", "values", "filled"),
    [
        ("{Payee}", ["Ana"], "Ana"),
        ("{Payee}: {Memo}", ["Ana", "Rent"], "Ana: Rent"),
        ("{Payee}: {Memo}", ["Ana", ""], "Ana"),
        ("{Payee}: {Memo}", ["", "Rent"], "Rent"),
        ("{Payee}: {Memo}", ["", ""], ""),
        ("{Payee} ({Memo})", ["Ana", "Rent"], "Ana (Rent)"),
        ("{Payee} ({Memo})", ["Ana", ""], "Ana"),
        ("bank: {1} / {2} / {3}", ["a", "", "c"], "bank: a / c"),
        ("{{{Payee}}}", ["Ana"], "{Ana}"),
        ("always the same", [], "always the same"),
        ("{Payee!r:>9}", ["Ana"], "Ana"),
        ("", [], ""),
    ],
)
def test_a_template_is_filled(template: str, values: list[str], filled: str) -> None:
    pieces, end = fields_of(template)
    assert fill(pieces, end, values) == filled


def test_what_stands_in_braces_is_a_name_and_no_python() -> None:
    pieces, _ = fields_of("{Memo: text} {a.b[0]!r}")
    assert [piece.field for piece in pieces] == ["Memo: text", "a.b[0]!r"]
