"""Signals held back while modules load. Imports nothing: an interrupt within an import may be lost."""

_signal = __import__("_signal")  # the module `signal` takes 5 ms to import

HELD: tuple[int, ...] = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)


def hold() -> None:
    """Keep signals waiting until somebody can end in good order."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, HELD)


def let_go() -> None:
    """Take signals as the system means them."""
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, HELD)
