"""A server that refuses: what is wrong, what to do, and no password in any of it."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from ledger import Ledger
from tests.support.fork_server import ForkServer
from tests.support.program import Outcome, environment
from tests.support.servers.every_command import READS
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.run import short_folder
from tests.support.servers.strict import PASSWORD, TELLTALE, StrictServer
from tests.support.servers.wire import Wire

pytestmark = pytest.mark.servers

Typed = Callable[..., Outcome]


@pytest.fixture
def typed(fork_server: ForkServer, tmp_path: Path) -> Typed:
    """Type a command at a place; whatever it says, it says no password."""

    def run(place: str, *words: str, **more: str) -> Outcome:
        done = fork_server.run(*words, cwd=tmp_path, env=environment(tmp_path, place, **more))
        assert TELLTALE not in done.out + done.err
        return done

    return run


@pytest.fixture
def schema(strict_server: StrictServer) -> Iterator[str]:
    with strict_server.new_schema() as name:
        yield name


@pytest.fixture
def books(strict_server: StrictServer, schema: str) -> str:
    """The address of a small ledger, made by the owner of its schema."""
    place = strict_server.place(schema)
    with Ledger.open(place) as ledger:
        ledger.open_account("bank", "Ana", initial_balance="100", at="2026-01-01")
        ledger.deposit("bank", "5", at="2026-01-02")
    return place


def refusal(done: Outcome, status: int, code: str, *said: str) -> str:
    """See that a command under ``--json`` was refused, and give the hint."""
    assert done.status == status, done
    assert done.out == ""
    error = done.error
    assert error["code"] == code, error
    for each in said:
        assert each in error["message"], error
    assert error["hint"], error
    hint: str = error["hint"]
    return hint


# ── there is no way in ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", ["balance", "deposit bank 1", "open bank --owner Ana"])
def test_a_server_that_is_not_there(typed: Typed, tmp_path: Path, command: str) -> None:
    words = (*shlex.split(command), "--json")
    for where, said in (
        (f"postgresql://ana:{TELLTALE}@/books?host={tmp_path}", "No such file"),
        (f"postgresql://ana:{TELLTALE}@127.0.0.1:1/books", "refused"),
        (f"postgresql://ana:{TELLTALE}@nowhere.invalid/books", "nowhere.invalid"),
    ):
        hint = refusal(typed(where, *words), 1, "storage_failure", said, "there is no way to")
        assert "host and port" in hint


def test_a_database_that_is_not_there(typed: Typed, strict_server: StrictServer) -> None:
    place = strict_server.place("books", database="nowhere")
    for command in ("balance", "open bank --owner Ana"):
        done = typed(place, *shlex.split(command), "--json")
        hint = refusal(done, 4, "no_such_ledger", 'database "nowhere" does not exist')
        assert "createdb" in hint


def test_a_password_that_is_wrong_or_missing(
    typed: Typed, strict_server: StrictServer, tmp_path: Path, books: str, schema: str
) -> None:
    wrong = strict_server.place(schema, password=f"not-{PASSWORD}")
    without = strict_server.place(schema, password="")
    for place, said in ((wrong, "authentication failed"), (without, "password")):
        hint = refusal(typed(place, "accounts", "--json"), 1, "storage_failure", said)
        assert "PGPASSWORD" in hint
        assert "Traceback" in typed(place, "accounts", "--debug").err
    # It may come from elsewhere.
    assert typed(without, "balance", "bank", PGPASSWORD=PASSWORD).out == "105.00\n"
    pgpass = tmp_path / ".pgpass"
    pgpass.write_text(f"127.0.0.1:{strict_server.port}:*:owner:{PASSWORD}\n")
    pgpass.chmod(0o600)
    assert typed(without, "balance", "bank").out == "105.00\n"
    service = tmp_path / ".pg_service.conf"
    service.write_text(
        f"[club]\nhost=127.0.0.1\nport={strict_server.port}\ndbname=postgres\nuser=owner\n"
        f"password={PASSWORD}\noptions=-csearch_path={schema}\n"
    )
    named = f"postgresql:///?service=club&options=-csearch_path%3D{schema}"
    assert typed(named, "balance", "bank").out == "105.00\n"


def test_a_server_that_wants_an_encrypted_connection(
    typed: Typed, strict_server: StrictServer, schema: str
) -> None:
    strict_server.must_encrypt()
    plain = strict_server.place(schema, "encrypted", sslmode="disable")
    hint = refusal(typed(plain, "accounts", "--json"), 1, "storage_failure", "encryption")
    assert "sslmode=require" in hint
    encrypted = strict_server.place(schema, "encrypted", sslmode="require")
    assert typed(encrypted, "open", "bank", "--owner", "Ana").status == 0
    assert typed(encrypted, "balance", "bank").out == "0.00\n"
    # A certificate of nobody known is refused to who wants to know.
    known = strict_server.place(schema, "encrypted", sslmode="verify-full", sslrootcert="none.crt")
    hint = refusal(typed(known, "accounts", "--json"), 1, "storage_failure", "root certificate")
    assert "sslrootcert" in hint


def test_a_server_that_cannot_encrypt(typed: Typed) -> None:
    def say_no() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(8)  # which asks for it
            connection.sendall(b"N")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Thread(target=say_no)
        server.start()
        port = listener.getsockname()[1]
        place = f"postgresql://ana@127.0.0.1:{port}/books?sslmode=require"
        hint = refusal(typed(place, "accounts", "--json"), 1, "storage_failure", "SSL")
        server.join()
    assert "require" not in hint
    assert "TLS" in hint


def test_a_user_who_is_not_let_in_from_here(typed: Typed, strict_server: StrictServer) -> None:
    done = typed(strict_server.place("books", "elsewhere"), "accounts", "--json")
    refusal(done, 1, "storage_failure", "pg_hba.conf")


# ── the wrong place ─────────────────────────────────────────────────────────────────────────────


def test_a_schema_without_a_ledger(typed: Typed, strict_server: StrictServer, schema: str) -> None:
    place = strict_server.place(schema)
    for command in ("balance", "deposit bank 1", "verify", "head"):
        done = typed(place, *shlex.split(command), "--json")
        refusal(done, 4, "no_such_ledger", schema)
    with strict_server.connect() as connection:
        found = connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (schema,))
        assert found.fetchall() == []


def test_a_ledger_of_another_schema_version(
    typed: Typed, strict_server: StrictServer, books: str, schema: str
) -> None:
    with strict_server.connect() as connection:
        connection.execute(f"UPDATE {schema}.ledger SET schema_version = 99")
    for command in ("balance", "deposit bank 1", "verify", "open new --owner Ana"):
        done = typed(books, *shlex.split(command), "--json")
        hint = refusal(done, 2, "not_a_ledger", "schema version 99")
        assert "newer release" in hint


@pytest.mark.parametrize("table", ["ledger", "events", "projections"])
def test_a_schema_in_which_somebody_else_has_a_table_of_that_name(
    typed: Typed, strict_server: StrictServer, schema: str, table: str
) -> None:
    with strict_server.connect() as connection:
        connection.execute(f"CREATE SCHEMA {schema} AUTHORIZATION owner")
        connection.execute(f"CREATE TABLE {schema}.{table} (theirs int)")
        connection.execute(f"GRANT ALL ON {schema}.{table} TO owner")
    done = typed(strict_server.place(schema), "open", "bank", "--owner", "Ana", "--json")
    assert done.status in (1, 2), done
    assert "another schema" in done.error["hint"] or "name a schema" in done.error["hint"]
    with strict_server.connect() as connection:
        names = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace", (schema,)
        ).fetchall()
    assert names == [(table,)]


def test_a_pool_that_leaves_out_the_schema_never_leads_to_another_ledger(
    typed: Typed, postgresql_server: PostgresServer, schema: str
) -> None:
    folder = short_folder()
    wire = Wire(folder, postgresql_server.folder, left_out="options")
    with closing(wire), postgresql_server.new_schema() as other:
        for made in (False, True):
            if made:  # where the role leads to
                with postgresql_server.connect() as connection:
                    connection.execute(f"ALTER ROLE postgres SET search_path = {other}")
                with Ledger.open(postgresql_server.url(other)) as ledger:
                    ledger.open_account("bank", "Ana")
            try:
                place = postgresql_server.url(schema, host=str(folder))
                for command in ("open bank --owner Ben", "head" if made else "open b --owner Ben"):
                    done = typed(place, *shlex.split(command), "--json")
                    hint = refusal(done, 1, "storage_failure", f"not to {schema}", "pool")
                    assert f'SET search_path = "{schema}"' in hint
            finally:
                with postgresql_server.connect() as connection:
                    connection.execute("ALTER ROLE postgres RESET search_path")
        with postgresql_server.connect() as connection:
            there = connection.execute(
                "SELECT count(*) FROM pg_class WHERE relname = 'ledger' AND relnamespace IN "
                "('public'::regnamespace, to_regnamespace(%s))",
                (schema,),
            )
            assert there.fetchall() == [(0,)]
    shutil.rmtree(folder)


def test_a_database_of_another_encoding_is_refused_before_anything_is_made(
    typed: Typed, strict_server: StrictServer
) -> None:
    with strict_server.connect() as connection:
        for encoding in ("LATIN1", "SQL_ASCII"):
            name = encoding.lower()
            connection.execute(
                f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
            )
            connection.execute(f"GRANT CREATE ON DATABASE {name} TO owner")
            place = strict_server.place("books", database=name)
            done = typed(place, "open", "bank", "--owner", "Ana ☕", "--json")
            hint = refusal(done, 2, "invalid_option", encoding)
            assert "UTF8" in hint
            connection.execute(f"DROP DATABASE {name}")


# ── rights ──────────────────────────────────────────────────────────────────────────────────────


def test_who_may_make_no_schema_is_told_what_to_ask_for(
    typed: Typed, strict_server: StrictServer, schema: str
) -> None:
    place = strict_server.place(schema, "reader")
    done = typed(place, "open", "bank", "--owner", "Ana", "--json")
    hint = refusal(done, 1, "storage_failure", "permission denied")
    statement = re.search(r"CREATE SCHEMA \S+ AUTHORIZATION \S+", hint)
    assert statement, hint
    with strict_server.connect() as connection:
        connection.execute(statement[0].rstrip(";"))
    assert typed(place, "open", "bank", "--owner", "Ana").status == 0


def test_who_may_not_look_is_told_so(
    typed: Typed, strict_server: StrictServer, books: str, schema: str
) -> None:
    place = strict_server.place(schema, "nobody_much")
    for command in ("balance", "deposit bank 1", "verify", "open new --owner Ana"):
        done = typed(place, *shlex.split(command), "--json")
        hint = refusal(done, 1, "storage_failure", "permission denied")
        assert "grant" in hint


def test_who_may_only_look_can_ask_everything_and_change_nothing(
    typed: Typed, strict_server: StrictServer, books: str, schema: str
) -> None:
    expected = [typed(books, *words) for words in READS]
    with strict_server.connect() as connection:
        connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")
    place = strict_server.place(schema, "reader")
    looks_alike(typed, place, expected)
    for command in ("deposit bank 1", "open new --owner Ana", "snapshot bank"):
        done = typed(place, *shlex.split(command), "--json")
        hint = refusal(done, 1, "storage_failure", "permission denied")
        assert "grant" in hint
    assert typed(books, "head").out == expected[READS.index(("head",))].out


def looks_alike(typed: Typed, place: str, expected: list[Outcome]) -> None:
    for words, answer in zip(READS, expected, strict=True):
        done = typed(place, *words)
        assert done.status == answer.status == 0, done
        notes = [line for line in done.err.splitlines(True) if "schema was not compared" in line]
        assert len(notes) == (words[0] == "verify"), done  # it takes more rights
        if words[0] not in ("book", "backup"):
            err = "".join(line for line in done.err.splitlines(True) if line not in notes)
            assert (done.out, err) == (answer.out, answer.err)


# ── servers that can only be read, or are full ──────────────────────────────────────────────────


def test_a_server_that_can_only_be_read_answers_and_changes_nothing(
    typed: Typed, strict_server: StrictServer, books: str, schema: str
) -> None:
    expected = [typed(books, *words) for words in READS]
    with strict_server.connect() as connection:
        connection.execute("ALTER ROLE owner SET default_transaction_read_only = on")
        try:
            looks_alike(typed, books, expected)
            for command in ("deposit bank 1", "open new --owner Ana", "snapshot bank"):
                done = typed(books, *shlex.split(command), "--json")
                hint = refusal(done, 1, "storage_failure", "cannot be written")
                assert "primary" in hint
        finally:
            connection.execute("ALTER ROLE owner RESET default_transaction_read_only")


def test_a_server_without_a_free_connection(
    typed: Typed, strict_server: StrictServer, books: str
) -> None:
    with strict_server.connect() as connection:
        connection.execute("ALTER ROLE owner CONNECTION LIMIT 0")
        try:
            done = typed(books, "deposit", "bank", "1", "--json")
            hint = refusal(done, 1, "storage_failure", "too many connections")
            assert "later" in hint
        finally:
            connection.execute("ALTER ROLE owner CONNECTION LIMIT -1")
    assert typed(books, "deposit", "bank", "1").status == 0


def test_a_statement_that_takes_too_long_for_the_server(
    typed: Typed, strict_server: StrictServer, books: str, schema: str
) -> None:
    with strict_server.connect() as connection:
        connection.execute("ALTER ROLE owner SET statement_timeout = '100ms'")
        try:
            with connection.transaction():
                connection.execute(f"LOCK TABLE {schema}.events IN ACCESS EXCLUSIVE MODE")
                done = typed(books, "balance", "bank", "--as-of", "2026-01-05", "--json")
            refusal(done, 1, "storage_failure", "statement timeout")
        finally:
            connection.execute("ALTER ROLE owner RESET statement_timeout")


def test_a_lock_that_is_not_to_be_had_in_time(
    typed: Typed, strict_server: StrictServer, books: str
) -> None:
    with Ledger.open(books) as ledger, ledger._store.transaction():
        done = typed(books, "deposit", "bank", "1", "--json", LEDGER_LOCK_TIMEOUT="0.1")
        hint = refusal(done, 5, "lock_timeout", "lock")
        assert "LEDGER_LOCK_TIMEOUT" in hint
        assert typed(books, "balance", "bank").out == "105.00\n"


@pytest.mark.parametrize("words", ["head", "open bank --owner Ana"])
@pytest.mark.parametrize(
    ("parameter", "said"),
    [("wrong=1", 'parameter: "wrong"'), ("sslmode=maybe", '"maybe"'), ("port=x", '"x"')],
)
def test_what_is_wrong_with_an_address_is_said(
    typed: Typed, words: str, parameter: str, said: str
) -> None:
    place = f"postgresql://boss:{TELLTALE}@127.0.0.1:1/books?{parameter}"
    hint = refusal(typed(place, *words.split(), "--json"), 2, "invalid_option", said)
    assert "%40" in hint


@pytest.mark.parametrize("words", ["head", "doctor", "open bank --owner Ana", "book"])
@pytest.mark.parametrize(
    "place", [f"host=127.0.0.1 password={TELLTALE}", "postgresql:", f"postgres:{TELLTALE}"]
)
def test_what_is_no_url_is_no_file_either(
    typed: Typed, tmp_path: Path, words: str, place: str
) -> None:
    for given in (
        (place, *words.split(), "--json"),
        ("x.db", *words.split(), "--json", "--db", place),
    ):
        hint = refusal(typed(*given), 2, "invalid_option", "how a database is named")
        assert "postgresql://USER@HOST" in hint
    assert list(tmp_path.glob("*:*")) == list(tmp_path.glob("host*")) == []


@pytest.mark.parametrize(
    "password", [f"p@ss/{TELLTALE}#d", f"{TELLTALE}/p@ss/w#rd", f"{TELLTALE}?{TELLTALE}"]
)
def test_nothing_is_shown_of_a_password_with_marks_that_should_be_written_otherwise(
    typed: Typed, strict_server: StrictServer, password: str
) -> None:
    place = f"postgresql://owner:{password}@127.0.0.1:{strict_server.port}/postgres"
    for words in ("doctor", "head"):
        done = typed(place, words, "--json")
        assert "ss/" not in done.err + done.out
    hint = refusal(done, 1, "storage_failure", "authentication failed")
    assert "%40" in hint


def test_where_the_host_is_missing_all_may_be_the_password(typed: Typed) -> None:
    done = typed(f"postgresql://owner:{TELLTALE}/postgres", "head", "--json")
    refusal(done, 2, "invalid_option", "owner:…", "PASSWORD@HOST")


def test_a_schema_whose_name_has_a_space(typed: Typed, strict_server: StrictServer) -> None:
    place = strict_server.place("unused").replace("%3Dunused", "%3Dour%5C%20club")
    with strict_server.connect() as connection:
        try:
            assert typed(place, "open", "bank", "--owner", "Ana").status == 0
            assert typed(place, "deposit", "bank", "5").status == 0
            assert typed(place, "verify").status == 0
        finally:
            connection.execute('DROP SCHEMA IF EXISTS "our club" CASCADE')


# ── passwords ───────────────────────────────────────────────────────────────────────────────────


def test_a_password_in_the_address_is_shown_nowhere_and_hints_work_without_it(
    typed: Typed, strict_server: StrictServer, books: str, schema: str
) -> None:
    done = typed("unused.db", "--db", books, "balance", "bnk", "--json")
    hint = refusal(done, 4, "no_such_account")
    assert "--db" in hint
    printed = re.search(r"ledger (accounts|balance) .*?(?=; |$)", hint)
    assert printed, hint
    again = typed("unused.db", *shlex.split(printed[0])[1:], PGPASSWORD=PASSWORD)
    assert again.status == 0, again
    for words in (("book", "--json"), ("doctor",), ("verify",), ("publications",)):
        assert typed(books, *words).status == 0
    assert TELLTALE not in strict_server.log.read_text()


@pytest.mark.parametrize(
    "words",
    [
        "archive {url}",
        "backup {url}",
        "batch {url}",
        "diff {url} --as-of never",
        "export-events {url}",
        "export {url} --to csv",
        "history bank --archive {url}",
        "import {url} --account bank",
        "import-events {url} --db new.db",
        "migrate {url} new.db",
        "migrate older.db {url}",
        "publish file:{url}",
        "publish {url}",
        "verify --archive={url}",
        "balance bank {url}",
        "balance --no-such={url}",
    ],
)
@pytest.mark.parametrize("more", ["", "--json", "--debug"])
def test_a_password_is_not_shown_where_something_else_should_be_named(
    typed: Typed, books: str, words: str, more: str
) -> None:
    with Ledger.open(books) as ledger:
        ledger.deposit("bank", "5")
    typed(books, *words.format(url=books.replace("?", f"?sslpassword={TELLTALE}&")).split(), more)


def test_two_ledgers_are_compared_without_their_passwords(
    typed: Typed, strict_server: StrictServer, books: str
) -> None:
    with strict_server.new_schema() as name:
        other = strict_server.place(name)
        typed(books, "export-events", "log.jsonl")
        typed(other, "import-events", "log.jsonl")
        typed(other, "deposit", "bank", "7")
        for words in (("diff", other), ("diff", books, other), ("diff", books, "3")):
            for more in ((), ("--json",), ("--format", "csv")):
                assert typed(books, *words, *more).status == 0
        shown = typed(books, "diff", other, "--json")
    assert strict_server.place(name).partition("@")[2] in shown.out


def test_the_workers_of_a_command_are_started_without_the_password_on_their_command_line(
    strict_server: StrictServer, books: str, typed: Typed
) -> None:
    seen = set()
    with Ledger.open(books) as ledger:
        ledger.batch(b'{"command":"deposit","account":"bank","amount":"1"}' for _ in range(3_000))

    ended = Event()

    def watch() -> None:
        while not ended.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    line = (process / "cmdline").read_bytes()
                except OSError:
                    continue
                if TELLTALE.encode() in line:
                    seen.add(line)

    watcher = Thread(target=watch)
    watcher.start()
    for words in (("verify", "--workers", "2"), ("rebuild-projections", "--workers", "2")):
        assert typed(books, *words).status == 0
    ended.set()
    watcher.join()
    assert seen == set()
