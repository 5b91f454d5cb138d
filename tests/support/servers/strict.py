"""A PostgreSQL server that wants passwords, and from some an encrypted connection, if it can."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Final
from urllib.parse import quote

from tests.support.servers.absent import absent
from tests.support.servers.postgresql import PostgresServer, programs
from tests.support.servers.run import Run

PASSWORD: Final = "s3cr3t-päss?&/@#x y"
"""Of every role; it has what has to be written otherwise in a URL."""

TELLTALE: Final = "s3cr3t"
"""The part of it that nobody may ever see."""

_ROLES: Final = ("owner", "reader", "nobody_much", "encrypted", "elsewhere")

_ENCRYPTED: Final = "hostssl all encrypted 127.0.0.1/32 scram-sha-256"

_ACCESS: Final = (
    "local all postgres trust",
    "host all owner,reader,nobody_much 127.0.0.1/32 scram-sha-256",
)


class StrictServer(PostgresServer):
    """Lets in `owner`, who may create schemas, `reader` and `nobody_much`, who may not, and
    `encrypted`, who must come encrypted; `elsewhere` is not let in from here."""

    def __init__(self, run: Run) -> None:
        self._cannot_encrypt = _why_it_cannot_encrypt()
        settings = {
            "listen_addresses": "127.0.0.1",
            "ssl": "off" if self._cannot_encrypt else "on",
            "log_statement": "all",
            "log_connections": "on",
            "max_connections": "20",
        }
        access = _ACCESS if self._cannot_encrypt else (_ENCRYPTED, *_ACCESS)
        super().__init__(run, f"strict-{os.getpid()}", settings, access)

    def must_encrypt(self) -> None:
        """Skip the test where it cannot."""
        if self._cannot_encrypt:
            absent("PostgreSQL with TLS", self._cannot_encrypt)

    def start(self) -> None:
        is_new = not self.data.exists()
        super().start()
        if is_new:
            with self.connect(options="-c log_statement=none") as connection:
                for role in _ROLES:
                    connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
                connection.execute("GRANT CREATE ON DATABASE postgres TO owner, encrypted")

    def place(
        self,
        schema: str,
        user: str = "owner",
        password: str = PASSWORD,
        *,
        database: str = "postgres",
        **parameters: str,
    ) -> str:
        """The address of a ledger over TCP, as somebody types it who has everything in it."""
        who = user + (f":{quote(password, safe='')}" if password else "")
        given = {"options": f"-csearch_path={schema}", **parameters}
        told = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
        return f"postgresql://{who}@127.0.0.1:{self.port}/{database}?{told}"

    def _prepare(self) -> None:
        if self._cannot_encrypt:
            return
        key, certificate = self.data / "server.key", self.data / "server.crt"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec"),
                *(
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=localhost",
                ),
                *("-keyout", key, "-out", certificate),
            ],
            check=True,
            capture_output=True,
        )
        owner = self.data.stat()
        for file in (key, certificate):
            file.chmod(0o600)
            os.chown(file, owner.st_uid, owner.st_gid)


def _why_it_cannot_encrypt() -> str:
    """Empty where it can: a server is built with TLS or without it, as the wheel's is."""
    if b"SSL_CTX_new" not in (programs() / "postgres").read_bytes():
        return f"the server in {programs()} was built without it"
    if shutil.which("openssl") is None:
        return "openssl, which makes its certificate, is not installed"
    return ""
