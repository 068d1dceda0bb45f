"""What the proxy passes is counted for the process that fetches, and ends where its budget does."""

from collections.abc import Iterator

import pytest

from kernel.call import Err
from kernel.meter import Limits, Meter
from syscalls.errors import BudgetSpent
from tests.net.hosts import Host, Web, host_at, lab


@pytest.fixture
def host() -> Iterator[Host]:
    with host_at() as made:
        yield made


async def test_what_comes_and_goes_is_counted(host: Host) -> None:
    web = Web(lab())
    await web.fetched(host.page("/a.txt", b"x" * 50_000))
    once = web.process.meter.used("network_bytes")
    assert 50_000 < once < 52_000, "the body, the headers and the request"
    await web.fetched(host.page("/a.txt", b"x" * 50_000))
    assert web.process.meter.used("network_bytes") == pytest.approx(2 * once, rel=0.01)


async def test_a_fetch_ends_where_the_budget_does_and_no_other_begins(host: Host) -> None:
    web = Web(lab())
    web.process.meter = Meter(Limits(network_bytes=20_000))
    reply = await web(host.page("/a.bin", b"x" * 500_000))
    assert isinstance(reply, Err) and isinstance(reply.error, BudgetSpent)
    assert "limit of 20.0 kB of network traffic reached; --limit network_mb=N raises it" in str(reply.error)
    assert web.process.meter.used("network_bytes") < 120_000, "one piece of the proxy's more, at most"
    asked = len(host.asked)
    again = await web(host.page("/b.txt", b"small"))
    assert isinstance(again, Err) and isinstance(again.error, BudgetSpent)
    assert len(host.asked) == asked, "nobody was connected to"
