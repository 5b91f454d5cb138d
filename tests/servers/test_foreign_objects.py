"""What somebody else puts into the schema of a ledger: nothing is lost by it, and it is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from ledger import Ledger
from ledger.errors import DamagedLedger

pytestmark = pytest.mark.servers

LOSE_ROWS = (
    "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
    "CREATE TRIGGER nope BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION lose()"
)


@pytest.fixture
def place(postgresql_url: str) -> str:
    """A small ledger."""
    with Ledger.open(postgresql_url) as ledger:
        ledger.open_account("bank", "Ana", initial_balance="100", at="2026-01-01")
        ledger.open_account("cash", "Ana", at="2026-01-01")
    return postgresql_url


@pytest.fixture
def admin(place: str) -> Iterator[psycopg.Connection[Any]]:
    """The owner's own connection to the schema."""
    with psycopg.connect(place, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "table", ["events", "streams", "idempotency_keys", "projections", "account_balances"]
)
def test_a_write_of_which_a_row_is_kept_out_is_undone_as_a_whole(
    place: str, admin: psycopg.Connection[Any], table: str
) -> None:
    with Ledger.open(place) as ledger:
        before = ledger.head()
        admin.execute(LOSE_ROWS.format(table))  # after it was opened, which would refuse it
        with pytest.raises(DamagedLedger, match="kept out"):
            ledger.open_account("new", "Ben", initial_balance="5", idempotency_key="k")
        with pytest.raises(DamagedLedger, match="kept out"):  # where rows are copied
            ledger.batch(
                b'{"command":"open","account":"new%d","owner":"Ben","idempotency_key":"k%d"}'
                % (number, number)
                for number in range(20)
            )
        admin.execute(f"DROP TRIGGER nope ON {table}")
        assert ledger.head() == before
        assert ledger.verify(workers=1).clean
        ledger.open_account("new", "Ben", initial_balance="5", idempotency_key="k")


FOREIGN = {
    "trigger nope on events": LOSE_ROWS.format("events"),
    "trigger nope on account_balances": LOSE_ROWS.format("account_balances"),
    "trigger events_are_never_updated on events": (
        "DROP TRIGGER events_are_never_updated ON events; "
        "CREATE TRIGGER events_are_never_updated BEFORE INSERT ON events "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    ),
    "rule nope on idempotency_keys": (
        'CREATE RULE "nope" AS ON INSERT TO idempotency_keys DO INSTEAD NOTHING'
    ),
    "row security of streams": "ALTER TABLE streams ENABLE ROW LEVEL SECURITY",
    "table more, of which events": "CREATE TABLE more () INHERITS (events)",
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_would_meddle_with_the_ledger_is_refused_and_the_hint_takes_it_away(
    place: str, admin: psycopg.Connection[Any], what: str
) -> None:
    with Ledger.open(place) as ledger:
        head = ledger.head()
    admin.execute(FOREIGN[what])
    with pytest.raises(DamagedLedger, match=f"the {what}") as refused:
        Ledger.open(place)
    start, _, statement = (refused.value.advice or "").partition(": ")
    assert start == "have the schema's owner run"
    admin.execute(statement)
    with Ledger.open(place) as ledger:
        assert ledger.head() == head


def test_a_view_in_the_place_of_a_table_is_refused(
    place: str, admin: psycopg.Connection[Any]
) -> None:
    admin.execute("ALTER TABLE snapshots RENAME TO old; CREATE VIEW snapshots AS SELECT * FROM old")
    with pytest.raises(DamagedLedger, match="the view snapshots was not made by ledger"):
        Ledger.open(place)
    admin.execute("DROP VIEW snapshots; DROP TABLE projections")
    with pytest.raises(DamagedLedger, match="projections"):
        Ledger.open(place)


def told(place: str) -> tuple[list[str], list[str]]:
    """What a verification finds, and what it notes."""
    with Ledger.open(place, as_it_is=True) as ledger:
        found = ledger.verify(workers=1)
    return [each.message for each in found.findings], list(found.notes)


@pytest.mark.parametrize("what", FOREIGN)
def test_what_would_meddle_with_the_ledger_is_found_and_a_repair_takes_it_away(
    place: str, admin: psycopg.Connection[Any], what: str
) -> None:
    admin.execute(FOREIGN[what])
    assert any(message.startswith(f"the {what}") for message in told(place)[0]), told(place)
    repaired = Ledger.diagnose(place, repair=True)
    assert repaired.sound, repaired
    assert repaired.repaired
    assert told(place)[0] == []


ALTERED = {
    "the view account_owners differs": (
        "CREATE OR REPLACE VIEW account_owners AS SELECT 1 AS stream_no, 1 AS version, "
        "text 'Eve' COLLATE \"C\" AS owner"
    ),
    "the view accounts differs": "ALTER VIEW accounts RENAME COLUMN balance TO was",
    "the view entries is missing": "DROP VIEW entries",
    "the function minor_text(bigint, bigint) differs": (
        "CREATE OR REPLACE FUNCTION minor_text(bigint, bigint) RETURNS text LANGUAGE sql "
        "IMMUTABLE PARALLEL SAFE AS 'SELECT text ''1000000.00'' '"
    ),
    "the function refuse_change() differs": (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN RETURN NULL; END'"
    ),
    "the operator ->>(text,text) is missing": "DROP OPERATOR ->> (text, text)",
    "the trigger events_are_never_deleted differs": (
        "ALTER TABLE events DISABLE TRIGGER events_are_never_deleted"
    ),
    "the trigger streams_are_never_updated is missing": (
        "DROP TRIGGER streams_are_never_updated ON streams"
    ),
    "the trigger archive_is_never_changed is missing": (
        "DROP TRIGGER archive_is_never_changed ON archive"
    ),
    "the index events_backdated is missing": "DROP INDEX events_backdated",
    "the type entry_then is missing": "DROP TYPE entry_then CASCADE",
    "the type held_then differs": "ALTER TYPE held_then DROP ATTRIBUTE decimals",
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_is_found_and_made_anew(
    place: str, admin: psycopg.Connection[Any], what: str
) -> None:
    admin.execute(ALTERED[what])
    findings, _ = told(place)
    assert any(message.startswith(what) for message in findings), findings
    repaired = Ledger.diagnose(place, repair=True)
    assert repaired.sound, repaired
    assert told(place)[0] == []
    with Ledger.open(place) as ledger, ledger.sql("SELECT balance FROM accounts") as answer:
        assert sorted(answer.rows) == [("0.00",), ("100.00",)]


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("the table events differs", "ALTER TABLE events ALTER recorded_at DROP NOT NULL"),
        ("the table events differs", "ALTER TABLE events SET UNLOGGED"),
        (
            "the constraint events_stream_no_version_key is missing",
            "ALTER TABLE events DROP CONSTRAINT events_stream_no_version_key",
        ),
    ],
)
def test_what_cannot_be_made_anew_is_said(
    place: str, admin: psycopg.Connection[Any], what: str, change: str
) -> None:
    admin.execute(change)
    found = Ledger.diagnose(place, repair=True)
    assert not found.sound
    assert any(problem.message.startswith(what) for problem in found.problems), found


def test_what_is_there_besides_is_noted(place: str, admin: psycopg.Connection[Any]) -> None:
    admin.execute(
        "CREATE TABLE mine (x int PRIMARY KEY); CREATE INDEX fast ON events (recorded_at); "
        "CREATE VIEW more AS SELECT * FROM mine"
    )
    findings, notes = told(place)
    assert findings == []
    assert "in the schema, and not ledger's: index fast, table mine, view more" in notes
    with Ledger.open(place) as ledger:
        ledger.deposit("bank", "1")
