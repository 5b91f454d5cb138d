"""URLs of databases: what of them is shown, and what of them stays with the process."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidOption
from ledger.eventstore.opening import (
    full_location,
    hides_password,
    is_on_server,
    open_store,
    shown_location,
)
from ledger.eventstore.postgresql.place import ServerPlace


@pytest.mark.parametrize(
    ("given", "shown", "full"),
    [
        ("postgresql://ana:pw@h/books", "postgresql://ana@h/books", "?password=pw"),
        ("postgres://ana:p%2Fw@h:1/b?x=1", "postgres://ana@h:1/b?x=1", "&password=p%2Fw"),
        ("postgresql://h/b?user=a&password=p%26q", "postgresql://h/b?user=a", "&password=p%26q"),
        # marks that should have been written otherwise
        ("postgresql://ana:p?w@h/b", "postgresql://ana@h/b", "?password=p%3Fw"),
        ("postgresql://ana:p@w@h/b", "postgresql://ana@h/b", "?password=p%40w"),
        ("postgresql://ana:p/w@h/b", "postgresql://ana@h/b", "?password=p%2Fw"),
        ("postgresql://ana:p@s/w#d@h:1/b", "postgresql://ana@h:1/b", "?password=p%40s%2Fw%23d"),
        ("postgresql://ana:p/s?w@h/b", "postgresql://ana@h/b", "?password=p%2Fs%3Fw"),
        ("postgresql://ana:p?word=@h/b", "postgresql://ana@h/b", "?password=p%3Fword%3D"),
        ("postgresql://a@b:p@h/b", "postgresql://a%40b@h/b", "?password=p"),
    ],
)
def test_a_password_is_not_shown_and_is_found_again(given: str, shown: str, full: str) -> None:
    assert shown_location(given) == shown
    assert hides_password(shown)
    assert full_location(shown) == shown + full
    assert ServerPlace(shown).url == shown + full
    assert ServerPlace(given).shown == shown


@pytest.mark.parametrize(
    "url", ["postgresql:///b", "postgres://ana@h/b", "postgresql://h/b?user=a@b"]
)
def test_what_has_no_password_is_shown_as_it_is(url: str) -> None:
    assert is_on_server(url)
    assert shown_location(url) == full_location(url) == url
    assert not hides_password(url)


@pytest.mark.parametrize(
    ("options", "schema"),
    [
        ("", "ledger"),
        ("?options=-csearch_path%3Dclub", "club"),
        ("?options=-c%20search_path%3DClub,public", "club"),
        ("?options=-csearch_path%3D%22Club%22%20-cjit%3Doff", "Club"),
        ("?options=-csearch_path%3Dour%5C%20club", "our club"),
    ],
)
def test_the_schema_is_the_first_of_the_search_path(
    monkeypatch: pytest.MonkeyPatch, options: str, schema: str
) -> None:
    monkeypatch.delenv("PGOPTIONS", raising=False)
    place = ServerPlace(f"postgresql://h/b{options}")
    assert place.schema == schema
    assert place.options.endswith('-csearch_path="' + schema.replace(" ", "\\ ") + '"')
    assert place.options.count("search_path") == 1


@pytest.mark.parametrize(
    "name",
    ["pg_catalog", "information_schema", "x" * 64, "$user", "%22our%20club%22", "%22a%22%22b%22"],
)
def test_a_schema_that_cannot_be_a_ledgers_is_refused(name: str) -> None:
    with pytest.raises(InvalidOption):
        ServerPlace(f"postgresql://h/b?options=-csearch_path%3D{name}")


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://boss:s3cr3t/books",
        "postgresql://boss:s3cr3t",
        "postgresql://boss:s3/cr?sslmode=s3cr3t",
        "host=localhost password=s3cr3t",
        "postgresql:",
        "postgres:books",
    ],
)
def test_what_is_no_address_is_refused_with_nothing_of_it_that_may_be_a_password(
    given: str,
) -> None:
    with pytest.raises(InvalidOption) as refused:
        open_store(shown_location(given), lambda: 0)
    told = refused.value.message + refused.value.advice
    assert "s3" not in told
    assert "postgresql://USER@HOST" in told
