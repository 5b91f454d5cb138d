"""Small tables with odd cells are read, or refused in words; rules that come of one can be kept."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from ledger.bank_statements.reading import read_statements, rules_for
from ledger.bank_statements.rules.rules_file import read_format
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.errors import LedgerError
from tests.support.fuzz.fixed_examples import fixed_examples

NAMES = (
    *("Date", "Text", "Amount", "Debit", "Credit", "Balance", "Type", "Fee", "Currency", "Status"),
    *("Local amount", "Account number", "Reference", "Time", "Valor", ""),
)
CELLS = (
    *("", "?", "-", "5/1", "0", "0.00", "1.00", "-2.50", "12,50", "1.234,56", "(5.00)", "5.00 CR"),
    *("+3", "EUR", "D", "Credit", "pending", "Saldo", "2025-01-13", "13.01.2025", "01/02/2025"),
    *("00/00/0000", "12:30", "n/a", "1e5", "x"),
)
HEADS = (
    ["Date", "Text", "Amount"],
    ["Date", "Debit", "Credit"],
    ["Date", "Amount", "Amount"],
    ["Date", "Amount", "Balance"],
)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    header = [*draw(st.sampled_from(HEADS)), *draw(st.lists(st.sampled_from(NAMES), max_size=3))]
    row = st.lists(st.sampled_from(CELLS), min_size=len(header) - 1, max_size=len(header))
    dated = st.builds(lambda cells: ["2025-01-13", *cells[1:]], row)
    rows = [header, *draw(st.lists(st.one_of(dated, dated, row), max_size=3))]
    end = draw(st.sampled_from(["\n", "\n", ""]))
    return ("\n".join(map(";".join, rows)) + end).encode()


@fixed_examples(300)
@given(content=tables())
def test_a_table_of_odd_cells_ends_in_no_other_way(content: bytes) -> None:
    with suppress(LedgerError):
        read_statements(content, StatementFormat(), "EUR", 2)
    with suppress(LedgerError):
        rules = read_format(rules_for(content, StatementFormat(), "EUR").to_toml().encode())
        assert (rules.amount is None) != (rules.debit is None)
