"""What vLLM is started with, and whether that can work on this machine: asked before anything is loaded."""

from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from kernel.minds.generative.mind_settings import GenerationSettings
from syscalls.errors import MindFailed

GIB: Final = 1 << 30
OVERHEAD_BYTES: Final = 1 * GIB
"""What vLLM's two processes need beside weights and cache."""
_CPUINFO: Final = Path("/proc/cpuinfo")
_SHORT: Final = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""What processors that multiply bfloat16 call it, x86 and ARM."""


class VllmSettings(GenerationSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section `[minds.vllm]`. Its `model` is a folder, or with `downloads` a name on the hub."""

    dtype: str = "auto"
    quantization: str | None = None
    tensor_parallel: int = 1
    """GPUs that share the model."""
    prefix_caching: bool = True
    lora: dict[str, str] = msgspec.field(default_factory=dict)
    """Adapter name -> folder; the first serves every turn."""
    speculative: dict[str, Any] | None = None
    """As vLLM's speculative_config."""
    gpu_memory: float = 0.9
    """Share of each GPU's memory."""
    cpu_cache_gib: int = 2
    """Memory of the cache of tokens, where vLLM runs on the CPU."""
    eager: bool | None = None
    """No compiled graphs: starts sooner, runs slower on a GPU. Empty: where there is no GPU."""
    most_turns: int = 64
    """Turns in one batch; more wait."""
    policy: Literal["fifo", "rr", "priority", "fair", "deadline"] = "fair"
    """In what order waiting turns get their place (see `kernel/turns/policies.py`)."""
    downloads: bool = False
    """Whether the hub may be asked for what is missing here."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("tensor_parallel", "cpu_cache_gib", "most_turns"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected a number of at least 1, got {getattr(self, name)}")
        if not 0 < self.gpu_memory <= 1:
            raise ValueError(f"gpu_memory: expected a share above 0 and up to 1, got {self.gpu_memory:g}")


def has_gpu() -> bool:
    """Whether a driver for NVIDIA's or AMD's GPUs is there."""
    return any(Path(device).exists() for device in ("/dev/nvidiactl", "/dev/kfd"))


def dtype_of(settings: VllmSettings, cpuinfo: Path = _CPUINFO) -> str:
    """`auto` as float32 on a processor that would compute each bfloat16 by way of it (docs/decisions/0046)."""
    if settings.dtype != "auto" or has_gpu():
        return settings.dtype
    try:
        words = cpuinfo.read_text("utf-8", "replace").split()
    except OSError:
        return settings.dtype
    return settings.dtype if _SHORT.intersection(words) else "float32"


def check(settings: VllmSettings, available_bytes: int | None = None, on_cpu: bool = True) -> None:
    """Refuse what cannot be loaded.

    Args:
        available_bytes: memory that can be had; what the machine says where empty.
        on_cpu: whether weights and cache lie in main memory.

    Raises:
        MindFailed: there is no such folder, a part of it is missing, or there is too little memory.
    """
    if not settings.model:
        raise MindFailed(
            "vllm: no model is set; expected -m vllm:FOLDER, or `model` in [minds.vllm] of config.toml:"
            " a folder with config.json and *.safetensors"
        )
    folder = Path(settings.model).expanduser()
    if not folder.is_dir():
        if settings.downloads:
            return
        raise MindFailed(
            f"vllm: there is no model folder {settings.model!r}; expected a folder with config.json and"
            " *.safetensors; names on a hub are not looked up unless `downloads` is set"
        )
    _check_parts(folder)
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    import psutil  # takes longer than all else here, and every start reads this module

    half = dtype_of(settings) == "float32" != _dtype_in(folder)
    weights *= 2 if on_cpu and half else 1
    needed = weights + OVERHEAD_BYTES + settings.cpu_cache_gib * GIB
    available = psutil.virtual_memory().available if available_bytes is None else available_bytes
    if on_cpu and needed > available:
        raise MindFailed(
            f"vllm: {settings.model!r} needs {needed / GIB:.1f} GiB of memory ({weights / GIB:.1f} of weights,"
            f" {settings.cpu_cache_gib} of cache); {available / GIB:.1f} GiB are free"
            + ('; `dtype = "bfloat16"` in [minds.vllm] halves the weights, and is slow here' if half else "")
        )


def _check_parts(folder: Path) -> None:
    missing = [part for part in ("config.json", "tokenizer.json") if not (folder / part).is_file()]
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        shards = set(_json(index).get("weight_map", {}).values())
        missing += sorted(shard for shard in shards if not (folder / shard).is_file())
    elif not any(folder.glob("*.safetensors")):
        missing.append("*.safetensors")
    if missing:
        raise MindFailed(
            f"vllm: the model folder {str(folder)!r} is incomplete: it lacks {', '.join(missing)};"
            " expected config.json, tokenizer.json and *.safetensors"
        )
    if not _json(folder / "config.json").get("architectures"):
        raise MindFailed(f"vllm: {str(folder / 'config.json')!r} names no architecture")


def _dtype_in(folder: Path) -> str:
    config = _json(folder / "config.json")
    return str(config.get("dtype") or config.get("torch_dtype") or "bfloat16")


def _json(file: Path) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise MindFailed(f"vllm: {str(file)!r} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise MindFailed(f"vllm: {str(file)!r} holds no JSON object")
    return value
