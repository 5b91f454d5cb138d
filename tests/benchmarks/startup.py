"""How long one durable ``ledger deposit`` takes as a whole process, beside a bare Typer program.

    python -m tests.benchmarks.startup [RUNS]

The two run in turn, so that a machine whose speed drifts does so for both; the ratio is taken pair
by pair. Both use the interpreter that runs this. An editable install slows the start of every
program in its environment, so measure in one where ledger was installed by ``pip install .``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter_ns

BARE = """\
import typer

app = typer.Typer()


@app.command()
def deposit(account: str, amount: str) -> None:
    print(account, amount)


app()
"""


def microseconds(command: list[str], environ: dict[str, str]) -> int:
    """How long a command takes, in microseconds."""
    start = perf_counter_ns()
    subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=True)
    return (perf_counter_ns() - start) // 1_000


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "bare.py")
        bare.write_text(BARE)
        environ = {**os.environ, "LEDGER_DB": str(Path(folder, "books.db"))}
        program = str(Path(sys.executable).with_name("ledger"))
        subprocess.run(
            [program, "open", "a", "--owner", "A"],
            env=environ,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        deposit = [program, "deposit", "a", "5.00"]
        plain = [sys.executable, str(bare), "a", "5.00"]
        microseconds(deposit, environ)
        microseconds(plain, environ)
        pairs = [
            (microseconds(deposit, environ), microseconds(plain, environ)) for _ in range(runs)
        ]
    ours, theirs = (median(side) / 1_000 for side in zip(*pairs, strict=True))
    ratio = median(one / other for one, other in pairs)
    print(f"{runs} pairs, {os.cpu_count()} cores; WAL, synchronous=FULL, one commit a process")
    print(f"ledger deposit        {ours:7.1f} ms (median)")
    print(f"bare Typer program    {theirs:7.1f} ms (median)")
    print(f"ratio, pair by pair   {ratio:7.2f} (median)")


if __name__ == "__main__":
    main()
