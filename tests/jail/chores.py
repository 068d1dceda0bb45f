"""What a jailed program must still be able to do, with the standard library's heavier half."""

import asyncio
import multiprocessing
import os
import subprocess
import tempfile

from tests.jail.attempts import answer


def main(args: list[str]) -> int:
    return answer(args, globals())


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, check=False)
    return f"{done.returncode} {(done.stdout + done.stderr).decode()}".strip()


def become(*command: str) -> str:
    os.execvp(command[0], command)


def run_event_loop() -> str:
    async def wait() -> str:
        return await asyncio.to_thread(str, "awaited")

    return asyncio.run(wait())


def import_package(name: str) -> str:
    return str(__import__(name).__name__)


def watch_machine() -> str:
    import psutil  # only here: most jails of these tests have no /proc

    return str(psutil.virtual_memory().total > 0 and len(psutil.pids()) > 0 and bool(psutil.cpu_count()))


def use_multiprocessing() -> str:
    mine, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=theirs.send, args=("sent",))
    process.start()
    said = mine.recv()
    process.join()
    return str(said)


def stop_own_child() -> str:
    process = subprocess.Popen(["sleep", "60"])
    process.kill()
    return str(process.wait())


def use_temp_file() -> str:
    with tempfile.NamedTemporaryFile() as stream:
        return str(stream.write(b"abc"))
