from hypothesis import given
from hypothesis import strategies as st

from kernel.tools.output import HEAD_BYTES, TAIL_BYTES, Kept


def test_little_is_kept_whole() -> None:
    kept = Kept()
    for part in (b"a\n", "ä".encode()[:1], "ä".encode()[1:]):
        kept.add(part)
    assert kept.text() == "a\nä"


@given(st.lists(st.integers(0, 100_000), max_size=20))
def test_of_a_flood_beginning_and_end_are_kept_however_it_comes(sizes: list[int]) -> None:
    whole = b"".join(f"{at} ".encode() * (size // 4) for at, size in enumerate(sizes))
    kept = Kept()
    at = 0
    for size in sizes:
        kept.add(whole[at : at + size])
        at += size
    kept.add(whole[at:])
    if len(whole) <= HEAD_BYTES + TAIL_BYTES:
        assert kept.text().encode() == whole
    else:
        left_out = len(whole) - HEAD_BYTES - TAIL_BYTES
        notice = f"\n[... {left_out} bytes left out ...]\n".encode()
        assert kept.text().encode() == whole[:HEAD_BYTES] + notice + whole[-TAIL_BYTES:]
    assert kept.length == min(len(whole), HEAD_BYTES + TAIL_BYTES)
