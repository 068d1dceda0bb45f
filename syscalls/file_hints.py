"""How people ask for file calls: tool names, slots and example requests for small minds.

One tool per way of asking, named as users would say it. `says` and slot texts are terse because
a small mind pays for every token; `triggers` and `examples` feed retrieval and calibration.
Example arguments are the user's own words; code turns them into typed values by kind.
"""

from syscalls.declare import Example as E
from syscalls.declare import Hint

READ = (
    Hint(
        tool="read_file",
        says="Show the content of a file.",
        slots={"path": "file name"},
        needs=("path",),
        triggers=("cat", "show", "open", "read", "print", "display", "view", "what does it say", "what is in the file", "contents of", "let me see", "type"),
        examples=(
            E("show me README.md", {"path": "README.md"}),
            E("what does notes/todo.txt say?", {"path": "notes/todo.txt"}),
            E("open config.json", {"path": "config.json"}),
            E("print the contents of main.py", {"path": "main.py"}),
            E("cat setup.cfg", {"path": "setup.cfg"}),
            E("let me read the file letter.txt", {"path": "letter.txt"}),
            E("what's inside data.csv", {"path": "data.csv"}),
        ),
    ),
)
HEAD = (
    Hint(
        tool="first_lines",
        says="Show the first lines of a file.",
        slots={"path": "file name", "lines": "how many"},
        needs=("path",),
        triggers=("head", "first lines", "top lines", "beginning of", "start of", "first few lines", "first line"),
        examples=(
            E("show the first 5 lines of app.log", {"path": "app.log", "lines": "5"}),
            E("head data.csv", {"path": "data.csv"}),
            E("what does the beginning of report.txt look like", {"path": "report.txt"}),
            E("first 20 lines of server.log please", {"path": "server.log", "lines": "20"}),
            E("print the first line of names.txt", {"path": "names.txt", "lines": "first line"}),
        ),
    ),
)
TAIL = (
    Hint(
        tool="last_lines",
        says="Show the last lines of a file.",
        slots={"path": "file name", "lines": "how many"},
        needs=("path",),
        triggers=("tail", "last lines", "end of", "bottom of", "most recent lines", "final lines", "last line"),
        examples=(
            E("show the last 20 lines of error.log", {"path": "error.log", "lines": "20"}),
            E("tail access.log", {"path": "access.log"}),
            E("what are the latest entries in app.log", {"path": "app.log"}),
            E("how does story.txt end", {"path": "story.txt"}),
            E("give me the final 3 lines of out.txt", {"path": "out.txt", "lines": "3"}),
        ),
    ),
)
WRITE = (
    Hint(
        tool="write_file",
        says="Create a file, or save text to a file.",
        slots={"path": "file name", "content": "the text, word for word"},
        needs=("path",),
        triggers=("write", "save", "create a file", "make a file", "new file", "put into", "touch", "store in a file", "overwrite", "save to"),
        examples=(
            E("create a file called hello.txt with the text hello world", {"path": "hello.txt", "content": "hello world"}),
            E("write 'buy milk' to shopping.txt", {"path": "shopping.txt", "content": "buy milk"}),
            E("save this to notes.md: call Ana on Monday", {"path": "notes.md", "content": "call Ana on Monday"}),
            E("make an empty file named draft.txt", {"path": "draft.txt"}),
            E("create a new file ideas.txt", {"path": "ideas.txt"}),
            E("save the list to files.txt", {"path": "files.txt"}),
            E("put the text done into status.txt", {"path": "status.txt", "content": "done"}),
            E("touch todo.md", {"path": "todo.md"}),
        ),
    ),
)
APPEND = (
    Hint(
        tool="append_text",
        says="Add text at the end of a file.",
        slots={"path": "file name", "content": "the text, word for word"},
        needs=("path", "content"),
        triggers=("append", "add a line", "add to the end", "add to the file", "also add", "put at the end", "add to the list"),
        examples=(
            E("add a line saying call mom to todo.txt", {"path": "todo.txt", "content": "call mom"}),
            E("append 'done' to log.txt", {"path": "log.txt", "content": "done"}),
            E("add eggs to shopping.txt", {"path": "shopping.txt", "content": "eggs"}),
            E("put the line EOF at the end of data.txt", {"path": "data.txt", "content": "EOF"}),
            E("add 'fix the roof' to notes/house.md", {"path": "notes/house.md", "content": "fix the roof"}),
        ),
    ),
)
EDIT = (
    Hint(
        tool="replace_text",
        says="Replace a text by another inside files.",
        slots={"paths": "file name", "old": "text to replace", "new": "new text"},
        needs=("paths", "old", "new"),
        triggers=("replace", "change to", "substitute", "sed", "swap", "edit", "correct", "rename inside", "instead of"),
        examples=(
            E("replace foo with bar in app.ini", {"paths": "app.ini", "old": "foo", "new": "bar"}),
            E("change port 8080 to 9090 in config.yaml", {"paths": "config.yaml", "old": "8080", "new": "9090"}),
            E("in letter.txt change 'Dear Sir' to 'Dear Madam'", {"paths": "letter.txt", "old": "Dear Sir", "new": "Dear Madam"}),
            E("substitute teh by the in essay.md", {"paths": "essay.md", "old": "teh", "new": "the"}),
            E("set debug to false in settings.ini where it says debug=true", {"paths": "settings.ini", "old": "debug=true", "new": "debug=false"}),
        ),
    ),
)
LIST = (
    Hint(
        tool="list_folder",
        says="List the files in one folder.",
        slots={"path": "folder"},
        triggers=("ls", "dir", "list", "what is in this folder", "which files are here", "show the folder", "what do I have here", "folder contents"),
        examples=(
            E("what is in this folder?"),
            E("list the files in docs", {"path": "docs"}),
            E("ls src", {"path": "src"}),
            E("which files are in the data folder", {"path": "data"}),
            E("show me what's inside photos", {"path": "photos"}),
            E("list everything here"),
            E("what files do I have"),
        ),
    ),
    Hint(
        tool="list_hidden",
        says="List a folder with hidden files too.",
        slots={"path": "folder"},
        fixed={"hidden": True},
        triggers=("hidden files", "dotfiles", "ls -a", "including hidden", "all files even hidden"),
        examples=(
            E("show hidden files here"),
            E("list all files including hidden ones in home", {"path": "home"}),
            E("are there any dotfiles"),
        ),
    ),
)
TREE = (
    Hint(
        tool="show_tree",
        says="Show a folder and all below it as a tree.",
        slots={"path": "folder", "depth": "how many levels"},
        triggers=("tree", "folder structure", "directory structure", "hierarchy", "layout", "recursively", "outline"),
        examples=(
            E("show the folder structure"),
            E("tree of src", {"path": "src"}),
            E("draw the directory tree two levels deep", {"depth": "two"}),
            E("how is this project laid out"),
            E("show me the hierarchy of the docs folder", {"path": "docs"}),
        ),
    ),
)
FIND = (
    Hint(
        tool="find_files",
        says="Find files by name, type, size or date.",
        slots={
            "path": "folder", "name": "name, ending or type", "larger": "minimum size", "smaller": "maximum size",
            "newer": "changed within", "older": "not changed for",
        },
        triggers=("find", "locate", "where is", "look for a file", "all python files", "files named", "files ending in", "files bigger than", "files changed", "files modified", "older than", "newer than", "which files are larger", "any csv files", "search for files"),
        examples=(
            E("find all python files in src", {"path": "src", "name": "python files"}),
            E("list all csv files", {"name": "csv files"}),
            E("find files larger than 10 MB", {"larger": "10 MB"}),
            E("which files changed in the last 2 days", {"newer": "last 2 days"}),
            E("where is budget.xlsx", {"name": "budget.xlsx"}),
            E("files older than 30 days in logs", {"path": "logs", "older": "30 days"}),
            E("show me every file ending in .md under docs", {"path": "docs", "name": ".md"}),
            E("what did I change today", {"newer": "today"}),
            E("find files called config", {"name": "config"}),
            E("are there any images in here", {"name": "images"}),
            E("list files smaller than 1 kB", {"smaller": "1 kB"}),
        ),
    ),
    Hint(
        tool="biggest_files",
        says="Find the largest files.",
        slots={"path": "folder", "name": "name or type", "limit": "how many"},
        fixed={"order": "size"},
        triggers=("biggest", "largest", "heaviest", "take the most space", "top files by size", "biggest file"),
        examples=(
            E("what's the biggest file in logs", {"path": "logs", "limit": "biggest file"}),
            E("show the 5 largest files", {"limit": "5"}),
            E("which files take the most space"),
            E("largest csv in data", {"path": "data", "name": "csv"}),
        ),
    ),
    Hint(
        tool="recent_files",
        says="Find the most recently changed files.",
        slots={"path": "folder", "name": "name or type", "limit": "how many"},
        fixed={"order": "newest"},
        triggers=("newest", "latest", "most recent", "recently changed", "last modified", "recent files", "sorted by date"),
        examples=(
            E("what is the newest file in docs", {"path": "docs", "limit": "newest file"}),
            E("show the 3 most recently changed files", {"limit": "3"}),
            E("latest log file", {"name": "log"}),
            E("which file was modified last"),
        ),
    ),
    Hint(
        tool="oldest_files",
        says="Find the oldest files.",
        slots={"path": "folder", "name": "name or type", "limit": "how many"},
        fixed={"order": "oldest"},
        triggers=("oldest", "least recently changed", "oldest file"),
        examples=(E("what's the oldest file here"), E("show the 10 oldest photos", {"name": "photos", "limit": "10"})),
    ),
    Hint(
        tool="find_folders",
        says="Find folders by name.",
        slots={"path": "folder to look in", "name": "folder name"},
        fixed={"kind": "folder"},
        triggers=("find folders", "which folders", "list directories", "subfolders", "subdirectories", "where is the folder"),
        examples=(
            E("list all folders"),
            E("where is the folder called tests", {"name": "tests"}),
            E("which subfolders does src have", {"path": "src"}),
        ),
    ),
    Hint(
        tool="empty_files",
        says="Find empty files.",
        slots={"path": "folder"},
        fixed={"empty": True},
        triggers=("empty files", "zero bytes", "files with nothing in them", "0 byte files"),
        examples=(E("are there any empty files"), E("list empty files in data", {"path": "data"})),
    ),
    Hint(
        tool="empty_folders",
        says="Find empty folders.",
        slots={"path": "folder"},
        fixed={"empty": True, "kind": "folder"},
        triggers=("empty folders", "empty directories", "folders with nothing in them"),
        examples=(E("which folders are empty"), E("find empty directories")),
    ),
)
SEARCH = (
    Hint(
        tool="search_text",
        says="Find lines containing a text inside files.",
        slots={"pattern": "text to find, word for word", "path": "file or folder", "name": "file type"},
        needs=("pattern",),
        triggers=("grep", "search for", "containing", "mentions", "contains", "which file has the word", "lines with", "occurrences", "look for the text", "where is defined", "mentioned"),
        examples=(
            E("search for TODO in src", {"pattern": "TODO", "path": "src"}),
            E("which files mention invoice", {"pattern": "invoice"}),
            E("find lines containing error in app.log", {"pattern": "error", "path": "app.log"}),
            E("where is parse_config defined", {"pattern": "parse_config"}),
            E("grep password in all python files", {"pattern": "password", "name": "python files"}),
            E("does README.md mention docker", {"pattern": "docker", "path": "README.md"}),
            E("show lines with 'timeout' in logs", {"pattern": "timeout", "path": "logs"}),
        ),
    ),
    Hint(
        tool="count_matches",
        says="Count lines containing a text.",
        slots={"pattern": "text to find, word for word", "path": "file or folder"},
        needs=("pattern",),
        fixed={"counts": True},
        triggers=("how many times", "how often", "count occurrences", "number of lines with", "how many lines contain", "how many errors"),
        examples=(
            E("how many times does error appear in app.log", {"pattern": "error", "path": "app.log"}),
            E("count the lines containing WARN in server.log", {"pattern": "WARN", "path": "server.log"}),
            E("how often is 'lambda' used in src", {"pattern": "lambda", "path": "src"}),
        ),
    ),
)
STAT = (
    Hint(
        tool="file_details",
        says="Show size, date, owner, permissions of a file.",
        slots={"paths": "file name"},
        needs=("paths",),
        triggers=("stat", "details", "when was it modified", "who owns", "permissions of", "how big is the file", "size of the file", "last changed", "file info", "properties", "metadata"),
        examples=(
            E("when was report.pdf last modified", {"paths": "report.pdf"}),
            E("how big is video.mp4", {"paths": "video.mp4"}),
            E("who owns run.sh", {"paths": "run.sh"}),
            E("show details of data.csv", {"paths": "data.csv"}),
            E("what are the permissions of deploy.sh", {"paths": "deploy.sh"}),
        ),
    ),
)
COUNT = (
    Hint(
        tool="count_lines",
        says="Count lines, words or characters of files.",
        slots={"paths": "file or folder", "name": "file type"},
        needs=("paths",),
        triggers=("wc", "how many lines", "how many words", "count lines", "word count", "line count", "number of lines", "how long is", "lines of code", "how many characters"),
        examples=(
            E("how many lines are in main.py", {"paths": "main.py"}),
            E("count the words in essay.txt", {"paths": "essay.txt"}),
            E("how many lines of python are in src", {"paths": "src", "name": "python"}),
            E("word count of chapter1.md", {"paths": "chapter1.md"}),
            E("how long is notes.txt in lines", {"paths": "notes.txt"}),
        ),
    ),
)
USAGE = (
    Hint(
        tool="folder_size",
        says="Show how much space a folder takes.",
        slots={"paths": "folder"},
        triggers=("du", "how big is the folder", "size of the folder", "space used by", "how much space does it take", "which folder is the biggest", "folder sizes", "disk usage of"),
        examples=(
            E("how much space does the photos folder take", {"paths": "photos"}),
            E("how big is this folder"),
            E("which folder is the largest"),
            E("disk usage of data", {"paths": "data"}),
            E("what is taking up space in here"),
        ),
    ),
)
DIFF = (
    Hint(
        tool="compare_files",
        says="Compare two files, show differences.",
        slots={"left": "first file", "right": "second file"},
        needs=("left", "right"),
        triggers=("diff", "compare", "difference between", "differ", "are the same", "identical", "what changed between"),
        examples=(
            E("compare old.txt and new.txt", {"left": "old.txt", "right": "new.txt"}),
            E("are a.csv and b.csv the same?", {"left": "a.csv", "right": "b.csv"}),
            E("what's the difference between v1.py and v2.py", {"left": "v1.py", "right": "v2.py"}),
            E("diff config.ini config.bak", {"left": "config.ini", "right": "config.bak"}),
        ),
    ),
)
HASH = (
    Hint(
        tool="checksum",
        says="Compute a checksum of a file.",
        slots={"paths": "file name", "algorithm": "md5, sha1, sha256"},
        needs=("paths",),
        triggers=("hash", "checksum", "sha256", "md5", "fingerprint", "digest"),
        examples=(
            E("checksum of disk.img", {"paths": "disk.img"}),
            E("md5 of setup.exe", {"paths": "setup.exe", "algorithm": "md5"}),
            E("what's the sha256 hash of a.zip", {"paths": "a.zip", "algorithm": "sha256"}),
        ),
    ),
)
SORT = (
    Hint(
        tool="sort_lines",
        says="Show the lines of a file sorted.",
        slots={"path": "file name"},
        needs=("path",),
        triggers=("sort", "alphabetical order", "in order", "alphabetically", "ordered lines"),
        examples=(
            E("sort names.txt", {"path": "names.txt"}),
            E("show words.txt in alphabetical order", {"path": "words.txt"}),
            E("sort the lines of list.txt", {"path": "list.txt"}),
        ),
    ),
    Hint(
        tool="sort_reversed",
        says="Show the lines of a file in reverse order.",
        slots={"path": "file name"},
        needs=("path",),
        fixed={"reverse": True},
        triggers=("sort descending", "reverse order", "from z to a", "sort backwards", "descending"),
        examples=(E("sort names.txt in reverse", {"path": "names.txt"}), E("list cities.txt from z to a", {"path": "cities.txt"})),
    ),
    Hint(
        tool="sort_numbers",
        says="Sort the lines of a file by number.",
        slots={"path": "file name"},
        needs=("path",),
        fixed={"numeric": True},
        triggers=("sort numerically", "sort by number", "numeric order", "smallest to largest"),
        examples=(E("sort scores.txt numerically", {"path": "scores.txt"}), E("order the numbers in values.txt", {"path": "values.txt"})),
    ),
    Hint(
        tool="unique_lines",
        says="Show the lines of a file without duplicates.",
        slots={"path": "file name"},
        needs=("path",),
        fixed={"unique": True},
        triggers=("uniq", "unique lines", "without duplicates", "remove duplicates", "distinct lines", "dedupe"),
        examples=(E("show the unique lines of emails.txt", {"path": "emails.txt"}), E("names.txt without duplicates", {"path": "names.txt"})),
    ),
)
MKDIR = (
    Hint(
        tool="make_folder",
        says="Create a new folder.",
        slots={"paths": "folder name"},
        needs=("paths",),
        triggers=("mkdir", "create a folder", "make a directory", "new folder", "new directory", "create directory"),
        examples=(
            E("make a folder called reports", {"paths": "reports"}),
            E("create a new directory archive/2024", {"paths": "archive/2024"}),
            E("mkdir backup", {"paths": "backup"}),
            E("I need a folder named drafts inside docs", {"paths": "docs/drafts"}),
        ),
    ),
)
COPY = (
    Hint(
        tool="copy_file",
        says="Copy files or folders to another place.",
        slots={"paths": "what to copy", "to": "new place or name"},
        needs=("paths", "to"),
        triggers=("cp", "copy", "duplicate", "backup", "make a copy", "back up"),
        examples=(
            E("copy a.txt to backup", {"paths": "a.txt", "to": "backup"}),
            E("copy all csv files into archive", {"paths": "csv files", "to": "archive"}),
            E("make a copy of main.py called main_old.py", {"paths": "main.py", "to": "main_old.py"}),
            E("duplicate the docs folder as docs2", {"paths": "docs", "to": "docs2"}),
            E("back up config.json to config.bak", {"paths": "config.json", "to": "config.bak"}),
        ),
    ),
)
MOVE = (
    Hint(
        tool="move_file",
        says="Move files or folders to another place.",
        slots={"paths": "what to move", "to": "new place"},
        needs=("paths", "to"),
        triggers=("mv", "move", "put into", "relocate", "transfer"),
        examples=(
            E("move report.txt into archive", {"paths": "report.txt", "to": "archive"}),
            E("move all images to photos", {"paths": "images", "to": "photos"}),
            E("put notes.md into the docs folder", {"paths": "notes.md", "to": "docs"}),
        ),
    ),
    Hint(
        tool="rename_file",
        says="Give a file or folder a new name.",
        slots={"paths": "present name", "to": "new name"},
        needs=("paths", "to"),
        triggers=("rename", "call it", "change the name", "new name"),
        examples=(
            E("rename todo.txt to tasks.txt", {"paths": "todo.txt", "to": "tasks.txt"}),
            E("change the name of img1.png to cover.png", {"paths": "img1.png", "to": "cover.png"}),
        ),
    ),
)
DELETE = (
    Hint(
        tool="delete_file",
        says="Delete files or folders.",
        slots={"paths": "what to delete"},
        needs=("paths",),
        triggers=("rm", "delete", "remove", "erase", "trash", "get rid of", "throw away"),
        examples=(
            E("delete old.txt", {"paths": "old.txt"}),
            E("remove the folder tmp", {"paths": "tmp"}),
            E("get rid of all .bak files", {"paths": ".bak files"}),
            E("throw away draft1.md", {"paths": "draft1.md"}),
            E("trash the log files", {"paths": "log files"}),
        ),
    ),
)
MODE = (
    Hint(
        tool="set_permissions",
        says="Change permissions of a file.",
        slots={"paths": "file name", "mode": "such as executable, read-only, 644"},
        needs=("paths", "mode"),
        triggers=("chmod", "permissions to", "make executable", "read-only", "writable", "make it runnable"),
        examples=(
            E("make run.sh executable", {"paths": "run.sh", "mode": "executable"}),
            E("chmod 600 secret.key", {"paths": "secret.key", "mode": "600"}),
            E("make notes.txt read-only", {"paths": "notes.txt", "mode": "read-only"}),
            E("set permissions of a.py to 644", {"paths": "a.py", "mode": "644"}),
        ),
    ),
)
