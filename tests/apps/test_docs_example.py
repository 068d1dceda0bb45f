"""The app of `docs/apps.md` loads as it is printed there."""

import re
from pathlib import Path
from types import ModuleType

from apps.sdk import App

PAGE = Path(__file__).parents[2] / "docs/apps.md"


def test_the_example_of_the_tutorial_is_a_whole_app() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    module = ModuleType("dice_example")
    exec(
        compile(code.replace("    ...\n", "    return Thrown((1,) * a.count)\n"), "apps.md", "exec"),
        vars(module),
    )
    app = vars(module)["dice"]
    assert isinstance(app, App)
    app.check()
    assert [call["name"] for call in app.manifest()["calls"]] == ["dice.throw"]
