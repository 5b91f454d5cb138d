"""Arbitrary environment variables, texts and keys."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from tests.support.file_content import content
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.exit_contract import check_exit
from tests.support.fuzz.stored_events import stored_events

_ANY = st.one_of(
    st.sampled_from(
        ["", " ", "0", "1", "-1", "nan", "inf", "1e400", "٣", "\udcff", "x" * 5_000, "é"]
    ),
    st.text(max_size=6).map(
        lambda text: "".join(
            "\udcfe" if mark == "\0" or 0xD800 <= ord(mark) <= 0xDFFF else mark for mark in text
        )
    ),
)

_VALUES: dict[str, st.SearchStrategy[str]] = {
    "LEDGER_DB": st.sampled_from(
        [
            "books.db",
            "./books.db",
            "",
            ".",
            "no/books.db",
            "a\udcff",
            "?x=1",
            "file:books.db",
            ":memory:",
            "books.db/x",
            "d" * 300,
            "bank.csv",
        ]
    ),
    "LEDGER_ACTOR": _ANY,
    "LEDGER_LOCK_TIMEOUT": st.one_of(
        _ANY, st.sampled_from(["0", "0.5", "5", "86400", "86401", "1e3", "0x1", "١"])
    ),
    "LEDGER_TIME_ZONE": st.one_of(
        _ANY, st.sampled_from(["UTC", "Asia/Tokyo", "Mars/Phobos", "EST5EDT", "/etc/passwd"])
    ),
    "LEDGER_CLOCK": st.one_of(_ANY, st.sampled_from(["2026-01-01T09:00:00Z+1s", "2026-01-01"])),
    "LEDGER_SEED": st.one_of(_ANY, st.sampled_from(["7", "x" * 201])),
    "LEDGER_WHATEVER": _ANY,
    "NO_COLOR": _ANY,
    "FORCE_COLOR": _ANY,
    "TERM": st.sampled_from(["dumb", "", "xterm", "nonsense", "unknown"]),
    "COLUMNS": st.sampled_from(["", "0", "1", "-1", "80", "99999", "x", "1e3"]),
    "LINES": st.sampled_from(["", "0", "-1", "x"]),
    "TZ": st.sampled_from(
        ["UTC", "", "Europe/Berlin", "Mars/Phobos", ":/etc/passwd", "UTC+99", "x" * 300]
    ),
    "LC_ALL": st.sampled_from(["C", "POSIX", "C.UTF-8", "nonsense", ""]),
    "XDG_DATA_HOME": st.sampled_from(["", "relative", "/nowhere/at/all", "\udcff"]),
    "HOME": st.sampled_from(["", "/nowhere", "relative"]),
}

environments = st.dictionaries(
    st.sampled_from(["LEDGER_ACTOR", "LEDGER_LOCK_TIMEOUT", *_VALUES]), st.just(""), max_size=4
).flatmap(lambda names: st.fixed_dictionaries({name: _VALUES[name] for name in sorted(names)}))

ASKED = (
    ("balance", "a", "--json"),
    ("accounts",),
    ("accounts", "--format", "table"),
    ("history", "a", "--format", "table"),
    ("deposit", "a", "1.00", "--json"),
    ("batch", "-", "--json"),
)


def check_environment(
    runner: CaseRunner, counts: CaseCounts, env: dict[str, str], command: tuple[str, ...]
) -> None:
    """Run a command in an environment: it works as usual, or is refused."""
    runner.clear()
    (runner.cwd / "bank.csv").write_bytes(b"Date,Amount\n")
    before = content(runner.books)
    line = b'{"command": "deposit", "account": "a", "amount": "1.00"}\n'
    outcome = runner.run(*command, env=env, stdin=line)
    counts.ran("environments", outcome)
    bad_path = "LEDGER_DB" in env or ("HOME" in env and not env.get("LEDGER_DB", "x"))
    check_exit(outcome, bad_disk=bad_path)
    if outcome.status:
        assert content(runner.books) == before, (env, outcome)
        return
    if env.get("LEDGER_DB", "books.db") not in ("books.db", "./books.db"):
        return
    if command[0] in ("deposit", "batch"):
        (event,) = stored_events(runner.books)[len(runner.start.model.log) :]
        assert (event.account, event.amount) == ("a", 100), (env, outcome)
    else:
        assert content(runner.books) == before
    if command[0] == "balance":
        assert json.loads(outcome.out)["balance"] == "12.25"


def check_text_and_key(runner: CaseRunner, counts: CaseCounts, text: str, key: str) -> None:
    """Any description is kept as it is, and any key works once."""
    runner.clear()
    command = (
        "deposit",
        "a",
        "1.00",
        "--json",
        f"--description={text}",
        f"--idempotency-key={key}",
    )
    first = runner.run(*command)
    counts.ran("texts and keys", first)
    error = check_exit(first)
    bad = [*filter(_is_not_unicode, (text, key))]
    if bad or len(text) > 10_000 or not key.strip() or len(key) > 255:
        assert error["code"] in ("invalid_text", "idempotency_key_reused"), first
        return
    if key == "used":
        assert error["code"] == "idempotency_key_reused", first
        return
    assert first.status == 0, first
    assert stored_events(runner.books)[-1].words == text
    before = content(runner.books)
    again = runner.run(*command)
    check_exit(again)
    assert json.loads(again.out) == {**json.loads(first.out), "replayed": True}
    assert content(runner.books) == before
    for how in ("table", "plain", "csv", "json"):
        shown = runner.run("history", "a", "--format", how)
        check_exit(shown)
        assert shown.status == 0, shown
        if how in ("table", "plain"):
            assert not set(shown.bytes_out.decode()) & _SENT_TO_NO_TERMINAL, shown


_SENT_TO_NO_TERMINAL = {chr(mark) for mark in (*range(9), *range(11, 32), *range(127, 160))}


def _is_not_unicode(text: str) -> bool:
    return any(0xD800 <= ord(mark) <= 0xDFFF for mark in text)


typed_texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "x" * 10_000, "x" * 10_001, "\x1b]0;x\x07", "\x9b31m"]),
).map(
    lambda text: text.replace("\0", "\udcff").translate(dict.fromkeys(range(55296, 56448), 56574))
)
typed_keys = st.one_of(
    st.text(max_size=20), st.sampled_from(["used", "", " ", "k" * 255, "k" * 256])
).map(
    lambda text: text.replace("\0", "\udcff").translate(dict.fromkeys(range(55296, 56448), 56574))
)
