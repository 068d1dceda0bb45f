"""How an argument record reaches for files: read off its annotations, without making its JSON schema.

A menu asks this of every call; making all schemas for it would take a tenth of a start.
"""

from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec

from syscalls.declare import Syscall
from syscalls.table import argument_fields


@cache
def accesses(call: Syscall[Any, Any]) -> frozenset[str]:
    """ "read" and "write": what the path arguments of a call do; empty for a call without any."""
    if call.given is not None:
        return frozenset(field.access for field in argument_fields(call.schema) if field.is_path)
    found: set[str] = set()
    for annotation in get_type_hints(call.args, include_extras=True).values():
        _collect(annotation, found)
    return frozenset(found)


def _collect(annotation: Any, found: set[str]) -> None:
    for part in get_args(annotation):
        if not isinstance(part, msgspec.Meta):
            _collect(part, found)
        elif part.extra_json_schema and part.extra_json_schema.get("x-kind") in ("path", "folder"):
            found.add(str(part.extra_json_schema.get("x-access", "")))
