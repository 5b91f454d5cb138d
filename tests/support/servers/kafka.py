"""Apache Kafka, one node on the loopback interface, which can be killed and started again.

Its jars come from Maven, once, into a folder of the user's cache; without Java, Maven or a network
what needs it is skipped.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import uuid
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from tests.support.servers.absent import absent
from tests.support.servers.run import Run
from tests.support.servers.server import Server

VERSION: Final = "4.1.0"

_PATIENCE: Final = 120.0
"""Seconds until it must answer."""

_POM: Final = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>tests</groupId><artifactId>kafka</artifactId>
<version>1</version><packaging>pom</packaging><dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""

_SETTINGS: Final = """process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},SASL_PLAINTEXT://127.0.0.1:{guarded},\
CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker},SASL_PLAINTEXT://127.0.0.1:{guarded}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,\
SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_ana="secret";
log.dirs={folder}/kept
num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
"""


def jars() -> str:
    """The class path; where there is none to be had, the test is skipped."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "ledger-tests" / f"kafka-{VERSION}"
    if shutil.which("java") is None:
        absent("Kafka", "Java is not installed")
    if not (folder / "whole").exists():
        if shutil.which("mvn") is None:
            absent("Kafka", "Maven, which fetches its jars, is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pom.xml").write_text(_POM)
        done = subprocess.run(
            [
                "mvn",
                "-q",
                "-B",
                "dependency:copy-dependencies",
                "-DincludeScope=runtime",
                f"-DoutputDirectory={folder / 'jars'}",
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        if done.returncode:
            absent("Kafka", f"Maven cannot fetch its jars: {done.stdout[-300:]}")
        (folder / "whole").touch()
    return f"{folder / 'jars'}/*"


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


class KafkaServer(Server):
    """One broker.

    Args:
        run, name: see `Server`.

    Attributes:
        guarded_host: where it lets in the user ``ana`` with the password ``secret`` alone.
    """

    def __init__(self, run: Run, name: str) -> None:
        super().__init__(run, name)
        self._jars = jars()
        self._port, guarded = _free_port(), _free_port()
        self.guarded_host = f"127.0.0.1:{guarded}"
        self.folder.mkdir()
        self._properties = self.folder / "server.properties"
        self._properties.write_text(
            _SETTINGS.format(
                broker=self._port,
                guarded=guarded,
                controller=_free_port(),
                folder=self.folder,
            )
        )
        identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self._java("kafka.tools.StorageTool", "format", "--standalone", "-t", identity, "-c").wait()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._port}"

    def start(self) -> float:
        """Start it, and wait until it answers; gives how many seconds that took."""
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        begun = monotonic()
        self._guard = self._java("kafka.Kafka")
        while True:
            with suppress(OSError, KafkaException):
                socket.create_connection(("127.0.0.1", self._port), 1).close()
                AdminClient({"bootstrap.servers": self.host}).list_topics(timeout=5)
                return monotonic() - begun
            assert monotonic() < begun + _PATIENCE, self.log.read_text()
            assert not self.has_ended(), self.log.read_text()
            sleep(0.05)

    def create(self, topic: str, partitions: int, **config: str) -> None:
        """Make a topic."""
        from confluent_kafka.admin import AdminClient
        from confluent_kafka.cimpl import NewTopic

        admin = AdminClient({"bootstrap.servers": self.host})
        made = admin.create_topics([NewTopic(topic, num_partitions=partitions, config=config)])
        made[topic].result()

    def allow(self, topic: str, size: int) -> None:
        """Let messages of a topic have so many bytes."""
        from confluent_kafka import admin as kafka

        admin, named = kafka.AdminClient({"bootstrap.servers": self.host}), vars(kafka)
        entry = named["ConfigEntry"](
            "max.message.bytes",
            str(size),
            incremental_operation=named["AlterConfigOpType"].SET,
        )
        kind = named["ResourceType"].TOPIC
        resource = named["ConfigResource"](kind, topic, incremental_configs=[entry])
        for done in admin.incremental_alter_configs([resource]).values():
            done.result()

    def bodies(self, topic: str) -> list[list[bytes]]:
        """All messages of a topic, for each partition in its order."""
        from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

        consumer = Consumer(
            {
                "bootstrap.servers": self.host,
                "group.id": str(uuid.uuid4()),
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
            }
        )
        count = len(consumer.list_topics(timeout=30).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, part, OFFSET_BEGINNING) for part in range(count)])
        found: list[list[bytes]] = [[] for _ in range(count)]
        ended: set[Any] = set()
        end = monotonic() + _PATIENCE
        while len(ended) < count:
            assert monotonic() < end
            message = consumer.poll(0.1)
            if message is None:
                continue
            error = message.error()
            if error is None:
                found[message.partition() or 0].append(message.value() or b"")
            elif error.code() == KafkaError._PARTITION_EOF:
                ended.add(message.partition())
        consumer.close()
        return found

    def _java(self, main: str, *arguments: str) -> subprocess.Popen[bytes]:
        options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", self._jars]
        return self._launch(["java", *options, main, *arguments, str(self._properties)])
