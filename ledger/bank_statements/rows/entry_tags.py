"""Tags of entries, from columns and from patterns, and transfers with accounts of the ledger."""

from __future__ import annotations

from ledger.bank_statements.rules.patterns import compiled, is_in
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.text.table import Table
from ledger.domain.tags import check_tags
from ledger.errors import InvalidTag


class EntryMarks:
    """Gives entries their tags, and the account of a transfer.

    Args:
        table: None for entries that do not come from one.
    """

    def __init__(self, table: Table | None, format: StatementFormat) -> None:
        self._columns = []
        if table is not None:
            columns = (format.tag_columns or {}).items()
            self._columns = [(key, table.index_of(column)) for key, column in columns]
        self._tags = [
            (compiled(each["match"]), {key: value for key, value in each.items() if key != "match"})
            for each in format.tag or ()
        ]
        self._transfers = [
            (compiled(each["match"]), each["account"]) for each in format.transfer or ()
        ]

    def tags(self, cells: list[str], description: str) -> dict[str, str]:
        """The tags of an entry: those of patterns, the first ones first, then those of columns.

        Raises:
            InvalidTag: a cell holds what cannot be the value of a tag.
        """
        if not (self._columns or self._tags):
            return {}
        found: dict[str, str] = {}
        for pattern, tags in self._tags:
            if is_in(pattern, description):
                found = tags | found
        for key, index in self._columns:
            if cells[index]:
                found.setdefault(key, cells[index])
        try:
            return check_tags(found)
        except InvalidTag as refusal:
            refusal.advice += "; or leave the column out of the rule tag_columns"
            raise

    def transfer_with(self, description: str) -> str:
        """The account that an entry is a transfer with by the first pattern; empty for none."""
        return next(
            (account for match, account in self._transfers if is_in(match, description)), ""
        )
