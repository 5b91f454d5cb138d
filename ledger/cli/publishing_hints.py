"""What to do next where the log could not be published."""

from __future__ import annotations

from ledger.cli.environment import Environment
from ledger.cli.file_hints import followed_by
from ledger.cli.retyped import command, typed_again
from ledger.errors import LedgerError


def no_such_target(env: Environment, error: LedgerError) -> str:
    """How to have the stream or topic made."""
    if env.typed is None or env.typed.info_name != "publish":
        return error.advice.partition(",")[0]
    return followed_by(error.advice, typed_again(env, None, "--create"))


def no_such_publication(env: Environment, error: LedgerError) -> str:
    """How to see which there are."""
    return followed_by(error.advice, command(env, "publications"))


def publication_elsewhere(env: Environment, error: LedgerError) -> str:
    """How to go on in another target, where there is a publication of that name."""
    return followed_by(error.advice, typed_again(env, {"after": error.details["position"]}))


def client_properties(error: LedgerError) -> str:
    """Where the client of a broker finds its file of properties."""
    named = error.details["properties"] == "kafka"
    return f"{error.advice}, which LEDGER_KAFKA_CONFIG names" if named else error.advice


def nothing_to_archive(env: Environment, error: LedgerError) -> str:
    """How to publish first, or to give that up, where archiving waits for it."""
    name, target = (str(error.details.get(each)) for each in ("publication", "target"))
    if "publication" not in error.details:
        return error.advice
    named = () if name == target else ("--name", name)
    return (
        f"{error.advice}: {command(env, 'publish', target, *named)}; if it is not published there "
        f"any more: {command(env, 'publications', '--forget', name)}"
    )


def repeated(env: Environment, error: LedgerError) -> str:
    """How to go on, once the target answers again."""
    advice = error.advice.removesuffix(", then repeat the command")
    if advice == error.advice:
        return advice
    return f"{advice}, then go on: {typed_again(env)}"
