"""Messages as plain chat templates take them: no role for tools, alternating speakers, maybe no system message."""

from collections.abc import Iterable, Sequence

from kernel.minds.generative.port import Message
from kernel.minds.generative.special import neutral


def flattened(
    messages: Sequence[Message], *, has_system: bool = True, special: Iterable[str] = ()
) -> list[dict[str, str]]:
    """The messages with replies as the user's and neighbours of one role joined; special tokens are broken.

    Args:
        messages: the conversation.
        has_system: whether the template knows a system message; else it opens the first of the user.
        special: the tokenizer's own special tokens, where they are known.
    """
    known = tuple(special)
    found: list[dict[str, str]] = []
    for message in messages:
        role = (
            "user"
            if message.role == "tool" or (message.role == "system" and not has_system)
            else message.role
        )
        text = neutral(message.text, known)
        if found and found[-1]["role"] == role:
            found[-1]["content"] += f"\n\n{text}"
        else:
            found.append({"role": role, "content": text})
    return found
