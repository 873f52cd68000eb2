"""Rewrites names in moto's modules, those loaded later included, and puts them back."""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from ecslab.aws.apis.catalogue import quick_regions

_UNTOUCHED = {
    # Its ids tell registries apart, not resources: two labs must not draw the same.
    "moto.core.base_backend",
    "moto.moto_api._internal.moto_random",
}


class Rewriter(MetaPathFinder):
    """Exchanges originals for substitutes in every `moto.*` module,
    now and as modules are imported.
    """

    def __init__(
        self, pairs: Sequence[tuple[object, object]], loaded: Callable[[ModuleType], None]
    ) -> None:
        self._pairs = {id(original): (original, substitute) for original, substitute in pairs}
        self._loaded = loaded  # hears of every module once, when it is complete
        self._changed: list[tuple[dict[str, Any], str, object]] = []

    def start(self) -> None:
        """Rewrite what is loaded, and watch for what comes."""
        sys.meta_path.insert(0, self)
        for module in [
            m for name, m in sys.modules.items() if name.startswith("moto.") and m is not None
        ]:
            self._rewrite(module)

    def stop(self) -> None:
        """Stop watching, and bind every name to what it was bound to."""
        sys.meta_path.remove(self)
        for names, name, original in reversed(self._changed):
            names[name] = original
        self._changed.clear()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Load a module of moto as usual, and rewrite it before anybody can call into it."""
        if not fullname.startswith("moto."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return spec
        loader: Any = spec.loader
        body = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module  # the module keeps its loader; leave no trace on it
            with quick_regions():
                body(module)
            self._rewrite(module)

        loader.exec_module = exec_module
        return spec

    def _rewrite(self, module: ModuleType) -> None:
        if module.__name__ not in _UNTOUCHED:
            names = vars(module)
            for name, value in list(names.items()):
                pair = self._pairs.get(id(value))
                if pair is not None:
                    names[name] = pair[1]
                    self._changed.append((names, name, pair[0]))
        self._loaded(module)
