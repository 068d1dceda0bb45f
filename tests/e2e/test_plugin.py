"""A plugin from installation to removal: in the menu, called from words, gone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kernel.minds.needle.weights import locate
from syscalls.errors import MindFailed
from tests.e2e.program import ROOT, Program


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    target = tmp_path / "plugins"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target)]
    done = subprocess.run(
        [*command, str(ROOT / "examples/aosh-weather")], capture_output=True, timeout=120, check=False
    )
    if done.returncode:
        pytest.skip(f"pip could not install the example: {done.stderr.decode()[-200:]}")
    return target


@pytest.mark.engine
def test_a_plugin_is_installed_called_from_words_and_removed(aosh: Program, installed: Path) -> None:
    try:
        locate()
    except MindFailed as missing:
        pytest.skip(str(missing))
    aosh.mind = "needle"
    aosh.environment = {"PYTHONPATH": f"{ROOT}:{installed}"}
    try:
        assert "weather.convert" in aosh.run("syscalls").out
        assert "weather.convert" in aosh("what can you do?").out
        assert "68" in aosh("convert 20 celsius to fahrenheit").out
        assert aosh(":weather.convert value=0 unit=C to=F").out.split()[1] == "32.0"
        told = aosh(':tool.call weather.convert arguments={"value":0,"unit":"C","to":"F"}')
        assert told.out.split()[1] == "32.0", told
        shutil.rmtree(installed)
        assert "weather.convert" not in aosh.run("syscalls").out
        assert aosh(":weather.convert value=0 unit=C to=F").code != 0
    finally:
        aosh.run("mind", "stop")
