"""One real vLLM engine for all tests here. Without vLLM or the model they fail: run by `make vllm`, never by default."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from kernel.minds.generative.vllm_engine import VllmEngine
from kernel.minds.generative.vllm_settings import VllmSettings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder share a marker, a loop, and a tolerance for what vLLM's imports warn of."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.vllm)
            item.add_marker(pytest.mark.filterwarnings("ignore"))
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def model() -> Path:
    """The folder that scripts/smollm2.py made."""
    folder = Path(os.environ.get("AOSH_MODEL", "~/.cache/aosh/models/SmolLM2-135M-Instruct")).expanduser()
    if not (folder / "model.safetensors").is_file():
        pytest.fail(f"no model at {folder}: run `python scripts/smollm2.py`, or set AOSH_MODEL")
    return folder


@pytest.fixture(scope="module")
def progress() -> list[float]:
    """The seconds that were told while the engine loaded."""
    return []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(model: Path, progress: list[float]) -> AsyncIterator[VllmEngine]:
    """SmolLM2-135M in float32 on the CPU; closed after its module, so that there are never two."""
    settings = VllmSettings(model=str(model), dtype="float32", context_tokens=2_048, eager=True)
    made = VllmEngine(settings)
    await made.start(progress.append)
    yield made
    await made.close()
