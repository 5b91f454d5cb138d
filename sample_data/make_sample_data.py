"""Make the sample files of this folder: invented books, the same bytes at every run.

* ``club_year.jsonl``: the year 2025 of a small rowing club's treasury, one batch command a line,
  in the order in which the treasurer wrote them down. A few lines are backdated; three mistakes
  are put right, and one is not found until the year is closed.
* ``receipts/``: what proves some of the entries of that year.
* ``older_world.jsonl``: the year 2024 in an older system, one event a line in its old form, with
  amounts as JSON numbers, about a dozen of which are no whole number of cents.

Run it with ``python sample_data/make_sample_data.py``. The files are written beside this script,
after the rules of the ledger have been checked on every line; a summary goes to stdout.
"""

import json
import random
import re
import uuid
from bisect import insort
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack

HERE = Path(__file__).resolve().parent
SEED = 2025
DECIMALS = {"USD": 2, "JPY": 0, "KWD": 3}
CENT = Decimal("0.01")
DAY = timedelta(days=1)
BOOKS_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
BOOKS_END = datetime(2025, 12, 31, 20, 0, tzinfo=UTC)

T = TypeVar("T")
Priced = tuple[str, int, int]  # what it is, and from how much to how much it costs


def check(condition: bool, message: str) -> None:
    """Stop at once if the data made would break a rule of the ledger."""
    if not condition:
        raise ValueError(message)


class Dice:
    """Seeded choices built on ``random()`` alone, whose sequence Python keeps across versions."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def between(self, low: int, high: int, step: int = 1) -> int:
        """One of low, low + step, … up to high."""
        return low + step * int(self._random.random() * ((high - low) // step + 1))

    def pick(self, options: Sequence[T]) -> T:
        return options[self.between(0, len(options) - 1)]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        pool = list(options)
        return [pool.pop(self.between(0, len(pool) - 1)) for _ in range(count)]

    def uuid(self) -> str:
        return str(uuid.UUID(bytes=bytes(self.between(0, 255) for _ in range(16)), version=4))


# --- The club: its people, its prices, its accounts ----------------------------------------------

FIRST_NAMES = """
    Ana Bruno Chloé Dmitri Elif Fergus Greta Hiro Inês Jakub Kavita Liam Maëlle Nils Oona Pavel
    Quentin Rosa Søren Tessa Umar Vera Wanda Xavier Yara Zoë Björn Carmen Darragh Eszter Farid
    Giulia Hannah Ivo Joana Kwame Lena Mateus Noor Otto
"""
LAST_NAMES = """
    Abbott Bergström Castro Duarte Eriksen Fischer García Hughes Ibrahim Jovanović Keller
    Lindqvist Müller Novák O'Brien Pereira Quinn Rossi Sørensen Tanaka Ueda Vargas Whitfield
    Şahin Zieliński Ashby Brandt Coelho Delacroix Fairweather Grant Hollis Kovács Lambert Marsh
    Nakamura Okafor Petit Ridley Santos
"""
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
BOATS = ("Heron", "Kingfisher", "Old Margaret", "Ptarmigan", "Søstjerne", "Teal", "Whimbrel")

# How many members pay how much, in which months
DUES = (
    (50, 4_800, tuple(range(1, 13)), "Dues {month}, {member}"),
    (8, 2_600, tuple(range(1, 13)), "Student dues {month}, {member}"),
    (10, 13_800, (1, 4, 7, 10), "Quarterly dues from {month}, {member}"),
    (6, 52_000, (1,), "Annual dues 2025, {member}"),
)
BAR_EVENINGS = {2: "Wednesday", 4: "Friday", 5: "Saturday", 6: "Sunday"}
BAR_STOCK: Sequence[Priced] = (
    ("Beer delivery, Hopworks", 8_900, 17_800),
    ("Beer delivery, Hopworks", 8_900, 17_800),
    ("Soft drinks, cash and carry", 3_900, 8_400),
    ("Crisps and nuts", 2_150, 4_600),
    ("Coffee beans, 4 kg", 6_400, 7_200),
    ("Wine, two cases", 11_500, 16_900),
    ("Ice and glassware", 2_400, 5_800),
    ("Sausages for the grill", 3_300, 7_900),
)
PETTY_THINGS: Sequence[Priced] = (
    ("Stamps", 740, 1_480),
    ("Cleaning rags", 420, 980),
    ("Light bulbs", 690, 1_850),
    ("Toilet paper and soap", 1_120, 2_640),
    ("Duct tape", 480, 1_390),
    ("Padlock for the oar rack", 1_250, 2_290),
    ("Keys cut, 3", 1_050, 1_650),
    ("Coffee for the work party", 890, 2_150),
    ("Printer paper", 560, 1_120),
    ("Bandages", 380, 1_290),
    ("Bin bags", 340, 790),
    ("Rope, 10 m", 1_180, 1_990),
    ("Zip ties", 290, 640),
    ("Parking, trailer pick-up", 300, 1_200),
    ("Birthday cake, cox", 1_450, 2_600),
    ("Batteries for cox boxes", 890, 2_380),
    ("Sunscreen", 840, 1_590),
    ("Grease for slides", 760, 1_340),
    ("Notice board pins", 280, 450),
    ("Taxi, hospital visit", 1_400, 2_700),
)
BOAT_JOBS: Sequence[Priced] = (
    ("Hull repair", 6_500, 19_500),
    ("New shoes, 4 pairs", 11_600, 15_200),
    ("Rigger bolts and spacers", 1_850, 4_700),
    ("Rudder wire", 1_290, 2_900),
    ("Seat wheels [order {order}]", 2_400, 5_600),
    ("Gel coat and fibreglass", 4_300, 9_100),
    ("Oar sleeves [order {order}]", 3_200, 7_400),
    ("Repainting, bow section", 7_800, 14_500),
    ("Fin replaced after grounding", 3_900, 6_800),
    ("Slide tracks [order {order}]", 4_100, 8_300),
)
CAMP_ERRANDS: Sequence[Priced] = (
    ("Rice and vegetables", 4_200, 11_800),
    ("Barley tea and ice", 1_200, 3_900),
    ("Train fares", 3_600, 14_400),
    ("Bento, crew lunch", 11_000, 19_400),
    ("Sunscreen and tape", 1_400, 4_300),
    ("Launch fuel", 5_200, 9_700),
    ("Hot spring entrance", 9_000, 14_400),
)

# Owner, currency, initial balance in minor units, opening
ACCOUNTS = {
    "club:checking": ("Ana Souza (treasurer)", "USD", 648_000, "2025-01-01T08:00:00Z"),
    "club:savings": ("Ana Souza (treasurer)", "USD", 1_850_000, "2025-01-01T08:05:00Z"),
    "dues:2025": ("Zoë Lindqvist (membership)", "USD", 0, "2025-01-01T08:10:00Z"),
    "bar": ("Łukasz Wójcik (bar steward)", "USD", 30_000, "2025-01-01T08:20:00Z"),
    "petty-cash": ("Ana Souza (treasurer)", "USD", 25_000, "2025-01-01T08:25:00Z"),
    "boat-fund": ("Fergus Hollis (boat captain)", "USD", 320_000, "2025-01-01T08:30:00Z"),
    "regatta-fund": ("Inês Duarte (regatta secretary)", "USD", 41_500, "2025-01-01T08:40:00Z"),
    "junior-squad": ("Kwame Okafor (junior coach)", "USD", 18_250, "2025-01-01T08:45:00Z"),
    "kw-sponsor": ("Noura Al-Mutairi (sponsor liaison)", "KWD", 500_000, "2025-01-06T10:00:00Z"),
    "jp-camp": ("佐藤 美咲 (camp liaison)", "JPY", 0, "2025-02-03T09:00:00Z"),
    "gala-2025": ("Giulia Rossi (gala committee)", "USD", 0, "2025-03-03T18:30:00Z"),
    "kw-travel": ("Noura Al-Mutairi (sponsor liaison)", "KWD", 0, "2025-04-01T10:00:00Z"),
    "jp-lodging": ("佐藤 美咲 (camp liaison)", "JPY", 0, "2025-05-12T09:00:00Z"),
}
CLOSINGS = {
    "gala-2025": (
        datetime(2025, 7, 10, 19, 15, tzinfo=UTC),
        "Gala settled, surplus moved to the boat fund",
    ),
    "jp-lodging": (
        datetime(2025, 9, 26, 9, 45, tzinfo=UTC),
        "Camp over, what was left returned to jp-camp",
    ),
}

# What an entry is for, by what its description says; the first that fits. Transfers have no
# category: they only move what the club has.
CATEGORIES = {
    "dues": "ues |Ten-session card|Card refunded",
    "regattas": "Seat fee|Entry |Towing fuel|Crew food|Prize money",
    "grants": "grant|Donation|Bequest|Sponsor's support|Bonus for",
    "bank": "Bank (fees|charges)|processing fees|Interest",
    "clubhouse": "Boathouse rent|Electricity|Internet|Water and|Gutter|Slipway|Dredging|Fire ext"
    "|Boiler",
    "catering": "takings|delivery|cash and carry|Crisps|Coffee|Wine|Ice and|Sausages|Liquor|Rice"
    "|Barley|Bento|Catering|Dinner",
    "events": "Gala|Ticket|Marquee|Invitations|Flowers|Band,|Raffle|auction|bake sale|Clubhouse",
    "coaching": "coach,|Coaching fee|First aid",
    "insurance": "[Ii]nsurance|Federation",
    "office": "Accountant|Stamps|Printer|Notice board|Keys|Calendars|Photos and report",
    "travel": "Camp instalment|Inn,|Bus,|Flights|Hotel|[Tt]axi|Visa|Train|Hot spring|Freight|Towels"
    "|Laundry|window pane|Parking",
    "equipment": "",
}
# Whose paper proves an entry, and the name of its file, by the description of the entry.
PROVED = {
    "Town sports grant, first half": ("town-grant", "Town council, letter of March 12, 2025"),
    "Boiler repair, showers": ("boiler-repair", "Weir Street Heating, invoice 0552"),
    "Catering, 88 covers": ("gala-catering", "The Copper Ladle, invoice 2025-061"),
    "Outboard engine": (
        "outboard-engine",
        "Northbank Marine, invoice 3381",
    ),
    "Second-hand double scull with trestles": ("double-scull", "Upriver Rowing, bill of sale"),
}
TYPED = {"Boiler repair, showers": 412_750, "Outboard engine": 491_000}
"""Amounts as they were typed by mistake."""


# --- The plan: what happens in the year, in any order -------------------------------------------


@dataclass(frozen=True)
class AllBut:
    """An amount known only when its turn comes: whatever the source holds above `keep`."""

    keep: int = 0


@dataclass(frozen=True)
class FillTo:
    """An amount known only when its turn comes: whatever the target lacks to hold `level`."""

    level: int


Amount = int | AllBut | FillTo


@dataclass(frozen=True)
class Entry:
    """One planned command: `at` is when it happened, `entered` when it was written down."""

    command: str
    at: datetime
    entered: datetime
    accounts: tuple[str, ...]
    amount: Amount = 0
    text: str = ""
    key: str = ""
    about: str = ""  # the description of the entry that this one puts right


class Extra(TypedDict, total=False):
    """What else may be said of a movement."""

    hours: tuple[int, int]  # first and last hour of the day in which it may fall
    late: tuple[float, str]  # how probably it is found out about weeks later, and why
    key: str  # idempotency key


@dataclass
class Plan:
    """The movements of the year, gathered account by account and put in order at the end."""

    dice: Dice
    entries: list[Entry] = field(default_factory=list)

    def deposit(
        self, account: str, amount: int, text: str, day: date, **extra: Unpack[Extra]
    ) -> None:
        self._move("deposit", (account,), amount, text, day, extra)

    def withdraw(
        self, account: str, amount: int, text: str, day: date, **extra: Unpack[Extra]
    ) -> None:
        self._move("withdraw", (account,), amount, text, day, extra)

    def transfer(
        self, source: str, target: str, amount: Amount, text: str, day: date, **extra: Unpack[Extra]
    ) -> None:
        self._move("transfer", (source, target), amount, text, day, extra)

    def buy(
        self, account: str, things: Sequence[Priced], day: date, **extra: Unpack[Extra]
    ) -> None:
        text, low, high = self.dice.pick(things)
        self.withdraw(account, self.dice.between(low, high), text, day, **extra)

    def _move(
        self,
        command: str,
        accounts: tuple[str, ...],
        amount: Amount,
        text: str,
        day: date,
        extra: Extra,
    ) -> None:
        at = self._moment(day, *extra.get("hours", (8, 19)))
        entered = at
        probability, why = extra.get("late", (0.0, ""))
        if self.dice.chance(probability):
            found = at + self.dice.between(9, 46) * DAY
            last_days = [CLOSINGS[name][0] - DAY for name in accounts if name in CLOSINGS]
            if found <= min([BOOKS_END, *last_days]):
                entered = found
                text = f"{text} ({why})"
        key = extra.get("key", "")
        self.entries.append(Entry(command, at, entered, accounts, amount, text, key))

    def _moment(self, day: date, first_hour: int, last_hour: int) -> datetime:
        hour = self.dice.between(first_hour, last_hour)
        minute, second = self.dice.between(0, 59), self.dice.between(0, 59)
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)


def on(month: int, day: int) -> date:
    return date(2025, month, day)


def moment(month: int, day: int, hour: int) -> datetime:
    """A full hour of a day (UTC)."""
    return datetime(2025, month, day, hour, tzinfo=UTC)


def days(first: date, last: date, weekdays: Sequence[int] = range(7)) -> Iterator[date]:
    """Every day from first to last that falls on one of the weekdays (Monday is 0)."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if day.weekday() in weekdays:
            yield day


def plan_accounts(plan: Plan) -> None:
    """Openings and closings."""
    for account, (_, _, _, opening) in ACCOUNTS.items():
        at = datetime.fromisoformat(opening)
        plan.entries.append(Entry("open", at, at, (account,)))
    for account, (at, reason) in CLOSINGS.items():
        plan.entries.append(Entry("close", at, at, (account,), text=reason))


def plan_dues(plan: Plan, members: Sequence[str]) -> None:
    """Members pay by bank or in cash; the month's takings go to the checking account."""
    dice, account = plan.dice, "dues:2025"
    numbered = iter(enumerate(members, start=1))
    for count, rate, due_months, label in DUES:
        for _, (number, member) in zip(range(count), numbered, strict=False):
            by_bank = dice.chance(0.4)
            payday = dice.between(2, 16)
            months = due_months
            if len(months) > 4 and dice.chance(0.2):  # joined or left during the year
                cut = dice.between(3, 9)
                months = months[cut:] if dice.chance(0.6) else months[:cut]
            for month in months:
                text = label.format(month=MONTHS[month - 1], member=member)
                day = on(month, payday + dice.between(0, 5))
                if by_bank:
                    key = f"dues-2025{month:02}-{number:03}"
                    plan.deposit(account, rate, text, day, hours=(5, 6), key=key)
                else:
                    late = (0.03, "cash, envelope found in the office")
                    plan.deposit(account, rate, text, day, late=late)
    for member in dice.sample(members[:50], 6):
        why = dice.pick(("moved away", "injured, month waived", "paid twice"))
        day = on(dice.between(2, 12), dice.between(18, 24))
        plan.withdraw(account, 4_800, f"Dues refund, {member}: {why}", day)
    for month, name in enumerate(MONTHS, start=1):
        fees = dice.between(2_105, 3_890)
        late = (0.15, "bank correction, was charged to the bar")
        plan.withdraw(account, fees, f"Card processing fees {name}", on(month, 25), late=late)
        text = f"Dues {name} to the bank"
        plan.transfer(account, "club:checking", AllBut(20_000), text, on(month, 28), hours=(10, 11))


def plan_house(plan: Plan) -> None:
    """What the clubhouse costs by the month, and what goes from it to the other funds."""
    dice, account = plan.dice, "club:checking"
    early, morning = (6, 6), (9, 10)
    for month, name in enumerate(MONTHS, start=1):
        stamp = f"2025-{month:02}"
        text = f"Boathouse rent {name}"
        plan.withdraw(account, 85_000, text, on(month, 2), hours=early, key=f"rent-{stamp}")
        winter = month in (1, 2, 3, 11, 12)
        power = dice.between(17_000, 24_500) if winter else dice.between(8_200, 13_900)
        plan.withdraw(account, power, f"Electricity {name}", on(month, 17))
        text = f"Internet and phone {name}"
        plan.withdraw(account, 3_990, text, on(month, 11), hours=early)
        if month % 2 == 0:
            water = dice.between(6_100, 9_800)
            plan.withdraw(account, water, "Water and sewage, two months", on(month, 19))
        if month % 3 == 1:
            quarter = month // 3 + 1
            text, key = f"Fleet and liability insurance, Q{quarter}", f"insurance-2025q{quarter}"
            plan.withdraw(account, 112_000, text, on(month, 8), hours=early, key=key)
        text = f"Coaching fee {name}, Darragh Quinn"
        plan.withdraw(account, 78_000, text, on(month, 26), hours=(14, 16))
        if month not in (1, 12):
            text = f"Coaching fee {name}, Eszter Kovács"
            plan.withdraw(account, 56_000, text, on(month, 26), hours=(14, 16))
        text = f"Monthly share for boats, {name}"
        plan.transfer(account, "boat-fund", 45_000, text, on(month, 27), hours=morning)
        text = f"Regatta subsidy {name}"
        plan.transfer(account, "regatta-fund", 15_000, text, on(month, 27), hours=morning)
        missed = 1.0 if month in (4, 10) else 0.0
        plan.transfer(
            account,
            "club:savings",
            40_000,
            f"To reserves, {name}",
            on(month, 27),
            hours=(11, 12),
            late=(missed, "standing order missed in the books"),
            key=f"reserve-{stamp}",
        )
        interest = dice.between(1_980, 2_460)
        plan.deposit("club:savings", interest, f"Interest {name}", on(month, 28), hours=(5, 5))
    for day in days(on(1, 4), on(12, 20), (5,)):
        litres = dice.between(18, 46)
        cost = litres * dice.between(158, 179)
        late = (0.13, dice.pick(("receipt found in the launch", "receipt found later")))
        plan.withdraw(account, cost, f"Launch fuel, {litres} l", day, hours=(7, 10), late=late)


def plan_occasions(plan: Plan) -> None:
    """What comes in and goes out of the checking account once."""
    for day, amount, text in (
        (on(1, 20), 18_500, "Fire extinguisher service"),
        (on(2, 14), 64_000, "Federation affiliation 2025"),
        (on(3, 21), 27_340, "Slipway gravel, 2 loads"),
        (on(4, 9), 15_600, "First aid course, 6 coxes [invoice 2025-118]"),
        (on(5, 22), 41_275, "Boiler repair, showers"),
        (on(6, 5), 8_990, "Defibrillator battery"),
        (on(7, 17), 33_000, "Dredging contribution, river trust"),
        (on(8, 27), 419_000, "Outboard engine"),
        (on(9, 11), 12_480, "Gutter cleaning"),
        (on(10, 16), 22_900, "Accountant, review of the half-year"),
        (on(11, 20), 57_400, "Ergometer chains and service, 7 machines"),
    ):
        plan.withdraw("club:checking", amount, text, day)
    for day, amount, text in (
        (on(1, 31), 25_000, "Donation, anonymous"),
        (on(3, 14), 120_000, "Town sports grant, first half"),
        (on(5, 30), 60_000, "Clubhouse hire, wedding party"),
        (on(8, 22), 45_000, "Clubhouse hire, choir weekend"),
        (on(9, 19), 120_000, "Town sports grant, second half"),
        (on(10, 10), 38_650, "Insurance refund, hull damage Teal"),
        (on(12, 5), 50_000, "Bequest, in memory of Otto Brandt"),
    ):
        plan.deposit("club:checking", amount, text, day)


def plan_corrections(plan: Plan) -> None:
    """What was put right, and the half-year that was then confirmed and locked."""
    bank, hire = ("club:checking",), "Clubhouse hire, wedding party"
    paid, noticed = moment(6, 1, 9), moment(6, 3, 20)
    plan.entries += [
        Entry("deposit", paid, paid, bank, 60_000, hire),
        Entry("reverse", noticed, noticed, bank, text="Entered twice", about=hire),
    ]
    noticed, boiler = moment(6, 3, 21), "Boiler repair, showers"
    plan.entries.append(Entry("correct", noticed, noticed, bank, 41_275, about=boiler))
    noticed, course = moment(6, 4, 8), "First aid course, 6 coxes [invoice 2025-118]"
    text = "First aid course, 8 coxes [invoice 2025-118]"
    plan.entries.append(Entry("amend-entry", noticed, noticed, bank, text=text, about=course))
    half_year, reviewed = datetime(2025, 6, 30, 23, 59, 59, tzinfo=UTC), moment(10, 16, 21)
    for account in ("club:checking", "club:savings"):
        text = "bank statement, June"
        plan.entries.append(Entry("confirm", half_year, reviewed, (account,), text=text))
    text = "The accountant has reviewed the half-year"
    plan.entries.append(Entry("lock", half_year, reviewed, (), text=text))
    text = "The year is closed"
    plan.entries.append(Entry("lock", BOOKS_END, BOOKS_END, (), text=text))


def plan_bar(plan: Plan) -> None:
    """Takings of four evenings a week, the drinks bought for them, the surplus to the bank."""
    dice, account = plan.dice, "bar"
    for day in days(on(1, 3), on(12, 28), tuple(BAR_EVENINGS)):
        summer = day.month in range(5, 10)
        takings = dice.between(9_500, 29_000, 50) if summer else dice.between(4_200, 16_500, 50)
        what = dice.pick(("takings", "takings", "takings", "takings and tab payments"))
        text, late = f"{BAR_EVENINGS[day.weekday()]} {what}", (0.03, "till roll mislaid")
        plan.deposit(account, takings, text, day, hours=(22, 22), late=late)
    for day in days(on(1, 2), on(12, 22), (0, 3)):
        if dice.chance(0.8):
            plan.buy(account, BAR_STOCK, day, late=(0.03, "delivery note found later"))
    plan.withdraw(account, 18_000, "Liquor licence 2025", on(2, 5))
    plan.withdraw(account, 7_640, "Dishwasher hose and fitting", on(8, 7))
    for month, name in enumerate(MONTHS, start=1):
        text = f"Bar surplus {name}"
        plan.transfer(account, "club:checking", AllBut(60_000), text, on(month, 28), hours=(12, 13))


def plan_petty_cash(plan: Plan) -> None:
    """Small purchases several times a week from a float refilled once a month."""
    dice, account = plan.dice, "petty-cash"
    for day in days(on(1, 3), on(12, 30), (0, 2, 4, 5)):
        if dice.chance(0.68):
            plan.buy(account, PETTY_THINGS, day, late=(0.11, "receipt found later"))
    for month in range(1, 13):
        text = "Petty cash refilled"
        plan.transfer("club:checking", account, FillTo(40_000), text, on(month, 15), hours=(7, 7))


def plan_boats(plan: Plan) -> None:
    """Repairs every week, boats hired out in the season, and a double bought in September."""
    dice, account = plan.dice, "boat-fund"
    for day in days(on(1, 7), on(12, 16), (1,)):
        job, low, high = dice.pick(BOAT_JOBS)
        text = f"{job.format(order=dice.between(4_100, 4_990))}, {dice.pick(BOATS)}"
        late = (0.08, "invoice arrived late")
        plan.withdraw(account, dice.between(low, high), text, day, late=late)
    for day in days(on(4, 5), on(10, 18), (5,)):
        guest = dice.pick(("St. Brendan's School", "Firm outing", "Masters crew from upriver"))
        hire = dice.between(6_000, 15_000, 500)
        plan.deposit(account, hire, f"Boat hire, {guest}", day, hours=(11, 17))
    text = "From reserves towards the new double"
    plan.transfer("club:savings", account, 500_000, text, on(9, 1))
    plan.withdraw(account, 680_000, "Second-hand double scull with trestles", on(9, 4))
    plan.deposit(account, 95_000, "Old pair sold", on(10, 2))


def plan_regattas(plan: Plan, members: Sequence[str]) -> None:
    """Ten regattas: the crews pay their seats, the fund pays entries and the road."""
    dice, account = plan.dice, "regatta-fund"
    for day, name, entry_fees in (
        (on(3, 8), "Ice Breaker Head", 14_000),
        (on(4, 12), "Spring Sprints", 21_000),
        (on(5, 10), "Lower River Regatta", 26_500),
        (on(5, 31), "Masters' Cup", 18_000),
        (on(6, 21), "Midsummer Regatta", 31_500),
        (on(7, 19), "Lakeside Two-Day", 38_000),
        (on(8, 30), "Town Regatta", 16_000),
        (on(9, 20), "Autumn Eights", 24_000),
        (on(10, 11), "Long Distance Head", 22_500),
        (on(11, 8), "Fours Head", 17_500),
    ):
        seat = dice.pick((1_200, 1_500, 1_800))
        for member in dice.sample(members[:60], dice.between(9, 17)):
            paid, text = day - dice.between(8, 20) * DAY, f"Seat fee {name}, {member}"
            plan.deposit(account, seat, text, paid, late=(0.02, "paid in cash at the trailer"))
        plan.withdraw(account, entry_fees, f"Entry fees {name}", day - 7 * DAY)
        if name == "Fours Head":
            text = f"Entry refunded, {name} cancelled for high water"
            plan.deposit(account, entry_fees, text, day + 6 * DAY)
            continue
        fuel, late = dice.between(2_400, 7_900), (0.25, "receipt found in the van")
        plan.withdraw(account, fuel, f"Towing fuel, {name}", day, hours=(6, 7), late=late)
        if dice.chance(0.6):
            food = dice.between(3_100, 8_400)
            plan.withdraw(account, food, f"Crew food, {name}", day, hours=(12, 13))
        if dice.chance(0.4):
            prize = dice.between(5_000, 20_000, 2_500)
            plan.deposit(account, prize, f"Prize money {name}", day + 6 * DAY)


def plan_juniors(plan: Plan, juniors: Sequence[str]) -> None:
    """Three terms of ten-session cards and an assistant coach."""
    dice, account = plan.dice, "junior-squad"
    for start, term in ((on(1, 11), "winter"), (on(4, 5), "spring"), (on(9, 6), "autumn")):
        for junior in juniors:
            if dice.chance(0.85):
                day = start + dice.between(0, 24) * DAY
                text, late = f"Ten-session card, {term}, {junior}", (0.03, "cheque mislaid")
                plan.deposit(account, 6_000, text, day, hours=(15, 18), late=late)
        for week in range(12):
            text = f"Assistant coach, {term} week {week + 1}"
            plan.withdraw(account, 6_000, text, start + (7 * week + 3) * DAY, hours=(18, 19))
        text = f"Junior crews' entries, {term}"
        plan.transfer(account, "regatta-fund", 9_000, text, start + 70 * DAY, hours=(10, 10))
    plan.withdraw(account, 31_950, "Buoyancy aids, 9", on(5, 6))
    plan.withdraw(account, 14_320, "Squad T-shirts", on(6, 3))
    plan.deposit(account, 25_000, "Parents' bake sale", on(6, 28), hours=(16, 16))
    plan.withdraw(account, 6_000, f"Card refunded, {juniors[3]}: broken wrist", on(10, 1))


def plan_gala(plan: Plan, members: Sequence[str]) -> None:
    """The June gala, on an account of its own that is emptied and closed in July."""
    dice, account = plan.dice, "gala-2025"
    plan.transfer("club:checking", account, 100_000, "Advance for the gala", on(3, 5))
    for member in dice.sample(members, 44):
        seats = dice.pick((1, 2, 2, 2, 4))
        text = f"Gala tickets, {seats} at $35, {member}"
        day = on(4, 14) + dice.between(0, 56) * DAY
        plan.deposit(account, 3_500 * seats, text, day, late=(0.03, "paid at the bar"))
    for day, amount, text in (
        (on(3, 10), 60_000, "Marquee, deposit"),
        (on(5, 5), 14_250, "Invitations, print and postage"),
        (on(6, 10), 92_000, "Marquee, balance"),
        (on(6, 13), 38_615, "Flowers, candles, tablecloths"),
        (on(6, 14), 70_000, "Band, The Slow Catches"),
        (on(6, 16), 148_000, "Catering, 88 covers"),
        (on(6, 17), 9_000, "Marquee floor cleaning"),
        (on(6, 19), 3_500, "Ticket refund, ill"),
    ):
        plan.withdraw(account, amount, text, day)
    for day, amount, text in (
        (on(6, 14), 84_250, "Raffle"),
        (on(6, 15), 51_000, "Silent auction, six lots"),
        (on(7, 8), 2_000, "Raffle money, the last of it"),
    ):
        plan.deposit(account, amount, text, day, hours=(20, 22))
    text, late = "Ice and lemons", (1.0, "receipt found later")
    plan.withdraw(account, 4_380, text, on(6, 14), hours=(15, 15), late=late)
    plan.transfer(account, "boat-fund", AllBut(), "Gala surplus", on(7, 10), hours=(18, 18))


def plan_japan(plan: Plan, members: Sequence[str]) -> None:
    """The August training camp with the partner club, in yen."""
    dice, account, lodging = plan.dice, "jp-camp", "jp-lodging"
    in_japan = (0, 10)
    for number, rower in enumerate(dice.sample(members[:60], 18), start=1):
        for part, (month, share) in enumerate(((3, 40_000), (5, 35_000), (7, 30_000)), start=1):
            text, key = f"Camp instalment {part} of 3, {rower}", f"jp-camp-{number:02}-{part}"
            plan.deposit(account, share, text, on(month, dice.between(3, 24)), key=key)
    text = "瀬田みなみ漕艇部より補助金 (partner club's grant)"
    plan.deposit(account, 250_000, text, on(2, 17), hours=in_japan)
    for day, amount in ((on(5, 14), 400_000), (on(7, 28), 700_000)):
        plan.transfer(account, lodging, amount, "宿泊費 (lodging budget)", day, hours=in_japan)
    for day, amount, text in (
        (on(5, 15), 320_000, "Inn, deposit, 20 guests"),
        (on(8, 4), 480_000, "Inn, first week"),
        (on(8, 12), 214_500, "Inn, second week"),
        (on(8, 16), 18_700, "Laundry and linen"),
        (on(8, 16), 3_000, "Broken window pane"),
    ):
        plan.withdraw(lodging, amount, text, day, hours=in_japan)
    late = (1.0, "receipt found in a kit bag")
    plan.withdraw(lodging, 1_650, "Towels replaced", on(8, 9), hours=in_japan, late=late)
    plan.deposit(lodging, 24_000, "Inn, refund for one empty room", on(9, 2), hours=in_japan)
    plan.transfer(lodging, account, AllBut(), "Lodging budget, rest", on(9, 26), hours=(8, 8))
    for day in days(on(8, 4), on(8, 16)):
        for errand in dice.sample(CAMP_ERRANDS, 3):
            late = (0.1, "receipt found in a kit bag")
            plan.buy(account, [errand], day, hours=in_japan, late=late)
    for day, amount, text in (
        (on(8, 3), 186_000, "Bus, airport and back"),
        (on(8, 4), 240_000, "Boats lent by the partner club"),
        (on(8, 20), 36_500, "Photo books for the hosts"),
        (on(9, 12), 12_300, "Freight, oars sent home"),
        (on(10, 15), 8_000, "Bank fees, three quarters"),
        (on(12, 19), 15_400, "New Year cards and gifts, partner club"),
    ):
        plan.withdraw(account, amount, text, day, hours=in_japan)


def plan_kuwait(plan: Plan) -> None:
    """The sponsor in Kuwait: monthly support, kit, and a trip in November, in dinars."""
    dice, account, travel = plan.dice, "kw-sponsor", "kw-travel"
    for month, name in enumerate(MONTHS, start=1):
        text, key = f"Sponsor's support, {name}", f"kw-2025-{month:02}"
        plan.deposit(account, 150_000, text, on(month, 7), hours=(12, 13), key=key)
        late = (0.1, "bank correction")
        plan.withdraw(account, 2_500, "Bank charges", on(month, 25), hours=(6, 6), late=late)
        cost = dice.between(3_250, 9_750, 250)
        plan.withdraw(account, cost, f"Photos and report to the sponsor, {name}", on(month, 21))
        if month in range(4, 13):
            plan.transfer(account, travel, 60_000, f"Travel share {name}", on(month, 10))
    for day, amount, text in (
        (on(2, 20), 187_625, "Racing kit with the sponsor's crest, 25 sets"),
        (on(3, 18), 41_250, "Banner for the boathouse"),
        (on(5, 26), 63_875, "Hull lettering, Heron and Teal"),
        (on(9, 9), 196_500, "Autumn jackets"),
        (on(12, 8), 28_750, "Calendars for the sponsor"),
    ):
        plan.withdraw(account, amount, text, day)
    plan.deposit(account, 75_000, "Bonus for the Lakeside win", on(8, 5))
    for day, amount, text in (
        (on(6, 24), 12_750, "Visa fees, 3 passports"),
        (on(9, 16), 214_300, "Flights, 3 to Kuwait City"),
        (on(11, 3), 18_125, "Airport taxis"),
        (on(11, 4), 96_400, "Hotel, four nights"),
        (on(11, 5), 22_875, "Dinner with the sponsor"),
        (on(11, 6), 7_350, "Gifts, framed crew photo"),
    ):
        plan.withdraw(travel, amount, text, day)
    late = (1.0, "receipt found later")
    plan.withdraw(travel, 4_125, "Travel insurance", on(10, 29), late=late)


def plan_club_year(dice: Dice) -> Plan:
    """Draw the people, then let every corner of the club add its movements."""
    last_names = LAST_NAMES.split()
    people = dice.sample(
        [f"{first} {last}" for first in FIRST_NAMES.split() for last in last_names], 96
    )
    members, juniors = people[:74], people[74:]
    plan = Plan(dice)
    plan_accounts(plan)
    plan_dues(plan, members)
    plan_house(plan)
    plan_occasions(plan)
    plan_bar(plan)
    plan_petty_cash(plan)
    plan_boats(plan)
    plan_regattas(plan, members)
    plan_juniors(plan, juniors)
    plan_gala(plan, members)
    plan_japan(plan, members)
    plan_kuwait(plan)
    plan_corrections(plan)
    return plan


# --- From the plan to the lines of the file ------------------------------------------------------


def decimal_text(minor: int, currency: str) -> str:
    return str(Decimal(minor).scaleb(-DECIMALS[currency]))


def minor_units(text: str, currency: str) -> int:
    value = Decimal(text).scaleb(DECIMALS[currency])
    check(value == int(value), f"{text} has too many decimals for {currency}")
    check(decimal_text(int(value), currency) == text, f"{text} lacks decimals of {currency}")
    return int(value)


def settled(amount: Amount, source_balance: int, target_balance: int) -> int:
    """The amount in minor units, now that the balances of its moment are known."""
    match amount:
        case AllBut(keep):
            return source_balance - keep
        case FillTo(level):
            return level - target_balance
        case int():
            return amount


def category_of(text: str) -> str:
    return next(name for name, words in CATEGORIES.items() if re.search(words, text))


def receipts_of_year(plan: Plan) -> dict[str, tuple[str, bytes]]:
    """What proves some entries: the name and content of a file, by the entry's description."""
    found = {}
    for entry in plan.entries:
        if entry.text in PROVED and isinstance(entry.amount, int):
            name, whose = PROVED[entry.text]
            amount = decimal_text(entry.amount, "USD")
            text = f"{whose}\n\n{entry.at:%m/%d/%Y}  {entry.text}: {amount} USD\n"
            found[entry.text] = f"{name}.txt", text.encode()
    check(len(found) == len(PROVED), "an entry is missing that a receipt is of")
    return found


@dataclass
class Written:
    """What was written down so far: the movements of each account, and what each entry became."""

    moved: dict[str, list[tuple[datetime, int]]]
    versions: Counter[str] = field(default_factory=Counter)
    entries: dict[tuple[str, str], tuple[int, datetime, int]] = field(default_factory=dict)

    def balance(self, account: str, at: datetime = BOOKS_END) -> int:
        return sum(amount for moment, amount in self.moved[account] if moment <= at)

    def move(self, account: str, at: datetime, amount: int, text: str) -> None:
        self.versions[account] += 1
        self.moved[account].append((at, amount))
        self.entries[account, text] = self.versions[account], at, amount


def club_lines(plan: Plan, receipts: dict[str, tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Write the plan down in the order of entry, filling in what was left open."""
    written = Written({name: [(BOOKS_BEGIN, each[2])] for name, each in ACCOUNTS.items()})
    lines: list[dict[str, Any]] = []
    for entry in sorted(plan.entries, key=lambda planned: planned.entered):
        line: dict[str, Any] = {"command": entry.command}
        if entry.command == "transfer":
            line |= {"from": entry.accounts[0], "to": entry.accounts[1]}
        elif entry.accounts:
            line |= {"account": entry.accounts[0]}
        match entry.command:
            case "open":
                line |= opened(entry.accounts[0], written)
            case "close":
                line |= {"reason": entry.text}
            case "deposit" | "withdraw" | "transfer":
                line |= moved(entry, written, receipts)
            case "correct" | "reverse" | "amend-entry":
                line |= put_right(entry, written)
            case "confirm":
                held = decimal_text(written.balance(entry.accounts[0], entry.at), "USD")
                line |= {"amount": held, "source": entry.text}
                written.versions[entry.accounts[0]] += 1
            case "lock":
                line |= {"until": f"{entry.at:%Y-%m}", "reason": entry.text}
        if entry.command in ("open", "close", "deposit", "withdraw", "transfer", "confirm"):
            line |= {"at": entry.at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if entry.key:
            line |= {"idempotency_key": entry.key}
        lines.append(line)
    return lines


def opened(account: str, written: Written) -> dict[str, Any]:
    owner, currency, initial, _ = ACCOUNTS[account]
    written.versions[account] += 1
    return {
        "owner": owner,
        "currency": currency,
        "initial_balance": decimal_text(initial, currency),
    }


def moved(entry: Entry, written: Written, receipts: dict[str, tuple[str, bytes]]) -> dict[str, Any]:
    source, target = entry.accounts[0], entry.accounts[-1]
    amount = settled(entry.amount, written.balance(source), written.balance(target))
    amount = TYPED.get(entry.text, amount)
    if entry.command != "deposit":
        written.move(source, entry.at, -amount, entry.text)
    if entry.command != "withdraw":
        written.move(target, entry.at, amount, entry.text)
    said: dict[str, Any] = {
        "amount": decimal_text(amount, ACCOUNTS[source][1]),
        "description": entry.text,
    }
    if entry.command != "transfer":
        said["tags"] = {"category": category_of(entry.text)}
    if entry.text in receipts:
        content = receipts[entry.text][1]
        said["receipts"] = [{"size": len(content), "sha256": sha256(content).hexdigest()}]
    return said


def put_right(entry: Entry, written: Written) -> dict[str, Any]:
    """Fields of what puts right the last entry of that description."""
    account, text = entry.accounts[0], entry.about
    version, at, amount = written.entries[account, text]
    said: dict[str, Any] = {"version": version}
    if entry.command == "amend-entry":
        written.versions[account] += 1
        return said | {"description": entry.text}
    written.move(account, at, -amount, text)
    if entry.command == "reverse":
        return said | {"reason": entry.text}
    right = settled(entry.amount, 0, 0)
    written.move(account, at, right if amount > 0 else -right, text)
    return said | {"amount": decimal_text(right, ACCOUNTS[account][1])}


# --- The rules, checked on the finished lines ----------------------------------------------------


@dataclass
class Book:
    """One account as the ledger would see it: its signed movements in order of effective time."""

    currency: str
    opened_at: str
    movements: list[tuple[str, int, int]] = field(default_factory=list)  # at, version, minor
    version: int = 0
    closed: bool = False

    def balance(self, at: str = "9") -> int:
        return sum(minor for moment, _, minor in self.movements if moment <= at)

    def latest(self) -> str:
        return max(self.opened_at, self.movements[-1][0])

    def move(self, at: str, minor: int) -> None:
        check(not self.closed, "the account is closed")
        check(at >= self.opened_at, "before the account's opening")
        self.version += 1
        insort(self.movements, (at, self.version, minor))
        balance = 0
        for moment, _, change in self.movements:  # stricter than needed: after every movement
            balance += change
            check(balance >= 0, f"balance {balance} at {moment}")

    def put_right(self, version: int, locked: str, amount: str | None = None) -> None:
        """Reverse the movement of a version, and enter it anew with another amount, if any."""
        ((at, minor),) = [(at, minor) for at, number, minor in self.movements if number == version]
        check(at[:7] > locked, "it is in a locked period")
        insort(self.movements, (at, self.version + 1, -minor))
        self.version += 1
        if amount is not None:
            right = minor_units(amount, self.currency)
            check(right != abs(minor), "nothing to correct")
            self.move(at, right if minor > 0 else -right)


@dataclass
class Audit:
    """What `audit_club` found: all rules kept, and these figures."""

    commands: Counter[str] = field(default_factory=Counter)
    backdated: int = 0
    balances: dict[str, str] = field(default_factory=dict)


def audit_club(lines: Sequence[dict[str, Any]]) -> Audit:
    """Run the lines through the ledger's rules in exact integers; raise where one is broken."""
    audit, books = Audit(), dict[str, Book]()
    keys, last_at, locked = set[str](), "", ""
    for number, line in enumerate(lines, start=1):
        audit.commands[line["command"]] += 1
        if key := line.get("idempotency_key"):
            check(key not in keys, f"line {number}: key {key} used twice")
            keys.add(key)
        try:
            match line["command"]:
                case "lock":
                    locked = line["until"]
                case "correct" | "reverse" | "amend-entry" | "confirm":
                    audit_later(books[line["account"]], line, locked)
                case _:
                    check(line["at"][:7] > locked, "it is in a locked period")
                    names = [line[role] for role in ("account", "from", "to") if role in line]
                    latest = [books[each].latest() for each in names if each in books]
                    backdated = line["at"] < max(latest, default="")
                    check(backdated or line["at"] >= last_at, "neither in order nor backdated")
                    audit.backdated += backdated
                    last_at = max(last_at, line["at"])
                    audit_line(books, names, line)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
    for name, book in books.items():
        amount = decimal_text(book.balance(), book.currency)
        audit.balances[name] = f"{amount} {book.currency}" + (" (closed)" if book.closed else "")
    return audit


def audit_line(books: dict[str, Book], names: Sequence[str], line: dict[str, Any]) -> None:
    command, at = line["command"], line["at"]
    check("2025-01-01T00:00:00Z" <= at < "2026", f"{at} is not in 2025")
    if command == "open":
        check(names[0] not in books, "opened twice")
        book = books[names[0]] = Book(line["currency"], at)
        book.move(at, minor_units(line["initial_balance"], book.currency))
        return
    book = books[names[0]]
    if command == "close":
        check(not book.closed, "closed twice")
        check(book.balance() == 0, f"closed with {book.balance()}")
        check(at >= book.latest(), "closed before its last movement")
        book.version, book.closed = book.version + 1, True
        return
    minor = minor_units(line["amount"], book.currency)
    check(minor > 0, "amount not positive")
    check(len(set(names)) == len(names), "transfer to itself")
    check(books[names[-1]].currency == book.currency, "two currencies")
    if command != "deposit":
        book.move(at, -minor)
    if command != "withdraw":
        books[names[-1]].move(at, minor)


def audit_later(book: Book, line: dict[str, Any], locked: str) -> None:
    """What puts something right, or confirms it."""
    match line["command"]:
        case "confirm":
            held = decimal_text(book.balance(line["at"]), book.currency)
            check(line["amount"] == held, f"it holds {held}")
            book.version += 1
        case "amend-entry":
            check(line["version"] in [each for _, each, _ in book.movements], "no such entry")
            book.version += 1
        case _:
            book.put_right(line["version"], locked, line.get("amount"))


# --- The older world -----------------------------------------------------------------------------

OLD_OWNERS = {
    "acc-001": "Alice Martin",
    "acc-002": "Bob Okonkwo",
    "acc-003": "Céline Dupré",
    "acc-004": "Dan Kim",
    "acc-005": "Eva Horváth",
    "acc-006": "Corner Bookshop",
    "acc-007": "Finn O'Shea",
    "acc-008": "Grace Mbeki",
}
OLD_LEAVER = "acc-004"
OLD_EVENTS = 200
OLD_INCOME: Sequence[Priced] = (
    ("Paycheck", 62_000, 148_000),
    ("Cash deposit", 5_000, 30_000),
    ("Invoice 0417", 12_000, 41_000),
    ("Refund, shoes", 3_495, 8_995),
    ("Gift", 2_500, 10_000),
    ("Interest", 85, 640),
)
OLD_SPENDING: Sequence[Priced] = (
    ("Groceries", 1_240, 9_870),
    ("Groceries", 1_240, 9_870),
    ("Rent", 48_000, 72_000),
    ("ATM withdrawal", 2_000, 20_000),
    ("Electricity", 4_150, 11_900),
    ("Train ticket", 350, 6_400),
    ("Dentist", 7_500, 24_000),
    ("Books", 899, 5_650),
    ("Phone bill", 1_999, 4_499),
    ("Coffee", 275, 990),
    ("Car repair", 11_000, 39_000),
)
# Sums that binary floats get wrong, as the old system stored them, and three true ties
NOISY_AMOUNTS = (
    *(0.1 + 0.2, 4.99 + 15, 1.1 + 2.2, 0.7 + 0.1, 3 * 3.3, 3 * 14.7, 33.33 + 66.66 + 0.02),
    *(2.675, 10.005, 0.125, 8.2 - 0.1 - 0.2, 1.15 + 2.3, 1.1 * 1.1),
)


def cents(amount: float) -> int:
    """The amount as an import has to read it: from its JSON text, half-even to cents."""
    rounded = Decimal(json.dumps(amount)).quantize(CENT, rounding=ROUND_HALF_EVEN)
    return int(rounded.scaleb(2))


@dataclass
class OlderWorld:
    """The older system: it keeps balances and versions, and writes events as it used to."""

    dice: Dice
    clock: datetime = datetime(2024, 1, 2, 8, 0, tzinfo=UTC)
    events: list[dict[str, Any]] = field(default_factory=list)
    balances: dict[str, int] = field(default_factory=dict)
    versions: Counter[str] = field(default_factory=Counter)

    def open(self, account: str, initial: float) -> None:
        self.balances[account] = cents(initial)
        data = {
            "account_id": account,
            "name": OLD_OWNERS[account],
            "initial_balance": initial,
        }
        self._record(account, "AccountOpened", data)

    def deposit(self, account: str, amount: float, text: str) -> None:
        self.balances[account] += cents(amount)
        self._record(account, "MoneyDeposited", {"amount": amount, "description": text})

    def withdraw(self, account: str, amount: float, text: str) -> None:
        self.balances[account] -= cents(amount)
        self._record(account, "MoneyWithdrawn", {"amount": amount, "description": text})

    def close(self, account: str, reason: str) -> None:
        del self.balances[account]
        self._record(account, "AccountClosed", {"reason": reason})

    def _record(self, account: str, event_type: str, data: dict[str, Any]) -> None:
        self.clock += timedelta(seconds=self.dice.between(60_000, 240_000))
        self.clock = self.clock.replace(microsecond=self.dice.between(1, 999_999))
        self.versions[account] += 1
        self.events.append(
            {
                "event_id": self.dice.uuid(),
                "aggregate_id": account,
                "aggregate_type": "BankAccount",
                "event_type": event_type,
                "data": data,
                "metadata": self._metadata(),
                "version": self.versions[account],
                "timestamp": self.clock.strftime("%Y-%m-%dT%H:%M:%S.%f"),
            }
        )

    def _metadata(self) -> dict[str, str]:
        legacy = {"user": "legacy", "ip": f"10.0.0.{self.dice.between(2, 9)}"}
        teller = {
            "user": "teller-2",
            "ip": "10.0.1.20",
            "session": f"s{self.dice.between(100, 999)}",
        }
        return self.dice.pick((legacy, legacy, teller, {"user": "nightly-job"}, {}))


def older_events(dice: Dice) -> list[dict[str, Any]]:
    """Eight accounts of 2024; the last line of the file closes one of them."""
    world = OlderWorld(dice)
    unopened, noisy = list(OLD_OWNERS), list(NOISY_AMOUNTS)
    while len(world.events) < OLD_EVENTS - 2:
        if unopened and len(world.events) % 6 == 0:
            world.open(unopened.pop(0), dice.pick((0.0, 75.5, 100.0, 250.0, 1000.0)))
            continue
        account = dice.pick(list(world.balances))
        if noisy and len(world.events) % 15 == 8:
            world.deposit(account, noisy.pop(0), dice.pick(("Interest", "Split bill, repaid")))
            continue
        text, low, high = dice.pick(OLD_SPENDING)
        amount = dice.between(low, high)
        if amount <= world.balances[account]:
            world.withdraw(account, amount / 100, text)
        else:
            text, low, high = dice.pick(OLD_INCOME)
            world.deposit(account, dice.between(low, high) / 100, text)
    world.withdraw(OLD_LEAVER, world.balances[OLD_LEAVER] / 100, "Paid out on closing")
    world.close(OLD_LEAVER, "Customer moved abroad")
    return world.events


def audit_older(text: str) -> tuple[Counter[str], int, dict[str, str]]:
    """Read the finished text as an import would: counts, amounts rounded, balances."""
    kinds, rounded, ids = Counter[str](), 0, set[str]()
    balances, versions, closed = dict[str, int](), Counter[str](), set[str]()
    last = ""
    for number, line in enumerate(text.splitlines(), start=1):
        event = json.loads(line, parse_float=Decimal)
        account, kind, data = event["aggregate_id"], event["event_type"], event["data"]
        kinds[kind] += 1
        versions[account] += 1
        check(event["version"] == versions[account], f"event {number}: version gap")
        check((kind == "AccountOpened") == (event["version"] == 1), f"event {number}: opening")
        check(event["event_id"] not in ids, f"event {number}: id used twice")
        check(account not in closed, f"event {number}: the account is closed")
        check(last <= event["timestamp"] < "2025", f"event {number}: out of order")
        ids.add(event["event_id"])
        last = event["timestamp"]
        if kind == "AccountClosed":
            check(balances[account] == 0, f"event {number}: closed with {balances[account]}")
            closed.add(account)
            continue
        amount: Decimal = data["initial_balance" if kind == "AccountOpened" else "amount"]
        exact = amount.quantize(CENT, rounding=ROUND_HALF_EVEN)
        rounded += exact != amount
        check(exact > 0 or kind == "AccountOpened", f"event {number}: amount not positive")
        sign = -1 if kind == "MoneyWithdrawn" else 1
        balances[account] = balances.get(account, 0) + sign * int(exact.scaleb(2))
        check(balances[account] >= 0, f"event {number}: overdraft of {account}")
    finals = {
        name: f"{decimal_text(balance, 'USD')} USD" + (" (closed)" if name in closed else "")
        for name, balance in sorted(balances.items())
    }
    return kinds, rounded, finals


# --- The files -----------------------------------------------------------------------------------


def json_lines(rows: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def summary(title: str, facts: dict[str, int], balances: dict[str, str]) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in facts.items())
    return "\n".join(
        [f"{title}: {counts}", *(f"  {name:<14} {text}" for name, text in balances.items())]
    )


def main() -> None:
    plan = plan_club_year(Dice(SEED))
    receipts = receipts_of_year(plan)
    lines = club_lines(plan, receipts)
    club = audit_club(lines)
    older_text = json_lines(older_events(Dice(SEED + 1)))
    kinds, rounded, older_balances = audit_older(older_text)
    for name, text in (("club_year", json_lines(lines)), ("older_world", older_text)):
        (HERE / f"{name}.jsonl").write_text(text, encoding="utf-8", newline="\n")
    (HERE / "receipts").mkdir(exist_ok=True)
    for name, content in receipts.values():
        (HERE / "receipts" / name).write_bytes(content)
    facts = {"lines": len(lines), **club.commands, "backdated": club.backdated}
    print(summary("club_year.jsonl", facts, club.balances))
    facts = {"events": kinds.total(), **kinds, "amounts to round": rounded}
    print(summary("older_world.jsonl", facts, older_balances))


if __name__ == "__main__":
    main()
