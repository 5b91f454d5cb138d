"""Lines of the older world's logs."""

from __future__ import annotations

import json
from typing import Any


def older(
    account: str, version: int, event_type: str, data: str, timestamp: str, **more: object
) -> bytes:
    """One line, its data exactly as given."""
    fields: dict[str, Any] = {
        "event_id": f"{account}-{version}",
        "aggregate_id": account,
        "aggregate_type": "BankAccount",
        "event_type": event_type,
        "metadata": {"user": "teller-2"},
        "version": version,
        "timestamp": timestamp,
        **more,
    }
    return json.dumps(fields)[:-1].encode() + b', "data": ' + data.encode() + b"}"


def opened(account: str = "a", balance: str = "100.0", **more: object) -> bytes:
    data = f'{{"account_id": "{account}", "name": "Olga", "initial_balance": {balance}}}'
    timestamp = str(more.pop("timestamp", "2024-01-01T08:00:00"))
    return older(account, 1, "AccountOpened", data, timestamp, **more)


def moved(version: int, event_type: str, amount: str, timestamp: str, **more: object) -> bytes:
    data = f'{{"amount": {amount}, "description": "x"}}'
    account = str(more.pop("account", "a"))
    return older(account, version, event_type, data, timestamp, **more)


def deposited(version: int, amount: str, day: int, **more: object) -> bytes:
    return moved(version, "MoneyDeposited", amount, f"2024-01-{day:02}T09:00:00", **more)


def withdrawn(version: int, amount: str, day: int, **more: object) -> bytes:
    return moved(version, "MoneyWithdrawn", amount, f"2024-01-{day:02}T09:00:00", **more)


def closed(version: int, day: int, data: str = "{}", **more: object) -> bytes:
    account = str(more.pop("account", "a"))
    timestamp = f"2024-01-{day:02}T10:00:00"
    return older(account, version, "AccountClosed", data, timestamp, **more)
