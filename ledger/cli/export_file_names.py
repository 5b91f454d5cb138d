"""Files of an export whose name does not say its format, says another one, or is no file's at all.

Every command that is shown names a file that is not there yet, so that nothing is in its way.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any, Final

from ledger.cli.completion import plain_account_ids
from ledger.cli.environment import Environment
from ledger.cli.file_hints import unused
from ledger.cli.retyped import command, typed_again
from ledger.errors import InvalidUsage
from ledger.exchange.exports import FORMATS, format_by_ending

_WHOLE: Final = "accounts"
"""What a file is called that nothing else gives a name to."""

_MEANT: Final = {
    "csv": (".xlsx", ".xls", ".ods", ".numbers", ".tsv", ".json", ".ofx", ".qif"),
    "hledger": (".ledger", ".ldg"),
}
"""What is meant by the endings of files that no format here has; a page by all others."""


def empty_name(env: Environment, formats: Sequence[str], ends: Sequence[str]) -> InvalidUsage:
    """The error for a file without a name."""
    file = unused(_WHOLE + _ending(*formats))
    return InvalidUsage(
        "the name of the file is empty",
        advice=f"name a file, or - for stdout: {typed_again(env, {'file': file, 'to': ends})}",
    )


def json_on_stdout(env: Environment, given: Sequence[str]) -> InvalidUsage:
    """The error for an export to where the answer as JSON goes, given what ``--to`` says."""
    formats = [each.lower() for each in given if each.lower() in FORMATS]
    ends = [each for each in given if each[:1].isdigit()][:1]
    file = unused(_WHOLE + _ending(*formats))
    return InvalidUsage(
        "the export itself goes to stdout, and so would what --json says of it",
        advice=f"leave out --json, or name a file: {typed_again(env, {'file': file, 'to': ends})}",
    )


def no_format(env: Environment, file: str, ends: Sequence[str]) -> InvalidUsage:
    """The error where neither the file's name nor an option says the format."""
    takes = f"--to, which takes {', '.join(FORMATS)} and the end of the period"
    if file == "-":
        html = typed_again(env, {"to": ["html", *ends]})
        return InvalidUsage(
            "nothing says which format to export to", advice=f"say it with {takes}: {html}"
        )
    name = os.path.basename(file) or file
    message = f"{name!a} does not say which format to export to"
    if file.endswith(".jsonl"):  # what the log itself is exported to
        log = command(env, "export-events", _free(env, file))
        return InvalidUsage(message, advice=f"to export the log: {log}")
    ending = _ending(*(to for to, others in _MEANT.items() if file.lower().endswith(others)))
    if _is_ledger(env, file):
        message, takes = f"{name!a} is the ledger itself", ""
    renamed = typed_again(env, {"file": _renamed(file, ending), "to": ends})
    how = f"its name says it, or {takes}" if takes else "name another file"
    return InvalidUsage(message, advice=f"{how}: {renamed}")


def misnamed(
    env: Environment, file: str, by_name: str, asked: str, ends: Sequence[str]
) -> InvalidUsage:
    """The error for a file whose name says another format than the one that is asked for."""
    other = typed_again(env, {"file": _renamed(file, _ending(asked)), "to": ends})
    same = typed_again(env, {"file": _free(env, file), "to": ends})
    return InvalidUsage(
        f"{os.path.basename(file)!a} is the name of a file in {by_name}, and {asked} is asked for",
        advice=f"for {asked}: {other}; for {by_name}: {same}",
    )


def account_for_file(
    env: Environment, file: str, formats: Sequence[str], ends: Sequence[str]
) -> InvalidUsage | None:
    """The error for an account, or a prefix, where the file should be; None where it is none."""
    ids = plain_account_ids(env)
    below = file if file.endswith(":") else f"{file}:"
    if file in ids:
        account, what = file, "is an account"
    elif any(each.startswith(below) for each in ids):
        account, what = below, "stands for accounts"
    else:
        return None
    given = list(env.typed.params.get("accounts") or ())
    files = [each for each in given if each not in ids and format_by_ending(each)]
    plain = re.sub(r"[:/]+", "-", account).strip("-.") or _WHOLE
    changes: dict[str, Any] = {
        "file": _free(env, files[0]) if files else unused(plain + _ending(*formats)),
        "accounts": [account, *(each for each in given if each not in files)],
        "to": ends,
    }
    advice = f"name a file first: {typed_again(env, changes)}"
    if formats:
        there = {"file": _free(env, os.path.join(os.curdir, file)), "to": [formats[0], *ends]}
        advice += f"; if a file is to be called so: {typed_again(env, there)}"
    return InvalidUsage(f"{file!a} {what}, and no file is named", advice=advice)


def _ending(*formats: str) -> str:
    return FORMATS[formats[0] if formats else "html"].endings[0]


def _renamed(file: str, ending: str) -> str:
    """The name of a file, with another ending."""
    if os.path.isdir(file):
        return unused(os.path.join(file, _WHOLE + ending))
    folder, name = os.path.split(os.path.splitext(file)[0])
    return unused(os.path.join(folder if os.path.isdir(folder) else "", name + ending))


def _free(env: Environment, file: str) -> str:
    """The file, unless it is there and may not be replaced: then one that is called nearly so."""
    return file if env.typed.params.get("force") else unused(file)


def _is_ledger(env: Environment, file: str) -> bool:
    there = os.path.exists(file) and os.path.exists(env.path)
    return there and os.path.samefile(file, env.path)
