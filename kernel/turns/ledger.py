"""What has each agent had of the engine so far, and how evenly was it shared?"""

from collections.abc import Iterable

import msgspec


class Account(msgspec.Struct):
    """One agent's use of an engine."""

    agent: str
    weight: float = 1.0
    """Its share relative to others, as of its latest turn."""
    turns: int = 0
    finished: int = 0
    cancelled: int = 0
    """Turns whose reader left before the end."""
    failed: int = 0
    suspensions: int = 0
    tokens_in: int = 0
    """Prompt tokens, without what a resumed turn was fed of its own answer."""
    tokens_cached: int = 0
    """Of these, found in the prefix cache."""
    tokens_out: int = 0
    waited_s: float = 0.0
    longest_wait_s: float = 0.0

    @property
    def service(self) -> int:
        """Tokens the engine computed for it."""
        return self.tokens_in - self.tokens_cached + self.tokens_out


class Ledger:
    """The accounts of all agents that ever took a turn."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def account(self, agent: str) -> Account:
        """The agent's account, opened at its first turn."""
        found = self._accounts.get(agent)
        if found is None:
            found = self._accounts[agent] = Account(agent)
        return found

    def snapshot(self) -> tuple[Account, ...]:
        """Copies of all accounts, by agent name."""
        return tuple([msgspec.structs.replace(self._accounts[name]) for name in sorted(self._accounts)])

    def fairness(self) -> float:
        """Jain's index over tokens served by weight: 1 is even, 1/n is all for one of n."""
        return jain(account.service / account.weight for account in self._accounts.values())


def jain(shares: Iterable[float]) -> float:
    """Jain's fairness index of the shares, 1/n to 1; 1 where there is nothing to share.

    Source: R. Jain, D. Chiu, W. Hawe, DEC-TR-301 (1984).
    """
    given = list(shares)
    squares = sum(share * share for share in given)
    return sum(given) ** 2 / (len(given) * squares) if squares else 1.0
