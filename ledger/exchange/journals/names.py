"""Names that another program allows for what has a name of its own here.

Whoever comes first gets the plain name, and what would get the same one gets a number. Accounts
come in the order in which they were recorded, so that none is ever renamed by another that is
opened later. So no two of them share a name, and beside each stands what it stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

ASSETS: Final = "Assets"
UNCATEGORIZED: Final = "Uncategorized"
_KEPT_ROOTS: Final = frozenset(("assets", "liabilities"))
"""What an account's id may begin with that says already which kind of account it is."""

Spelling = Callable[[str], str]
"""What a program allows that is the most like a part of a name, which may be empty."""


class Names:
    """The names of accounts and categories in one file.

    Args:
        spelling: of the parts of a name between colons.

    Attributes:
        changed: an account whose name is not simply its id, with that name; None for none.
        changes: how many there are.
        changed_categories: those whose name is not simply theirs, with the first one of each.
    """

    def __init__(self, spelling: Spelling) -> None:
        self._spelling = spelling
        self._given: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self.changed: tuple[str, str] | None = None
        self.changes = 0
        self.changed_categories: dict[str, str] = {}

    def account(self, account_id: str) -> str:
        """The name of an account, which is an asset unless its id says that it is a liability."""
        given = self._given.get((ASSETS, account_id))
        if given is not None:
            return given
        first, _, rest = account_id.partition(":")
        root = first.capitalize() if rest and first.lower() in _KEPT_ROOTS else ""
        name = self._name(root or ASSETS, ASSETS, account_id, rest if root else account_id)
        if name not in (account_id, f"{ASSETS}:{account_id}"):
            self.changes += 1
            self.changed = self.changed or (account_id, name)
        return name

    def category(self, root: str, category: str) -> str:
        """The name of a category; empty for none.

        Args:
            root: what it is a part of, such as ``Expenses``.
        """
        given = self._given.get((root, category))
        if given is not None:
            return given
        plain = category or UNCATEGORIZED
        name = self._name(root, root, category, plain)
        if name != f"{root}:{plain}":
            self.changed_categories.setdefault(category, name)
        return name

    def _name(self, root: str, kind: str, original: str, rest: str) -> str:
        plain = ":".join((root, *map(self._spelling, rest.split(":"))))
        name, number = plain, 1
        while name in self._taken:
            number += 1
            name = f"{plain}-{number}"
        self._taken.add(name)
        self._given[kind, original] = name
        return name
