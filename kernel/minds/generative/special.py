"""Special tokens in content are text: they must not end a message or open another.

An engine that tokenises by itself can say so to its tokenizer; a server behind HTTP cannot be told, so
what looks like a special token is broken by a zero-width space, which people and models read over.
"""

import re
from collections.abc import Iterable

_BREAK = "\u200b"
_MARKS = re.compile(
    r"<\|[^|<>\n]{1,64}\|>"  # ChatML, Llama 3, Phi, Qwen, Granite
    r"|<\uff5c[^\uff5c<>\n]{1,64}\uff5c>"  # DeepSeek, with full-width bars
    r"|</?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|think|tool_call|tool_response|im_start|im_end)>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]"
    r"|<</?SYS>>",
    re.IGNORECASE,
)


def neutral(text: str, known: Iterable[str] = ()) -> str:
    """The text with every special token broken after its first character.

    Args:
        text: content of any origin.
        known: the tokenizer's own special tokens, where they are known.
    """
    for token in known:
        if len(token) > 1 and token in text:
            text = text.replace(token, token[0] + _BREAK + token[1:])
    if "<" not in text and "[" not in text:
        return text
    return _MARKS.sub(lambda found: found[0][0] + _BREAK + found[0][1:], text)
