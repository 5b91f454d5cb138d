"""Commands that put something right, or almost: as they are typed, and as lines of a batch.

What each of them must lead to is held to the naive book elsewhere; here it is that no value breaks
the program, the log or the ledger's own rules.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.support.file_content import content
from tests.support.fuzz.argument_values import FIELDS, texts, times, versions
from tests.support.fuzz.argument_vectors import assert_log_goes_on, log_of, typed_word
from tests.support.fuzz.batches import STRANGERS
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.exit_contract import check_exit

LIMITS = ("0", "5", "500.00", "unlimited", "UNLIMITED", "-1", "1e3", "", "9" * 39)
DIGESTS = ("", "9f", "9f" * 32, "x", "9F" * 32, "9f" * 40)
TAGS: tuple[Any, ...] = (
    {},
    {"k": "v"},
    {"k": ""},
    {"": "v"},
    {"a=b": "c"},
    {"k": "\n"},
    {"K" * 99: "v"},
)
RECEIPTS: tuple[Any, ...] = (
    [],
    [{"size": 4, "sha256": "9f" * 32}],
    [{"size": -1, "sha256": "9f" * 32}],
    [{"size": 4, "sha256": "9f"}],
    [{"size": 4}],
    [{"size": 4, "sha256": "9f" * 32}] * 2,
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    **FIELDS,
    "version": versions,
    "transfer": st.sampled_from(["", "no-such-transfer", "\0", "x" * 300]),
    "into": FIELDS["account"],
    "source": texts,
    "until": times,
    "opened_at": times,
    "overdraft": st.sampled_from(LIMITS),
    "tags": st.sampled_from(TAGS),
    "receipts": st.sampled_from(RECEIPTS),
    "without_receipts": st.lists(st.sampled_from(DIGESTS), max_size=2),
}

SHAPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "reverse": (("account", "version"), ("reason", "at", "transfer")),
    "correct": (
        ("account", "version"),
        (
            *("amount", "description", "tags", "receipts", "without_receipts"),
            *("into", "from", "to", "at"),
        ),
    ),
    "amend-entry": (
        ("account", "version"),
        ("description", "tags", "receipts", "without_receipts"),
    ),
    "undo": ((), ("reason",)),
    "amend": (
        ("account",),
        ("owner", "overdraft", "opened_at", "initial_balance", "currency", "decimals", "at"),
    ),
    "reopen": (("account",), ("reason", "at")),
    "confirm": (("account", "amount"), ("source", "at")),
    "withdraw-confirmation": (("account",), ("version", "reason")),
    "lock": (("until",), ("reason",)),
    "unlock": ((), ("until", "reason")),
}
"""Of each command the fields that it needs, and those that it may have."""


@st.composite
def corrections(draw: st.DrawFn) -> dict[str, Any]:
    """A command with what it needs, and some of what it may have; perhaps one field too many."""
    command = draw(st.sampled_from(sorted(SHAPES)))
    needed, allowed = SHAPES[command]
    names = [*needed, *(name for name in allowed if draw(st.integers(0, 2)) == 0)]
    shared = ("idempotency_key", "expected_version")
    names += [name for name in shared if draw(st.integers(0, 5)) == 0]
    return {"command": command, **{name: draw(VALUES[name]) for name in names}}


@st.composite
def correction_batches(draw: st.DrawFn) -> bytes:
    """Lines, a few of them with a field that is missing, strange or another's."""
    lines = []
    for _ in range(draw(st.integers(1, 6))):
        fields = draw(corrections())
        if draw(st.integers(0, 5)) == 0:
            name = draw(st.sampled_from(sorted(fields)))
            change = draw(st.integers(0, 2))
            if change == 0:
                del fields[name]
            elif change == 1:
                fields[name] = draw(st.sampled_from(STRANGERS))
            else:
                fields[draw(st.sampled_from(sorted(VALUES)))] = "5"
        lines.append(json.dumps(fields).encode())
    return b"\n".join(lines)


def typed(fields: dict[str, Any]) -> list[str]:
    """A command as it is typed; what has no option of its own is left out."""
    fields = dict(fields)
    command = fields.pop("command")
    positional = ("account", "version", "amount", "until")
    if command == "withdraw-confirmation":
        command, fields["withdraw"] = "confirm", ""
    needed = [name for name in SHAPES.get(command, ((), ()))[0] if name in positional]
    words = [typed_word(fields.pop(name)) for name in needed if name in fields]
    words += [typed_word(fields.pop("until"))] if "until" in fields else []
    if "into" in fields:
        fields["account"] = fields.pop("into")
    options = ["--yes"] if command in ("lock", "unlock", "undo") else []
    if "withdraw" in fields:
        options.append("--withdraw")
        del fields["withdraw"]
    for key, value in fields.pop("tags", {}).items():
        options.append(typed_word(f"--tag={key}={value}"))
    options += [typed_word(f"--no-receipt={each}") for each in fields.pop("without_receipts", ())]
    options += ["--receipt=books.db" for _ in fields.pop("receipts", ())]
    options += [typed_word(f"--{name.replace('_', '-')}={value}") for name, value in fields.items()]
    return [command, "--json", *options, "--", *words]


def check_typed(runner: CaseRunner, counts: CaseCounts, fields: dict[str, Any]) -> None:
    """Type a correction: it is done whole, or refused and nothing is changed."""
    runner.clear()
    before = content(runner.books)
    outcome = runner.run(*typed(fields))
    counts.ran(f"corrections: {fields['command']}", outcome)
    check_exit(outcome)
    after = content(runner.books)
    if outcome.status:
        assert log_of(after) == log_of(before), outcome
        return
    _check_sound(runner, before)


def check_batch(runner: CaseRunner, counts: CaseCounts, batch: bytes, keep_going: bool) -> None:
    """Run a batch of corrections: what is refused is told, and what is done is sound."""
    runner.clear()
    before = content(runner.books)
    how = ["--continue-on-error"] if keep_going else []
    outcome = runner.run("batch", "-", "--json", *how, stdin=batch)
    counts.ran("batch of corrections", outcome)
    check_exit(outcome)
    if outcome.status and not keep_going:
        assert not outcome.out
        assert log_of(content(runner.books)) == log_of(before), outcome
        return
    answers = [json.loads(line) for line in outcome.bytes_out.splitlines()]
    assert len(answers) == len(batch.split(b"\n")), outcome
    assert outcome.status == (3 if any("error" in each for each in answers) else 0)
    _check_sound(runner, before)


def _check_sound(runner: CaseRunner, before: Any) -> None:
    assert_log_goes_on(before, content(runner.books))
    verified = runner.run("verify", "--workers", "1", "--json")
    assert verified.status == 0, verified
