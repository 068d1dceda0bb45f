"""Tries to go on when whoever started it is gone. Runs inside the jail."""

import contextlib
import os
import signal


def main(args: list[str]) -> int:
    """args: a descriptor to tell on; as long as it is held open somebody lives."""
    for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGIO, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)
    if os.fork() == 0:
        with contextlib.suppress(OSError):
            os.setsid()
        if os.fork() == 0:
            os.write(int(args[0]), b"up")
    while True:
        signal.pause()
