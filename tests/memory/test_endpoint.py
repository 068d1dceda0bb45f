"""A server of vectors: asked over real HTTP by the process beside the jailed driver, and believed nothing."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numpy", reason="needs the extra `memory`")

from apps.shell.early import endpoint_of
from kernel.drivers.beside import end_beside, start_beside
from kernel.net.embedding_settings import EmbeddingSettings
from memory.embedding import HashedWords
from memory.endpoint import BATCH, Endpoint
from memory.recall import Query, recall
from memory.record import New
from memory.store import Store
from syscalls.errors import DeviceFailed
from tests.tiers import best

Reply = Callable[[list[str]], tuple[int, Any]]


def vectors(texts: list[str]) -> tuple[int, Any]:
    rows = HashedWords().embed(texts) * 3
    listed = [{"index": at, "embedding": row.tolist()} for at, row in enumerate(rows)]
    return 200, {"data": listed[::-1]}


class Server:
    """An OpenAI-compatible server of embeddings on this machine."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/v1/embeddings"
                outer.asked.append(body)
                outer.keys.append(self.headers["Authorization"])
                status, value = outer.reply(body["input"])
                raw = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@contextmanager
def serving(reply: Reply) -> Iterator[Server]:
    server = Server(reply)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def endpoint(url: str) -> Iterator[Endpoint]:
    with ExitStack() as ends:
        section = EmbeddingSettings(embedder="openai", base_url=url, model="tiny", key_env="TINY_KEY")
        begun = start_beside(endpoint_of(section), best(), ends)
        made = Endpoint(socket.socket(fileno=socket.dup(begun.end)))
        try:
            yield made
        finally:
            made.close()
            end_beside([begun])


def test_a_memory_lives_on_the_vectors_of_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY_KEY", "sesame")
    with serving(vectors) as server, endpoint(server.url) as made:
        store = Store(tmp_path / "memory.db", made)
        store.add([New(text=f"the printer on floor {number} is box{number}") for number in range(BATCH + 1)])
        assert recall(store, Query(text="box7"))[0].record.text.endswith("box7")
        assert (made.name, made.dimension) == ("openai:tiny", 256)
        assert [len(each["input"]) for each in server.asked] == [BATCH, 1, 1]
        assert server.asked[0]["model"] == "tiny"
        assert server.keys == ["Bearer sesame"] * 3
        store.close()


def test_a_memory_of_one_model_is_not_opened_with_another_and_the_remedy_is_named(tmp_path: Path) -> None:
    Store(tmp_path / "memory.db", HashedWords()).add([New(text="one")])
    with serving(vectors) as server, endpoint(server.url) as made:
        with pytest.raises(DeviceFailed, match=r"'hashed-words'.*'openai:tiny'.*aosh memory reindex"):
            Store(tmp_path / "memory.db", made)
        assert server.asked == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (lambda texts: (200, {"data": []}), "asked for 1 vectors and sent 0"),
        (lambda texts: (200, {"data": [{"index": 0, "embedding": [0.0, 0.0]}]}), "a vector that is none"),
        (lambda texts: (200, {"oops": 1}), "no list of vectors"),
        (lambda texts: (404, {"error": {"message": "no such model"}}), "no such model"),
        (lambda texts: (401, {"error": {"message": "bad key"}}), "refused the key"),
    ],
)
def test_what_is_no_answer_is_told_and_nothing_stored(tmp_path: Path, reply: Reply, said: str) -> None:
    with serving(reply) as server, endpoint(server.url) as made:
        store = Store(tmp_path / "memory.db", made)
        with pytest.raises(DeviceFailed, match=said):
            store.add([New(text="one")])
        assert list(store.all()) == []
        store.close()


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with endpoint(f"http://127.0.0.1:{port}/v1") as made:
        store = Store(tmp_path / "memory.db", made)
        with pytest.raises(DeviceFailed, match="cannot be reached"):
            store.add([New(text="one")])
        store.close()


def test_a_model_that_changes_its_length_is_refused(tmp_path: Path) -> None:
    with serving(vectors) as server, endpoint(server.url) as made:
        made.embed(["one"])
        server.reply = lambda texts: (200, {"data": [{"index": 0, "embedding": [1.0, 2.0]}]})
        with pytest.raises(DeviceFailed, match="vectors of 256 numbers and now of 2"):
            made.embed(["two"])
