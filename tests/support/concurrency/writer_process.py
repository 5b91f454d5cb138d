"""One of a crowd that writes: ``python -m … PATH MANNER SEED NAME HABIT COMMANDS NOTES``.

It begins when its standard input ends, and notes in a file of its own what it was answered.
"""

from __future__ import annotations

import json
import random
import sys
from typing import TextIO

from tests.support.concurrency.clients import Document, Hands, hands_on
from tests.support.concurrency.random_commands import Line, account_of, draw, shared

COMMIT_EVERY = 3
BATCH = 7


def main(
    path: str, manner: str, seed: str, name: str, habit: str, commands: str, notes: str
) -> None:
    dice = random.Random(f"{seed}/{name}")
    with hands_on(path, manner) as hands, open(notes, "w", buffering=1) as file:
        print("ready", flush=True)
        sys.stdin.read()
        for turn in range(int(commands)):
            if habit == "same keys":
                # Who is behind finds the work done, and soon catches up: all are at one key.
                give(hands, shared(seed, f"key-{turn}"), file)
            else:
                take_a_turn(hands, dice, seed, f"{name}/{turn}", turn, file)


def take_a_turn(
    hands: Hands, dice: random.Random, seed: str, words: str, turn: int, file: TextIO
) -> None:
    kind = dice.choices(["plain", "shared", "own key", "expecting", "batch"], (10, 5, 2, 3, 1))[0]
    if kind == "plain":
        give(hands, draw(dice, words), file)
    elif kind == "shared":
        # Whoever is about as far as this process sends the same command under the same key.
        give(hands, shared(seed, f"key-{turn // 3}"), file)
    elif kind == "own key":
        line = {**draw(dice, words), "idempotency_key": words}
        give(hands, line, file)
        give(hands, line, file)
    elif kind == "expecting":
        line = draw(dice, words)
        version = hands.ask("balance", account_of(line))["version"]
        expected = max(1, version - dice.choice([0, 0, 0, 1]))
        give(hands, {**line, "expected_version": expected}, file)
    else:
        lines = [draw(dice, f"{words}.{number}") for number in range(BATCH)]
        began = hands.position()
        answers = hands.batch(lines, COMMIT_EVERY)
        ended = hands.position()
        for start in range(0, BATCH, COMMIT_EVERY):
            end = start + COMMIT_EVERY
            note(file, lines[start:end], answers[start:end], (began, ended))


def give(hands: Hands, line: Line, file: TextIO) -> None:
    began = hands.position()
    answer = hands.give(line)
    note(file, [line], [answer], (began, hands.position()))


def note(
    file: TextIO, lines: list[Line], answers: list[Document], span: tuple[int | None, int | None]
) -> None:
    """Write down the commands of one commit, their answers, and how long the log was around them.

    Args:
        span: the end of the log before and after; None where the process cannot tell.
    """
    file.write(json.dumps([lines, answers, span]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
