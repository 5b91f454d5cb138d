from __future__ import annotations

import pytest

from ledger.bank_statements.rules.template import fill_template, parse_template


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
    pieces, end = parse_template(template)
    assert fill_template(pieces, end, values) == filled


def test_braces_hold_a_column_name_and_never_python() -> None:
    pieces, _ = parse_template("{Memo: text} {a.b[0]!r}")
    assert [piece.field for piece in pieces] == ["Memo: text", "a.b[0]!r"]
