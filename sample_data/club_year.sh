#!/bin/sh
# A small club's year, and how it is closed: each command as it is typed, and its answer.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
folder=$(mktemp -d "${TMPDIR:-/tmp}/club.XXXXXX")
answer=$folder/answer
trap 'rm -f "$answer"' EXIT

# The same answers everywhere, whatever is set.
unset LEDGER_TIME_ZONE LEDGER_PROJECTIONS LEDGER_CLOCK LEDGER_SEED LEDGER_GROUP_DIGITS
export LEDGER_DB="$folder/club.db" LEDGER_PAGER= TZ=UTC
[ -t 1 ] || export COLUMNS=80

# quoted TEXT: as a shell takes it for one word.
quoted() {
    case $1 in
        *[!A-Za-z0-9_./-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
        *) printf %s "$1" ;;
    esac
}

# type_in COMMAND [STATUS]: the exit status is 0 unless said otherwise.
type_in() {
    printf '$ %s\n' "$1"
    status=0
    if [ -t 1 ]; then
        eval "$1" || status=$?
    else
        eval "$1 --format table" > "$answer" 2>&1 || status=$?
        if grep -q '──' "$answer"; then cat "$answer"; else fold -s -w 80 "$answer"; fi
    fi
    [ "$status" -eq "${2:-0}" ]
}

echo "# A rowing club's year, as its treasurer wrote it down."
type_in "ledger batch sample_data/club_year.jsonl"
type_in "ledger book rename 'Rowing Club'"
type_in "ledger balance --tree club: dues: bar boat-fund"
echo
echo "# What the accounts at the bank took in and paid out, and for what."
type_in "ledger report club: --by tag:category"
echo
echo "# The bank's statement comes, and does not agree."
type_in "ledger confirm club:checking 13002.79 --as-of 2025-12" 3
echo
echo "# So says the invoice. The year is locked: whoever corrects it gives a reason."
type_in "ledger unlock 2025-08-26 --reason 'Engine: price mistyped' --yes"
type_in "ledger correct club:checking 145 --amount 4190.00"
type_in "ledger confirm club:checking 13002.79 --as-of 2025-12"
type_in "ledger lock 2025-12 --reason 'The bank agrees' --yes"
echo
echo "# For the members: what has changed since the year was closed, and why."
type_in "ledger diff"
echo
echo "# And the year on a page, to show and to print: open it in a browser."
type_in "ledger export $(quoted "$folder/year.html") --from 2025-01 --to 2025-12"
echo
echo "# The books are yours to play with:"
printf '%s\n' "export LEDGER_DB=$(quoted "$LEDGER_DB"); . .venv/bin/activate"
echo "ledger statement boat-fund --from 2025-09"
