"""Layouts of real banks with invented data, and what is right for each."""

from __future__ import annotations

from typing import NamedTuple


class Layout(NamedTuple):
    """A bank's file.

    Attributes:
        currency: of the account.
        text: the file.
        right: an entry a line: day, amount, description.
    """

    currency: str
    text: str
    right: str

    @property
    def content(self) -> bytes:
        return self.text.lstrip("\n").encode()

    @property
    def entries(self) -> list[tuple[str, str, str]]:
        lines = (line.split(" ", 2) for line in self.right.strip().splitlines())
        return [(day, amount, rest[0] if rest else "") for day, amount, *rest in lines]
