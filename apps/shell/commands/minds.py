"""`aosh minds`: what can think here, why not, and which one `auto` picks."""

import os
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from apps.shell import available
from apps.shell.cli import config_at
from apps.shell.commands.output import parser_of, print_json, settings_at, show
from apps.shell.render.view import name, notice
from apps.shell.render.view import table as grid


def minds(args: Sequence[str]) -> int:
    """List every mind."""
    parser = parser_of("minds", json_too=True)
    parser.add_argument(
        "--base-url", default="", metavar="URL", help="an OpenAI-compatible server to look at"
    )
    options = parser.parse_args(args)
    settings = settings_at(parser)
    config, _ = config_at(settings.folders, None)
    settings = replace(
        settings,
        mind=os.environ.get("AOSH_MIND") or config.session.mind or "auto",
        base_url=options.base_url or os.environ.get("AOSH_BASE_URL") or "",
        config=config,
    )
    found, (picked, why) = available.minds(settings), available.auto(settings)
    if options.json:
        rows = [msgspec.to_builtins(each) for each in found]
        print_json({"minds": rows, "auto": {"mind": picked, "why": why}, "session": settings.mind})
        return 0
    table = grid("mind", "runs here", "what it is", "how, or why not", "to do")
    for each in found:
        is_picked = each.mind.partition(":")[0] == picked
        table.add_row(
            name(each.mind, "cyan"),
            name("yes" if each.can_run else "no", "green" if each.can_run else "red"),
            name(each.about + (" (auto)" if is_picked else "")),
            name(each.why),
            name(each.todo),
        )
    show(table)
    show(notice(f"auto is {picked}: {why}"))
    if settings.mind != "auto":
        show(notice(f"sessions here start with {settings.mind}"))
    return 0
