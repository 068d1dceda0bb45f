"""What a request answers as text: a mind's words, harmless, with the replies they rest on."""

from apps.shell.answers import answer_of, cited_calls, untrusted_of
from kernel.minds.port import Draft
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
