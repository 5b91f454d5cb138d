"""A connection to a NATS server, kept by a thread of its own: nobody else here waits for events.

Users, passwords and certificates come from the environment, under the names that NATS's own tools
use: NATS_USER, NATS_PASSWORD, NATS_TOKEN, NATS_CREDS, NATS_NKEY, NATS_CA, NATS_CERT, NATS_KEY.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from nats.aio.client import Client
from nats.errors import AuthorizationError, NoServersError
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from ledger.errors import InvalidOption, MissingPackage, NoSuchTarget, TargetFailure
from ledger.exchange.publishing.targets import Target

if TYPE_CHECKING:
    from nats.js import JetStreamContext
    from nats.js.api import StreamInfo

_T = TypeVar("_T")

_GRACE: Final = 2.0
"""Seconds more than a call may take, until it is given up from outside."""

_FOR_CLOSING: Final = 0.3


class NatsConnection:
    """Talks to one server or cluster.

    Args:
        timeout: seconds that it has to answer.

    Raises:
        TargetFailure: there is none, or it refuses.
        InvalidOption: a file that the environment names cannot be used.
    """

    def __init__(self, target: Target, timeout: float) -> None:
        self.target = target
        self.timeout = timeout
        self._client: Client | None = None
        self._jetstream: JetStreamContext | None = None
        self._options = _from_environment()
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_pass_over)  # what nobody waits for any more
        self._thread = Thread(target=self._loop.run_forever, name="nats", daemon=True)
        self._thread.start()
        try:
            self.run(self.stream())
        except BaseException:
            self.close()
            raise

    def run(self, call: Coroutine[Any, Any, _T], *, within: float | None = None) -> _T:
        """Wait for what the thread does.

        Raises:
            TargetFailure: it takes too long.
        """
        waited = self.timeout if within is None else within
        future = asyncio.run_coroutine_threadsafe(call, self._loop)
        try:
            return future.result(waited + _GRACE)
        except TimeoutError:
            raise self.silent() from None
        finally:
            future.cancel()

    async def stream(self) -> JetStreamContext:
        """Access to streams over a connection that works, as far as that can be known.

        Raises:
            TargetFailure: there is none.
        """
        if self._jetstream is None or not self.is_connected:
            self._client = await self._connected()
            self._jetstream = self._client.jetstream(timeout=self.timeout)
        return self._jetstream

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection."""
        return self._client is not None and self._client.is_connected

    async def drop(self) -> None:
        """Break off the connection, with all that waits in it to be sent."""
        client, self._client = self._client, None
        if client is not None:
            await _closed(client)

    async def info(self, jetstream: JetStreamContext) -> StreamInfo:
        """What the server says of the stream.

        Raises:
            NoSuchTarget: there is none.
            TargetFailure: the server has no streams at all.
        """
        name = self.target.name
        try:
            return await jetstream.stream_info(name)
        except NotFoundError:
            raise NoSuchTarget(
                f"there is no stream {name} at {self.where}",
                advice="check the name, or have it created",
                create=True,
            ) from None
        except ServiceUnavailableError as error:
            raise TargetFailure(
                f"the server at {self.where} keeps no streams: JetStream is not enabled there",
                advice="start it with JetStream",
            ) from error
        except APIError as error:
            raise self.refused(error) from error

    @property
    def where(self) -> str:
        """The hosts, as messages name them."""
        return ", ".join(self.target.hosts)

    def silent(self) -> TargetFailure:
        """The error for a server that does not answer in time."""
        return TargetFailure(
            f"{self.where} did not answer within {self.timeout:g} seconds",
            advice="check that it runs and can be reached, then repeat the command",
            target=self.target.text,
        )

    def refused(self, error: Exception) -> TargetFailure:
        """The error for what the server refuses."""
        why = getattr(error, "description", None) or str(error).removeprefix("nats: ")
        return TargetFailure(
            f"the stream {self.target.name} at {self.where} took nothing: {why}",
            advice="see to the stream, then repeat the command",
            target=self.target.text,
        )

    def close(self) -> None:
        """Let go of the server."""
        if self._loop.is_closed():
            return
        with suppress(Exception):
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(2 * _FOR_CLOSING)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_FOR_CLOSING)
        if not self._thread.is_alive():
            self._loop.close()

    async def _end(self) -> None:
        await self.drop()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _connected(self) -> Client:
        why: list[Exception] = []

        async def note(error: Exception) -> None:
            why.append(error)

        client = Client()
        try:
            await asyncio.wait_for(
                client.connect(
                    [f"nats://{host}" for host in self.target.hosts],
                    error_cb=note,
                    name="ledger",
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=max(1, int(self.timeout)),
                    **self._options,
                ),
                self.timeout,
            )
        except TimeoutError:
            await _closed(client)
            raise self.silent() from None
        except ModuleNotFoundError as error:  # which only some ways to log in need
            raise MissingPackage(
                f"the package {error.name} is not installed",
                advice="install it, or ledger with its extra [nats]",
                package=str(error.name),
            ) from error
        except (OSError, NatsError, ValueError) as error:
            await _closed(client)
            told = why[-1] if isinstance(error, NoServersError) and why else error
            raise self._unreachable(told) from error
        return client

    def _unreachable(self, error: Exception) -> TargetFailure:
        words = str(error).removeprefix("nats: ").strip("'") or type(error).__name__
        if isinstance(error, AuthorizationError) or "authorization" in words.lower():
            return TargetFailure(
                f"the server at {self.where} does not let us in: {words}",
                advice="name a user in NATS_USER and NATS_PASSWORD, or credentials in NATS_CREDS",
                target=self.target.text,
            )
        if isinstance(error, OSError) and error.errno:
            words = os.strerror(error.errno)
        return TargetFailure(
            f"no NATS server can be reached at {self.where}: {words}",
            advice="check that it runs and can be reached, then repeat the command",
            target=self.target.text,
        )


async def _closed(client: Client) -> None:
    with suppress(Exception):
        await asyncio.wait_for(client.close(), _FOR_CLOSING)


def _pass_over(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    pass


def _from_environment() -> dict[str, Any]:
    """How to log in, as `nats.connect` takes it.

    Raises:
        InvalidOption: a file cannot be used.
    """
    read = {
        "user": os.environ.get("NATS_USER"),
        "password": os.environ.get("NATS_PASSWORD"),
        "token": os.environ.get("NATS_TOKEN"),
        "user_credentials": os.environ.get("NATS_CREDS"),
        "nkeys_seed": os.environ.get("NATS_NKEY"),
    }
    given = {option: value for option, value in read.items() if value}
    authority, certificate = os.environ.get("NATS_CA"), os.environ.get("NATS_CERT")
    try:
        for option in ("user_credentials", "nkeys_seed"):
            if option in given:
                os.stat(given[option])
        if authority or certificate:
            context = ssl.create_default_context(cafile=authority or None)
            if certificate:
                context.load_cert_chain(certificate, os.environ.get("NATS_KEY") or None)
            return {**given, "tls": context}
    except (OSError, ssl.SSLError) as error:
        raise InvalidOption(
            f"a file named in the environment cannot be used: {error}",
            advice="see NATS_CREDS, NATS_NKEY, NATS_CA, NATS_CERT and NATS_KEY",
        ) from None
    return given
