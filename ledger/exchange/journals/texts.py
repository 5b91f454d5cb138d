"""Texts that can be had back exactly from where they had to be changed."""

from __future__ import annotations


def quoted(text: str) -> str:
    """The text as a JSON string of ASCII alone."""
    from json.encoder import encode_basestring_ascii

    return encode_basestring_ascii(text)
