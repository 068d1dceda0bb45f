"""How people ask for programs to be run."""

from syscalls.declare import Example as E
from syscalls.declare import Hint

EXEC = (
    Hint(
        tool="run_program",
        cue=r"\b(?:run|execute|launch|invoke|start|exec|ejecuta|führe|starte|lance|exécute)\b|运行",
        says="Run a program with its arguments.",
        slots={"argv": "program and arguments"},
        needs=("argv",),
        triggers=("run", "execute", "launch", "run the tests with", "run the program", "run the command"),
        examples=(
            E("run the tests with pytest", {"argv": "pytest"}),
            E("run make build", {"argv": "make build"}),
            E("execute python main.py", {"argv": "python main.py"}),
            E("run ls -la", {"argv": "ls -la"}),
            E("run the command git status", {"argv": "git status"}),
            E("please run pytest -q tests", {"argv": "pytest -q tests"}),
            E("run ./build.sh", {"argv": "./build.sh"}),
            E("execute `npm test`", {"argv": "npm test"}),
            E("run main.py with python", {"argv": "python main.py"}),
            E("launch cargo test", {"argv": "cargo test"}),
        ),
    ),
)

FETCH = (
    Hint(
        tool="fetch_url",
        cue=r"https?://",
        says="Fetch a web address.",
        slots={"url": "web address"},
        needs=("url",),
        triggers=("fetch", "download", "get the page", "web page", "url"),
        examples=(
            E("fetch https://example.org/a.txt", {"url": "https://example.org/a.txt"}),
            E("get https://example.org/data.csv", {"url": "https://example.org/data.csv"}),
            E("show me the page at http://example.org/", {"url": "http://example.org/"}),
        ),
    ),
)
