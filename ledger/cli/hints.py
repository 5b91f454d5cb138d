"""What to do next after an error: a command that works as printed, where there is one.

Errors know no shell: below the command line they carry a code, details, and advice in neutral
words. Here a command is put behind that advice. Imported only once something has gone wrong.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from ledger.cli.archive_hints import archive_missing
from ledger.cli.closing_hints import confirmation_differs, locked, nothing_to_unlock
from ledger.cli.diff_hints import no_such_file
from ledger.cli.environment import Environment, program_name
from ledger.cli.export_hints import export_refused
from ledger.cli.file_hints import (
    about_migrated,
    elsewhere,
    followed_by,
    foreign_file,
    import_refused,
    ledger_moved,
    no_such_ledger,
    not_a_ledger,
    not_erasable,
    older_format,
    unused,
)
from ledger.cli.lacking_money import insufficient_funds
from ledger.cli.mistake_hints import (
    FAMILY,
    already_reversed,
    before_opening,
    clock_behind,
    closed,
    no_such_entry,
    not_earlier,
    not_reversible,
    nothing_to_correct,
    nothing_to_undo,
)
from ledger.cli.mistyped import hint_about_accounts
from ledger.cli.package_hints import missing_package
from ledger.cli.publishing_hints import (
    client_properties,
    no_such_publication,
    no_such_target,
    nothing_to_archive,
    publication_elsewhere,
    repeated,
)
from ledger.cli.report_hints import cannot_be_by
from ledger.cli.retyped import command, quoted, typed_again
from ledger.cli.sql_hints import invalid_query
from ledger.cli.time_hints import year_alone
from ledger.domain.currency import DECIMALS
from ledger.errors import LedgerError
from ledger.ledger import Ledger
from ledger.projections.projector import OUR_NAMES
from ledger.verification.problems import REPAIR, Diagnosis, Problem

_VARIABLES: Final = {
    "the actor": "LEDGER_ACTOR",
    "the correlation id": "LEDGER_CORRELATION_ID",
    "the causation id": "LEDGER_CAUSATION_ID",
}


def hint_for(env: Environment, error: LedgerError) -> str:
    """What to do next; empty where there is nothing to say."""
    if any(f"{sign} {program_name()} " in error.advice for sign in ":?"):
        return error.advice  # the command line's own, with its command
    if env.typed is not None and env.typed.info_name == "migrate":
        return about_migrated(error, env.typed.params)  # it is about one of the two files
    if "other_file" in error.details:
        return error.advice if error.code != "no_such_ledger" else no_such_file(env, error)
    about_accounts = hint_about_accounts(env, error)
    if about_accounts:
        return about_accounts
    make = _HINTS.get(error.code)
    return make(env, error) if make is not None else error.advice


def advice_for(env: Environment, found: Diagnosis, problem: Problem) -> str:
    """What to do about something that a diagnosis found."""
    refusal = found.refusal
    if refusal is not None and (problem.code, problem.advice) == (refusal.code, refusal.advice):
        return hint_for(env, refusal)
    if problem.advice == REPAIR:
        return followed_by(problem.advice, command(env, "doctor", "--repair"))
    if problem.code == "export":
        return followed_by(
            problem.advice, command(elsewhere(unused("new.db")), "import-events", found.path)
        )
    return problem.advice


def _account(error: LedgerError) -> str | None:
    found = error.details.get("account_id", error.details.get("stream_id"))
    return found if isinstance(found, str) else None


# ── what to type, by the error's code ───────────────────────────────────────────────────────────


def _in_its_history(env: Environment, error: LedgerError) -> str:
    account = _account(error)
    if account is None or "line" in error.details:
        return error.advice
    return followed_by(error.advice, command(env, "history", account))


def _see_its_history(env: Environment, error: LedgerError) -> str:
    account = _account(error)
    if account is None or "line" in error.details:
        return error.advice
    return f"{error.advice}; to see what happened: {command(env, 'history', account)}"


def _account_closed(env: Environment, error: LedgerError) -> str:
    hint = followed_by(error.advice, closed(env, error))
    return f"{hint}; to see which there are: {command(env, 'accounts', '--status', 'active')}"


def _balance_not_zero(env: Environment, error: LedgerError) -> str:
    account, balance = _account(error), error.details.get("balance")
    if account is None or not isinstance(balance, str) or "line" in error.details:
        return error.advice
    at = None if env.typed is None else env.typed.params.get("at")
    then = () if at is None else ("--at", str(at))
    evens_out = "deposit" if balance.startswith("-") else "withdraw"
    amount = balance.removeprefix("-")
    return followed_by(error.advice, command(env, evens_out, account, amount, *then))


def _later_activity(env: Environment, error: LedgerError) -> str:
    later = error.details.get("last_activity")
    if "line" in error.details or env.typed is None or "at" not in env.typed.params:
        return error.advice
    return followed_by(error.advice, typed_again(env, {"at": later}))


def _currency_mismatch(env: Environment, error: LedgerError) -> str:
    return f"{error.advice}; to see the currencies: {command(env, 'accounts')}"


def _invalid_currency(env: Environment, error: LedgerError) -> str:
    currency = error.details.get("currency")
    typed = env.typed
    if typed is None or not isinstance(currency, str) or typed.params.get("currency") != currency:
        return error.advice
    capitals = currency.upper()
    if capitals != currency and capitals in error.advice:
        changes = {"currency": capitals, **({"decimals": None} if capitals in DECIMALS else {})}
        return f"write it in capitals: {typed_again(env, changes)}"
    if currency in DECIMALS:  # which are other decimals than were asked for
        return followed_by(error.advice, typed_again(env, {"decimals": None}))
    if "a unit of your own" in error.advice:
        return f"{error.advice}: --decimals 2, for example"
    return error.advice


def _key_reused(env: Environment, error: LedgerError) -> str:
    key = error.details.get("idempotency_key")
    if env.typed is None or env.typed.params.get("idempotency_key") != key:
        return error.advice
    return followed_by(error.advice, typed_again(env, {"idempotency_key": f"{key}-2"}))


def _same_account(env: Environment, error: LedgerError) -> str:
    return f"{error.advice}; to see which there are: {command(env, 'accounts')}"


def _invalid_text(env: Environment, error: LedgerError) -> str:
    variable = _VARIABLES.get(str(error.details.get("field")))
    return f"{error.advice}; it comes from {variable}" if variable else error.advice


def _invalid_line(env: Environment, error: LedgerError) -> str:
    if env.typed is not None and env.typed.info_name == "batch":
        if error.details.get("looks_like") == "csv":
            return followed_by(error.advice, typed_again(env, {"input_format": "csv"}))
        return f"{error.advice}; to see how lines are written: {_help_of(env)}"
    if "of_archive" in error.details:
        return f"{error.advice}: {command(elsewhere('BOOKS'), 'export-events', 'log.jsonl')}"
    return _rules_file(env, error)


def _rules_file(env: Environment, error: LedgerError) -> str:
    if env.typed is None or env.typed.info_name != "import" or "rule" not in error.details:
        return error.advice
    return f"{error.advice}; rules go into a file that you pass with --rules: {_help_of(env)}"


def _invalid_time(env: Environment, error: LedgerError) -> str:
    if env.typed is not None and env.typed.info_name in ("reverse", "reopen"):
        return not_earlier(env, error)
    if "year" in error.details:
        return year_alone(env, error)
    if env.typed is not None and env.typed.info_name == "archive" and "to" in error.details:
        return followed_by(error.advice, typed_again(env, {"to": error.details["to"]}))
    return _rules_file(env, error)


def _help_of(env: Environment) -> str:
    return f"{env.typed.command_path} --help"


def _undecided_entry(env: Environment, error: LedgerError) -> str:
    option = "duplicates" if error.details.get("likeness") == "similar" else "transfers"
    skip, take = (typed_again(env, {option: each}) for each in ("skip", "take"))
    return f"{error.advice}; if they are the same: {skip}; if they are others: {take}"


def _invalid_usage(env: Environment, error: LedgerError) -> str:
    numbers = error.details.get("account_numbers")
    if isinstance(numbers, list) and numbers and env.typed is not None:
        account = env.typed.params.get("account") or "ACCOUNT"
        named = typed_again(env, {"account": None, "map_": [f"{numbers[0]}={account}"]})
        return f"{error.advice}, with --map for each: {named}"
    if "projection" in error.details:
        return f"name each class once in LEDGER_PROJECTIONS, or {error.advice}"
    if env.typed is not None and env.typed.info_name in FAMILY:
        return f"{error.advice}; to see how: {_help_of(env)}"
    return error.advice


_EXAMPLE: Final = "LEDGER_CLOCK=2026-01-01T09:00:00Z+1s LEDGER_SEED=7"


def _test_ledger(env: Environment, error: LedgerError) -> str:
    """What to do about LEDGER_CLOCK and LEDGER_SEED."""
    again = typed_again(env)
    match error.details["test_ledger"]:
        case "no":
            return followed_by(
                error.advice, again and f"env -u LEDGER_CLOCK -u LEDGER_SEED {again}"
            )
        case "other":
            clock, seed = (quoted(str(error.details[name])) for name in ("clock", "seed"))
            variables = f"LEDGER_CLOCK={clock} LEDGER_SEED={seed}"
            return followed_by(error.advice, again and f"{variables} {again}")
        case "incomplete" if env.exists:
            return _half_of_a_pair(env, error, again)
        case _:
            return f"{error.advice}; they come from LEDGER_CLOCK and LEDGER_SEED: {_EXAMPLE}"


def _half_of_a_pair(env: Environment, error: LedgerError, again: str) -> str:
    """What to do where one of the two is given, and there is a ledger already."""
    try:
        with Ledger.open(env.path, create=False, as_it_is=True):
            pass
    except LedgerError as refusal:
        if "test_ledger" in refusal.details:  # which says what it was made with
            return _test_ledger(env, refusal)
        return error.advice
    given = "LEDGER_CLOCK" if os.environ.get("LEDGER_CLOCK") else "LEDGER_SEED"
    return followed_by("this is a real ledger: leave it out", again and f"env -u {given} {again}")


def _invalid_option(env: Environment, error: LedgerError) -> str:
    details = error.details
    if "test_ledger" in details:
        return _test_ledger(env, error)
    if "by" in details:
        return cannot_be_by(env, error)
    if "archive_folder" in details:
        return followed_by(error.advice, typed_again(env, {"folder": details["archive_folder"]}))
    if "existing" in details:
        return followed_by(error.advice, typed_again(env, None, "--force"))
    if env.typed is not None and env.typed.info_name == "export":
        return export_refused(env, error)
    if "properties" in details:
        return client_properties(error)
    if "publication" in details:
        return publication_elsewhere(env, error)
    typed = {} if env.typed is None else env.typed.params
    if "from" in details and "to" in details and typed.get("to_time"):
        swapped = {"from_time": typed["to_time"], "to_time": typed["from_time"]}
        return followed_by(error.advice, typed_again(env, swapped))
    return error.advice


def _no_such_projection(env: Environment, error: LedgerError) -> str:
    return f"{error.advice}; to see how they are: {command(env, 'projections')}"


def _lock_timeout(env: Environment, error: LedgerError) -> str:
    again = typed_again(env)
    if "archived_to" in error.details:
        return followed_by(error.advice, again)
    return f"{error.advice}: LEDGER_LOCK_TIMEOUT=60 {again}" if again else error.advice


def _repeat(env: Environment, error: LedgerError) -> str:
    return followed_by(error.advice, typed_again(env))


def _diagnose(env: Environment, error: LedgerError) -> str:
    if "line" in error.details:  # it is about the file that is read, not about the ledger
        return error.advice
    if env.typed is not None and env.typed.info_name == "doctor":
        return error.advice
    if "diagnosed" in error.advice:
        return followed_by(error.advice, command(env, "doctor"))
    return f"{error.advice}; to see what can be done: {command(env, 'doctor')}"


def _projection_failed(env: Environment, error: LedgerError) -> str:
    name = str(error.details.get("projection"))
    if name in OUR_NAMES:
        return _diagnose(env, error)
    return f"correct the fold of {name}, then: {command(env, 'rebuild-projections', name)}"


def _output_failure(env: Environment, error: LedgerError) -> str:
    if not env.writes:
        return error.advice
    return f"{error.advice}: {command(env, 'events')}"


def _unexpected(env: Environment, error: LedgerError) -> str:
    again = typed_again(env, None, "--debug")
    return f"this is a bug in ledger; report what this shows: {again}" if again else error.advice


def _damaged(env: Environment, error: LedgerError) -> str:
    projection, account = error.details.get("projection"), _account(error)
    if projection is not None:
        return followed_by(error.advice, command(env, "rebuild-projections", str(projection)))
    if "closing_balance" in error.details and account is not None:
        return followed_by(error.advice, command(env, "replay", account))
    return _diagnose(env, error)


def _storage_failure(env: Environment, error: LedgerError) -> str:
    if "workers" in error.details:
        return followed_by(error.advice, typed_again(env, {"workers": 1}))
    return error.advice


_HINTS: Final[dict[str, Callable[[Environment, LedgerError], str]]] = {
    "insufficient_funds": insufficient_funds,
    "balance_too_large": _see_its_history,
    "account_closed": _account_closed,
    "account_already_open": _see_its_history,
    "balance_not_zero": _balance_not_zero,
    "before_opening": before_opening,
    "already_reversed": already_reversed,
    "not_reversible": not_reversible,
    "nothing_to_undo": nothing_to_undo,
    "no_such_entry": no_such_entry,
    "later_activity": _later_activity,
    "clock_behind": clock_behind,
    "locked": locked,
    "nothing_to_unlock": nothing_to_unlock,
    "confirmation_differs": confirmation_differs,
    "nothing_to_archive": nothing_to_archive,
    "nothing_to_correct": nothing_to_correct,
    "currency_mismatch": _currency_mismatch,
    "same_account": _same_account,
    "idempotency_key_reused": _key_reused,
    "import_refused": import_refused,
    "not_erasable": not_erasable,
    "erased_meanwhile": _repeat,
    "invalid_amount": _rules_file,
    "invalid_time": _invalid_time,
    "invalid_currency": _invalid_currency,
    "invalid_text": _invalid_text,
    "invalid_line": _invalid_line,
    "invalid_option": _invalid_option,
    "invalid_usage": _invalid_usage,
    "invalid_query": invalid_query,
    "undecided_entry": _undecided_entry,
    "not_a_ledger": not_a_ledger,
    "older_format": older_format,
    "no_such_ledger": no_such_ledger,
    "no_such_projection": _no_such_projection,
    "no_such_publication": no_such_publication,
    "no_such_target": no_such_target,
    "archive_missing": archive_missing,
    "damaged_archive": archive_missing,
    "target_failure": repeated,
    "missing_package": missing_package,
    "version_conflict": _in_its_history,
    "lock_timeout": _lock_timeout,
    "ledger_appeared": _repeat,
    "broken_chain": _diagnose,
    "unreadable_event": _diagnose,
    "projection_outdated": _damaged,
    "projection_failed": _projection_failed,
    "damaged_ledger": _damaged,
    "foreign_file": foreign_file,
    "ledger_moved": ledger_moved,
    "storage_failure": _storage_failure,
    "output_failure": _output_failure,
    "unexpected_failure": _unexpected,
}
