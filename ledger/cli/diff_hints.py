"""What to type where a word is neither a state of the books nor an account."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from ledger.cli.completion import plain_account_ids
from ledger.cli.environment import Environment
from ledger.cli.file_hints import is_ledger_file
from ledger.cli.mistyped import nearest
from ledger.cli.retyped import typed_again
from ledger.errors import LedgerError
from ledger.queries.differences.known_states import LOCK, NOW, is_path

_WORDS: Final = (LOCK, NOW, "today", "yesterday")


def tell_of_neither(env: Environment, error: LedgerError, typed: Sequence[str], at: int) -> None:
    """Say of an error about an account that a state may have been meant.

    Args:
        typed: the words that were given.
        at: which of them is wrong.
    """
    wrong = typed[at]
    error.message = f"there is no file or account {wrong!a}"
    files = _files_near(env, wrong)
    likely = nearest(wrong, [*_WORDS, *files, *plain_account_ids(env)])
    states = [files.get(each, each) for each in likely if each in files or each in _WORDS]
    if states and (likely[0] in files or likely[0] in _WORDS):
        error.advice = _meant(env, states, typed, at)


def no_such_file(env: Environment, error: LedgerError) -> str:
    """What to do where there is no such file."""
    wrong = str(error.details["other_file"])
    typed = (
        [] if env.typed is None else [env.typed.params.get(each) for each in ("before", "after")]
    )
    words = [str(each) for each in typed if each is not None]
    files = {name: path for name, path in _files_near(env, wrong).items() if path not in words}
    near = [files[each] for each in nearest(os.path.basename(wrong), list(files))]
    if not near or wrong not in words or env.typed is None:
        return "name the file of a copy of this ledger"
    words += env.typed.params["accounts"]
    return _meant(env, near, words, words.index(wrong))


def _meant(env: Environment, likely: Sequence[str], typed: Sequence[str], at: int) -> str:
    words = [*typed[:at], likely[0], *typed[at + 1 :]]
    again = typed_again(env, {"before": words[0], "after": None, "accounts": words[1:]})
    return f"did you mean {' or '.join(likely)}? {again}"


def _files_near(env: Environment, wrong: str) -> dict[str, str]:
    """The ledgers in the folder that a path leads to, by their names: what to type for each."""
    folder = os.path.dirname(wrong)
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return {}
    found = {}
    for name in nearest(os.path.basename(wrong), names):
        path = os.path.join(folder, name)
        if _is_other_ledger(env, path):
            found[name] = path if is_path(path) else os.path.join(".", path)
    return found


def _is_other_ledger(env: Environment, path: str) -> bool:
    try:
        there = os.path.isfile(path)
        if not there or (os.path.exists(env.path) and os.path.samefile(path, env.path)):
            return False
    except OSError:
        return False
    return is_ledger_file(path)
