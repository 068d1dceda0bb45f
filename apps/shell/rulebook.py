"""Which rules hold in a session: where its settings say they lie, and what stands there."""

from apps.shell.settings import Settings
from kernel.rules.layers import Loaded, Places, load_rules, project_of
from syscalls.table import Table


def rules_of(settings: Settings, table: Table) -> Loaded:
    """The rules of the machine, the user, the project and the command line.

    Raises:
        BadRules: one holds a mistake.
    """
    loaded = load_rules(places_of(settings), table, settings.allow, settings.deny)
    return Loaded(loaded.rules, (*settings.remarks, *loaded.remarks))


def places_of(settings: Settings) -> Places:
    """Where the rules of a session come from."""
    folders, cwd = settings.folders, settings.cwd.resolve()
    return Places(
        workspace=cwd,
        home=settings.home,
        trust=folders.trust,
        system=folders.system and folders.system / "policy.d",
        user=folders.config and folders.config / "policy.d",
        project=None if settings.is_bare else project_of(cwd, settings.home),
        own=(folders.state, folders.data, folders.runtime),
        is_bare=settings.is_bare,
    )
