"""Entries of bank statements that 0.1 imported are known again, wherever they were read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger import Ledger
from ledger.bank_statements.matching.deduplication import key_prefix
from ledger.domain.events import MoneyDeposited
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.statement_keys import content_hash_in, moment_of
from ledger.migration.statement_keys import StatementKeys
from tests.support.format1.writing import event
from tests.unit.migration.conftest import MakeSource, opening, stored

WORDS = "Müller  &\tSÖHNE"
AMOUNT = 425

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def content_hash(moment: date, amount: int = AMOUNT, words: str = "müller & söhne") -> str:
    """As 0.1 made it; the words without differences of spaces and case."""
    content = f"{moment.isoformat()}\n{amount}\n{words}"
    return sha256(content.encode()).hexdigest()[:32]


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


DAY = date(2024, 3, 31)

MOMENTS = [
    *(
        (DAY, datetime.combine(DAY, time(), ZoneInfo(zone)))
        for zone in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu",
                     "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe")
    ),
    # A day without a midnight: it begins at one o'clock.
    (date(2018, 11, 4), datetime(2018, 11, 4, 1, tzinfo=ZoneInfo("America/Sao_Paulo"))),
    (naive("2024-07-01T10:30"), datetime(2024, 7, 1, 10, 30, tzinfo=ZoneInfo("Asia/Tokyo"))),
    (naive("2024-07-01T10:30:00.000005"), datetime(2024, 7, 1, 8, 30, 0, 5, tzinfo=UTC)),
    *(
        (datetime.fromisoformat(text), datetime.fromisoformat(text))
        for text in ("2024-07-01T10:30:00+02:00", "2024-07-01T10:30:00+00:00",
                     "2024-07-01T10:30:00-09:30")
    ),
]  # fmt: skip


@pytest.mark.parametrize("likely", [0, 2, -7])
@pytest.mark.parametrize(("written", "happened"), MOMENTS)
def test_the_date_in_the_statement_is_found_from_the_hash(
    written: date, happened: datetime, likely: int
) -> None:
    found = moment_of(
        content_hash(written),
        effective_at=instant(happened),
        amount=AMOUNT,
        description=WORDS,
        opened_at=0,
        likely=timedelta(hours=likely),
    )
    assert found == written.isoformat()


@pytest.mark.parametrize("written", [DAY, naive("2024-03-31T08:01:59"), naive("2024-03-31T00:00")])
def test_what_was_dated_at_the_opening_is_found_too(written: date) -> None:
    opened_at = instant(datetime(2024, 3, 31, 9, 12, 13, 14, tzinfo=UTC))
    found = moment_of(
        content_hash(written),
        effective_at=opened_at,
        amount=AMOUNT,
        description=WORDS,
        opened_at=opened_at,
        likely=timedelta(hours=1),
    )
    assert found == written.isoformat()


@pytest.mark.parametrize("changed", [{"amount": 424}, {"description": "Müller"}])
def test_an_edited_line_has_no_date_that_gives_the_hash(changed: dict[str, Any]) -> None:
    content: dict[str, Any] = {"amount": AMOUNT, "description": WORDS} | changed
    at = instant(datetime(2024, 3, 31, tzinfo=UTC))
    found = moment_of(
        content_hash(DAY), effective_at=at, opened_at=0, likely=timedelta(), **content
    )
    assert found is None


def test_the_ends_of_the_calendar_are_no_obstacle() -> None:
    for happened in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert (
            moment_of(
                content_hash(DAY),
                effective_at=instant(happened),
                amount=AMOUNT,
                description=WORDS,
                opened_at=0,
                likely=timedelta(),
            )
            is None
        )


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        (f"import:a:{'0f' * 16}:1", True),
        (f"import:a:{'0f' * 16}:12", True),
        (f"import:b:{'0f' * 16}:1", False),
        (f"import:a:{'0F' * 16}:1", False),
        (f"import:a:{'0f' * 15}:1", False),
        (f"import:a:{'0f' * 16}", False),
        (f"import:a:{'0f' * 16}:x", False),
        (f"my import:a:{'0f' * 16}:1", False),
        ("rent 2024-03", False),
    ],
)
def test_which_keys_are_an_imports(key: str, is_one: bool) -> None:
    assert content_hash_in(key, "a") == ("0f" * 16 if is_one else "")


def test_an_account_id_may_look_like_anything() -> None:
    assert content_hash_in(f"import:a:b:1:{'0f' * 16}:1", "a:b:1") == "0f" * 16


def imported(position: int, moment: date, words: str, occurrence: int = 1, **fields: Any) -> Any:
    happened = datetime.combine(moment, time(), ZoneInfo("Europe/Berlin"))
    digest = content_hash(moment, AMOUNT, " ".join(words.casefold().split()))
    data = {"amount": AMOUNT, "currency": "USD", "description": words, **fields}
    metadata = {
        "actor": "ana",
        "command": "deposit",
        "correlation_id": "run",
        "idempotency_key": f"import:a:{digest}:{occurrence}",
        "request": {"command": "deposit", "account": "a", "amount": "4.25", "description": words},
    }
    return event(
        position,
        data=json.dumps(data, separators=(",", ":"), ensure_ascii=False),
        metadata=json.dumps(metadata, separators=(",", ":"), ensure_ascii=False),
        effective_at=instant(happened),
        recorded_at=instant(datetime(2024, 5, 1, tzinfo=UTC)) + position,
    )


STATEMENT = (
    b"Date,Description,Amount\n"
    b"2024-03-30,Coffee,4.25\n"
    b"2024-03-31,Coffee,4.25\n"
    b"2024-03-31,Coffee,4.25\n"
    b"2024-03-31,Tea,4.25\n"
    b"2024-04-01,Coffee,4.25\n"
)


@pytest.fixture
def of_bank() -> list[Format1Event]:
    """What 0.1 recorded of the statement, but for its last line."""
    return [
        imported(2, date(2024, 3, 30), "Coffee"),
        imported(3, DAY, "Coffee"),
        imported(4, DAY, "Coffee", 2),
        imported(5, DAY, "Tea"),
    ]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_the_same_statement_again_adds_nothing_twice(
    source: MakeSource, tmp_path: Path, of_bank: list[Format1Event], zone: str
) -> None:
    Ledger.migrate(source([opening(1), *of_bank]), tmp_path / "new.db", time_zone=zone)
    with Ledger.open(tmp_path / "new.db", create=False) as ledger:
        report = ledger.import_statement("a", STATEMENT)
        assert (report.already_there, report.imported) == (4, 1)
        report = ledger.import_statement("a", STATEMENT)
        assert (report.already_there, report.imported) == (5, 0)
        assert ledger.verify().clean


def test_the_keys_are_those_of_today_without_a_digest(
    source: MakeSource, tmp_path: Path, of_bank: list[Format1Event]
) -> None:
    old = source([opening(1), *of_bank])
    Ledger.migrate(old, tmp_path / "new.db", time_zone="Europe/Berlin")
    log = stored(tmp_path / "new.db")[3:]
    assert [each["metadata"]["idempotency_key"] for each in log] == [
        key_prefix("a", date(2024, 3, 30), AMOUNT) + "1",
        *(key_prefix("a", DAY, AMOUNT) + str(number) for number in (1, 2, 3)),
    ]
    assert not [each for each in log if "via" in each["metadata"]]
    left = json.dumps(log)
    for each in of_bank:
        assert json.loads(each.metadata)["idempotency_key"].split(":")[2] not in left


def test_an_edited_line_counts_as_one_of_its_date_and_amount(
    source: MakeSource, tmp_path: Path
) -> None:
    edited = imported(2, DAY, "Coffee", 1, description="Coffee with Ben")
    Ledger.migrate(source([opening(1), edited]), tmp_path / "new.db", time_zone="Europe/Berlin")
    assert stored(tmp_path / "new.db")[-1]["metadata"]["via"] == "batch"
    with Ledger.open(tmp_path / "new.db", create=False) as ledger:
        statement = b"Date,Description,Amount\n2024-03-31,Coffee,4.25\n2024-04-02,x,1.00\n"
        report = ledger.import_statement("a", statement)
        assert (report.already_there, report.imported) == (1, 1)


def test_a_key_moves_with_its_event() -> None:
    keys = StatementKeys("Europe/Berlin")
    found = keys.todays_key(
        imported(2, DAY, "Coffee"), MoneyDeposited(AMOUNT, "USD", "Coffee"), "b"
    )
    assert found == (key_prefix("b", DAY, AMOUNT) + "1", True)
