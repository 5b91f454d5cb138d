"""What the README and the pages of `ledger help` name exists, and the README stays short."""

from __future__ import annotations

import re
import tomllib

import pytest

from ledger import errors
from ledger.cli.app import SECTIONS
from ledger.cli.help import TOPICS, variables
from tests.support.documents import PAGES, blocks, text_of
from tests.support.program import PROJECT

COMMANDS = {name for section in SECTIONS.values() for name in section}
SOURCES = sorted((PROJECT / "ledger").rglob("*.py"))
MOST_LINES = 260
READ_FOR_OTHERS = {
    "COLUMNS",  # by the standard library
    "PGPASSWORD",  # by the driver of PostgreSQL
    "TERM",
    "TZ",
}
NOT_OUR_OWN = {"XDG_CONFIG_HOME", "ZDOTDIR", "USERNAME", "USER", "_LEDGER_COMPLETE"}
"""What says where the shell's files and the user's name are, and what our scripts set."""


def test_the_two_commands_stand_first() -> None:
    main_job, tests = blocks("README", "sh")[:2]
    assert "sample_data/club_year.sh" in main_job
    assert "pytest" in tests
    assert text_of("README").index(main_job) < text_of("README").index("```console")


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    readme = text_of("README")
    assert len(readme.splitlines()) <= MOST_LINES
    assert [topic for topic in TOPICS if f"(ledger/help/{topic}.md)" not in readme] == []


def test_every_topic_is_a_page_in_the_package_and_the_other_way_round() -> None:
    pages = [path.name for path in (PROJECT / "ledger/help").iterdir()]
    assert sorted(pages) == sorted(f"{topic}.md" for topic in TOPICS)
    assert TOPICS.keys() & COMMANDS == {"events", "sql"}  # whose page names the command's own


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_exists(page: str) -> None:
    text, folder = text_of(page), PAGES[page].parent
    named = re.findall(r"`((?:ledger|tests|sample_data|\.ci)/[\w./-]*)`", text)
    assert [path for path in named if not (PROJECT / path).exists()] == []
    headings = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\((?!https?:)([^)]*)\)", text):
        path, _, heading = target.partition("#")
        assert (folder / path).exists(), target
        assert not heading or heading in headings, target


def test_every_help_that_is_named_exists() -> None:
    named = {
        (str(path.relative_to(PROJECT)), topic)
        for path in [*PAGES.values(), *SOURCES]
        for topic in re.findall(r"ledger help ([a-z][a-z-]+)", path.read_text("utf-8"))
    }
    assert len(named) > len(TOPICS)
    assert [each for each in named if each[1] not in TOPICS.keys() | COMMANDS] == []


def test_nothing_sends_a_user_to_the_readme() -> None:
    assert [path for path in SOURCES if "README" in path.read_text("utf-8")] == []


def test_every_variable_that_is_read_is_on_its_page_and_the_other_way_round() -> None:
    read = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        read |= set(re.findall(r"environ(?:ment)?(?:\.get\(|\.pop\(|\[)\s*\"(\w+)\"", text))
    assert read - NOT_OUR_OWN | READ_FOR_OTHERS == {name for name, _ in variables()}


def test_every_exit_status_of_an_error_is_in_the_table() -> None:
    statuses = {
        kind.exit_status
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.LedgerError)
    }
    table = {int(each) for each in re.findall(r"^\| (\d+) \|", text_of("scripting"), re.MULTILINE)}
    assert statuses | {0, 129, 130, 143} == table


def test_the_pages_are_packed() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["ledger"]
    packed = {path for pattern in patterns for path in (PROJECT / "ledger").glob(pattern)}
    assert {path for page, path in PAGES.items() if page != "README"} <= packed
