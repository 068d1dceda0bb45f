"""vLLM's own processes end with ours, however ours ends.

vLLM's core waits for its parent's messages and does not notice when there is no parent any more: after `kill -9` it would
keep its memory for ever. vLLM loads this module in each of its processes (entry point `vllm.general_plugins`), where a
thread waits for the death of the process that is named in the environment. Elsewhere, as in a user's own `vllm serve`,
it does nothing.
"""

import os
import select
import signal
import threading

VARIABLE = "AOSH_VLLM_PARENT"
"""Process id of the kernel whose engine this is."""


def end_with_parent() -> None:
    """Kill this process once the one named in the environment is gone; at once where it is gone already."""
    named = os.environ.get(VARIABLE, "")
    if not named.isdigit() or int(named) == os.getpid() or not hasattr(os, "pidfd_open"):
        return
    try:
        parent = os.pidfd_open(int(named))
    except ProcessLookupError:
        os.kill(os.getpid(), signal.SIGKILL)
        return
    except OSError:  # a kernel before 5.3, or a sandbox that forbids it
        return
    threading.Thread(target=_wait, args=(parent,), name="aosh-guard", daemon=True).start()


def _wait(parent: int) -> None:
    select.select([parent], [], [])
    os.kill(os.getpid(), signal.SIGKILL)
