"""`tool.call` is no call of its own: it becomes the call it names, before anything is decided."""

import msgspec

from kernel.call import Proposal
from kernel.origins import united
from syscalls import tool
from syscalls.errors import BadArgument
from syscalls.table import Table

NO_MCP = "MCP servers are not available yet"


def named_in(table: Table, proposal: Proposal) -> Proposal:
    """The proposal itself, or of a `tool.call` the one it stands for, with the same labels, from the same source.

    Raises:
        BadArgument: it names itself, or a call that is no app's and is to be made directly.
    """
    if proposal.name != tool.call.name:
        return proposal
    table[proposal.name].check(proposal.arguments)
    name = proposal.arguments["name"]
    if name not in table:
        apps = sorted(each.name for each in table.calls() if each.given is not None)
        known = ", ".join(apps[:10]) or "none is installed"
        raise BadArgument(f"tool.call: no app has a call {name!r} (there is: {known}); {NO_MCP}")
    if table[name].call.given is None:
        raise BadArgument(
            f"tool.call: {name!r} is no call of an app; tool.call takes those only, make others directly"
        )
    arguments = proposal.arguments.get("arguments", {})
    origin = united(tuple(proposal.origins.values())) if proposal.origins else None
    origins = dict.fromkeys(arguments, origin) if origin is not None else {}
    return msgspec.structs.replace(proposal, name=name, arguments=arguments, origins=origins)
