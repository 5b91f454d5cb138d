"""Tags and receipts: on every movement, in every way in, and in every way out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from pathlib import Path

import pytest

from tests.support.program import Run

HALL = b"Hall hire, 120.00\n"
DIGEST = hashlib.sha256(HALL).hexdigest()
RECEIPT = {"size": len(HALL), "sha256": DIGEST}


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    path = tmp_path / "hall hire.pdf"
    path.write_bytes(HALL)
    return path


@pytest.fixture
def accounts(run: Run) -> None:
    for account in ("cash", "bank"):
        assert run("open", account, "--owner", "Ana", "--initial-balance", "500").status == 0


def entries(run: Run, account: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = run("history", account, "--json").json["entries"]
    return found


@pytest.mark.parametrize(
    "command",
    [("deposit", "cash", "20"), ("withdraw", "cash", "20"), ("transfer", "cash", "bank", "20")],
)
@pytest.mark.usefixtures("accounts")
def test_a_movement_keeps_its_tags_and_receipts(
    run: Run, receipt: Path, command: tuple[str, ...]
) -> None:
    options = ("--tag", "project=Roof", "--tag", "category=hire", "--receipt", str(receipt))
    assert run(*command, *options).status == 0
    sides = ("cash", "bank") if command[0] == "transfer" else ("cash",)
    for side in sides:
        last = entries(run, side)[-1]
        assert last["tags"] == {"category": "hire", "project": "Roof"}
        assert last["receipts"] == [RECEIPT]
        other = {"cash": "bank", "bank": "cash"}[side] if len(sides) == 2 else None
        assert (last["counterparty"], last["actor"]) == (other, "tester")


@pytest.mark.usefixtures("accounts")
def test_rows_for_programs_can_be_typed_into_a_batch_again(run: Run, receipt: Path) -> None:
    run("deposit", "cash", "20", "--tag", "category=hall; hire", "--receipt", str(receipt))
    rows = list(csv.DictReader(io.StringIO(run("history", "cash", "--format", "csv").out)))
    assert rows[-1]["tags"] == "category=hall; hire"
    assert rows[-1]["receipts"] == f"{len(HALL)}:{DIGEST}"
    plain = run("statement", "cash").out.splitlines()[-1].split("\t")
    assert plain[7:11] == ["", "category=hall; hire", f"{len(HALL)}:{DIGEST}", "tester"]
    batch = (
        "command,account,amount,tag:category,tag:project,receipts\n"
        f"withdraw,cash,5,hall; hire,,{rows[-1]['receipts']}\n"
    )
    done = run("batch", "-", "--input-format", "csv", stdin=batch)
    assert done.status == 0, done.err
    assert entries(run, "cash")[-1]["tags"] == {"category": "hall; hire"}
    assert entries(run, "cash")[-1]["receipts"] == [RECEIPT]


@pytest.mark.usefixtures("accounts")
def test_a_batch_line_has_them_as_json(run: Run) -> None:
    line = {"command": "deposit", "account": "cash", "amount": "1.00"}
    line |= {"tags": {"category": "hire"}, "receipts": [RECEIPT]}  # type: ignore[dict-item]
    assert run("batch", "-", stdin=json.dumps(line)).status == 0
    assert entries(run, "cash")[-1]["tags"] == {"category": "hire"}
    assert entries(run, "cash")[-1]["receipts"] == [RECEIPT]


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (["=x"], "'=x' is not a tag: it has no key"),
        (["a"], "'a' is not a tag: it has no ="),
        (["a="], "the value of the tag a is empty"),
        (["a=b=c"], "'a=b=c' is not a tag: it has more than one ="),
        (["a=b", "a=c"], "the tag a has two values, 'b' and 'c'"),
        (["a=b\nc"], "the value of the tag a holds a line break"),
        ([f"k{number}=v" for number in range(1_000)], "there are 1000 tags, and 20 are the most"),
    ],
)
@pytest.mark.usefixtures("accounts")
def test_what_is_no_tag_is_refused_and_nothing_is_recorded(
    run: Run, tags: list[str], said: str
) -> None:
    options = [part for tag in tags for part in ("--tag", tag)]
    done = run("deposit", "cash", "20", *options)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert "hint: " in done.err
    assert len(entries(run, "cash")) == 1


@pytest.mark.parametrize(
    "line",
    [
        '"tags": {"a": "b", "a": "c"}',
        '"tags": {"a": "b=c"}',
        '"tags": ["a=b"]',
        '"tags": {"a": 1}',
        '"receipts": [{"size": 0, "sha256": "' + DIGEST + '"}]',
        '"receipts": [{"size": 5, "sha256": "' + DIGEST.upper() + '"}]',
        '"receipts": [{"size": 5}]',
        '"receipts": "hall hire.pdf"',
    ],
)
@pytest.mark.usefixtures("accounts")
def test_a_batch_line_with_what_is_none_is_refused_at_its_line(run: Run, line: str) -> None:
    text = '{"command": "deposit", "account": "cash", "amount": "1", ' + line + "}"
    done = run("batch", "-", stdin=text)
    assert done.status == 2
    assert done.err.startswith("error: line 1: ")
    assert len(entries(run, "cash")) == 1


@pytest.mark.usefixtures("accounts")
def test_a_receipt_that_cannot_be_read_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    for name in ("folder", "pipe", "empty", "missing", "books.db"):
        done = run("deposit", "cash", "20", "--receipt", name)
        assert (done.status, done.out) == (2, ""), name
        assert name in done.err
        assert "hint: " in done.err
    assert len(entries(run, "cash")) == 1


@pytest.mark.usefixtures("accounts")
def test_verify_finds_receipts_by_their_content(run: Run, receipt: Path, tmp_path: Path) -> None:
    run("deposit", "cash", "20", "--receipt", str(receipt))
    folder = tmp_path / "2026" / "march"
    folder.mkdir(parents=True)
    receipt.rename(folder / "scan-0007.pdf")
    assert run("verify", "--receipts", "2026").status == 0
    (folder / "scan-0007.pdf").write_bytes(HALL.replace(b"120", b"150"))
    done = run("verify", "--receipts", "2026", "--json")
    assert done.status == 6
    (finding,) = done.json["findings"]
    assert (finding["check"], finding["position"], finding["account_id"]) == ("receipts", 4, "cash")
    assert DIGEST in finding["expected"]
    assert "scan-0007.pdf has that size, and other content" in finding["found"]
    assert "the ledger is sound, and receipts are missing: 1" in done.err
    assert run("verify").status == 0
    assert run("verify", "--receipts", "no-such-folder").status == 2


@pytest.mark.usefixtures("accounts")
def test_the_same_tags_in_another_order_are_the_same_request(run: Run) -> None:
    tags = ("--tag", "a=1", "--tag", "b=2")
    key = ("--idempotency-key", "k")
    assert run("deposit", "cash", "20", *tags, *key).status == 0
    again = run("deposit", "cash", "20", "--tag", "b=2", "--tag", "a=1", *key, "--json")
    assert again.json["replayed"] is True
    other = run("deposit", "cash", "20", "--tag", "a=1", *key)
    assert other.status == 3
    assert "tags were a=1, b=2 and are a=1\n" in other.err


@pytest.mark.usefixtures("accounts")
def test_people_see_them_behind_the_description(run: Run, receipt: Path) -> None:
    run("deposit", "cash", "20", "-m", "Hall", "--tag", "category=hire", "--receipt", str(receipt))
    run("deposit", "cash", "20", "--tag", "category=fees")
    shown = run("history", "cash", "--format", "table").out
    assert "Hall (category=hire, 1 receipt)" in shown
    assert "(category=fees)" in shown


@pytest.mark.usefixtures("accounts")
def test_tables_of_the_log_show_them(run: Run, receipt: Path) -> None:
    tags = ("--tag", "category=rent", "--tag", "who=club", "--receipt", str(receipt))
    assert run("withdraw", "cash", "20", "-m", "March", *tags).status == 0
    wide = {"COLUMNS": "160"}
    events = run("events", "--account", "cash", "--format", "table", env=wide).out
    assert "March (category=rent, who=club, 1 receipt)" in events
    steps = run("replay", "cash", "--step", "--format", "table", env=wide).out
    assert "(category=rent, who=club, 1 receipt)" in steps


@pytest.mark.usefixtures("accounts")
def test_what_a_key_was_used_for_is_told_in_plain_words(run: Run, receipt: Path) -> None:
    key = ("--idempotency-key", "k")
    assert run("deposit", "cash", "20", *key).status == 0
    tagged = run("deposit", "cash", "20", "--tag", "category=rent", *key)
    assert "another command: tags were none and are category=rent\n" in tagged.err
    proved = run("deposit", "cash", "20", "--receipt", str(receipt), *key)
    assert f"receipts were none and are {len(HALL)}:{DIGEST[:16]}\n" in proved.err
