"""Names of months and weekdays in the languages of statements, whatever the machine's locale."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

# By language, from January on: without accents, in small letters; abbreviations beside full names.
_MONTHS: Final = (
    # English
    "jan january, feb february, mar march, apr april, may, jun june, jul july, aug august, "
    "sep sept september, oct october, nov november, dec december",
    # German, Austrian too
    "jan januar janner, feb febr februar feber, mrz marz mar maerz, apr april, mai, jun juni, "
    "jul juli, aug august, sep sept september, okt oktober, nov november, dez dezember",
    # French
    "janv jan janvier, fevr fev fevrier, mars, avr avril, mai, juin, juil juillet, aout aou, "
    "sept sep septembre, oct octobre, nov novembre, dec decembre",
    # Spanish
    "ene enero, feb febrero, mar marzo, abr abril, may mayo, jun junio, jul julio, ago agosto, "
    "sep sept set septiembre setiembre, oct octubre, nov noviembre, dic diciembre",
    # Portuguese
    "jan janeiro, fev fevereiro, mar marco, abr abril, mai maio, jun junho, jul julho, ago agosto, "
    "set setembro, out outubro, nov novembro, dez dezembro",
    # Dutch
    "jan januari, feb februari, mrt maart, apr april, mei, jun juni, jul juli, aug augustus, "
    "sep sept september, okt oktober, nov november, dec december",
    # Italian
    "gen gennaio, feb febbraio, mar marzo, apr aprile, mag maggio, giu giugno, lug luglio, "
    "ago agosto, set sett settembre, ott ottobre, nov novembre, dic dicembre",
    # Polish
    "sty styczen stycznia, lut luty lutego, mar marzec marca, kwi kwiecien kwietnia, maj maja, "
    "cze czerwiec czerwca, lip lipiec lipca, sie sierpien sierpnia, wrz wrzesien wrzesnia, "
    "paz pazdziernik pazdziernika, lis listopad listopada, gru grudzien grudnia",
    # Swedish, Danish and Norwegian
    "jan januari januar, feb februari februar, mar mars marts, apr april, maj mai, jun juni, "
    "jul juli, aug augusti august, sep sept september, okt oktober, nov november, "
    "dec december des desember",
)
_WEEKDAYS: Final = """
    mon monday tue tues tuesday wed weds wednesday thu thur thurs thursday fri friday sat saturday
    sun sunday mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag so sonntag
    sonnabend lun lundi mar mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche
    lunes martes mie miercoles jue jueves vie viernes sab sabado dom domingo seg segunda
    segunda-feira ter terca terca-feira qua quarta quarta-feira qui quinta quinta-feira sex sexta
    sexta-feira ma maandag dinsdag wo woensdag donderdag vr vrijdag za zaterdag zo zondag
    lunedi martedi mercoledi gio giovedi venerdi sabato domenica pon poniedzialek wt wtorek sr
    sroda czw czwartek pt piatek sob sobota nd niedz niedziela man mandag mandag tis tisdag tir
    tirsdag ons onsdag tor torsdag fre fredag lor lordag son sondag sn
"""

NAME: Final = r"[^\W\d_]{2,12}"
"""What looks like the name of a month, as a regular expression."""
_WORD: Final = re.compile(rf"{NAME}(?:-[^\W\d_]+)?")


def bare(name: str) -> str:
    """A name in small letters without accents."""
    name = name.casefold().replace("ł", "l").replace("ø", "o")
    return normalize("NFD", name).encode("ascii", "ignore").decode()


def _numbers() -> dict[str, int]:
    numbers: dict[str, int] = {}
    for months in _MONTHS:
        for number, names in enumerate(months.split(","), 1):
            for name in names.split():
                # Only a name that means one month in all of these languages is unmistakable.
                assert numbers.setdefault(name, number) == number, name
    return numbers


_NUMBERS: Final = _numbers()
_DAYS: Final = frozenset(_WEEKDAYS.split())


def month_number(name: str) -> int | None:
    """The number, from 1, of a month by its name or abbreviation; None for another word."""
    return _NUMBERS.get(bare(name.rstrip(".")))


def is_weekday(name: str) -> bool:
    """Whether a word is the name or the abbreviation of a day of the week."""
    return _WORD.fullmatch(name.rstrip(".")) is not None and bare(name.rstrip(".")) in _DAYS
