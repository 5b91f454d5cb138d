"""The row about streams of which much was recorded late."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from random import Random

from tests.benchmarks import product
from tests.benchmarks.bench import Bench
from tests.benchmarks.material import OPENED, account_id, batch_lines, moment, openings
from tests.benchmarks.report import Beside, Measurement, duration, slower
from tests.benchmarks.rounds import Side, interleave, plain


def backdated(bench: Bench) -> Iterator[Measurement]:
    """questions where a third is backdated and the opening was moved, beside a plain fold"""
    count = bench.size(40_000)
    account, as_of = account_id(0), moment(count * 3 // 4)
    with bench.scratch() as folder:
        path = product.make(
            folder / "late.db", openings(1), batch_lines(count, 1, dated=True), _late(count)
        )
        with product.open_ledger(path) as ledger:
            product.open_earlier(ledger, account, OPENED.replace(year=2019).isoformat())
            fold = plain(product.plain_fold(ledger, account, as_of))
            for name, ask in product.questions_of_a_period(account, as_of, moment(0)).items():
                sides = [Side(plain(partial(ask, ledger))), Side(fold)]
                samples = interleave(sides, bench.rounds, warm=True)
                yield Measurement(
                    f"{name} of {count * 3 // 2 + 2:,} events",
                    "a third of them backdated, then an opening moved back; warm",
                    duration(samples[0]),
                    samples[0],
                    [Beside("plain fold from a snapshot", samples[1], slower(clock=2))],
                )


def _late(count: int) -> Iterator[bytes]:
    """Deposits that come late, each at a moment between those of the others."""
    dice = Random(2)
    for number in range(count // 2):
        line = {
            "command": "deposit",
            "account": account_id(0),
            "amount": "1.00",
            "description": f"movement {number:011}",
            "at": moment(dice.randrange(count)).isoformat(),
        }
        yield json.dumps(line).encode() + b"\n"
