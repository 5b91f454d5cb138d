"""A session in which every command is typed, for ledgers that are kept in different places.

It has a clock and a seed of its own, so that the answers are the same to the letter wherever the
ledger is, but for what names the place.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.support.fork_server import ForkServer
from tests.support.program import SAMPLE_DATA, Outcome, environment

TEST: Final = {"LEDGER_CLOCK": "2026-07-01T09:00:00Z+1s", "LEDGER_SEED": "7"}

READS: Final[Sequence[tuple[str, ...]]] = (
    ("balance", "bank"),
    ("accounts",),
    ("history", "bank"),
    ("statement", "--all"),
    ("balance", "--as-of", "2026-01-05"),
    ("find",),
    ("report", "--by", "month"),
    ("verify",),
    ("head",),
    ("book",),
    ("events", "--json"),
    ("projections",),
    ("export-events",),
    ("sql", "SELECT * FROM entries, balances(date) ORDER BY position"),
    ("backup", "copy.db", "--force"),
)
"""Commands that only read, of a ledger with an account `bank`."""

SESSION: Final = """
book
open bank --owner 'Ana Souza' --initial-balance 100 --at 2026-01-01
open savings --owner 'Ana Souza' --at 2026-01-01 --json
open bank --owner Ben
open yen --owner Ben --currency JPY --initial-balance 20000 --at 2026-01-02
open points --owner Ben --currency POINTS --decimals 0 --at 2026-01-02
open members:ana --owner 'Ana Souza' --overdraft 25 --at 2026-01-02
deposit bank 50 -m Paycheck --at 2026-01-03 --idempotency-key pay-1 --tag category=pay
deposit bank 50 -m Paycheck --at 2026-01-03 --idempotency-key pay-1 --tag category=pay
deposit bank 51 --at 2026-01-03 --idempotency-key pay-1
withdraw bank 12.50 -m 'Café ☕ “kiosk”' --at 2026-01-04 --tag category=food --receipt receipt.txt
withdraw bank 1000 -m 'Too much'
withdraw bank 1 --at 2025-12-31
withdraw nobody 1
transfer bank savings 20 -m 'Put aside' --at 2026-01-05 --idempotency-key move-1
transfer bank savings 20 -m 'Put aside' --at 2026-01-05 --idempotency-key move-1 --json
transfer bank yen 5
deposit bank 7.25 -m 'Receipt found' --at 2026-01-02T12:00:00Z --expected-version 4
deposit bank 7.25 -m 'Receipt found' --at 2026-01-02T12:00:00Z --expected-version 9
batch lines.jsonl
batch lines.jsonl --continue-on-error --json
import --yes bank.csv --account savings
import --yes bank.csv --account savings
import --yes bank.csv --account savings --json
correct bank 3 --amount 12.05
reverse --transfer TRANSFER
amend-entry bank 2 -m 'Wages' --tag category=wages
amend savings --owner 'Ana and Ben' --overdraft 10
amend bank --initial-balance 120
undo --yes
deposit savings 4
undo --yes
confirm bank 999 --as-of 2026-01-31
confirm bank 165.20 --as-of 2026-01-31 --source Bank
lock 2026-01 --reason 'January is closed' --yes
deposit bank 1 --at 2026-01-10
unlock --reason 'One is missing' --yes
close points --reason Unused
reopen points
deposit 'points' 3 --at 2026-06-01
book rename 'The club'
book
accounts
accounts --json
accounts --format csv --status all
accounts --format table
balance
balance bank --json
balance bank --as-of 2026-01-04 --known-at 2026-12-31
balance --tree
balance --as-of 2026-01-31
history bank
history bank --json
history bank --as-of 2026-01-04 --limit 2
history savings --known-at 2026-07-01T09:00:05Z
statement bank --from 2026-01 --to 2026-01
statement --all --format csv
find
find Café --json
find --tag category
find --min 20 --format table
report --by month
report --by tag:category --json
report --by account --as-of 2026-01-31
diff 5 --json
diff 5
replay bank --step
replay bank --json
events --json
events --raw --json
events --account bank --from-position 3 --limit 2
head
head --json
sql 'SELECT account, owner, currency, balance, status FROM accounts ORDER BY account'
sql 'SELECT account, version, amount, description FROM entries ORDER BY account, version' --json
sql "SELECT * FROM balances('2026-01') ORDER BY account"
sql "SELECT account, version, amount FROM entries_at(NULL, '2026-07-01T09:00:09Z') ORDER BY 1, 2"
sql "DELETE FROM accounts"
export out.csv
export out.journal
export out.beancount
export-events log.jsonl
publish file:published.jsonl --name out
publish file:published.jsonl --name out
publications
snapshot --all
snapshots
projections
rebuild-projections
rebuild-projections --workers 2 --json
projections --json
verify
verify --workers 2 --json
doctor
erase bank --reason 'Asked for it' --yes
history bank --json
find
events --raw --json
sql 'SELECT account, version, amount, description FROM entries ORDER BY account, version'
verify --json
head
balance no-such --json
import-events log.jsonl
batch more.jsonl
head
verify
"""
"""One command line a line; TRANSFER is the id of the first transfer."""


def files(folder: Path) -> None:
    """Make the files that the session reads."""
    lines = [
        {"command": "open", "account": "cash", "owner": "Ana", "at": "2026-02-01"},
        {"command": "deposit", "account": "cash", "amount": "30", "idempotency_key": "c-1"},
        {"command": "transfer", "from": "cash", "to": "savings", "amount": "10"},
    ]
    (folder / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "bank.csv").write_text(
        "Date,Description,Amount\n2026-03-01,Interest,1.25\n2026-03-02,Fee,-0.50\n"
    )
    (folder / "receipt.txt").write_text("a receipt\n")
    more = (SAMPLE_DATA / "club_year.jsonl").read_text(encoding="utf-8").splitlines()[:150]
    (folder / "more.jsonl").write_text("\n".join(more) + "\n")


def typed(
    server: ForkServer, folder: Path, place: str, session: str = SESSION
) -> Iterator[tuple[str, Outcome]]:
    """Type a session, with the ledger at a place; gives each line with its outcome.

    What names the place reads PLACE in it, and the folder FOLDER. A line ``mv FROM TO`` moves a
    folder.
    """
    files(folder)
    env = environment(folder, place, **TEST)
    named = re.compile("|".join(map(re.escape, (str(folder / place), place))))
    transfer = ""
    for line in session.strip().splitlines():
        if line.startswith("mv "):
            _, source, target = line.split()
            (folder / source).rename(folder / target)
            continue
        done = server.run(*shlex.split(line.replace("TRANSFER", transfer)), cwd=folder, env=env)
        if not transfer and "transfer_id" in done.out:
            transfer = done.json["transfer_id"]
        out, err = (
            named.sub("PLACE", text).replace(str(folder), "FOLDER") for text in (done.out, done.err)
        )
        yield line, Outcome(done.status, out, err)
