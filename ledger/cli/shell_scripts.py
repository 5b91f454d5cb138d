"""The completion scripts for bash, zsh and fish, and where each shell looks for its own.

A script asks the program for candidates and inserts them as text. None of it is evaluated: an
account's id may come from somebody else's log.
"""

from __future__ import annotations

import os
import shlex
from typing import Final

from ledger.cli.environment import program_name
from ledger.errors import InvalidUsage

_BASH: Final = r"""
_PROGRAM_completion() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            compopt -o default 2>/dev/null
            return
        fi
        printf -v line %q "$line"
        COMPREPLY+=("$line")
    done < <(_LEDGER_COMPLETE=bash command PROGRAM "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o nosort -F _PROGRAM_completion PROGRAM 2>/dev/null ||
    complete -F _PROGRAM_completion PROGRAM
"""

_ZSH: Final = r"""
#compdef PROGRAM
_PROGRAM() {
    local line word
    local -a typed candidates shown
    typed=( "${(@Q)words[1,CURRENT]}" )
    typed[CURRENT]="${(Q)PREFIX}"
    shift typed
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            _files
            return
        fi
        word=${line%%$'\t'*}
        candidates+=( "$word" )
        if [[ $word == $line ]]; then
            shown+=( "$word" )
        else
            shown+=( "${(r:24:)word} ${line#*$'\t'}" )
        fi
    done < <(_LEDGER_COMPLETE=zsh command PROGRAM "${(@)typed}" 2>/dev/null)
    compadd -l -V PROGRAM -d shown -a -- candidates
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _PROGRAM "$@"
else
    compdef _PROGRAM PROGRAM
fi
"""

_FISH: Final = r"""
function __PROGRAM_complete
    set -l typed (commandline --current-process --tokenize --cut-at-cursor)
    set -l word (commandline --current-token --cut-at-cursor)
    set -lx _LEDGER_COMPLETE fish
    set -l lines (command PROGRAM $typed[2..] "$word" 2>/dev/null)
    if test "$lines[1]" = :files
        __fish_complete_path "$word"
    else if set -q lines[1]
        printf '%s\n' $lines
    end
end
complete --command PROGRAM --no-files --keep-order --arguments '(__PROGRAM_complete)'
"""

_SCRIPTS: Final = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
SHELLS: Final = tuple(_SCRIPTS)


def script(shell: str, program: str) -> str:
    """The script for a shell, for the program under the name that it is installed by."""
    return _SCRIPTS[shell].lstrip().replace("PROGRAM", program)


def this_shell(asked: str | None) -> str:
    """The shell that was named, else the one that this process runs in.

    Raises:
        InvalidUsage: it is none of those that there is a script for.
    """
    if asked is not None and asked in SHELLS:
        return asked
    name: str | None = None
    if asked is None:
        import shellingham

        try:
            name, _ = shellingham.detect_shell()
        except (shellingham.ShellDetectionFailure, RuntimeError):  # not where, or not how
            pass
    if name is not None and name in SHELLS:
        return name
    raise InvalidUsage(
        f"there is no completion for {asked or name or 'the shell that this runs in'!a}",
        advice=f"name one of bash, zsh and fish: {program_name()} --show-completion bash",
    )


def install(shell: str, program: str) -> str:
    """Put the script where the shell finds it when it starts, and give the path.

    Raises:
        OSError: it cannot be written there.
    """
    home = os.path.expanduser("~")
    if shell == "fish":
        folder = os.path.join(
            os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "fish/completions"
        )
        return _write(os.path.join(folder, f"{program}.fish"), script(shell, program))
    if shell == "bash":
        path = _write(
            os.path.join(home, ".bash_completions", f"{program}.sh"), script(shell, program)
        )
        _add_line(os.path.join(home, ".bashrc"), f"source {shlex.quote(path)}")
        return path
    path = _write(os.path.join(home, ".zfunc", f"_{program}"), script(shell, program))
    startup = os.path.join(os.environ.get("ZDOTDIR") or home, ".zshrc")
    _add_line(startup, "fpath+=~/.zfunc; autoload -Uz compinit; compinit")
    return path


def _write(path: str, text: str) -> str:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _add_line(path: str, line: str) -> None:
    """Add a line to a file, where it does not stand there already."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except FileNotFoundError:
        text = ""
    if line in text.splitlines():
        return
    start = "" if not text or text.endswith("\n") else "\n"
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{start}{line}\n")
