"""Tags and transfers that rules give to entries."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidTag
from tests.support.bank_statements.reading import read, statement

CONTENT = statement(
    "Date,Text,Category,Amount",
    "2025-03-14,REWE Markt,Groceries,-1.00",
    "2025-03-15,To Sparkonto,,-2.00",
    "2025-03-16,Lidl,Food & drink,-3.00",
)
PATTERNS = """
[[tag]]
match = "REWE|EDEKA"
category = "food"
[[tag]]
match = "^rewe"
category = "other"
shop = "rewe"
[[transfer]]
match = "SAVINGS|Sparkonto"
account = "club:savings"
"""


def tags(given: str) -> list[dict[str, str]]:
    return [entry.tags for entry in read(CONTENT, given)]


def test_a_column_may_give_a_tag() -> None:
    assert tags('tag_columns = {category = "Category"}') == [
        {"category": "Groceries"},
        {},
        {"category": "Food & drink"},
    ]


def test_all_patterns_that_match_give_tags_and_the_first_one_wins() -> None:
    assert tags(PATTERNS) == [{"category": "food", "shop": "rewe"}, {}, {}]


def test_a_pattern_goes_before_a_column() -> None:
    assert tags('tag_columns = {category = "Category"}' + PATTERNS) == [
        {"category": "food", "shop": "rewe"},
        {},
        {"category": "Food & drink"},
    ]


def test_a_pattern_may_name_the_account_of_a_transfer() -> None:
    assert [entry.transfer_with for entry in read(CONTENT, PATTERNS)] == ["", "club:savings", ""]


@pytest.mark.parametrize("value", ["a=b", "x" * 201, "a\u200bb"])
def test_a_cell_that_cannot_be_a_tag_is_refused_with_its_line(value: str) -> None:
    content = CONTENT + statement(f"2025-03-17,x,{value},-1.00")
    with pytest.raises(InvalidTag, match=r"^line 5: the value of the tag category") as refused:
        read(content, 'tag_columns = {category = "Category"}')
    assert refused.value.advice.endswith("leave the column out of the rule tag_columns")
