"""Where there are namespaces a program's writes can go elsewhere, and what is not granted has no name."""

import os
import signal
from pathlib import Path

import pytest

from kernel.jail.spec import Tier
from kernel.oneshot.port import Overlay
from syscalls.errors import DriverDied
from tests.oneshot.conftest import Runs, World


@pytest.fixture
def overlay(tier: Tier, world: World) -> Overlay:
    if tier != "F":
        pytest.skip("tier L has no overlays")
    for name in ("upper", "work~"):
        (world.root / name).mkdir()
    return Overlay(world.work, f"{world.root}/upper", f"{world.root}/work~")


async def test_what_is_written_goes_elsewhere(overlay: Overlay, runs: Runs, world: World) -> None:
    world.put("old", "as it was")
    world.put("gone", "still here")
    result = await runs.sh("echo more >>old; echo new >made; rm gone; cat old; ls", overlays=(overlay,))
    assert result.text() == b"as it wasmore\nmade\nold\n"
    assert sorted(os.listdir(world.work)) == ["gone", "old"]
    assert world.read("old") == "as it was"
    assert world.read(f"{overlay.upper}/made") == "new\n"
    assert sorted(os.listdir(overlay.upper)) == ["gone", "made", "old"]


async def test_each_order_has_its_own(overlay: Overlay, runs: Runs, world: World) -> None:
    assert (await runs.sh("echo x >made", overlays=(overlay,))).outcome.status == 0
    for name in ("upper2", "work2~"):
        (world.root / name).mkdir()
    other = Overlay(world.work, f"{world.root}/upper2", f"{world.root}/work2~")
    assert (await runs.sh("ls", overlays=(other,))).text() == b""
    assert (os.listdir(overlay.upper), os.listdir(other.upper)) == (["made"], [])


async def test_what_goes_elsewhere_is_limited(overlay: Overlay, runs: Runs, world: World) -> None:
    script = "i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero >f$i; done"
    result = await runs.sh(script, overlays=(overlay,), write_bytes=20 << 20, timeout_s=20)
    assert (result.outcome.status, result.outcome.stopped) == (-signal.SIGKILL, "disk")
    assert os.listdir(world.work) == []


async def test_an_overlay_is_made_only_over_what_may_be_written(
    overlay: Overlay, runs: Runs, world: World
) -> None:
    with pytest.raises(DriverDied, match="must be granted"):
        await runs("true", overlays=(overlay,), grants={"write": ()}, cwd="/")


async def test_without_namespaces_overlays_are_refused(tier: Tier, runs: Runs, world: World) -> None:
    if tier == "F":
        pytest.skip("this is about tier L")
    with pytest.raises(DriverDied, match="tier L"):
        await runs("true", overlays=(Overlay(world.work, world.work, world.work),))


async def test_what_is_not_granted_has_no_name(tier: Tier, runs: Runs, world: World) -> None:
    if tier != "F":
        pytest.skip("names can be seen in tier L")
    result = await runs.sh(f"ls -d {world.secret} /home /etc/passwd; ls /proc | grep -c '^[0-9]'")
    assert result.text("stderr").count(b"No such file") == 3
    assert int(result.text()) <= 6


async def test_what_is_put_in_tmp_is_the_runs_own(tier: Tier, runs: Runs) -> None:
    if tier != "F":
        pytest.skip("tier L shares /tmp with nobody: it is not granted")
    name = f"/tmp/aosh-{os.getpid()}"
    assert (await runs.sh(f"echo x >{name} && cat {name}")).text() == b"x\n"
    assert not _exists(name)
    assert (await runs("cat", name)).outcome.status == 1


def _exists(path: str) -> bool:
    return Path(path).exists()
