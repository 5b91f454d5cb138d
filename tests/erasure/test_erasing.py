"""What an erasure takes away, and what it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest

from ledger import Ledger
from ledger.domain.aggregate import ERASED
from ledger.errors import InvalidAccountId, InvalidText, NoSuchAccount, NotErasable
from ledger.eventstore.records import RecordedEvent
from ledger.projections.projection import Projection, Rows
from tests.support.clock import Clock
from tests.support.erasure.members import (
    ANNE,
    BEN,
    OF_ANNE,
    OF_OTHERS,
    OPENING,
    append,
    texts_of,
    write,
)
from tests.support.program import SAMPLE_DATA


def test_every_text_of_the_account_and_of_its_transfers_goes_and_no_other(members: Ledger) -> None:
    assert texts_of(members) >= {*OF_ANNE, *OF_OTHERS}
    report = members.erase("anne", "asked for it")
    assert texts_of(members) == {*OF_OTHERS, "Turnverein", "asked for it"}
    assert report.texts == 9
    assert report.elsewhere == {"ben": 1, "club": 3}
    assert (report.emptied, report.traces) == ((), None)
    assert report.recorded is not None
    assert report.recorded == list(members.events(raw=True))[-1]


def test_no_answer_shows_them_any_more(members: Ledger) -> None:
    before = members.history("anne")
    amounts = [entry.amount_minor for entry in before.entries]
    members.erase("anne", "asked for it")
    after = members.history("anne")
    assert after.state.owner == ERASED
    assert {entry.description for entry in after.entries} == {"", ERASED, "asked for it"}
    assert [entry.amount_minor for entry in after.entries[:-1]] == amounts
    owners = {row.account_id: row.owner for row in members.accounts()}
    assert owners == {"anne": ERASED, "ben": BEN, "club": "Turnverein"}
    (loan,) = [each for each in members.history("ben").entries if each.counterparty == "anne"]
    assert (loan.description, loan.amount_minor) == (ERASED, -3000)
    assert members.agreement("anne").holds
    assert members.balance("anne").balance.minor_units == before.state.balance_minor


def test_hashes_and_ids_stay(members: Ledger) -> None:
    before = [(each.hash, each.event_id) for each in members.events(raw=True)]
    members.erase("anne", "asked for it")
    after = [(each.hash, each.event_id) for each in members.events(raw=True)]
    assert after[:-1] == before
    assert members.verify(expect_head=f"{len(before)}:{before[-1][0].hex()}", workers=1).clean


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_verify_is_clean_with_any_number_of_workers(members: Ledger, workers: int) -> None:
    members.erase("anne", "asked for it")
    found = members.verify(workers=workers)
    assert found.findings == ()
    assert found.looked_at["erasure"] == 13


def test_snapshots_are_remade_where_they_were(members: Ledger) -> None:
    before = [(each.account_id, each.version) for each in members.snapshots()]
    assert ("anne", 2) in before
    members.erase("anne", "asked for it")
    assert [(each.account_id, each.version) for each in members.snapshots()] == before
    states = [each.state for each in members._store.snapshots.read("anne")]
    assert all(json.loads(state)["owner"] == ERASED for state in states[:-1])
    assert not any(ANNE in state for state in states)


def test_a_snapshot_of_another_fold_goes(members: Ledger) -> None:
    kept = next(members._store.snapshots.read("anne"))
    old = msgspec.structs.replace(kept, version=3, fingerprint="another fold")
    members._store.snapshots.save(old)
    members.erase("anne", "asked for it")
    assert 3 not in [each.version for each in members.snapshots("anne")]


def test_the_event_says_why_and_who_and_when(members: Ledger, clock: Clock) -> None:
    clock.now += 1
    event = members.erase("anne", "asked for it").recorded
    assert event is not None
    assert (event.event_type, event.text) == ("PersonalDataErased", "asked for it")
    assert event.effective_at == event.recorded_at == clock.now
    metadata = json.loads(event.metadata)
    assert metadata["command"] == "erase"
    assert set(metadata) == {"actor", "command", "run"}


def test_the_plan_says_what_will_go_and_changes_nothing(members: Ledger) -> None:
    before = list(members.export_events())
    plan = members.erasure_plan("anne")
    assert list(members.export_events()) == before
    report = members.erase("anne", "asked for it")
    assert (len(plan.own), plan.anything) == (report.texts, True)
    assert {each: len(places) for each, places in plan.elsewhere.items()} == report.elsewhere


def test_subscribers_hear_of_it(members: Ledger) -> None:
    heard: list[RecordedEvent] = []
    members.subscribe(heard.append, raw=True)
    report = members.erase("anne", "asked for it")
    assert heard == [report.recorded]


# ── again, and when ─────────────────────────────────────────────────────────────────────────────


def test_a_second_erasure_takes_what_came_since_and_the_reason_of_the_first(
    members: Ledger,
) -> None:
    members.erase("anne", "first reason")
    members.deposit("anne", "1", "Nachzügler")
    members.transfer("ben", "anne", "1", "noch ein Darlehen")
    report = members.erase("anne", "second reason")
    assert (report.texts, report.elsewhere) == (3, {"ben": 1})
    assert texts_of(members) == {*OF_OTHERS, "Turnverein", "second reason"}
    assert members.verify(workers=1).clean


def test_where_nothing_is_left_nothing_is_recorded(members: Ledger) -> None:
    members.erase("anne", "asked for it")
    head = members.head()
    report = members.erase("anne", "again")
    assert (report.recorded, report.texts, report.elsewhere) == (None, 0, {})
    assert members.head() == head
    assert not members.erasure_plan("anne").anything


def test_both_sides_of_a_transfer_can_be_erased(members: Ledger) -> None:
    members.erase("anne", "asked for it")
    report = members.erase("ben", "he too")
    assert report.elsewhere == {"club": 1}
    assert texts_of(members) == {"Turnverein", "asked for it", "he too"}
    members.erase("club", "dissolved")
    assert texts_of(members) == {"asked for it", "he too", "dissolved"}
    assert members.verify(workers=2).findings == ()


def test_an_owner_told_anew_after_an_erasure_is_shown(members: Ledger) -> None:
    members.erase("anne", "asked for it")
    members.amend_account("anne", owner=ANNE)
    assert members.history("anne").state.owner == ANNE
    assert members.verify(workers=1).clean
    assert members.erase("anne", "again").texts == 2
    assert members.verify(workers=1).clean


def test_a_closed_account_can_be_erased(members: Ledger) -> None:
    members.transfer("anne", "ben", str(members.balance("anne").balance).split()[0])
    members.close_account("anne", "Austritt Zürcher")
    members.erase("anne", "asked for it")
    assert "Austritt Zürcher" not in texts_of(members)
    (row,) = members.accounts("closed")
    assert (row.account_id, row.owner) == ("anne", ERASED)
    assert members.verify(workers=1).clean


def test_commands_go_on_after_it(members: Ledger) -> None:
    members.deposit("anne", "1", "kept in memory by this object")
    members.erase("anne", "asked for it")
    assert members.deposit("anne", "1", "new").version == members.history("anne").version
    replayed = members.deposit("anne", "20", "whatever", at="2026-01-02", idempotency_key="fee-1")
    assert replayed.replayed
    assert members.verify(workers=1).clean


def test_a_ledger_in_memory_can_erase_too(clock: Clock) -> None:
    with Ledger.in_memory(clock=clock) as ledger:
        write(ledger)
        assert ledger.erase("anne", "asked for it").traces is None
        assert texts_of(ledger) == {*OF_OTHERS, "Turnverein", "asked for it"}
        assert ledger.verify().clean


# ── refused ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("account_id", ["nobody", "$book", "", "no body"])
def test_an_account_that_does_not_exist_is_refused(members: Ledger, account_id: str) -> None:
    head = members.head()
    with pytest.raises((NoSuchAccount, InvalidAccountId)):
        members.erase(account_id, "asked for it")
    assert members.head() == head


@pytest.mark.parametrize("reason", ["x" * 10_001, "a\0b"])
def test_an_impossible_reason_is_refused_and_nothing_changes(members: Ledger, reason: str) -> None:
    before = list(members.export_events())
    with pytest.raises(InvalidText, match="the reason"):
        members.erase("anne", reason)
    assert list(members.export_events()) == before


@pytest.fixture
def older(clock: Clock) -> Iterator[Ledger]:
    """A ledger with events that keep their texts inside their data."""
    with Ledger.in_memory(clock=clock) as ledger:
        clock.to("2027-01-01")
        ledger.import_events((SAMPLE_DATA / "older_world.jsonl").read_bytes().splitlines())
        yield ledger


def test_events_of_the_older_world_are_refused_with_a_way_out(older: Ledger) -> None:
    before = list(older.export_events())
    account_id = older.account_ids()[0]
    with pytest.raises(NotErasable, match="a part of its data") as refusal:
        older.erase(account_id, "asked for it")
    assert refusal.value.exit_status == 3
    assert "current form" in refusal.value.advice
    assert refusal.value.details["account_id"] == account_id
    assert list(older.export_events()) == before


def test_texts_that_came_with_an_imported_event_are_refused(members: Ledger) -> None:
    (event,) = [each for each in members.events(raw=True) if each.text == OF_ANNE[1]]
    store = members._store
    for number, imported in enumerate(
        [{"event_id": "x", "timestamp": "y", "metadata": {}}, {"metadata": {"note": ANNE}}]
    ):
        metadata = {"actor": "a", "command": "migrate", "run": "0", "imported": imported}
        store_event = append(store, "anne", OPENING)
        copy = msgspec.structs.replace(store_event, metadata=json.dumps(metadata))
        with store.transaction():
            store._session.run("DROP TRIGGER events_are_never_updated")  # type: ignore[attr-defined]
            store._session.run(  # type: ignore[attr-defined]
                "UPDATE events SET metadata = ? WHERE position = ?", (copy.metadata, copy.position)
            )
        store.repair()  # type: ignore[attr-defined]
        if number == 0:
            assert members.erasure_plan("anne").anything
        else:
            with pytest.raises(NotErasable, match="imported with"):
                members.erase("anne", "asked for it")
    assert event.text in texts_of(members)


# ── somebody's own projections ──────────────────────────────────────────────────────────────────


class Words(msgspec.Struct):
    position: int
    account_id: str
    words: str


class AllWords(Projection[Words]):
    """What somebody may well have: every text, by position."""

    name = "all_words"
    row = Words

    def fold(self, rows: Rows[Words], event: object, recorded: RecordedEvent) -> None:
        words = getattr(event, getattr(event, "text_field", "") or "_", None)
        if words:
            rows[recorded.position] = Words(recorded.position, recorded.stream_id, words)


class Fragile(AllWords):
    """One that cannot be folded any more once something was erased."""

    name = "fragile"

    def fold(self, rows: Rows[Words], event: object, recorded: RecordedEvent) -> None:
        if recorded.erased:
            raise ValueError("no words")
        super().fold(rows, event, recorded)


def with_own(path: str, clock: Clock, *projections: type[AllWords]) -> Ledger:
    return Ledger.open(path, clock=clock, projections=projections)


def test_a_projection_that_is_known_here_is_rebuilt(path: str, clock: Clock) -> None:
    with with_own(path, clock, AllWords) as ledger:
        write(ledger)
        assert {*OF_ANNE} <= {row.words for row in ledger.projection_rows("all_words")}
        assert ledger.erase("anne", "asked for it").emptied == ()
        assert {row.words for row in ledger.projection_rows("all_words")} == {
            *OF_OTHERS,
            "Turnverein",
            "asked for it",
            ERASED,
        }
        assert [each.lag for each in ledger.projections()] == [0, 0, 0]
        assert ledger.verify(workers=1).clean


def test_a_projection_that_is_not_known_here_is_emptied_and_lags(path: str, clock: Clock) -> None:
    with with_own(path, clock, AllWords) as ledger:
        write(ledger)
    with Ledger.open(path, clock=clock) as ledger:
        assert ledger.erase("anne", "asked for it").emptied == ("all_words",)
        (status,) = [each for each in ledger.projections() if each.name == "all_words"]
        assert (status.checkpoint, status.lag) == (0, ledger.head().position)
    with with_own(path, clock, AllWords) as ledger:
        assert list(ledger.projection_rows("all_words")) == []
        ledger.catch_up()
        assert ERASED in {row.words for row in ledger.projection_rows("all_words")}
        assert ledger.verify(workers=1).clean


def test_a_projection_whose_fold_fails_is_emptied_and_the_erasure_stands(
    path: str, clock: Clock
) -> None:
    with with_own(path, clock, Fragile) as ledger:
        write(ledger)
        assert ledger.erase("anne", "asked for it").emptied == ("fragile",)
        assert list(ledger.projection_rows("fragile")) == []
        assert ANNE not in texts_of(ledger)


def test_projections_that_were_left_behind_do_not_keep_the_owner(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        write(ledger)
    with Ledger.open(path, clock=clock, defer_projections=True) as ledger:
        ledger.deposit("anne", "1", "later")
        ledger.erase("anne", "asked for it")
        owners = {row.account_id: row.owner for row in ledger.accounts()}
        assert owners["anne"] == ERASED


def test_texts_erased_while_a_rebuild_runs_do_not_come_back(path: str, clock: Clock) -> None:
    with with_own(path, clock, AllWords) as ledger, with_own(path, clock, AllWords) as other:
        write(ledger)
        erasures = iter(["anne"])

        def erase_once(done: int, whole: int) -> None:
            for account_id in erasures:
                other.erase(account_id, "meanwhile")

        ledger.rebuild_projections(["all_words"], workers=1, progress=erase_once)
        assert not {*OF_ANNE} & {row.words for row in ledger.projection_rows("all_words")}
        assert ledger.verify(workers=1).clean
