"""Python looks for garbage less often during a batch, and as before once it is over."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from ledger import Ledger, LedgerError

OPEN = b'{"command": "open", "account": "a", "owner": "Ana"}'


@pytest.fixture(params=[(700, 10, 10), (0, 10, 10), (90_000, 5, 5)])
def thresholds(request: pytest.FixtureRequest) -> Iterator[tuple[int, int, int]]:
    before, asked = gc.get_threshold(), request.param
    gc.set_threshold(*asked)
    yield asked
    gc.set_threshold(*before)


def test_it_is_as_before_afterwards(ledger: Ledger, thresholds: tuple[int, int, int]) -> None:
    during: list[tuple[int, int, int]] = []
    ledger.batch([OPEN], lambda line, outcome: during.append(gc.get_threshold()))
    first = thresholds[0]
    assert during == [(first and max(first, 50_000), *thresholds[1:])]
    assert gc.get_threshold() == thresholds
    with pytest.raises(LedgerError):
        ledger.batch([OPEN])
    assert gc.get_threshold() == thresholds
