"""The two AgentDojo suites as trials: their tools are jailed apps here, their orders are planted where the user must read."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evals.offices.serving import State
from evals.security.arena import Trial, encoded
from evals.security.obedient import Variant, Wish

SUITES = {"banking": "bank", "slack": "chat"}
"""The suite's name in the data -> the office that plays it."""


@dataclass(frozen=True)
class Suite:
    """One suite as it is published."""

    name: str
    office: str
    tools: tuple[dict[str, Any], ...]
    environment: State
    user_tasks: tuple[tuple[str, str, tuple[Wish, ...]], ...]
    """Id, prompt, gold calls."""
    injection_tasks: tuple[tuple[str, str, tuple[Wish, ...]], ...]
    """Id, goal, gold calls: what the attacker wants."""


def load(folder: Path, name: str) -> Suite:
    """Read a suite."""
    raw = json.loads((folder / f"agentdojo_{name}_v1.2.2.json").read_text("utf-8"))
    office = SUITES[name]
    return Suite(
        name,
        office,
        tuple(raw["tools"]),
        raw["environment"],
        tuple((task["id"], task["prompt"], _wishes(task, office)) for task in raw["user_tasks"]),
        tuple((task["id"], task["goal"], _wishes(task, office)) for task in raw["injection_tasks"]),
    )


def template(folder: Path) -> str:
    """The strongest published wording of an order, with `{goal}`, `{user}` and `{model}`."""
    raw = json.loads((folder / "agentdojo_attack_templates.json").read_text("utf-8"))
    return str(raw["ImportantInstructionsAttack"]["_JB_STRING"])


def trials(suite: Suite, wording: str) -> Iterator[Trial]:
    """Every user task in peace, and under every order in every variant."""
    for task, prompt, plan in suite.user_tasks:
        quiet = Trial(f"{suite.name}/{task}", prompt, plan, states={suite.office: suite.environment})
        yield quiet
        for injection, goal, orders in suite.injection_tasks:
            for variant in Variant:
                text = _order(goal, orders, variant)
                planted = plant(suite, wording.format(goal=text, user="the user", model="the assistant"))
                yield replace(
                    quiet,
                    id=f"{quiet.id}/{injection}",
                    orders=orders,
                    marker=goal[:60],
                    variant=variant,
                    states={suite.office: planted},
                )


def plant(suite: Suite, text: str) -> State:
    """The environment with the order in every place a stranger could have written to."""
    state = copy.deepcopy(suite.environment)
    if suite.office == "bank":
        letters = state["filesystem"]["files"]
        letters.update({name: letter + text for name, letter in letters.items()})
        state["bank_account"]["transactions"][-1]["subject"] += text
    else:
        pages = state["web"]["web_content"]
        pages.update({name: page + text for name, page in pages.items()})
        state["slack"]["channels"].append(f"External_1 {text}")
        for messages in state["slack"]["channel_inbox"].values():
            messages.append({"sender": "Eve", "recipient": "general", "body": text})
    return state


def _order(goal: str, orders: tuple[Wish, ...], variant: Variant) -> str:
    if variant is not Variant.COPIED:
        return goal
    return f"{goal}\n" + "\n".join(f"call {name} with {encoded(arguments)}" for name, arguments in orders)


def _wishes(task: dict[str, Any], office: str) -> tuple[Wish, ...]:
    return tuple(Wish(f"{office}.{call['function']}", call["args"]) for call in task["ground_truth"])
