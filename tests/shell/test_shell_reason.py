"""How `why` reads, and that no text of others acts on the terminal through it."""

import json

from apps.shell.render.reason import as_json, reason
from apps.shell.render.screen import to_ansi
from kernel.reasons import Argument, Link, Reason, Ruling
from syscalls.labels import Label
from tests.shell.samples import ESCAPES
from tests.shell.test_shell_render import acting

TEXT = ESCAPES.replace("\udc80", "")


def page(text: str) -> Reason:
    """A reason with one text wherever others can put one."""
    label = Label(f"file:{text}", False, True)
    return Reason(
        call_id="c1",
        name="file.delete",
        session="s1",
        ts=0.0,
        request=text,
        wanted_by="mind",
        rulings=(Ruling("ask", "asks-delete", text, "nobody"),),
        arguments=(Argument("paths", [text], "text that was read", (label,), (text,)),),
        labels=(label,),
        outcome=f"failed: {text}",
        wrote=(label,),
        chain=(Link(label.source, f"written by {text}", "c0", (label,), 1),),
    )


def test_no_text_of_others_acts_on_the_terminal() -> None:
    assert acting(to_ansi(reason(page(TEXT)), width=80)) == set()


def test_a_page_says_rule_answer_value_source_and_chain() -> None:
    shown = to_ansi(reason(page("x.txt")), width=120, has_colour=False)
    for words in (
        "asks-delete",
        "nobody was there",
        '["x.txt"]',
        "file:x.txt (private)",
        "how it came there",
    ):
        assert words in shown


def test_as_json_every_label_says_all_of_itself() -> None:
    found = json.loads(json.dumps(as_json(page("x.txt"))))
    assert found["arguments"][0]["sources"] == [{"source": "file:x.txt", "trusted": False, "private": True}]
