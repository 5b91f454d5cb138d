"""Asking the person before something is done that a command guessed, or that cannot be undone."""

from __future__ import annotations

import sys

from ledger.cli.environment import Environment


def can_ask(env: Environment) -> bool:
    """Whether there is a person who sees the question and can answer."""
    return sys.stdin is not None and sys.stdin.isatty() and env.stderr.isatty()


def said_yes(env: Environment, question: str) -> bool:
    """The person's answer; only "y" or "yes" is one that means yes."""
    env.stderr.write(f"{question} [y/N] ")
    env.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
