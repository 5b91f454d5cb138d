"""Where a log can be published to, as it is written: ``nats://host/STREAM`` and the like."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from ledger.errors import InvalidOption
from ledger.extras import needs

if TYPE_CHECKING:
    from ledger.exchange.publishing.cloud_events import Message

TIMEOUT: Final = 30
"""Seconds that a target has to answer."""

_SCHEME: Final = re.compile(r"(nats|kafka)://", re.IGNORECASE)
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_PORTS: Final = {"nats": 4222, "kafka": 9092}
_KEEPS: Final = {"nats": "stream", "kafka": "topic"}
_NAMES: Final = {
    "nats": re.compile(r"[A-Za-z0-9_-]{1,200}"),  # no `.`, `*`, `>`, and it is part of subjects
    "kafka": re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}"),
}
_EXAMPLES: Final = "nats://localhost/LEDGER, kafka://localhost/ledger or file:published.jsonl"


class Target(msgspec.Struct, frozen=True):
    """A place to publish to.

    Attributes:
        scheme: ``nats``, ``kafka`` or ``file``.
        hosts: each with its port; none of a file.
        name: of the stream or topic, or the path of the file.
    """

    scheme: str
    hosts: tuple[str, ...]
    name: str

    @property
    def text(self) -> str:
        """The target as it is written, kept and shown: it never holds a secret."""
        if self.scheme == "file":
            return f"file:{self.name}"
        return f"{self.scheme}://{','.join(self.hosts)}/{self.name}"

    @property
    def keeps(self) -> str:
        """What the events are kept in there."""
        return _KEEPS.get(self.scheme, "file")


class OpenTarget(Protocol):
    """A target that messages can be sent to.

    Its methods raise `ledger.errors.TargetFailure` where it is away, full or slow, or refuses.
    """

    last: tuple[int, bytes] | None
    """Position and hash of the last event of the ledger that it has; None where that is not known.
    """

    notes: list[str]
    """What is good to know about it."""

    def send(self, messages: Sequence[Message]) -> None:
        """Begin to send; what was sent before has been waited for."""

    def wait(self) -> int:
        """Wait for the acknowledgement of what was sent.

        Returns:
            How many of the messages are there for good, from the first one on; all of them.
        """

    def close(self) -> None:
        """Let go of it, without waiting for anything."""


def parse_target(text: str) -> Target:
    """A target as it was typed.

    Raises:
        InvalidOption: it is none, or holds a password.
    """
    if text[:5].lower() == "file:":
        path = text[5:]
        if not path or path.startswith("//"):
            raise InvalidOption(
                "the target names no file", advice="write it as a path: file:published.jsonl"
            )
        return Target("file", (), os.path.abspath(path))
    found = _SCHEME.match(text)
    if found is None:
        shown = text.rpartition("@")[2]
        raise InvalidOption(f"{shown!a} is no target", advice=f"write it like {_EXAMPLES}")
    scheme = found[1].lower()
    hosts, _, name = text[found.end() :].partition("/")
    if "@" in text:
        raise InvalidOption(
            "a user and password do not belong into a target, which is kept and shown",
            advice=_SECRETS[scheme],
            properties=scheme,
        )
    if not _NAMES[scheme].fullmatch(name):
        raise InvalidOption(
            f"the target names no {_KEEPS[scheme]}"
            if not name
            else f"{name!a} cannot be the name of a {_KEEPS[scheme]}",
            advice=f"write it like {_EXAMPLES}",
        )
    return Target(scheme, tuple(_host(scheme, each) for each in hosts.split(",")), name)


_SECRETS: Final = {
    "nats": "put them into NATS_USER and NATS_PASSWORD, or name a file in NATS_CREDS",
    "kafka": "put sasl.username and sasl.password into the client's file of properties",
}


def _host(scheme: str, text: str) -> str:
    found = _HOST.fullmatch(text)
    port = int(found[2] or _PORTS[scheme]) if found else 0
    if found is None or not 0 < port < 65_536:
        raise InvalidOption(
            f"{text!a} is no host" if text else "the target names no host",
            advice=f"write it like {_EXAMPLES}",
        )
    return f"{found[1].lower()}:{port}"


def open_target(
    target: Target, ledger_id: str, *, timeout: float, create: bool, own_file: str | None
) -> OpenTarget:
    """Begin to publish to a target.

    Args:
        timeout: seconds that it has to answer, each time.
        create: whether to make the stream or topic, where there is none.
        own_file: the path of the ledger, if it is a file.

    Raises:
        NoSuchTarget: there is no such stream or topic.
        TargetFailure: it is away, or refuses.
        MissingPackage: what talks to it is not installed.
    """
    if target.scheme == "file":
        from ledger.exchange.publishing.file_target import FileTarget

        return FileTarget(target, ledger_id, own_file)
    if target.scheme == "nats":
        with needs("nats-py", "nats"):
            from ledger.exchange.publishing.nats_target import NatsTarget
        return NatsTarget(target, ledger_id, timeout=timeout, create=create)
    with needs("confluent-kafka", "kafka"):
        from ledger.exchange.publishing.kafka_target import KafkaTarget
    return KafkaTarget(target, ledger_id, timeout=timeout, create=create)
