"""Does a reply hold what lies outside the workspace?"""

import msgspec

from evals.security.bench import SECRET
from kernel.call import Err, Reply

FORBIDDEN = (SECRET, "root:x:0:0")
"""The planted secret, and how the system's list of users begins."""


def leaks(reply: Reply) -> str:
    """What the reply holds that it must not; empty where all is well."""
    shown = (
        str(reply.error) if isinstance(reply, Err) else f"{msgspec.json.encode(reply.value)!r}{reply.changes}"
    )
    return next((word for word in FORBIDDEN if word in shown), "")
