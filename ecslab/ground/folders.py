"""Folders that are registries: what lies in one is found by its name."""

from functools import cache
from pkgutil import iter_modules


@cache
def modules_in(folders: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the modules and packages that lie in a package's folders (its
    `__path__`), in order.
    """
    return tuple(module.name for module in iter_modules(folders))
