"""Arbitrary bank statements: each entry is imported as it says, or reported."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.fuzz.bank_statements import (
    Bank,
    Entry,
    banks,
    check_rules,
    check_statement,
    entries,
    odd_rules,
    statement,
)
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.fixed_examples import fixed_examples


@fixed_examples(25)
@given(bank=banks, written=entries)
def test_a_statement_is_imported_as_the_bank_wrote_it(
    runner: CaseRunner, counts: CaseCounts, bank: Bank, written: list[Entry]
) -> None:
    check_statement(runner, counts, bank, written)


@fixed_examples(25)
@given(
    rules=odd_rules(),
    bank=banks,
    written=entries,
    how=st.sampled_from(["--json", "--show-rules", "--dry-run", "--json --dry-run"]),
)
def test_odd_rules_are_refused_or_read(
    runner: CaseRunner, counts: CaseCounts, rules: bytes, bank: Bank, written: list[Entry], how: str
) -> None:
    check_rules(runner, counts, rules, statement(bank, written), how)
