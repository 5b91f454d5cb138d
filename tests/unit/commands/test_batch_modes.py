"""Batches that go on after refusals, that commit now and then, that are rehearsed, or are CSV."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest

from ledger import Ledger, LedgerError
from ledger.commands.batch_input import InputFormat
from ledger.commands.input_lines import LONGEST_LINE, bounded_lines
from ledger.commands.results import WriteResult
from ledger.errors import InvalidLine, NoSuchAccount, UnreadableEvent
from tests.support.log_editing import edit_file

OPEN_A = b'{"command": "open", "account": "a", "owner": "Ana", "initial_balance": "100"}'


def deposit(amount: str, **more: str) -> bytes:
    extra = "".join(f', "{name}": "{value}"' for name, value in more.items())
    return f'{{"command": "deposit", "account": "a", "amount": "{amount}"{extra}}}'.encode()


def withdraw(amount: str, **more: str) -> bytes:
    return deposit(amount, **more).replace(b"deposit", b"withdraw")


class Told:
    """What is heard of a batch: the lines and their outcomes, and the commits between them."""

    def __init__(self) -> None:
        self.of: list[tuple[int, str] | str] = []

    def line(self, number: int, outcome: WriteResult | LedgerError) -> None:
        what = outcome.code if isinstance(outcome, LedgerError) else str(outcome.balance)
        self.of.append((number, what))

    def commit(self) -> None:
        self.of.append("commit")


@pytest.fixture
def told() -> Told:
    return Told()


def balance(ledger: Ledger) -> str:
    return str(ledger.balance("a").balance)


# ── going on ────────────────────────────────────────────────────────────────────────────────────


def test_what_is_refused_is_left_out_and_reported_at_its_line(ledger: Ledger, told: Told) -> None:
    report = ledger.batch(
        [
            OPEN_A,
            withdraw("100.01"),
            b"{",
            withdraw("60"),
            withdraw("60"),
            deposit("1", at="soon"),
            b'{"command": "deposit", "account": "b", "amount": "1"}',
            deposit("1").replace(b'"1"', b'"1", "expected_version": 9'),
            deposit("2"),
        ],
        told.line,
        continue_on_error=True,
        on_commit=told.commit,
    )
    assert told.of == [
        (1, "100.00 USD"),
        (2, "insufficient_funds"),
        (3, "invalid_line"),
        (4, "40.00 USD"),
        (5, "insufficient_funds"),
        (6, "invalid_time"),
        (7, "no_such_account"),
        (8, "version_conflict"),
        (9, "42.00 USD"),
        "commit",
    ]
    assert (report.commands, report.refused, report.events, report.replayed) == (3, 6, 3, 0)
    assert ledger.agreement("a").holds
    assert ledger.agreement("a").fold.balance_minor == 4200
    assert [view.lag for view in ledger.projections()] == [0, 0]


def test_a_key_that_is_refused_while_going_on_is_not_burned(ledger: Ledger) -> None:
    lines = [OPEN_A, withdraw("101", idempotency_key="k"), deposit("1")]
    ledger.batch([*lines, withdraw("101", idempotency_key="k")], continue_on_error=True)
    assert balance(ledger) == "0.00 USD"


def test_what_is_no_lines_fault_ends_the_batch_though_it_goes_on(path: str) -> None:
    with Ledger.open(path) as ledger:
        ledger.batch([OPEN_A, OPEN_A.replace(b'"a"', b'"b"')])
    edit_file(path, "UPDATE events SET data = '{}' WHERE position = 2")
    with Ledger.open(path) as ledger:
        with pytest.raises(UnreadableEvent, match=r"^line 2: event 2 "):
            ledger.batch(
                [deposit("1").replace(b'"a"', b'"b"'), deposit("1")], continue_on_error=True
            )
        assert ledger.head().position == 3


# ── committing now and then ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("every", "commits"), [(1, [1, 2, 3, 4, 5]), (2, [2, 4, 5]), (5, [5]), (9, [5]), (None, [5])]
)
def test_a_commit_comes_after_so_many_lines_and_at_the_end(
    every: int | None, commits: list[int], ledger: Ledger, told: Told
) -> None:
    lines = [OPEN_A, *[deposit("1")] * 4]
    report = ledger.batch(lines, told.line, commit_every=every, on_commit=told.commit)
    heard = [place for place, what in enumerate(told.of) if what == "commit"]
    assert [place - earlier for earlier, place in enumerate(heard)] == commits
    assert (report.commands, report.events) == (5, 5)
    assert balance(ledger) == "104.00 USD"


def test_what_was_committed_is_kept_when_a_later_line_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match=r"^line 4: "):
        ledger.batch([OPEN_A, deposit("1"), deposit("2"), withdraw("500")], commit_every=2)
    assert balance(ledger) == "101.00 USD"
    assert [view.lag for view in ledger.projections()] == [0, 0]


def test_subscribers_hear_of_each_commit_in_turn(books: Ledger, path: str) -> None:
    heard: list[tuple[int, int]] = []
    with Ledger.open(path) as other:
        books.subscribe(lambda event: heard.append((event.position, other.head().position)))
        books.batch([OPEN_A, deposit("1"), deposit("1")], commit_every=2)
    assert heard == [(2, 3), (3, 3), (4, 4)]


def test_between_commits_others_may_write(books: Ledger, path: str) -> None:
    books.batch([OPEN_A])
    with Ledger.open(path) as rival:

        def spend() -> None:
            rival.withdraw("a", "10")

        report = books.batch(
            [withdraw("60"), withdraw("60")],
            commit_every=1,
            continue_on_error=True,
            on_commit=spend,
        )
    assert (report.commands, report.refused) == (1, 1)
    assert balance(books) == "20.00 USD"


# ── rehearsing ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("every", [None, 1])
def test_a_rehearsal_carries_out_everything_and_keeps_nothing(
    every: int | None, ledger: Ledger, told: Told
) -> None:
    ledger.batch([OPEN_A])
    before = (list(ledger.export_events()), ledger.accounts(), ledger.projections())
    lines = [deposit("5", idempotency_key="k"), withdraw("105"), withdraw("1"), deposit("3")]
    report = ledger.batch(
        lines,
        told.line,
        commit_every=every,
        continue_on_error=True,
        dry_run=True,
        on_commit=told.commit,
    )
    assert told.of == [
        (1, "105.00 USD"),
        (2, "0.00 USD"),
        (3, "insufficient_funds"),
        (4, "3.00 USD"),
        "commit",
    ]
    assert (report.commands, report.refused) == (3, 1)
    assert (list(ledger.export_events()), ledger.accounts(), ledger.projections()) == before
    assert not ledger.deposit("a", "5", idempotency_key="k").replayed


def test_a_rehearsal_that_does_not_go_on_ends_at_the_first_refusal(ledger: Ledger) -> None:
    with pytest.raises(NoSuchAccount, match=r"^line 1: "):
        ledger.batch([deposit("1")], dry_run=True)


# ── names given twice, and lines without end ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "line",
    [
        deposit("1").replace(b"}", b', "amount": "2"}'),
        deposit("1").replace(b"}", b', "\\u0061mount": "2"}'),
        b'{"command": "open", "command": "close", "account": "a"}',
        b'{"command": "close", "account": "b", "account": "a"}',
    ],
)
def test_a_name_that_is_given_twice_is_refused(line: bytes, ledger: Ledger) -> None:
    with pytest.raises(InvalidLine, match=r"^line 2: .*given twice|^line 2: this is not a"):
        ledger.batch([OPEN_A, line])
    assert ledger.account_ids() == []


def test_a_text_may_look_like_a_name(ledger: Ledger) -> None:
    words = r"\"amount\": \"2\", \"amount\" \u2602"
    ledger.batch([OPEN_A, deposit("1", description=words)])
    assert ledger.history("a").entries[1].description == '"amount": "2", "amount" ☂'


def test_a_line_without_end_is_refused_before_it_is_read() -> None:
    short = b"x" * (LONGEST_LINE - 1) + b"\n"
    lines = bounded_lines(BytesIO(short + b"y" * (LONGEST_LINE + 5)))
    assert next(lines) == short
    with pytest.raises(InvalidLine, match=r"^line 2: this line has over 1,048,576 bytes"):
        next(lines)
    assert list(bounded_lines(BytesIO(b"a\nb"))) == [b"a\n", b"b"]


# ── CSV ─────────────────────────────────────────────────────────────────────────────────────────

HEADER = (
    b"command,account,owner,initial_balance,amount,description,from,to,reason,at,expected_version\n"
)


def test_csv_says_the_same_with_empty_cells_for_what_a_command_does_not_have(
    ledger: Ledger, told: Told
) -> None:
    report = ledger.batch(
        [
            b"\xef\xbb\xbf" + HEADER,
            b"open,a,Ana \xe2\x98\x82,100,,,,,,2026-01-01T00:00Z,0\r\n",
            b"\n",
            b"open,b,Bo,,,,,,,2026-01-01T00:00Z,\n",
            b'deposit,a,,,5.50,"two\n',
            b'lines, and a comma",,,,,1\n',
            b"transfer,,,,105.50,,a,b,,,\n",
            b"close,a,,,,,,,done,,\n",
        ],
        told.line,
        input_format="csv",
    )
    assert told.of == [
        (2, "100.00 USD"),
        (4, "0.00 USD"),
        (5, "105.50 USD"),
        (7, "0.00 USD"),
        (8, "0.00 USD"),
    ]
    assert report.commands == 5
    assert ledger.history("a").entries[1].description == "two\nlines, and a comma"
    assert [row.owner for row in ledger.accounts()] == ["Ana ☂", "Bo"]


def test_a_tag_has_a_column_of_its_own_and_receipts_have_one_together(ledger: Ledger) -> None:
    receipts = f"48213:{'9f' * 32} 4:{'60' * 32}"
    ledger.batch(
        [
            b"command,account,owner,currency,decimals,amount,tag:category,tag:place,receipts\n",
            b"open,c,Cy,BTC,8,,,,\n",
            f"deposit,c,,,,1.5,rent,Cafe\u0301,{receipts}\n".encode(),
            b"deposit,c,,,,1,,Home,\n",
        ],
        input_format="csv",
    )
    assert str(ledger.balance("c").balance) == "2.50000000 BTC"
    _, first, second = ledger.history("c").entries
    assert first.tags == {"category": "rent", "place": "Café"}
    assert [(each.size, each.sha256) for each in first.receipts] == [
        (4, "60" * 32),
        (48_213, "9f" * 32),
    ]
    assert (second.tags, second.receipts) == ({"place": "Home"}, ())


OPEN_IN = b"command,account,owner,currency,decimals\n"
TAGGED = '{"command": "deposit", "account": "a", "amount": "1", '


@pytest.mark.parametrize(
    ("lines", "input_format", "code"),
    [
        ([OPEN_IN, b"open,d,Di,BTC,40\n"], "csv", "invalid_currency"),
        ([OPEN_IN, b"open,d,Di,JPY,2\n"], "csv", "invalid_currency"),
        ([OPEN_IN, b"open,d,Di,12A,2\n"], "csv", "invalid_currency"),
        ([OPEN_IN, b"open,d,Di,BTC,2.0\n"], "csv", "invalid_line"),
        ([b"command,account,tag:a=b\n"], "csv", "invalid_tag"),
        ([b"command,account,tag:\n"], "csv", "invalid_tag"),
        ([OPEN_A, (TAGGED + '"tags": {"=x": "a"}}').encode()], "jsonl", "invalid_tag"),
        ([OPEN_A, (TAGGED + '"tags": {"a": "b=c"}}').encode()], "jsonl", "invalid_tag"),
        ([OPEN_A, (TAGGED + '"tags": {"a": "b\\n"}}').encode()], "jsonl", "invalid_tag"),
        ([OPEN_A, (TAGGED + '"tags": {"a": 5}}').encode()], "jsonl", "invalid_line"),
        ([OPEN_A, (TAGGED + '"receipts": [{"size": 4}]}').encode()], "jsonl", "invalid_line"),
        (
            [OPEN_A, (TAGGED + '"receipts": [{"size": 0, "sha256": "aa"}]}').encode()],
            "jsonl",
            "invalid_receipt",
        ),
    ],
)
def test_what_cannot_be_decimals_a_tag_or_a_receipt_is_refused_at_its_line(
    lines: list[bytes], input_format: InputFormat, code: str, ledger: Ledger
) -> None:
    with pytest.raises(LedgerError) as refusal:
        ledger.batch(lines, input_format=input_format)
    assert refusal.value.code == code
    assert refusal.value.details["line"] == len(lines)
    assert ledger.head().position == 1


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([b"command,account,sum\n"], r"^line 1: the header names a column 'sum'"),
        ([b"command,account,account\n"], r"^line 1: the header names the column 'account' twice"),
        ([b"account,amount\n"], r"^line 1: the header names no column 'command'"),
        (
            [b"command,account\n", b"close,a,b\n"],
            r"^line 2: this row has 3 cells, and the header 2",
        ),
        ([b"command,account\n", b"steal,a\n"], r"^line 2: this is not a command: .*steal"),
        ([b"command,account,amount\n", b"deposit,a,\n"], r"^line 2: .*field amount is missing"),
        ([b"command,account,owner\n", b"close,a,Eve\n"], r"^line 2: .*no field owner"),
        (
            [b"command,account\n", b"close,\xff\n"],
            r"^line 2: this is not CSV: .*it is not valid UTF-8",
        ),
        ([b"command,account\n", b'close,"a"b\n'], r"^line 2: this is not CSV"),
        ([b"command,account\n", b'close,"a\n'], r"^line 2: this is not CSV"),
    ],
)
def test_csv_that_is_no_batch_is_refused_at_its_line(
    lines: list[bytes], complaint: str, ledger: Ledger
) -> None:
    with pytest.raises(InvalidLine, match=complaint):
        ledger.batch(lines, input_format="csv")
    assert ledger.head().position == 1


def test_csv_goes_on_after_a_row_that_is_no_command(ledger: Ledger, told: Told) -> None:
    rows = [
        b"command,account,owner,amount\n",
        b"open,a,Ana,\n",
        b"deposit,a\n",
        b"deposit,a,,x\n",
        b"deposit,a,,5\n",
    ]
    ledger.batch(rows, told.line, input_format="csv", continue_on_error=True)
    assert told.of == [
        (2, "0.00 USD"),
        (3, "invalid_line"),
        (4, "invalid_amount"),
        (5, "5.00 USD"),
    ]


def test_csv_that_breaks_off_is_said_not_to_be_read_further(ledger: Ledger) -> None:
    refusals: list[LedgerError] = []

    def keep(number: int, outcome: WriteResult | LedgerError) -> None:
        if isinstance(outcome, LedgerError):
            refusals.append(outcome)

    rows = [b"command,account,owner\n", b"open,a,Ana\n", b'open,"b"x,Bo\n', b"open,c,Cy\n"]
    ledger.batch(rows, keep, input_format="csv", continue_on_error=True)
    (refusal,) = refusals
    assert refusal.details["line"] == 3
    assert "nothing from here on was read" in refusal.advice
    assert ledger.account_ids() == ["a"]


def test_csv_without_a_sound_header_is_refused_once_though_it_goes_on(
    ledger: Ledger, told: Told
) -> None:
    rows = [b"command,sum\n", b"close,1\n"]
    report = ledger.batch(rows, told.line, input_format="csv", continue_on_error=True)
    assert told.of == [(1, "invalid_line")]
    assert (report.commands, report.refused) == (0, 1)


def test_csv_is_read_as_it_comes(ledger: Ledger) -> None:
    def lines() -> Iterator[bytes]:
        yield b"command,account,owner\n"
        yield b"open,a,Ana\n"
        assert ledger.account_ids() == ["a"]
        yield b"open,b,Bo\n"

    ledger.batch(lines(), input_format="csv", commit_every=1)
    assert ledger.account_ids() == ["a", "b"]
