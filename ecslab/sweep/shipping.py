"""Makes a function of a notebook travel to another process, which cannot import it.

A function of a module or of a script travels by its name, as pickle does it. One that was
typed into a notebook takes along its code and what it uses of the notebook: other functions
of it, modules, and values that pickle knows.
"""

import dis
import marshal
import pickle
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FunctionType, ModuleType
from typing import Any

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

_LOOKED_UP = {"LOAD_GLOBAL", "LOAD_NAME"}


@dataclass(frozen=True)
class Shipment:
    """A notebook's function on its way; calling it unpacks it."""

    name: str
    functions: dict[str, tuple[bytes, Any, Any]]  # code, defaults, defaults of keywords
    modules: dict[str, str]  # by the name that the notebook gave them
    values: dict[str, Any]

    def __call__(self, policy: Any) -> Any:
        """Run it for one policy."""
        space: dict[str, Any] = {"__name__": "__main__", **self.values}
        space |= {name: import_module(module) for name, module in self.modules.items()}
        for name, (code, defaults, keywords) in self.functions.items():
            made = FunctionType(marshal.loads(code), space, name, defaults)  # noqa: S302 - of a program to its own child
            made.__kwdefaults__ = keywords
            space[name] = made
        return space[self.name](policy)


def packed(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function in a form that another process can call; raises
    LabError for what cannot travel.
    """
    if not _is_of_a_notebook(run):
        return run
    luggage = Shipment(run.__name__, {}, {}, {})
    _pack(luggage, run.__name__, run)
    return luggage


def _is_of_a_notebook(value: object) -> bool:
    """A function whose `__main__` is no file: a child process has nothing to import it from."""
    return (
        isinstance(value, FunctionType)
        and value.__module__ == "__main__"
        and not hasattr(sys.modules["__main__"], "__file__")
    )


def _pack(luggage: Shipment, name: str, function: Any) -> None:
    if function.__closure__:
        raise LabError(
            Text(
                "{name} uses variables of the function around it, and cannot travel to another "
                "process.",
                name=name,
            ),
            wrong="sweep(make_day(lab), …)",
            right=Text("sweep(day, …)   # a function of its own, def day(policy): …"),
        )
    code = marshal.dumps(function.__code__)
    luggage.functions[name] = (code, function.__defaults__, function.__kwdefaults__)
    for used in _looked_up(function.__code__):
        if used not in function.__globals__ or used in luggage.functions:
            continue
        value = function.__globals__[used]
        if isinstance(value, ModuleType):
            luggage.modules[used] = value.__name__
        elif _is_of_a_notebook(value):
            _pack(luggage, used, value)
        else:
            luggage.values[used] = _plain(name, used, value)


def _looked_up(code: CodeType) -> Iterator[str]:
    """The global names that a function's code looks up, those of functions inside it too."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in _LOOKED_UP:
            yield instruction.argval
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _looked_up(inner)


def _plain(function: str, name: str, value: Any) -> Any:
    """A value that pickle takes along; a class of the notebook, or a thing made
    of one, would not be found on arrival.
    """
    try:
        pickle.dumps(value)
        travels = "__main__" not in {getattr(value, "__module__", ""), type(value).__module__}
    except Exception:  # noqa: BLE001 - pickle raises what the value raises
        travels = False
    if travels:
        return value
    raise LabError(
        Text(
            "{function} uses {name}, which cannot travel to another process ({kind}).",
            function=function,
            name=name,
            kind=type(value).__name__,
        ),
        wrong=f"def {function}(policy): … {name} …",
        right=Text(
            "def {function}(policy): …   # with Lab() as lab: … makes what it needs",
            function=function,
        ),
    )
