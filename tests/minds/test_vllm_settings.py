"""What vLLM is refused before anything is loaded."""

import json
import os
from pathlib import Path

import msgspec
import pytest

from kernel.minds.generative import vllm_settings
from kernel.minds.generative.vllm_engine import VllmEngine
from kernel.minds.generative.vllm_settings import GIB, VllmSettings, check, dtype_of
from syscalls.errors import MindFailed


def folder(root: Path, *parts: str, config: str = '{"architectures": ["LlamaForCausalLM"]}') -> VllmSettings:
    """A model folder of those parts."""
    for part in parts:
        (root / part).write_text(config if part == "config.json" else "{}", encoding="utf-8")
    return VllmSettings(model=str(root))


WHOLE = ("config.json", "tokenizer.json", "model.safetensors")


def test_a_whole_folder_passes(tmp_path: Path) -> None:
    check(folder(tmp_path, *WHOLE), 8 * GIB)


@pytest.mark.parametrize("lost", WHOLE)
def test_a_folder_that_lacks_a_part_is_refused_by_its_name(tmp_path: Path, lost: str) -> None:
    settings = folder(tmp_path, *(part for part in WHOLE if part != lost))
    with pytest.raises(MindFailed, match=f"incomplete: it lacks .*{lost.split('.')[-1]}"):
        check(settings, 8 * GIB)


def test_a_shard_that_the_index_names_must_be_there(tmp_path: Path) -> None:
    settings = folder(tmp_path, "config.json", "tokenizer.json")
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    (tmp_path / "model-1.safetensors").touch()
    with pytest.raises(MindFailed, match=r"lacks model-2\.safetensors"):
        check(settings, 8 * GIB)


@pytest.mark.parametrize(
    ("config", "text"), [("{", "cannot be read"), ("[]", "no JSON object"), ("{}", "no architecture")]
)
def test_a_config_that_tells_nothing_is_refused(tmp_path: Path, config: str, text: str) -> None:
    with pytest.raises(MindFailed, match=text):
        check(folder(tmp_path, *WHOLE, config=config), 8 * GIB)


def test_too_little_memory_says_how_much_is_needed_and_free(tmp_path: Path) -> None:
    with pytest.raises(MindFailed, match=r"needs 3\.0 GiB of memory .*; 1\.0 GiB are free"):
        check(folder(tmp_path, *WHOLE), GIB)


@pytest.mark.parametrize(
    ("flags", "dtype"),
    [
        ("flags : fpu avx2 fma", "float32"),
        ("flags : avx512f avx512_bf16", "auto"),
        ("Features : asimd bf16 i8mm", "auto"),
        ("", "float32"),
    ],
)
def test_auto_is_float32_where_the_processor_has_no_bfloat16(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, dtype: str
) -> None:
    monkeypatch.setattr(vllm_settings, "has_gpu", lambda: False)
    (tmp_path / "cpuinfo").write_text(flags, encoding="utf-8")
    assert dtype_of(VllmSettings(), tmp_path / "cpuinfo") == dtype
    assert dtype_of(VllmSettings(dtype="bfloat16"), tmp_path / "cpuinfo") == "bfloat16"
    assert dtype_of(VllmSettings(), tmp_path / "absent") == "auto"
    monkeypatch.setattr(vllm_settings, "has_gpu", lambda: True)
    assert dtype_of(VllmSettings(), tmp_path / "cpuinfo") == "auto"


def test_weights_that_double_as_float32_need_twice_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm_settings, "dtype_of", lambda _settings: "float32")
    settings = folder(tmp_path, *WHOLE)
    os.truncate(tmp_path / "model.safetensors", GIB)
    with pytest.raises(MindFailed, match=r'needs 5\.0 GiB of memory \(2\.0 of weights.*dtype = "bfloat16"'):
        check(settings, 4 * GIB)
    stated = '{"architectures": ["LlamaForCausalLM"], "torch_dtype": "float32"}'
    (tmp_path / "config.json").write_text(stated, encoding="utf-8")
    check(settings, 4 * GIB)


def test_a_name_is_looked_up_on_a_hub_only_where_downloads_are_allowed() -> None:
    with pytest.raises(MindFailed, match="unless `downloads` is set"):
        check(VllmSettings(model="someone/model"))
    check(VllmSettings(model="someone/model", downloads=True))


async def test_without_a_model_the_engine_says_what_it_expects() -> None:
    engine = VllmEngine(VllmSettings())
    with pytest.raises(
        MindFailed, match=r"no model is set; expected -m vllm:FOLDER, or .* in \[minds\.vllm\]"
    ):
        await engine.start()
    await engine.close()


async def test_a_closed_engine_is_not_loaded_again(tmp_path: Path) -> None:
    engine = VllmEngine(folder(tmp_path, *WHOLE))
    await engine.close()
    with pytest.raises(MindFailed, match="is closed"):
        await engine.start()


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"most_turns": 0}, "most_turns: expected a number of at least 1, got 0"),
        ({"gpu_memory": 1.5}, "gpu_memory: expected a share above 0 and up to 1, got 1.5"),
        ({"policy": "lottery"}, "Invalid enum value 'lottery'"),
        ({"modell": "x"}, "unknown field `modell`"),
    ],
)
def test_a_section_that_cannot_hold_says_what_would(wrong: dict[str, object], text: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=text):
        msgspec.convert(wrong, VllmSettings)
