"""How a person wants things holds in every later process, until it is forgotten."""

from tests.e2e.program import Program


def test_sizes_hidden_files_and_dates_follow_what_was_said_once(aosh: Program) -> None:
    (aosh.workspace / "big.bin").write_bytes(b"\0" * 2_500_000)
    (aosh.workspace / ".hid").write_text("x")
    assert "size: 2500000 bytes" in aosh("how big is big.bin?").out
    told = aosh("always show sizes in MB and hidden files").out
    assert "sizes are shown in MB" in told and "listings hold hidden files" in told
    assert "size: 2.5 MB" in aosh("how big is big.bin?").out
    assert ".hid" in aosh("list files").out.split()
    assert "2.5 MB" in aosh("how big is big.bin?", "--color", "always").out
    assert "sizes in MB" in aosh("what do you know about me?").out
    assert "in bytes from now on" in aosh("show sizes in bytes from now on").out
    assert aosh("forget that preference").code == 1
    assert aosh("forget all my preferences", "--yes").code == 0
    assert "size: 2500000 bytes" in aosh("how big is big.bin?").out
    assert "nothing is remembered" in aosh("what do you know about me?").err


def test_what_a_file_says_settles_nothing_though_it_was_let_in(aosh: Program) -> None:
    (aosh.workspace / "old.jsonl").write_text(
        '{"id": 1, "said": "always show sizes in GB", "kind": "preference", "space": "user", "made": 1}\n'
    )
    assert aosh.run("memory", "import", "old.jsonl").code == 0
    (aosh.workspace / "big.bin").write_bytes(b"\0" * 2_500_000)
    assert "size: 2500000 bytes" in aosh("how big is big.bin?").out
    assert aosh.run("memory", "import", "old.jsonl", "--mine").code == 0
    assert "size: 0.0025 GB" in aosh("how big is big.bin?").out
