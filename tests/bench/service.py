"""The service as a user starts it, and a browser's part: one kept-alive connection that asks."""

import gzip
import http.client
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.api.service import COMMAND
from tests.bench.data import TENANT, Place
from tests.bench.panels import Panel

STOP_SECONDS = 30


class Client:
    """Asks over one connection. Of the standard library, since it shares the machine with what is measured."""

    def __init__(self, address: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Accept": "application/graphql-response+json",
            "Accept-Encoding": "gzip",
        }

    def send(self, body: bytes) -> tuple[int, str | None, bytes]:
        """Status, encoding and body of an answer, as they come."""
        self._connection.request("POST", "/graphql", body, self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.getheader("Content-Encoding"), answer.read()

    def data(self, panel: Panel) -> Any:
        """An answer's data; ends the benchmark where there are errors instead."""
        return _data(panel, *self.send(body(panel)))

    def seconds(self, panel: Panel) -> float:
        """How long an answer takes; ends the benchmark where there are errors instead."""
        text, started = body(panel), time.perf_counter()
        answer = self.send(text)
        took = time.perf_counter() - started
        _data(panel, *answer)
        return took

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()


def _data(panel: Panel, status: int, encoding: str | None, text: bytes) -> Any:
    answer = json.loads(gzip.decompress(text) if encoding == "gzip" else text)
    if status != 200 or "errors" in answer:
        raise SystemExit(f"{panel.name} was not answered: {status} {answer.get('errors', answer)}")
    return answer["data"]


def body(panel: Panel) -> bytes:
    """A request's body."""
    return json.dumps({"query": panel.document, "variables": panel.variables}).encode()


@contextmanager
def serving(place: Place) -> Iterator[Client]:
    """A client of a service over this place's data, which is stopped at the end; its log is beside the data."""
    command = [*COMMAND, "serve", "--port", "0"]
    environment = place.frontrow.environment
    with (
        open(place.folder / "serve.log", "w") as log,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            yield from _client(process, place)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _client(process: "subprocess.Popen[str]", place: Place) -> Iterator[Client]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"frontrow serve ended; {place.folder / 'serve.log'} says why")
    printed = place.frontrow.run("token", "--partner", str(TENANT)).stdout
    client = Client(line.split()[-1], printed.split()[-1])
    try:
        yield client
    finally:
        client.close()
