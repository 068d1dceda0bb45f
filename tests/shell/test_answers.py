"""What a request answers as text: a mind's words, harmless, with the replies they rest on."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from apps.shell.answers import Words, answer_of, cited_calls, untrusted_of, words_of
from kernel.call import Call, Ok
from kernel.loop import End, Result
from kernel.minds.port import Draft
from syscalls.declare import Effect
from syscalls.labels import NONE
from syscalls.ui import Said
from tests.kernel.test_loop import read, talk, write
from tests.kernel.world import World


def world_of(**texts: str) -> World:
    world = World()
    world.files.texts |= {f"/desk/{name}.txt": text for name, text in texts.items()}
    return world


async def test_words_that_cite_stand_for_the_looks_behind_them() -> None:
    world = world_of(a="a long text\n", b="beta\n")
    first = Draft((read("b.txt"), read("a.txt"), write("c.txt", "c")), is_done=False)
    result = await talk(world, first, Draft(text="A long text.", cites=(1,)))()
    answer = answer_of(result)
    assert answer.endswith('A long text.\n[1] file.read path="/desk/a.txt"\n')
    assert "beta" not in answer and "c.txt" in answer
    assert cited_calls(result) == ('file.read path="/desk/a.txt"',)
    assert {"file:/desk/a.txt", "file:/desk/b.txt"} <= set(untrusted_of(result))


async def test_words_without_a_source_stand_beside_what_was_looked_up() -> None:
    result = await talk(world_of(a="alpha\n"), Draft((read("a.txt"),), is_done=False), Draft(text="So."))()
    assert answer_of(result) == "alpha\nSo.\n"


async def test_words_of_a_mind_drive_no_terminal() -> None:
    name = "a\x1b[2J.txt"
    world = World()
    world.files.texts[f"/desk/{name}"] = "x"
    first = Draft((read(name),), is_done=False)
    answer = answer_of(await talk(world, first, Draft(text="\x1b]0;owned\x07 hi\u202e", cites=(0,)))())
    assert "\x1b" not in answer and "\x07" not in answer and "\u202e" not in answer
    assert "\\x1b]0;owned\\x07 hi\\u202e" in answer


OK = Ok(Call("1", "ui.say", {}, Effect.NONE, (), NONE, "mind"), Said("x"))
CITING = st.lists(
    st.sampled_from(["[0]", "[1]", "[01]", "[2]", "[7", "]", "[", "12345]", "\x1b[2J", "a\ufe0f", "☺", "\n"])
)


@given(parts=CITING, size=st.integers(1, 9))
@example(parts=["[2]", "[0]", "[2]"], size=2)
def test_words_shown_as_they_are_written_are_the_words_shown_at_the_end(parts: list[str], size: int) -> None:
    text = "".join(parts)
    numbers = dict.fromkeys(int(number) for number in re.findall(r"\[([0-9]{1,4})\]", text))
    result = Result(End.DONE, (OK, OK, OK), text, cites=tuple(each for each in numbers if each < 3))
    words = Words((0, 1, 2))
    shown = [words.more(text[start : start + size]) for start in range(0, len(text), size)]
    rest = words.rest(words_of(result))
    assert rest is not None
    assert "".join(shown) + rest == words_of(result)
    assert "\x1b" not in "".join(shown)
    assert len(rest.replace("".join(shown), "")) <= len("\n[1] ui.say") * len(result.cites) + len("[1234")
