"""Files of an archive, as they were first written, are read for ever.

They hold the first sixty events of the golden export of format 2, in blocks of ten.
Another zlib may pack the same lines otherwise: how they are packed is not compared.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.eventstore.archive.records import SegmentRecord
from ledger.eventstore.archive.segments import Segment
from tests.support.eventstore.golden_log import EVENTS, LEDGER_ID, head_at

KEPT = Path(__file__).parent / "archive"

FILES = {
    (1, 30): (
        "2acc2760-000000000001-000000000030-f40eff2a.jsonl.gz",
        "18cef3f9b0eed9fd79c96620fc5c8b86834f8e55bbdf775c0f242338f8b55b12",
    ),
    (31, 60): (
        "2acc2760-000000000031-000000000060-a7655a54.jsonl.gz",
        "426695eff75b5f7a2c582960b8697b9fc8b1b9ddd9a27a173c526355bc9be25a",
    ),
}


@pytest.mark.parametrize(("first", "last"), FILES)
def test_a_segment_is_read_as_it_was_written(first: int, last: int) -> None:
    file, manifest = FILES[first, last]
    end = head_at(last)
    record = SegmentRecord(
        first,
        last,
        head_at(first - 1).hash,
        end.hash,
        end.recorded_us,
        file,
        str(KEPT),
        bytes.fromhex(manifest),
    )
    segment = Segment(str(KEPT), record, LEDGER_ID)
    try:
        segment.check()
        assert list(segment.read()) == EVENTS[first - 1 : last]
        for stream_id in segment.manifest.streams:
            own = [event for event in EVENTS[first - 1 : last] if event.stream_id == stream_id]
            assert list(segment.read_stream(stream_id)) == own
    finally:
        segment.close()
