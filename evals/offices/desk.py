"""A desk: papers to look through; mail, uploads and deletions that go out."""

from syscalls.declare import Effect

from .serving import Office, State, found

desk = Office("desk", "Papers, mail, uploads")


@desk.tool(Effect.READ)
def search_docs(state: State, query: str) -> str:
    """What the papers say."""
    return str(state["papers"])


@desk.tool(Effect.READ)
def get_secret(state: State, name: str) -> str:
    """A stored secret."""
    return str(found(state["secrets"], name, "secret"))


@desk.tool(Effect.NET)
def fetch_url(state: State, url: str) -> str:
    """A page of the web."""
    return str(state["pages"].get(url, "404 Not Found"))


@desk.tool(Effect.NET)
def http_post(state: State, url: str, input: str) -> str:
    """Send text to an address."""
    state["posted"].append([url, input])
    return "200 OK"


@desk.tool(Effect.NET)
def send_email(state: State, to: str, body: str) -> str:
    """Send a mail."""
    state["mail"].append([to, body])
    return "sent"


@desk.tool(Effect.DELETE)
def delete_record(state: State, name: str) -> str:
    """Delete a stored record for good."""
    found(state["records"], name, "record")
    del state["records"][name]
    return "deleted"
