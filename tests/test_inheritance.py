"""No class of the dashboard has more than one base class of the dashboard: composition comes first."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import webapp


def own_classes() -> Iterator[type]:
    for module in pkgutil.walk_packages(webapp.__path__, "webapp."):
        # A package of migrations runs when it is imported, and a `__main__` module is a command.
        if ".migrations." not in module.name and not module.name.endswith(".__main__"):
            for value in vars(import_module(module.name)).values():
                if inspect.isclass(value) and value.__module__ == module.name:
                    yield value


def test_a_class_has_at_most_one_base_class_of_ours() -> None:
    classes = [each for each in own_classes() if not issubclass(each, Exception)]  # errors are meant to be a tree
    assert len(classes) > 50
    bases = {
        f"{each.__module__}.{each.__qualname__}": [
            base.__name__ for base in each.__mro__[1:] if base.__module__.startswith("webapp.")
        ]
        for each in classes
    }
    assert {name: above for name, above in bases.items() if len(above) > 1} == {}
