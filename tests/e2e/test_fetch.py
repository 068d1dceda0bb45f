"""`tool.fetch` from the command line: nobody there to ask means no, and this machine is never reached."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from tests.e2e.program import Program


@pytest.fixture
def asked() -> Iterator[tuple[int, list[str]]]:
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1], seen
        server.shutdown()
        thread.join()


def test_a_fetch_with_nobody_to_ask_is_45_and_names_the_option(aosh: Program) -> None:
    ran = aosh(":tool.fetch https://example.org/a.txt")
    assert ran.code == 45
    assert "--allow-host example.org or --allow 'tool.fetch(example.org)'" in ran.err
    assert "--allow 'tool.fetch(example.org)'" in aosh(":tool.fetch http://example.org/", "--dry-run").out


@pytest.mark.parametrize("option", ["--allow-host=localhost:{}", "--allow=tool.fetch(localhost:{})", "--yes"])
def test_no_option_reaches_this_machine(aosh: Program, asked: tuple[int, list[str]], option: str) -> None:
    port, seen = asked
    ran = aosh(f":tool.fetch http://localhost:{port}/secret", option.format(port))
    assert ran.code != 0
    assert "which is not in the public internet" in ran.err
    assert seen == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://2130706433/", "file:///etc/passwd", "http://a:b@example.org/"]
)
def test_what_is_no_plain_address_is_refused(aosh: Program, url: str) -> None:
    assert aosh(f":tool.fetch {url}", "--yes").code == 1
    assert "EINVAL" in aosh(f":tool.fetch {url}", "--yes").err


@pytest.mark.parametrize("host", ["*", "127.0.0.1", "http://example.org", "[::1]", "example.org:0"])
def test_only_hosts_are_granted(aosh: Program, host: str) -> None:
    ran = aosh("hello", f"--allow-host={host}")
    assert ran.code == 2
    assert "expected a host's name" in ran.err


@pytest.mark.parametrize(
    "words", ["fetch {}", "download {}", "download {} to a.txt", "fetch {} and save it to a.txt"]
)
def test_words_that_ask_for_a_page_ask_a_person_and_change_nothing(aosh: Program, words: str) -> None:
    ran = aosh(words.format("https://example.org/data.csv"))
    assert ran.code == 45
    assert "it reaches example.org, which is not granted" in ran.err
    assert not (aosh.workspace / "a.txt").exists()
