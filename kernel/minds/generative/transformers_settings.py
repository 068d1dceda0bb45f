"""What a model on torch is loaded from, and whether that can work here: asked before anything is loaded."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from kernel.minds.generative.mind_settings import GenerationSettings
from syscalls.errors import MindFailed

PACKAGES: Final = ("torch", "transformers", "xgrammar")
SPARE_BYTES: Final = 1 << 30
"""For torch itself, activations and the cache of tokens."""
GIB: Final = 1 << 30


class TransformersSettings(GenerationSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section `[minds.transformers]`. `model` is a folder with safetensors, or a `.gguf` file."""

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """"auto" is the weights' own; a GGUF file is unpacked to float32 on a CPU."""
    device: str = "auto"
    """"cpu", "cuda", "cuda:1"; "auto" takes a GPU where torch has one."""
    threads: int = 0
    """Of torch; 0 leaves them to it."""


def missing_packages() -> list[str]:
    """The packages of the extra that are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


def check(settings: TransformersSettings, available_bytes: int | None = None) -> Path:
    """The model's folder or file.

    Raises:
        MindFailed: packages or parts of the model are missing, or there is too little memory.
    """
    if missing := missing_packages():
        raise MindFailed(
            f"transformers: {', '.join(missing)} not installed; expected `pip install 'aosh[transformers]'`"
        )
    if not settings.model:
        raise MindFailed(
            "transformers: no model; expected -m transformers:PATH, a folder of safetensors or a .gguf file"
        )
    path = Path(settings.model).expanduser()
    needed = weights_bytes(path)
    import psutil

    available = psutil.virtual_memory().available if available_bytes is None else available_bytes
    if not _on_gpu(settings) and needed + SPARE_BYTES > available:
        raise MindFailed(
            f"transformers: {settings.model!r} needs {(needed + SPARE_BYTES) / GIB:.1f} GiB of memory "
            f"({needed / GIB:.1f} of weights) and {available / GIB:.1f} are available; expected a smaller model, or one quantised"
        )
    return path


def weights_bytes(path: Path) -> int:
    """Memory that the weights will take on a CPU.

    Raises:
        MindFailed: the folder or file is missing, incomplete, or of another kind.
    """
    return _gguf_bytes(path) if path.suffix == ".gguf" else _folder_bytes(path)


def _on_gpu(settings: TransformersSettings) -> bool:
    if settings.device != "auto":
        return settings.device.startswith("cuda")
    return bool(import_module("torch").cuda.is_available())


def _gguf_bytes(path: Path) -> int:
    if not path.is_file():
        raise MindFailed(
            f"transformers: there is no file {str(path)!r}; expected a .gguf file or a folder of safetensors"
        )
    for name in ("gguf", "accelerate"):
        if find_spec(name) is None:
            raise MindFailed(
                f"transformers: {name} is not installed, which .gguf files need; expected `pip install 'aosh[transformers]'`"
            )
    try:
        reader: Any = import_module("gguf").GGUFReader(path)
        return 4 * sum(int(tensor.n_elements) for tensor in reader.tensors)
    except (OSError, ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise MindFailed(f"transformers: {str(path)!r} is no GGUF file, or damaged: {error}") from None


def _folder_bytes(folder: Path) -> int:
    if not folder.is_dir():
        raise MindFailed(
            f"transformers: there is no folder {str(folder)!r}; expected one with config.json and *.safetensors, or a .gguf file"
        )
    config = _json(folder / "config.json") if (folder / "config.json").is_file() else {}
    missing = [name for name in ("config.json", "tokenizer.json") if not (folder / name).is_file()]
    if (folder / "tokenizer.model").is_file() and "tokenizer.json" in missing:
        missing.remove("tokenizer.json")
    shards = {*folder.glob("*.safetensors")}
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        named = {str(shard) for shard in _json(index).get("weight_map", {}).values()}
        missing += sorted(shard for shard in named if not (folder / shard).is_file())
    elif not shards:
        missing.append("*.safetensors")
    if missing:
        raise MindFailed(
            f"transformers: the model folder {str(folder)!r} is incomplete: it lacks {', '.join(missing)}"
        )
    if not config.get("architectures"):
        raise MindFailed(
            f"transformers: {str(folder / 'config.json')!r} names no architecture; expected a causal language model"
        )
    return sum(shard.stat().st_size for shard in shards)


def _json(file: Path) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(file.read_bytes())
    except (OSError, ValueError) as error:
        raise MindFailed(f"transformers: {str(file)!r} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise MindFailed(f"transformers: {str(file)!r} holds no JSON object")
    return value
