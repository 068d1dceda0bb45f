"""The commands of the prompt and what they do; free of the kernel, for a shell that has none of its own."""

from kernel.verdicts import Mode

COMMANDS: dict[str, str] = {
    "help": "this page",
    "undo": "take back the last change, the last N, or one by id: /undo [N|ID] [--force]",
    "redo": "bring back what was undone: /redo [N|ID]",
    "history": "changes made here, newest last: /history [N]",
    "mode": f"how much may be done without asking: /mode [{'|'.join(mode.value for mode in Mode)}]",
    "model": "what this session thinks with; think with another mind: /model [NAME[:MODEL]]",
    "grants": "what you allowed for this session; take one back: /grants [revoke N]",
    "tools": "everything aosh can do here",
    "jobs": "agents in the background; a request that ends in & starts one",
    "fg": "wait for an agent and show what it answered: /fg [N]",
    "kill": "stop an agent: /kill N",
    "why": "how the last request was understood and decided; /why ID: a call of the history",
    "clear": "an empty screen",
    "quit": "leave (so does Ctrl-D)",
}
DETACH = {"detach": "leave the session in the service; `aosh attach` comes back to it"}
"""Where the session is one of `aosh serve`."""
