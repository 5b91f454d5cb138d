"""Damaged files: every answer is right, or an error, or one that `ledger verify` finds wrong.

SQLite has no checksum over the pages of its file. A damaged amount, name or time is a value like
any other to it, and a command that reads a projection or a snapshot shows it. What can be promised,
and is checked here for every damage, is this:

- A report ends with an error of a damaged file (6), of no ledger (2), or of the machine (1); or it
  says to the byte what it said of the undamaged file; or else `verify` exits with 6 as well, and
  says so. A damage that makes no report differ need not be found: it may lie in unused space.
- Damage in the write-ahead log is different, for its frames do have checksums: SQLite takes it for
  the trace of a crash, and goes by the last commit before it. So reports may also say, all of them,
  what they said after an earlier commit. `verify` is clean then, since nothing in the file tells
  otherwise; a head that was noted does, which every report prints, and `verify --expect-head`
  exits with 6.
- `verify` itself never dies, and never calls a ledger clean whose export is not that of the
  undamaged file or of an earlier commit.

One value is in no hash and in nothing that is folded: the time at which the ledger was made. It
stands in the header of an export and nowhere else, and is left out of the comparison.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.support.fork_server import ForkServer
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.exit_contract import check_exit
from tests.support.fuzz.file_damage import Damage, damage
from tests.support.fuzz.undamaged_ledgers import LONG, UndamagedLedger
from tests.support.program import Outcome, environment

EXPORT = ("export-events",)

REPORTS: tuple[tuple[str, ...], ...] = (
    ("balance", "--json"),
    ("balance", LONG, "--json"),
    ("balance", "acc-1", "--as-of", "2024-03-10", "--json"),
    ("balance", "--known-at", "2024-03-08", "--json"),
    ("accounts", "--json"),
    ("accounts", "--format", "table"),
    ("history", LONG, "--json"),
    ("history", "acc-2", "--limit", "3", "--json"),
    ("history", "acc-4", "--as-of", "2024-03-12T12:00:00Z", "--format", "table"),
    ("statement", LONG, "--from", "2024-03-04", "--json"),
    ("statement", "acc-0", "--format", "csv"),
    ("events", "--json"),
    ("events", "--account", "acc-3"),
    ("replay", "acc-5", "--json"),
    EXPORT,
)

BACKUP = ("backup", "copy.db", "--json")
REPAIR = ("doctor", "--repair", "--workers", "1", "--json")

WRITES: tuple[tuple[str, ...], ...] = (
    ("deposit", LONG, "1.00", "--json"),
    ("deposit", "acc-1", "1.00", "--idempotency-key", "k7", "--json"),
    ("withdraw", "acc-2", "0.01", "--at", "2024-03-09", "--json"),
    ("transfer", LONG, "jp-camp", "1", "--json"),
    ("open", "new", "--owner", "Nia", "--json"),
    ("snapshot", "--all", "--json"),
    ("rebuild-projections", "--json"),
    ("batch", "-", "--json"),
    BACKUP,
    REPAIR,
    ("doctor", "--workers", "1"),
)

_CREATED = re.compile(rb'"created_at":"[^"]*"')

Truth = Mapping[tuple[str, ...], bytes]


class DamagedFiles:
    """Damages files, and runs reports on them.

    Args:
        undamaged: what `make_undamaged_ledgers` made.
    """

    def __init__(
        self, fork_server: ForkServer, folder: Path, undamaged: Mapping[str, UndamagedLedger]
    ) -> None:
        self._server = fork_server
        self._folder = folder
        self._undamaged = undamaged
        self._truths: dict[str, Truth] = {}

    def check(self, counts: CaseCounts, seed: int) -> Damage:
        """Damage a file by a seed, and run reports on it.

        Returns:
            What was done to it.
        """
        dice = random.Random(seed)
        name = dice.choice(["settled", "settled", "after 4"])
        damaged = self._fresh(name)
        file = dice.choice(self._undamaged[name].files)
        done = damage(damaged.with_name(file.name), self._undamaged["stale"].path, dice)
        asked = dice.sample(REPORTS, 4)
        answers = {report: self._ask(damaged, report) for report in [*asked, EXPORT]}
        verdicts = []
        for report, outcome in answers.items():
            counts.ran("reports of damaged files", outcome)
            error = check_exit(outcome, bad_disk=True)
            if outcome.status == 2:
                assert error.get("code", "not_a_ledger") == "not_a_ledger", (seed, outcome)
            said = "error" if outcome.status in (1, 2, 6) else self._whose(name, report, outcome)
            verdicts.append(said)
            counts.note(f"damaged files: a report {_KINDS.get(said, 'of an earlier commit')}")
        if set(verdicts) <= {"error", name}:
            return done
        verified = self._verify(counts, damaged)
        if "nothing" in verdicts:
            assert verified.status != 0, (seed, done, _differing(answers, verdicts))
            counts.note("damaged files: a wrong report that verify finds")
        else:
            counts.note("damaged files: cut back to an earlier commit, found by --expect-head")
        with_head = self._verify(counts, damaged, self._undamaged[name].head)
        assert with_head.status != 0, (seed, done)
        return done

    def check_verify(self, counts: CaseCounts, seed: int) -> None:
        """Damage a file by a seed, verify it, and see that *clean* means what it says."""
        dice = random.Random(seed)
        name = dice.choice(["settled", "after 4"])
        damaged = self._fresh(name)
        file = dice.choice(self._undamaged[name].files)
        done = damage(damaged.with_name(file.name), self._undamaged["stale"].path, dice)
        verified = self._verify(counts, damaged)
        if verified.status == 0:
            for report in dice.sample(REPORTS, 3):
                outcome = self._ask(damaged, report)
                assert outcome.status == 0, (seed, done, outcome)
                assert self._whose(name, report, outcome) != "nothing", (seed, done, report)
        counts.note(f"damaged files: verify {'clean' if verified.status == 0 else 'finds it'}")

    def check_write(self, counts: CaseCounts, seed: int) -> None:
        """Damage a file by a seed, and try to write to it: it works, or is an error.

        A backup that was made, and a file that was repaired, are sound.
        """
        dice = random.Random(seed)
        name = dice.choice(["settled", "after 4"])
        damaged = self._fresh(name)
        file = dice.choice(self._undamaged[name].files)
        damage(damaged.with_name(file.name), self._undamaged["stale"].path, dice)
        line = b'{"command": "deposit", "account": "acc-2", "amount": "1.00"}\n'
        for write in dice.sample(WRITES, 2):
            outcome = self._run(damaged, write, stdin=line)
            counts.ran("writes to damaged files", outcome)
            check_exit(outcome, bad_disk=True)
            if outcome.status == 0 and write in (BACKUP, REPAIR):
                sound = damaged.with_name("copy.db") if write == BACKUP else damaged
                assert self._verify(counts, sound).status == 0, (seed, write, outcome)
        self._verify(counts, damaged)

    def check_cut(self, counts: CaseCounts) -> None:
        """Cut the write-ahead log in the middle of its last commit, and run all reports."""
        name = "after 4"
        damaged = self._fresh(name)
        log = damaged.with_name(self._undamaged[name].files[1].name)
        log.write_bytes(log.read_bytes()[:-1])
        for report in REPORTS:
            assert self._whose("after 4", report, self._ask(damaged, report)) != "nothing"
        assert self._whose(name, EXPORT, self._ask(damaged, EXPORT)) == "after 3"
        assert self._verify(counts, damaged).status == 0
        assert self._verify(counts, damaged, self._undamaged["after 3"].head).status == 0
        assert self._verify(counts, damaged, self._undamaged[name].head).status == 6

    def _fresh(self, name: str) -> Path:
        folder = self._folder / "case"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return self._undamaged[name].copy_to(folder)

    def _ask(self, damaged: Path, report: tuple[str, ...]) -> Outcome:
        """Run a report, and restore the files: a reader may tidy up the write-ahead log."""
        files = {file: file.read_bytes() for file in damaged.parent.iterdir()}
        outcome = self._run(damaged, report)
        for file in damaged.parent.iterdir():
            if file not in files:
                file.unlink()
        for file, data in files.items():
            file.write_bytes(data)
        return outcome

    def _run(self, damaged: Path, arguments: tuple[str, ...], stdin: bytes = b"") -> Outcome:
        env = environment(self._folder, damaged.name, LEDGER_ACTOR="tester", NO_COLOR="1")
        return self._server.run(*arguments, cwd=damaged.parent, env=env, stdin=stdin)

    def _verify(self, counts: CaseCounts, damaged: Path, head: str = "") -> Outcome:
        how = ("--expect-head", head) if head else ()
        outcome = self._run(damaged, ("verify", "--json", "--workers", "1", *how))
        counts.ran("verify of damaged files", outcome)
        check_exit(outcome, bad_disk=True)
        assert outcome.status in (0, 1, 2, 6), outcome
        return outcome

    def _whose(self, name: str, report: tuple[str, ...], outcome: Outcome) -> str:
        """Which undamaged ledger says the same; the one that was damaged goes first."""
        earlier = [f"after {number}" for number in range(3, 0, -1)]
        for each in [name] if name == "settled" else [name, *earlier, "settled"]:
            if outcome.status == 0 and self._truth(each, report) == _comparable(outcome.bytes_out):
                return each
        return "nothing"

    def _truth(self, name: str, report: tuple[str, ...]) -> bytes:
        known = dict(self._truths.get(name, {}))
        if report not in known:
            outcome = self._run(self._fresh_truth(name), report)
            assert outcome.status == 0, outcome
            known[report] = _comparable(outcome.bytes_out)
            self._truths[name] = known
        return known[report]

    def _fresh_truth(self, name: str) -> Path:
        folder = self._folder / "truth"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return self._undamaged[name].copy_to(folder)


_KINDS = {
    "error": "that is an error",
    "settled": "as of the undamaged file",
    "after 4": "as of the undamaged file",
    "nothing": "that is wrong",
}


def _comparable(said: bytes) -> bytes:
    return _CREATED.sub(b"", said)


def _differing(
    answers: Mapping[tuple[str, ...], Outcome], verdicts: list[str]
) -> list[tuple[tuple[str, ...], Outcome]]:
    return [
        (report, outcome)
        for (report, outcome), said in zip(answers.items(), verdicts, strict=True)
        if said == "nothing"
    ]
