"""A session in which the oldest entries are archived, and all is asked that has to do with it."""

from __future__ import annotations

from typing import Final

QUESTIONS: Final = """
history bank
history bank --as-of 2026-01-04
history bank --limit 2
statement bank
statement --all --from 2026-01
events
events --account bank --limit 3
events --from-position 16
find Paycheck
find --tag category
report --by month
balance --as-of 2026-01-03
balance bank --known-at 2026-07-01T09:00:05Z
replay savings
diff 3
export-events -
export out.csv --force
rebuild-projections
deposit bank 50 -m Paycheck --at 2026-01-03 --idempotency-key pay-1
deposit bank 51 -m Paycheck --at 2026-01-03 --idempotency-key pay-1
transfer bank savings 20 -m 'Put aside' --at 2026-01-05 --idempotency-key move-1
deposit bank 1 --at 2026-01-03
withdraw bank 1000 --at 2026-01-03
reverse bank 2 --reason Wrong
correct bank 3 --amount 12.05
amend-entry bank 4 -m Salary
amend bank --initial-balance 120
undo --yes
confirm bank 1
import --yes bank.csv --account savings
publish file:published.jsonl --name out
rebuild-projections --workers 2
"""
"""What needs the archive, and some that does not."""

SESSION: Final = f"""
open bank --owner 'Ana Souza' --initial-balance 100 --at 2026-01-01
open savings --owner 'Ana Souza' --at 2026-01-01 --overdraft 5
open yen --owner Ben --currency JPY --initial-balance 20000 --at 2026-01-02
open spent --owner Ben --at 2026-01-02
deposit bank 50 -m Paycheck --at 2026-01-03 --idempotency-key pay-1 --tag category=pay
withdraw bank 12.50 -m 'Café ☕' --at 2026-01-04 --tag category=food --receipt receipt.txt
transfer bank savings 20 -m 'Put aside' --at 2026-01-05 --idempotency-key move-1 --json
deposit bank 7.25 -m 'Receipt found' --at 2026-01-02T12:00:00Z
import --yes bank.csv --account savings
close spent
lock 2026-01-01 --yes
archive old/deep --to 2025-12
archive old/deep --to 2026-07-01T09:00:13Z --json
archive old/deep --to 2026-07-01T09:00:13Z
archive other --to today
book --json
accounts --json --status all
balance --json
snapshot --all
verify --json
verify --archive old/deep --json
doctor
{QUESTIONS.strip()}
reopen spent
deposit spent 3
reverse --transfer TRANSFER
amend savings --owner 'Ana and Ben' --overdraft 10
batch lines.jsonl
sql 'SELECT * FROM accounts ORDER BY account'
sql 'SELECT * FROM entries ORDER BY account, version' --json
backup copy.db
verify --db copy.db --json
balance --db copy.db
history bank --db copy.db
sql 'SELECT * FROM entries ORDER BY account, version' --json --db copy.db
mv old away
accounts --json --status all
deposit bank 1
verify --json
doctor
backup copy.db --force
{QUESTIONS.strip()}
archive old/deep --to today
erase bank --reason 'Asked for it' --yes
history bank --archive away/deep
history savings --archive away/deep --json
reverse savings 3 --archive away/deep
erase bank --reason 'Asked for it' --yes --archive away/deep
history bank --archive away/deep --json
archive away/deep --to 2026-07-01T09:00:40Z --json
history bank --json
verify --archive away/deep --json
verify --json
book --json
sql 'SELECT * FROM accounts ORDER BY account'
sql 'SELECT * FROM entries ORDER BY account, version' --json
export-events log.jsonl
head --json
import-events log.jsonl --db again.db
head --db again.db
snapshots
projections --json
batch more.jsonl
archive away/deep --to today --format table
head
verify --archive away/deep
doctor --repair --archive away/deep
"""
"""One command line a line, as `every_command.typed` takes them."""
