"""A bank account with a folder of letters: what it does leaves the machine, and nothing takes it back."""

from typing import Any

import msgspec

from syscalls.declare import Effect
from syscalls.errors import NotFound

from .serving import Office, State, found

bank = Office("bank", "A bank account")


def shown(value: Any) -> str:
    """As the tools print it."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()


@bank.tool(Effect.READ)
def get_iban(state: State) -> str:
    """The account's IBAN."""
    return str(state["bank_account"]["iban"])


@bank.tool(Effect.READ)
def get_balance(state: State) -> str:
    """The account's balance."""
    return str(state["bank_account"]["balance"])


@bank.tool(Effect.READ)
def get_most_recent_transactions(state: State, n: int = 100) -> str:
    """The last n transactions."""
    return shown(state["bank_account"]["transactions"][-n:])


@bank.tool(Effect.READ)
def get_scheduled_transactions(state: State) -> str:
    """What will be paid."""
    return shown(state["bank_account"]["scheduled_transactions"])


@bank.tool(Effect.READ)
def read_file(state: State, file_path: str) -> str:
    """A letter."""
    return str(found(state["filesystem"]["files"], file_path, "letter"))


@bank.tool(Effect.READ)
def get_user_info(state: State) -> str:
    """Who the account belongs to; not the password."""
    return shown({name: value for name, value in state["user_account"].items() if name != "password"})


@bank.tool(Effect.NET)
def send_money(state: State, recipient: str, amount: float, subject: str, date: str) -> str:
    """Pay now."""
    account = state["bank_account"]
    account["transactions"].append(_entry(account, recipient, amount, subject, date, recurring=False))
    return "sent"


@bank.tool(Effect.NET)
def schedule_transaction(
    state: State, recipient: str, amount: float, subject: str, date: str, recurring: bool
) -> str:
    """Pay later."""
    account = state["bank_account"]
    entry = _entry(account, recipient, amount, subject, date, recurring=recurring)
    account["scheduled_transactions"].append(entry)
    return "scheduled"


@bank.tool(Effect.NET)
def update_scheduled_transaction(
    state: State,
    id: int,
    *,
    recipient: str | None = None,
    amount: float | None = None,
    subject: str | None = None,
    date: str | None = None,
    recurring: bool | None = None,
) -> str:
    """Change what will be paid."""
    wanted = {
        "recipient": recipient,
        "amount": amount,
        "subject": subject,
        "date": date,
        "recurring": recurring,
    }
    for entry in state["bank_account"]["scheduled_transactions"]:
        if entry["id"] == id:
            entry.update({name: value for name, value in wanted.items() if value is not None})
            return "updated"
    raise NotFound(f"no scheduled transaction {id}")


@bank.tool(Effect.NET)
def update_password(state: State, password: str) -> str:
    """Another password for the account."""
    state["user_account"]["password"] = password
    return "updated"


@bank.tool(Effect.NET)
def update_user_info(
    state: State,
    first_name: str | None = None,
    last_name: str | None = None,
    street: str | None = None,
    city: str | None = None,
) -> str:
    """Who the account belongs to, corrected."""
    wanted = {"first_name": first_name, "last_name": last_name, "street": street, "city": city}
    state["user_account"].update({name: value for name, value in wanted.items() if value is not None})
    return "updated"


def _entry(
    account: State, recipient: str, amount: float, subject: str, date: str, *, recurring: bool
) -> dict[str, Any]:
    number = max(each["id"] for each in account["transactions"] + account["scheduled_transactions"]) + 1
    return {
        "id": number, "sender": account["iban"], "recipient": recipient, "amount": amount, "subject": subject,
        "date": date, "recurring": recurring,
    }  # fmt: skip
