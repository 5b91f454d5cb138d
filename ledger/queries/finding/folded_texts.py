"""Texts as they are compared where capitals and Unicode's ways to write the same do not matter."""

from __future__ import annotations


def folded(text: str) -> str:
    """A text in the form in which all texts that count as equal are the same.

    It is Unicode's caseless matching of canonically equal texts, so that ``Straße`` is found as
    ``STRASSE``, and an ``é`` of one character as one of two. An ``İ`` is found as ``i``, too: its
    dot is no other letter to those who type one.
    """
    if text.isascii():
        return text.lower()
    from unicodedata import normalize

    apart = normalize("NFD", normalize("NFD", text).casefold())
    return normalize("NFC", apart.replace("i\u0307", "i"))
