"""What must still work in a jail that runs programs. Each raises OSError where it does not."""

import errno
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile

from kernel.jail.probes.world import Missing, World


def run_python(world: World) -> str:
    """Whether python works."""
    del world
    return _said([sys.executable, "-I", "-S", "-c", "print(6 * 7)"], "42")


def run_git(world: World) -> str:
    """Whether git status works."""
    _need("git")
    return _said(["git", "-c", "safe.directory=*", "-C", world["inside"], "status", "-s", "mine"], "?? mine")


def run_compiler(world: World) -> str:
    """Whether a compiler works."""
    _need("cc")
    return _said(["cc", "-x", "c", "-o", f"{world['inside']}/one", f"{world['inside']}/one.c"], "")


def run_pipe(world: World) -> str:
    """Whether a pipe of tools works."""
    del world
    return _said(["sh", "-c", "printf 'b\\na\\n' | sort | head -n 1"], "a")


def run_multiprocessing(world: World) -> str:
    """Whether multiprocessing works."""
    del world
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe()
    process = context.Process(target=theirs.send, args=("sent",))
    process.start()
    said = mine.recv()
    process.join()
    return str(said)


def use_temp_file(world: World) -> str:
    """Whether a temporary file works."""
    del world
    with tempfile.NamedTemporaryFile() as stream:
        return f"wrote {stream.write(b'abc')} bytes"


def _need(program: str) -> None:
    if shutil.which(program) is None:
        raise Missing(f"{program} is not installed")


def _said(command: list[str], expected: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["TMPDIR"], "TMPDIR": os.environ["TMPDIR"]}
    env["GIT_CONFIG_NOSYSTEM"] = "1"
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=env, stdin=subprocess.DEVNULL
    )
    said = (done.stdout + done.stderr).strip()
    if done.returncode or said != expected:
        raise OSError(errno.EIO, f"{command[0]} ended with {done.returncode}: {said[-200:]}")
    return said or "done"
