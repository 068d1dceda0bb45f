"""A bench for each tier that this machine can give."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.tools.world import TIERS, Bench, bench_at, why_not


@pytest.fixture(params=TIERS)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """A workspace where programs run; skipped with the reason where the tier cannot be had."""
    reason = why_not(request.param)
    if reason:
        pytest.skip(reason)
    async with bench_at(tmp_path, request.param) as made:
        yield made
