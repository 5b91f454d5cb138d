"""Looking for texts in files, in whatever form they may be there."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Iterator
from unicodedata import normalize

FILES = ("", "-wal", "-shm", "-journal")
"""What the names of a ledger's files end with."""


def forms(text: str) -> Iterator[bytes]:
    """A text as it may be stored: in any Unicode encoding and form, in JSON, hex and base64."""
    for spelling in {text, normalize("NFC", text), normalize("NFD", text), text.casefold()}:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1"):
            try:
                encoded = spelling.encode(encoding)
            except UnicodeEncodeError:  # so it cannot be there
                continue
            yield encoded
            yield encoded.hex().encode()
            yield encoded.hex().upper().encode()
            # Whatever stands before it, one of three alignments has its middle.
            for padding in range(3):
                middle = base64.b64encode(bytes(padding) + encoded)[4:-4]
                if len(middle) >= 8:
                    yield middle
        yield json.dumps(spelling)[1:-1].encode()
        yield json.dumps(spelling)[1:-1].upper().encode()


def traces_in(content: bytes, texts: Iterable[str]) -> set[str]:
    """The texts of which there is any form."""
    return {text for text in texts if any(form in content for form in forms(text))}


def content_of(path: str) -> bytes:
    """The bytes of a ledger's files. To be called while this process does not have it open."""
    content = b""
    for suffix in FILES:
        if os.path.exists(path + suffix):
            with open(path + suffix, "rb") as file:
                content += file.read()
    return content


def traces(path: str, texts: Iterable[str]) -> set[str]:
    """The texts of which there is any form in a ledger's files."""
    return traces_in(content_of(path), texts)
