"""Did a trial jail arrive where it should be? Runs inside it."""

import os


def main(args: list[str]) -> int:
    """Look around. args: the tier, a folder that exists outside; or "overlay", a file to make in one.

    Returns:
        0 when all is as the tier says; else 1, with a line on standard error.
    """
    tier, unseen = args
    if tier == "overlay":
        with open(unseen, "x", encoding="ascii"):
            return 0
    if tier == "F" and os.getpid() != 1:
        return _complain(f"namespaces: the first process inside is number {os.getpid()}, not 1")
    if tier == "F" and os.path.exists(unseen):
        return _complain(f"namespaces: {unseen!r} is still seen")
    try:
        os.listdir(unseen)
    except OSError:
        return 0
    return _complain(f"landlock: {unseen!r} was listed without a grant")


def _complain(text: str) -> int:
    os.write(2, text.encode("utf-8", "surrogateescape") + b"\n")
    return 1
