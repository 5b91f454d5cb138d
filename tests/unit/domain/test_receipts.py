from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import pytest

from ledger.domain.receipts import MAX_RECEIPTS, Receipt, check_receipt, check_receipts
from ledger.errors import InvalidReceipt

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def receipts(count: int) -> list[Receipt]:
    return [
        Receipt(number + 1, sha256(str(number).encode()).hexdigest()) for number in range(count)
    ]


def test_a_receipt_is_a_size_and_a_digest() -> None:
    receipt = Receipt(4, DIGEST)
    assert check_receipt(receipt) is receipt
    assert msgspec.json.encode(receipt) == b'{"size":4,"sha256":"%s"}' % DIGEST.encode()
    assert {receipt: 1}[Receipt(4, DIGEST)] == 1


def test_receipts_are_sorted_so_that_equal_sets_have_equal_bytes() -> None:
    some = receipts(9)
    assert check_receipts(some) == check_receipts(some[::-1])
    assert set(check_receipts(some)) == set(some)
    assert msgspec.json.encode(check_receipts(some)) == msgspec.json.encode(
        sorted(some, key=lambda receipt: receipt.sha256)
    )


def test_no_receipts_are_allowed() -> None:
    assert check_receipts(()) == ()


def test_an_entry_has_20_receipts_at_most() -> None:
    assert len(check_receipts(receipts(MAX_RECEIPTS))) == 20
    with pytest.raises(InvalidReceipt, match=r"^there are 21 receipts, and 20 are the most") as at:
        check_receipts(receipts(MAX_RECEIPTS + 1))
    assert at.value.advice


@pytest.mark.parametrize("other_size", [4, 5])
def test_the_same_content_twice_is_refused(other_size: int) -> None:
    some = [*receipts(3), Receipt(4, DIGEST), *receipts(5)[3:], Receipt(other_size, DIGEST)]
    with pytest.raises(InvalidReceipt, match="two receipts have the same SHA-256") as refusal:
        check_receipts(some)
    assert refusal.value.details["sha256"] == DIGEST
    assert refusal.value.advice


@pytest.mark.parametrize("size", [0, -1, 2**63, True, 4.0, "4", None])
def test_a_size_is_a_count_of_bytes(size: Any) -> None:
    with pytest.raises(InvalidReceipt, match="cannot be the size of a receipt") as refusal:
        check_receipts([Receipt(size, DIGEST)])
    assert refusal.value.advice
    assert refusal.value.message.isprintable()


def test_a_receipt_may_be_as_large_as_a_file_can_be() -> None:
    assert check_receipts([Receipt(1, DIGEST)])
    assert check_receipts([Receipt(2**63 - 1, DIGEST)])


@pytest.mark.parametrize(
    "digest",
    [
        "",
        DIGEST[:-1],
        DIGEST + "0",
        DIGEST.upper(),
        DIGEST[:-1] + "g",
        DIGEST[:-1] + "\n",
        DIGEST[:-1] + "٣",
        " " + DIGEST[1:],
        bytes.fromhex(DIGEST),
        None,
    ],
)
def test_a_digest_is_64_lower_case_hex_digits(digest: Any) -> None:
    with pytest.raises(InvalidReceipt, match="is not a SHA-256") as refusal:
        check_receipts([Receipt(4, digest)])
    assert "64 hex digits" in refusal.value.advice
    assert refusal.value.message.isprintable()
