"""Which encoding a statement that is not UTF-8 is in: the one in which its words look like words.

Bytes above 127 are letters in one encoding and signs in another. A word such as ``Libell\x8e`` is
*Libellé* for old Macs, and a capital within a word, ``LibellŽ``, for Windows.
"""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import Final, NamedTuple

_MOST_WORDS: Final = 2_000
"""Different words that are looked at."""
_MOST_FOUND: Final = 200_000
_WORD: Final = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_SIGNS: Final = "\u00a0€£§©®°²·•…–—‘’‚“”„«»‹›™´`¿¡№"
"""What may stand beside the letters of a word in any language."""
_WITHIN: Final = str.maketrans("", "", "´’‘\u00a0\u00ad")
"""What may stand between them."""

_WESTERN: Final = frozenset("äöüßéèêëàâáåæøçñíìîïóòôõõúùûãœÿýðþ")
_CONSONANTS: Final = frozenset("çñßðþ")
_CYRILLIC: Final = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўјљњћђџѓќ")
_GREEK: Final = frozenset("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ")
_ACCENTED_GREEK: Final = frozenset("άέήίόύώΆΈΉΊΌΎΏ")
_CENTRAL: Final = {
    "PLN": frozenset("ąćęłńóśźż"),
    "CZK": frozenset("áčďéěíňóřšťúůýž"),
    "HUF": frozenset("áéíóöőúüű"),
    "RON": frozenset("ăâîşţ"),
    "EUR": frozenset("áäčďéíĺľňóôŕšťúýž"),
    "BAM": frozenset("čćđšž"),
}
_TURKISH: Final = frozenset("çğıöşüâîû")
_KANA: Final = re.compile("[\u3040-\u30ff]")
_EAST_ASIAN: Final = re.compile("[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff9f]+")
_AMONG_LETTERS: Final = re.compile("[a-z][^\x00-\x7f]|[^\x00-\x7f][a-z]")

_SLAVIC: Final = dict.fromkeys(("RUB", "UAH", "BGN"), _CYRILLIC)
_ALPHABETS: Final[dict[str, dict[str, frozenset[str]]]] = {
    **{encoding: {"": _WESTERN} for encoding in ("cp1252", "mac_roman", "cp850", "cp437")},
    **dict.fromkeys(("cp1250", "iso8859-2", "cp852"), _CENTRAL),
    **dict.fromkeys(("cp1251", "koi8-r", "cp866"), _SLAVIC),
    "cp1253": {"": _GREEK},
    "cp1254": {"TRY": _TURKISH},
}
"""By encoding, those of the languages that are written in it, by their currency."""


class Plausible(NamedTuple):
    """An encoding in which a file may be, and how it reads the first word that others read
    otherwise."""

    encoding: str
    word: str


def plausible_encodings(content: bytes, currency: str | None = None) -> list[Plausible]:
    """The encodings in which the words of a file look like words of a language.

    One alone is the right one. There are several where they read words differently and nothing
    tells which is right, and none where all make signs of letters.

    Args:
        currency: the account's, which shows the language where the letters do not.
    """
    if _is_japanese(content, currency):
        return [Plausible("cp932", "")]
    found = (each.group() for each in islice(_WORD.finditer(content), _MOST_FOUND))
    words = list(islice(dict.fromkeys(found), _MOST_WORDS))
    scores: dict[str, tuple[list[str], int]] = {}
    for encoding, alphabets in _ALPHABETS.items():
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        texts = [word.decode(encoding) for word in words]
        if currency in alphabets and currency != "EUR":
            alphabets = {currency: alphabets[currency]}
        scores[encoding] = texts, _odd_words(texts, alphabets)
    fewest = min((odd for _, odd in scores.values()), default=len(words))
    if fewest * 2 > len(words):
        return []
    best = {encoding: texts for encoding, (texts, odd) in scores.items() if odd == fewest}
    local = {each: texts for each, texts in best.items() if currency in _ALPHABETS[each]}
    if local and currency != "EUR":
        best = local
    elif "cp1252" in best and not any(text.endswith("…") for text in best["cp1252"]):
        best = {"cp1252": best["cp1252"]}
    elif len(best) > 1:
        best.pop("cp852", None)  # DOS in Central Europe, where the currency would be another
    return _told_apart(best)


def _told_apart(best: dict[str, list[str]]) -> list[Plausible]:
    """One encoding for each way to read the words."""
    ways: dict[tuple[str, ...], str] = {}
    for encoding, texts in best.items():
        ways.setdefault(tuple(texts), encoding)
    differing = next((way for way in zip(*ways, strict=True) if len(set(way)) > 1), None)
    shown = differing or [""] * len(ways)
    return [Plausible(ways[way], word) for way, word in zip(ways, shown, strict=True)]


def _odd_words(texts: list[str], alphabets: dict[str, frozenset[str]]) -> int:
    """How many words do not look like words of one language of those that have the alphabets."""
    if _GREEK in alphabets.values() and not any(map(_ACCENTED_GREEK.intersection, texts)):
        return len(texts)  # all longer words have an accent
    likely = [set(filter(_is_foreign, text.casefold())) for text in texts if _is_likely(text)]
    return len(texts) - max(
        sum(letters <= each for letters in likely) for each in alphabets.values()
    )


def _is_foreign(mark: str) -> bool:
    return mark > "\x7f" and mark.isalpha()


def _is_likely(text: str) -> bool:
    """Whether a word has letters alone, capitals at its start or throughout, and signs around."""
    if not any(map(str.isalpha, text)):
        return len(text) < 3 and text.isprintable() and not any("─" <= mark <= "■" for mark in text)
    core = text.lstrip(_SIGNS).rstrip(_SIGNS.replace("‚", "").replace("„", ""))
    # An apostrophe that another keyboard made, as in l´eau, is within many words.
    core = core.translate(_WITHIN)
    if not core.isalpha():
        return not core
    if any(a.islower() and b.isupper() for a, b in pairwise(core)):
        return False
    foreign = [mark for mark in core if mark > "\x7f"]
    other_script = [mark for mark in foreign if mark.casefold() in _CYRILLIC | _GREEK]
    if other_script:
        return len(other_script) == len(core)
    return len(core) == 1 or (
        len(foreign) < len(core) and not any(_clash(a, b) for a, b in pairwise(core))
    )


def _clash(mark: str, following: str) -> bool:
    """Whether two letters with accents hardly follow one another: both would be vowels."""
    pair = (mark.casefold(), following.casefold())
    return (
        pair[0] != pair[1]
        and all(each in _WESTERN for each in pair)
        and not any(each in _CONSONANTS for each in pair)
    )


def _is_japanese(content: bytes, currency: str | None) -> bool:
    """Whether a text is in Shift JIS: it has kana, and besides ASCII only what stands with them.

    Letters with accents, too, are narrow kana there, but alone, or among small letters; a word in
    Cyrillic capitals is nothing else, so narrow ones alone show it for accounts in yen only.
    """
    try:
        text = content.decode("cp932")
    except UnicodeDecodeError:
        return False
    runs = re.findall("[^\x00-\x7f]+", text)
    return (
        (currency == "JPY" or any(map(_KANA.search, runs)))
        and all(len(run) > 1 and _EAST_ASIAN.fullmatch(run) for run in runs)
        and not _AMONG_LETTERS.search(text)
    )
