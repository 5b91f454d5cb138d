"""The elements of an ISO 20022 message, one entry at a time.

The XML is read by defusedxml: no document type, no entities, nothing from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from sys import intern
from types import MappingProxyType
from typing import Any, Final

from ledger.bank_statements.formats.source import AGAIN, quoted, unreadable
from ledger.errors import InvalidLine, LedgerError

STATEMENT: Final = "BkToCstmrStmt"
REPORT: Final = "BkToCstmrAcctRpt"
NOTIFICATION: Final = "BkToCstmrDbtCdtNtfctn"
_ACCOUNTS: Final = {STATEMENT: "Stmt", REPORT: "Rpt"}
_PARTS: Final = ("Acct", "Bal", "Ntry")
_DEEPEST: Final = 100
"""Elements inside of one another; a message has some fifteen."""
_MOST_ELEMENTS: Final = 1_000_000
"""In one entry; one of forty thousand payments has as many."""
_NO_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType({})


class Element:
    """An element with its text, or the elements in it."""

    __slots__ = ("attributes", "inner", "line", "tag", "text")

    def __init__(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        self.tag = tag
        self.attributes = attributes or _NO_ATTRIBUTES
        self.line = line
        self.text = ""
        self.inner: Sequence[Element] = ()

    def add(self, element: Element) -> None:
        """Put an element into it."""
        if isinstance(self.inner, list):
            self.inner.append(element)
        else:
            self.inner = [element]

    def all(self, path: str) -> list[Element]:
        """The elements at a path such as ``Id/IBAN``."""
        found = [self]
        for tag in path.split("/"):
            found = [inner for each in found for inner in each.inner if inner.tag == tag]
        return found

    def first(self, *paths: str) -> Element | None:
        """The first element at the first of the paths that leads to one."""
        return next((found[0] for path in paths if (found := self.all(path))), None)

    def text_at(self, *paths: str) -> str:
        """The text at the first of the paths that leads to one; empty where none does."""
        return next((each.text for path in paths for each in self.all(path) if each.text), "")


class Handler:
    """Is told what a message says, in its order."""

    def begin_account(self, kind: str, line: int) -> None:
        """A statement or report (``kind``) of an account begins."""

    def part(self, element: Element) -> None:
        """Its account, a balance of it, or an entry."""

    def end_account(self) -> None:
        """It ends."""


def read_message(content: bytes, handler: Handler) -> None:
    """Read a message.

    Raises:
        InvalidInput: it is not a statement or report, not well-formed, or has a document type.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser, ParseError

    target = _Target(handler)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.line = lambda: parser.parser.CurrentLineNumber
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException:
        raise InvalidLine(
            "the file has a document type or entities of its own, which no bank's statement has",
            advice=f"it is not read, since it could be made to read other files: {AGAIN}",
        ).at_line(target.line()) from None
    except ParseError as error:
        line, _ = error.position
        what = str(error).partition(": line ")[0]
        raise unreadable(f"the file is cut off or damaged: {what}", line, AGAIN) from None
    except (LookupError, ValueError) as error:  # of the encoding that it names
        if isinstance(error, LedgerError):
            raise
        raise InvalidLine("the file is in an encoding that is not known", advice=AGAIN) from None
    if not target.kind:
        raise InvalidLine("the file is XML, but not a statement of ISO 20022", advice=AGAIN)


class _Target:
    """Builds the parts of accounts, and hands each over as it ends."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._path: list[str] = []
        self._open: list[Element] = []
        self._text: list[str] = []
        self._count = 0
        self.kind = ""
        self.line: Callable[[], int] = lambda: 1

    def start(self, name: str, attributes: dict[str, Any]) -> None:
        namespace, _, tag = name.rpartition("}")
        path = self._path
        if len(path) > _DEEPEST:
            raise unreadable("the elements are too deep inside of one another", self.line(), AGAIN)
        if self._open:
            self._end_text()
            self._count += 1
            if self._count > _MOST_ELEMENTS:
                raise unreadable(
                    f"there are over {_MOST_ELEMENTS:,} elements in the <{self._open[0].tag}> of "
                    f"line {self._open[0].line}",
                    self.line(),
                    AGAIN,
                )
            element = Element(intern(tag), attributes, self.line())
            self._open[-1].add(element)
            self._open.append(element)
        elif path and path[-1] == "Document":
            _check_kind(tag, namespace, self.line())
            self.kind = tag
        elif len(path) > 1 and path[-2] == self.kind and path[-1] == _ACCOUNTS.get(self.kind):
            if tag in _PARTS:
                self._count = 0
                self._open.append(Element(tag, attributes, self.line()))
        elif path and path[-1] == self.kind and tag == _ACCOUNTS.get(self.kind):
            self._handler.begin_account(self.kind, self.line())
        path.append(tag)

    def data(self, text: str) -> None:
        if self._open:
            self._text.append(text)

    def end(self, _name: str) -> None:
        path = self._path
        tag = path.pop()
        if self._open:
            element = self._open.pop()
            if element.inner:
                self._end_text()
            else:
                element.text = "".join(self._text).strip()
                self._text.clear()
            if not self._open:
                self._handler.part(element)
        elif path and path[-1] == self.kind and tag == _ACCOUNTS.get(self.kind):
            self._handler.end_account()

    def _end_text(self) -> None:
        """Only the innermost elements have a text."""
        text = "".join(self._text).strip()
        self._text.clear()
        if text:
            raise unreadable(f"{quoted(text)} stands between elements", self.line(), AGAIN)

    def close(self) -> None:
        """Nothing is left to do."""


def _check_kind(tag: str, namespace: str, line: int) -> None:
    if tag in _ACCOUNTS:
        return
    message = namespace.rpartition(":")[2] or tag
    if tag == NOTIFICATION:
        raise InvalidLine(
            f"the file is a notification ({message}) of entries that come again in a statement, "
            "and has no balances to check them by",
            advice="download the statement (camt.053), or the report of the day (camt.052)",
            kind=message,
        ).at_line(line)
    raise InvalidLine(
        f"the file is not a statement of an account but another message of ISO 20022: {message}",
        advice="download the statement (camt.053) from the bank",
        kind=message,
    ).at_line(line)


def texts(elements: list[Element]) -> Iterator[str]:
    """Their texts, without the empty ones."""
    return (each.text for each in elements if each.text)
