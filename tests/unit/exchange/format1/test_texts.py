from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import UnreadableEvent
from ledger.migration.format1.json_members import rewrite_members
from ledger.migration.format1.opening import open_source
from ledger.migration.format1.texts import TEXT_MEMBERS, came_from_the_older_world, split_text
from tests.support.format1.golden import BOOKS
from tests.support.format1.writing import event


def split(data: str, event_type: str = "MoneyDeposited", version: int = 2) -> tuple[str, Any]:
    return split_text(event(1, data=data, event_type=event_type, schema_version=version))


@pytest.mark.parametrize(
    ("data", "rest", "text"),
    [
        ('{"amount":1,"currency":"USD","description":"x"}', '{"amount":1,"currency":"USD"}', "x"),
        ('{"description":"x","amount":1}', '{"amount":1}', "x"),
        ('{"description":""}', "{}", ""),
        (
            ' { "amount" : 1 , "description" : "a\\"b\\u00e9\\ud83d\\ude00" } ',
            ' { "amount" : 1 } ',
            'a"bé😀',
        ),
        ('{"a":0.30000000000000004,"description":"x"}', '{"a":0.30000000000000004}', "x"),
        ('{"a":1.0e+05, "description":"x"}', '{"a":1.0e+05}', "x"),
        ('{"\\u0064escription":"x","b":{"description":"inner"}}',
         '{"b":{"description":"inner"}}', "x"),
        ('{"a":[{"x":"},{"}],"description":"x"}', '{"a":[{"x":"},{"}]}', "x"),
        ('{"a":' + "9" * 6_000 + ', "description":"x"}', '{"a":' + "9" * 6_000 + "}", "x"),
    ],
)  # fmt: skip
def test_the_text_leaves_and_all_else_stays(data: str, rest: str, text: str) -> None:
    assert split(data) == (rest, text)


@pytest.mark.parametrize(("kind", "member"), TEXT_MEMBERS.items())
def test_each_event_has_its_text_under_its_own_name(kind: tuple[str, int], member: str) -> None:
    assert split(f'{{"a":1,"{member}":"x","b":2}}', *kind) == ('{"a":1,"b":2}', "x")


def test_the_golden_events_have_the_texts_that_0_1_showed() -> None:
    seen = set()
    with open_source(str(BOOKS)) as source:
        for each in source.events():
            data, text = split_text(each)
            stored, rest = json.loads(each.data), json.loads(data)
            member = TEXT_MEMBERS.get((each.event_type, each.schema_version))
            if member is None:
                assert (data, text) == (each.data, None)
                assert came_from_the_older_world(each)
                continue
            seen.add((each.event_type, each.schema_version))
            assert stored.pop(member) == text
            assert rest == stored
            assert list(rest) == list(stored)
    assert seen == set(TEXT_MEMBERS)


def test_who_came_from_the_older_world_is_known() -> None:
    with open_source(str(BOOKS)) as source:
        old = [each.position for each in source.events() if came_from_the_older_world(each)]
    assert len(old) == 43
    assert 95 in old  # its schema version alone does not say so
    assert not came_from_the_older_world(event(1, metadata='{"actor":"\\"imported\\""}'))


@pytest.mark.parametrize(
    ("data", "event_type", "version"),
    [
        ("[]", "MoneyDeposited", 2),
        ("", "MoneyDeposited", 2),
        ('{"description":"x"', "MoneyDeposited", 2),
        ('{"description":"x"} {}', "MoneyDeposited", 2),
        ('{"description":"secret","amount":1,"description":"last"}', "MoneyDeposited", 2),
        ('{"description":null}', "MoneyDeposited", 2),
        ('{"amount":1}', "MoneyDeposited", 2),
        ("{}", "AccountClosed", 1),
        ('{"description":"x"}', "MoneyDeposited", 3),
        ('{"description":"x"}', "MoneyDeposited", 0),
        ('{"description":"x"}', "MoneyBurnt", 1),
        ("{" * 200_000, "MoneyDeposited", 2),
        ('{"a":' * 200_000, "MoneyDeposited", 1),
    ],
)
def test_what_is_no_event_of_format_1_is_refused(data: str, event_type: str, version: int) -> None:
    with pytest.raises(UnreadableEvent, match=r"event 1 .* cannot be read") as caught:
        split(data, event_type, version)
    assert caught.value.details == {"position": 1, "account_id": "a"}


SPACES = st.text(" \t\r\n", max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(["description", "a", "é", 'q"', "\\", ","])


@given(st.data(), st.lists(st.tuples(NAMES, VALUES), max_size=5), st.booleans(), st.booleans())
def test_any_spelling_is_taken_apart_exactly(
    data: st.DataObject, members: list[tuple[str, Any]], spaced: bool, ascii_only: bool
) -> None:
    def space() -> str:
        return data.draw(SPACES) if spaced else ""

    def spell(name: str, value: Any) -> str:
        key, content = (json.dumps(each, ensure_ascii=ascii_only) for each in (name, value))
        return f"{space()}{key}{space()}:{space()}{content}{space()}"

    parts = [(name, spell(name, value)) for name, value in members]
    before, after = space(), space()
    inside = space() if not parts else ""

    def whole(kept: list[str]) -> str:
        return before + "{" + (",".join(kept) or inside) + "}" + after

    text = whole([part for _, part in parts])
    kept = whole([part for name, part in parts if name != "description"])
    cut = rewrite_members(text, lambda name, value: None if name == "description" else value)
    if spaced or len({name for name, _ in members}) == len(members):
        assert cut == kept or json.loads(cut) == json.loads(kept)
    assert "description" not in json.loads(cut)
    same = rewrite_members(text, lambda name, value: value)
    assert same == text
