"""Receipts: what is kept of a file that proves an entry.

Not its name or its place, which may change and may be personal, and not its content: its size and
its SHA-256, by which the file is known again wherever it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec

from ledger.errors import InvalidReceipt

MAX_RECEIPTS: Final = 20
MAX_RECEIPT_SIZE: Final = 2**63 - 1

_DIGITS: Final = frozenset("0123456789abcdef")
_DIGEST_LENGTH: Final = 64


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """A file, known by its content.

    Attributes:
        size: bytes; at least 1, because all empty files are the same and prove nothing.
        sha256: 64 hex digits in lower case.
    """

    size: int
    sha256: str


def check_receipts(receipts: Sequence[Receipt]) -> tuple[Receipt, ...]:
    """Give an entry's receipts as they are stored: by digest, so that equal sets are equal bytes.

    Raises:
        InvalidReceipt: one cannot be of a file, two are of the same content, or there are more
            than 20.
    """
    if not receipts:
        return ()
    checked = sorted(map(check_receipt, receipts), key=_digest)
    if len(checked) > MAX_RECEIPTS:
        raise InvalidReceipt(
            f"there are {len(checked)} receipts, and {MAX_RECEIPTS} are the most on an entry",
            advice="put files that belong together into one",
            receipts=len(checked),
        )
    for former, latter in pairwise(checked):
        if former.sha256 == latter.sha256:
            raise InvalidReceipt(
                f"two receipts have the same SHA-256, {latter.sha256}",
                advice="name each file once, and of copies only one",
                sha256=latter.sha256,
            )
    return tuple(checked)


def check_receipt(receipt: Receipt) -> Receipt:
    """Give a receipt back, or refuse it.

    Raises:
        InvalidReceipt: its size is not 1 to 2**63-1, or its digest is not 64 hex digits in lower
            case.
    """
    size, digest = receipt.size, receipt.sha256
    if type(size) is not int or not 1 <= size <= MAX_RECEIPT_SIZE:
        raise InvalidReceipt(
            f"{ascii(size)[:60]} cannot be the size of a receipt",
            advice="give the file's size in bytes; an empty file is no receipt",
            size=size,
        )
    if type(digest) is not str or len(digest) != _DIGEST_LENGTH or not _DIGITS.issuperset(digest):
        raise InvalidReceipt(
            f"{ascii(digest)[:80]} is not a SHA-256",
            advice=f"write its {_DIGEST_LENGTH} hex digits in lower case",
            sha256=digest,
        )
    return receipt


def _digest(receipt: Receipt) -> str:
    return receipt.sha256
