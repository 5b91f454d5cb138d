"""The elements of an OFX file, of version 1 (SGML) or 2 (XML).

In version 1 an element with a value has no closing tag, and banks are careless in version 2. What
can be relied on are the aggregates, which hold others, and of these only few matter: so they are
known by name, and each other tag is a value of the aggregate that it stands in. An empty value then
is nothing, and swallows nothing of what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Final

from ledger.bank_statements.formats.source import AGAIN, cut_off, quoted, unreadable

_TOKEN: Final = re.compile(
    r"<(?P<end>/?)(?P<tag>[A-Za-z][\w.-]*)\s*(?P<empty>/?)>"
    r"|<!\[CDATA\[(?P<cdata>[^\[\]]*)\]\]>|<\?[^<>]*\?>",
    re.ASCII,
)
_ENTITY: Final = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
_AGGREGATES: Final = frozenset(
    (
        *("OFX", "STMTRS", "CCSTMTRS", "INVSTMTRS", "STATUS", "BANKACCTFROM", "CCACCTFROM"),
        *("BANKTRANLIST", "BANKTRANLISTP", "STMTTRN", "STMTTRNP", "PAYEE", "LEDGERBAL"),
        *("AVAILBAL", "BALLIST", "BAL", "CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO"),
    )
)
_DEEPEST: Final = 50
"""Aggregates inside of one another, of those that are known."""
_MOST_TAGS: Final = 200_000
"""From one transaction to the next; a bank has some hundreds, and one transaction some thirty."""
_ONCE: Final = frozenset(("TRNAMT", "DTPOSTED", "BALAMT", "ACCTID", "CURDEF"))
"""Values that decide: two of them in one aggregate mean that a tag between them was lost."""


class Aggregate:
    """An element that holds values by their tags, and other aggregates."""

    __slots__ = ("depth", "inside", "line", "parts", "tag", "values")

    def __init__(self, tag: str, line: int, inside: Aggregate | None) -> None:
        self.tag = tag
        self.line = line
        self.inside = inside
        self.depth: int = inside.depth + 1 if inside else 0
        self.values: dict[str, str] = {}
        self.parts: dict[str, Aggregate] = {}

    def value(self, *tags: str) -> str:
        """The value of the first of the tags that has one; empty where none has."""
        return next((self.values[tag] for tag in tags if tag in self.values), "")


def read_elements(text: str) -> Iterator[Aggregate]:
    """The aggregates of a file, each at its end; those within one come before it.

    Raises:
        InvalidLine: the file is cut off, or its tags contradict each other.
    """
    reader = _Reader()
    text = _without_comments(text)
    begun = re.search(r"<OFX\s*>", text, re.IGNORECASE)
    place = begun.start() if begun else len(text)
    early = next((each for each in _TOKEN.finditer(text, 0, place) if each["tag"]), None)
    if early is not None:
        raise unreadable(
            f"{quoted(early[0])} stands before the first element (<OFX>)",
            text.count("\n", 0, early.start()) + 1,
        )
    line = text.count("\n", 0, place) + 1
    tags = 0
    for token in _TOKEN.finditer(text, place):
        between = text[place : token.start()]
        if between and not between.isspace():
            reader.text(between, line)
        line += text.count("\n", place, token.end())
        place = token.end()
        if token["cdata"] is not None:
            reader.text(token["cdata"].replace("&", "&amp;"), line)
        elif token["tag"] is not None:
            tag = token["tag"].upper()
            tags = 0 if tag in ("STMTTRN", "STMTTRNP") else tags + 1
            if tags > _MOST_TAGS:
                raise unreadable(
                    f"there are over {_MOST_TAGS:,} tags here without a transaction (STMTTRN)",
                    line,
                    AGAIN,
                )
            if token["end"]:
                yield from reader.end(tag, line)
            elif not token["empty"]:
                yield from reader.start(tag, line)
            else:
                reader.end_value(line)
        if reader.is_complete:
            break
    rest = text[place:].strip()
    if not reader.is_complete:
        raise cut_off("its last element (</OFX>) is missing", text.count("\n") + 1)
    if rest:
        raise unreadable(f"there is something after the end of the file: {quoted(rest)}", line)


def _without_comments(text: str) -> str:
    """The text with only the line ends of its comments, which may have elements in them."""
    pieces = []
    place = 0
    while (begun := text.find("<!--", place)) >= 0:
        end = text.find("-->", begun)
        if end < 0:
            break
        pieces += [text[place:begun], "\n" * text.count("\n", begun, end)]
        place = end + len("-->")
    return "".join((*pieces, text[place:])) if pieces else text


class _Reader:
    def __init__(self) -> None:
        self._open: Aggregate | None = None
        self._value: tuple[str, int] | None = None
        self._text: list[str] = []
        self.is_complete = False

    def text(self, text: str, line: int) -> None:
        if self._value is None:
            line += text[: len(text) - len(text.lstrip())].count("\n")
            raise unreadable(f"{quoted(text.strip())} does not belong to any element", line)
        self._text.append(text)

    def start(self, tag: str, line: int) -> Iterator[Aggregate]:
        self.end_value(line)
        if tag not in _AGGREGATES:
            self._value = tag, line
            return
        if tag.startswith("STMTTRN") and self._open is not None and self._open.tag == tag:
            yield from self.end(tag, line)  # its closing tag was left out
        if tag in ("STMTRS", "CCSTMTRS", "OFX") and self._inside(tag):
            raise unreadable(f"there is a <{tag}> inside of another", line)
        self._open = Aggregate(tag, line, self._open)
        if self._open.depth > _DEEPEST:
            raise unreadable("the elements are too deep inside of one another", line)

    def end(self, tag: str, line: int) -> Iterator[Aggregate]:
        self.end_value(line)
        if tag not in _AGGREGATES:
            return
        if not self._inside(tag):
            raise unreadable(f"</{tag}> ends an element that has not begun", line)
        while self._open is not None:
            ended, self._open = self._open, self._open.inside
            if self._open is not None and ended.tag not in ("STMTTRN", "STMTTRNP"):
                self._open.parts[ended.tag] = ended
            yield ended
            if ended.tag == tag:
                break
        self.is_complete = self._open is None

    def end_value(self, line: int) -> None:
        """Keep the value that ends here, if there is one."""
        if self._value is None:
            return
        (tag, begun), self._value = self._value, None
        text = " ".join(_unescaped("".join(self._text)).split())
        self._text.clear()
        if not text or self._open is None:
            return
        values = self._open.values
        if tag in _ONCE and tag in values:
            raise unreadable(f"there are two {tag} in one {self._open.tag}", begun)
        if tag == "TRNAMT" and not self._open.tag.startswith("STMTTRN"):
            raise unreadable("there is a TRNAMT outside of any STMTTRN", begun)
        values.setdefault(tag, text)

    def _inside(self, tag: str) -> bool:
        each = self._open
        while each is not None and each.tag != tag:
            each = each.inside
        return each is not None


def _unescaped(text: str) -> str:
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if not name.startswith("#"):
        return html5.get(f"{name};", found[0])
    number = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    if number < 32 or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        return " "
    return chr(number)
