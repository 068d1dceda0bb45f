"""Programs run in real jails: what they print, how they end, what they may not do."""

import os

import pytest

from kernel.call import Err
from tests.kernel.world import error_of
from tests.tools.world import Bench, has, ran


async def test_a_program_prints_and_ends_and_nothing_is_left(bench: Bench) -> None:
    value = ran(await bench("echo", "hello", "two  words"))
    assert (value.stdout, value.stderr, value.status) == ("hello two  words\n", "", 0)
    assert value.program == "/usr/bin/echo"
    assert (value.changes, value.diff, bench.left_over()) == ((), "", [])


async def test_the_exit_status_and_standard_error_are_told(bench: Bench) -> None:
    value = await bench.sh("echo bad >&2; exit 3")
    assert (value.status, value.stderr, value.is_failed) == (3, "bad\n", True)
    assert value.text() == "bad\nexit status 3\n"


async def test_no_shell_reads_the_words(bench: Bench) -> None:
    value = ran(await bench("echo", "$HOME", "*", ";", "true"))
    assert value.stdout == "$HOME * ; true\n"


async def test_it_reads_what_it_is_given(bench: Bench) -> None:
    assert ran(await bench("cat", stdin="three\nlines\nhere")).stdout == "three\nlines\nhere"


async def test_it_starts_in_the_folder_named(bench: Bench) -> None:
    (bench.work / "sub").mkdir()
    (bench.work / "sub" / "inner").touch()
    assert ran(await bench("ls", cwd="sub")).stdout == "inner\n"
    assert error_of(await bench("ls", cwd="nowhere"))[0] == "ENOTDIR"


async def test_bytes_that_are_no_text_are_shown(bench: Bench) -> None:
    assert (await bench.sh(r"printf 'a\377b\n'")).stdout == "a\\xffb\n"


async def test_long_output_is_cut_with_a_notice(bench: Bench) -> None:
    value = await bench.sh("yes 0123456789 | head -c 999990; echo the end")
    assert value.stdout.startswith("0123456789\n")
    assert "\n[... 737854 bytes left out ...]\n" in value.stdout
    assert value.stdout.endswith("the end\n")
    assert value.cut == "stdout: 262144 of 999998 bytes kept"


async def test_output_is_told_while_the_program_runs(bench: Bench) -> None:
    await bench.sh("echo one; echo two >&2")
    assert "".join(each.text for each in bench.printed if each.stream == "stdout") == "one\n"
    assert "".join(each.text for each in bench.printed if each.stream == "stderr") == "two\n"


async def test_a_program_over_its_time_is_stopped_and_keeps_nothing(bench: Bench) -> None:
    value = await bench.sh("echo x > made; sleep 60", timeout_s=1)
    assert value.stopped == "timeout"
    assert not (bench.work / "made").exists()
    assert bench.left_over() == []


async def test_only_harmless_variables_are_passed(bench: Bench) -> None:
    assert ran(await bench("printenv", "TZ", env={"TZ": "Europe/Rome"})).stdout == "Europe/Rome\n"
    for name in ("LD_PRELOAD", "PYTHONPATH", "PATH", "BASH_ENV"):
        symbol, text = error_of(await bench("true", env={name: "x"}))
        assert symbol == "EINVAL"
        assert "one of the variables LANG, " in text
        assert repr(name) in text


async def test_nothing_of_our_environment_reaches_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AOSH_TEST_SECRET", "s3cret")
    assert "s3cret" not in ran(await bench("env")).stdout


async def test_a_program_that_is_not_there_names_the_nearest(bench: Bench) -> None:
    symbol, text = error_of(await bench("ecko", "x"))
    assert symbol == "ENOENT"
    assert "'echo'" in text


async def test_a_script_of_the_workspace_runs_and_one_without_permission_is_refused(bench: Bench) -> None:
    script = bench.work / "build.sh"
    script.write_text("#!/bin/sh\necho built > out.txt\n")
    assert error_of(await bench("./build.sh"))[0] == "EACCES"
    script.chmod(0o755)
    assert ran(await bench("./build.sh")).status == 0
    assert (bench.work / "out.txt").read_text() == "built\n"


async def test_a_program_outside_the_workspace_and_the_program_folders_is_refused(bench: Bench) -> None:
    other = bench.work.parent / "other.sh"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    assert error_of(await bench(str(other)))[0] == "EPERM"


async def test_writing_and_reading_outside_is_refused(bench: Bench) -> None:
    outside = bench.work.parent / "secret"
    outside.write_text("s3cret")
    value = await bench.sh(
        f"cat {outside}; echo x > {bench.work.parent}/made; cat /etc/shadow; echo y > $HOME/../../../z"
    )
    assert "s3cret" not in value.stdout
    assert sorted(os.listdir(bench.work.parent)) == ["secret", "store", "work"]


async def test_a_program_has_no_network(bench: Bench) -> None:
    if not has("python3"):
        pytest.skip("no python3 here")
    value = ran(await bench("python3", "-c", "import socket; socket.socket()"))
    assert value.status != 0
    assert "PermissionError" in value.stderr or "OSError" in value.stderr


async def test_a_call_without_a_program_is_refused(bench: Bench) -> None:
    assert error_of(await bench())[0] == "EINVAL"
    assert isinstance(await bench("", "x"), Err)
    assert error_of(await bench("echo", "a\0b"))[0] == "EINVAL"
