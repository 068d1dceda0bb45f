"""Mutations of the label rules, each with the tests that must notice: a pattern that occurs once, and what it becomes."""

GROUNDING, LABELLING, RULES = "kernel/grounding.py", "kernel/labelling.py", "kernel/label_rules.py"
EXPOSURE, SECRECY, PROPOSING, CALL, LABELS = (
    "kernel/exposure.py",
    "syscalls/secrecy.py",
    "kernel/proposing.py",
    "kernel/call.py",
    "syscalls/labels.py",
)
GATE = "kernel/gate.py"
OF_GROUNDING, OF_LABELLING = "tests/kernel/test_grounding.py", "tests/kernel/test_labelling.py"
OBEDIENT = "tests/property/test_obedient.py"

LABEL_MUTANTS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "part of a word is the user's": (GROUNDING, r"if _is_whole\([^)]*\)\):", "if True:", (OF_GROUNDING,)),
    "any word names files": (
        GROUNDING,  # the same is held in three places: two are there for speed
        r"isinstance\(value, str\) and value\.startswith\(_OF_A_KIND\)(.*?)"
        r"kind == \"glob\" and not _is_of_a_kind\(phrase\)(.*?)kind != \"glob\" or found\.startswith\(_OF_A_KIND\)",
        r"True\1False\2True",
        (OF_GROUNDING,),
    ),
    "what is found nowhere is the user's": (
        GROUNDING, r"return self\._everything\n", "return WORKED_OUT\n", (OF_GROUNDING, OBEDIENT),
    ),
    "what is shown has no labels": (
        GROUNDING, r"if not each\.labels\.is_plain\]", "if False]", (OF_GROUNDING, OBEDIENT),
    ),
    "replies are not what a mind was shown": (
        PROPOSING, r", \*shown_replies\(replies\)\]", "]", (OBEDIENT,),
    ),
    "a text may choose a place": (
        RULES, r"if name in names and origin\.is_swayed:", "if False:", (OF_LABELLING, OBEDIENT),
    ),
    "a blanket yes covers all": (
        CALL, r"if RULE_OF_TWO in rules or call\.is_swayed:", "if False:", (OF_LABELLING,),
    ),
    "the three may meet": (
        LABELLING, r"if met\.is_private and not met\.is_trusted:", "if False:", (OF_LABELLING,),
    ),
    "a session forgets": (
        EXPOSURE, r"exposure\.resume\(journal\.rows[^\n]*\n", "pass\n", (OF_LABELLING,),
    ),
    "secrets are as any file": (SECRECY, r"return _SECRET_NAME\.fullmatch[^\n]*\n", "return False\n", (OF_LABELLING,)),
    "files forget": (LABELLING, r"self\.files\.wrote\(call\.id, steps, labels\)", "pass", (OF_LABELLING,)),
    "a scope covers the rule of two": (
        GATE, r"may_be_granted = [^\n]*\n", "may_be_granted = True\n", (OF_LABELLING,),
    ),
    "private is lost in a join": (LABELS, r"merged\.update\(other\.items\)", "pass", ("tests/syscalls/test_labels.py",)),
}  # fmt: skip
