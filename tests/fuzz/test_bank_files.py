"""Arbitrary files of banks' own formats: read as they were written, or refused if damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bank_statements.formats import FILES
from tests.support.fuzz.bank_files import (
    WRITERS,
    Movement,
    Way,
    check_damaged,
    check_damaged_file,
    check_written,
    movements,
    ways,
)
from tests.support.fuzz.fixed_examples import fixed_examples


@pytest.mark.parametrize("format", WRITERS)
@fixed_examples(40)
@given(moved=movements, way=ways)
def test_a_file_is_read_as_the_bank_wrote_it(format: str, moved: list[Movement], way: Way) -> None:
    check_written(format, moved, way)


@pytest.mark.parametrize("format", WRITERS)
@fixed_examples(100)
@given(case=st.integers(0, 2**48))
def test_a_damaged_file_is_refused_or_its_amounts_add_up(format: str, case: int) -> None:
    check_damaged(format, case)


@pytest.mark.parametrize("name", sorted(each.name for each in FILES.iterdir()))
@fixed_examples(25)
@given(case=st.integers(0, 2**48))
def test_a_damaged_file_of_any_kind_ends_in_no_other_way(name: str, case: int) -> None:
    check_damaged_file((FILES / name).read_bytes(), case)
