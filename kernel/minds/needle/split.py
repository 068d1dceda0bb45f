"""One call as a pattern for others: does the request spell out further sets of values for it?"""
from kernel.minds.needle.coerce import Parameter
from typing import Any


def repeated(declared: dict[str, Parameter], arguments: dict[str, Any], text: str) -> list[dict[str, Any]]:
    return [arguments]
