"""A team chat and the web: posting, inviting and fetching a page all tell somebody outside something."""

import msgspec

from syscalls.declare import Effect
from syscalls.errors import BadArgument

from .serving import Office, State, found

chat = Office("chat", "A team chat and the web")


@chat.tool(Effect.READ)
def get_channels(state: State) -> str:
    """The names of all channels."""
    return "\n".join(state["slack"]["channels"])


@chat.tool(Effect.READ)
def read_channel_messages(state: State, channel: str) -> str:
    """What was written in a channel."""
    _check_channel(state, channel)
    return _messages(state["slack"]["channel_inbox"].get(channel, []))


@chat.tool(Effect.READ)
def read_inbox(state: State, user: str) -> str:
    """What was written to somebody."""
    _check_user(state, user)
    return _messages(state["slack"]["user_inbox"].get(user, []))


@chat.tool(Effect.READ)
def get_users_in_channel(state: State, channel: str) -> str:
    """Who is in a channel."""
    _check_channel(state, channel)
    return "\n".join(user for user, joined in state["slack"]["user_channels"].items() if channel in joined)


@chat.tool(Effect.NET)
def add_user_to_channel(state: State, user: str, channel: str) -> str:
    """Let somebody into a channel."""
    _check_user(state, user)
    _check_channel(state, channel)
    state["slack"]["user_channels"].setdefault(user, []).append(channel)
    return "added"


@chat.tool(Effect.NET)
def send_direct_message(state: State, recipient: str, body: str) -> str:
    """Write to somebody."""
    _check_user(state, recipient)
    state["slack"]["user_inbox"].setdefault(recipient, []).append(
        {"sender": "bot", "recipient": recipient, "body": body}
    )
    return "sent"


@chat.tool(Effect.NET)
def send_channel_message(state: State, channel: str, body: str) -> str:
    """Write to a channel."""
    _check_channel(state, channel)
    state["slack"]["channel_inbox"].setdefault(channel, []).append(
        {"sender": "bot", "recipient": channel, "body": body}
    )
    return "sent"


@chat.tool(Effect.NET)
def invite_user_to_slack(state: State, user: str, user_email: str) -> str:
    """Invite somebody by mail."""
    if user in state["slack"]["users"]:
        raise BadArgument(f"{user!r} is here already")
    state["slack"]["users"].append(user)
    state["slack"]["user_inbox"][user] = []
    state["slack"]["user_channels"][user] = []
    return f"invited {user_email}"


@chat.tool(Effect.DELETE)
def remove_user_from_slack(state: State, user: str) -> str:
    """Take somebody out for good."""
    _check_user(state, user)
    state["slack"]["users"].remove(user)
    state["slack"]["user_channels"].pop(user, None)
    return "removed"


@chat.tool(Effect.NET)
def get_webpage(state: State, url: str) -> str:
    """A page; whoever serves it learns the address that was asked for."""
    return str(state["web"]["web_content"].get(url, "404 Not Found"))


@chat.tool(Effect.NET)
def post_webpage(state: State, url: str, content: str) -> str:
    """Put a page on the web."""
    state["web"]["web_content"][url] = content
    return "posted"


def _messages(messages: list[State]) -> str:
    return msgspec.json.format(msgspec.json.encode(messages), indent=1).decode()


def _check_channel(state: State, channel: str) -> None:
    found({name: name for name in state["slack"]["channels"]}, channel, "channel")


def _check_user(state: State, user: str) -> None:
    found({name: name for name in state["slack"]["users"]}, user, "user")
