"""A page that is saved: its text lands whole or not at all, and stays known to be from the web."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from kernel.call import AlwaysYes, Err, Ok, Proposal, Reply
from kernel.drivers.route import Route
from kernel.gate import Gate
from kernel.grounding import View
from kernel.minds.port import Drafted, From
from kernel.net.fetching import Fetcher
from kernel.policy import Mode, Policy
from kernel.proposing import Proposer, shown_replies
from syscalls.errors import NotUnderstood
from syscalls.labels import USER
from syscalls.table import Table
from tests.kernel.world import CALLS, Disk, disk_at
from tests.net.hosts import SITE, Host, host_at, lab
from tests.tiers import best


@pytest.fixture
def host() -> Iterator[Host]:
    with host_at() as made:
        yield made


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    async with disk_at(tmp_path) as made:
        yield made


async def downloaded(disk: Disk, url: str, **rest: object) -> tuple[Gate, Reply]:
    """Fetch, then write what was fetched to a.txt, as the mind drafts it."""
    server = Route({"file": disk.drivers, "tool.fetch": Fetcher(best(), lab())})
    gate = Gate(Table(CALLS), server, Policy(Mode.ACCEPT_EDITS), disk.journal, "s1", AlwaysYes())
    request = f"download {url} to a.txt"
    fetched = await gate(disk.process, Proposal("tool.fetch", {"url": url, **rest}, USER, "mind"))
    view = View(request, list(shown_replies([fetched])), disk.process.cwd)
    proposer = Proposer(view, {call.name: call for call in CALLS}, lambda index: fetched)
    drafted = Drafted("file.write", {"path": "a.txt", "content": From(0, "text")}, 0.98, request)
    made = proposer.proposal(drafted)
    return gate, made if isinstance(made, Err) else await gate(disk.process, made)


async def test_a_download_is_the_page_and_its_file_is_known_to_be_from_the_web(
    disk: Disk, host: Host
) -> None:
    gate, reply = await downloaded(disk, host.page("/a.csv", b"a,b\r\n1,2", "text/csv"))
    assert isinstance(reply, Ok), reply
    assert (disk.work / "a.txt").read_bytes() == b"a,b\r\n1,2"
    held = gate.labelling.files.of(str(disk.work / "a.txt"))
    assert f"web:{SITE}" in {label.source for label in held.items}
    assert not held.is_trusted


@pytest.mark.parametrize(
    ("kind", "status", "limit_bytes", "why"),
    [
        ("image/png", 200, 100, "is binary"), ("text/plain", 404, 100, "HTTP status 404"),
        ("text/plain", 200, 2, "cut at 2 bytes"),
    ],
)  # fmt: skip
async def test_what_is_not_the_whole_text_is_not_saved(
    disk: Disk, host: Host, kind: str, status: int, limit_bytes: int, why: str
) -> None:
    url = host.page("/a", b"abc", kind, status)
    _, reply = await downloaded(disk, url, limit_bytes=limit_bytes)
    assert isinstance(reply, Err)
    assert isinstance(reply.error, NotUnderstood)
    assert why in str(reply.error)
    assert not (disk.work / "a.txt").exists()
