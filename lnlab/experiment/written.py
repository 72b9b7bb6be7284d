"""Recognizing a function again: by how it is written, and by all of the user's own that it uses."""

import hashlib
import inspect
import pickle
import sysconfig
import textwrap
from numbers import Real
from pathlib import Path
from types import CodeType, FunctionType


def written(function):
    """How a function is written, with all that it uses of its surroundings: equal only for functions that do the same.

    >>> written(lambda run: 1) == written(lambda run: 2)
    False
    """
    return hashlib.sha256(repr(_parts(function, set())).encode()).hexdigest()[:16]


def _parts(thing, seen):
    if isinstance(thing, FunctionType):
        if thing in seen or seen and not _is_own(thing):
            return thing.__module__, thing.__qualname__
        seen = seen | {thing}
        inside = dict(zip(thing.__code__.co_freevars, (each.cell_contents for each in thing.__closure__ or ())))
        around = {name: thing.__globals__[name] for name in _names(thing.__code__) if name in thing.__globals__}
        return (_source(thing), _parts(thing.__defaults__, seen), _parts(thing.__kwdefaults__, seen),
                [(name, _parts(value, seen)) for name, value in sorted({**around, **inside}.items())])
    if hasattr(thing, "func") and hasattr(thing, "keywords"):     # functools.partial
        return "partial", _parts(thing.func, seen), _parts(thing.args, seen), _parts(thing.keywords, seen)
    if hasattr(thing, "__func__"):
        return "method", _parts(thing.__func__, seen), _parts(thing.__self__, seen)
    if isinstance(thing, (tuple, list)):
        return [_parts(each, seen) for each in thing]
    if isinstance(thing, (set, frozenset)):
        return sorted(map(repr, thing))
    if isinstance(thing, dict):
        return [(repr(key), _parts(value, seen)) for key, value in thing.items()]
    if inspect.ismodule(thing) or inspect.isclass(thing):
        module = thing if inspect.ismodule(thing) else inspect.getmodule(thing)
        name = getattr(thing, "__qualname__", ""), getattr(module, "__name__", "")
        if not _is_own(thing):
            return name
        methods = [] if thing is module else [each for each in vars(thing).values() if isinstance(each, FunctionType)]
        return (*name, _file(module), [_parts(each, seen) for each in methods])
    if hasattr(thing, "__module__") and hasattr(thing, "__qualname__"):
        return thing.__module__, thing.__qualname__
    if thing is None or isinstance(thing, (str, bytes, Real)):
        return repr(thing)
    return _parts(type(thing), seen), hashlib.sha256(pickle.dumps(getattr(thing, "__dict__", thing))).hexdigest()


def _names(code):
    """The names that a function looks up, those within its comprehensions and inner functions included."""
    inner = [_names(each) for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_names).union(*inner)


def _is_own(thing):
    """Was this written by the user, and not installed as part of some package?"""
    module = thing if inspect.ismodule(thing) else inspect.getmodule(thing)
    if module is None or module.__name__ == "__main__":
        return True
    file, installed = getattr(module, "__file__", None), sysconfig.get_paths()
    return file is not None and module.__name__.split(".")[0] != "lnlab" and not file.startswith(
        tuple(installed[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")))


def _file(module):
    """The content of a module's file, as a fingerprint."""
    try:
        return hashlib.sha256(Path(module.__file__).read_bytes()).hexdigest()[:16]
    except (OSError, TypeError, AttributeError):
        return ""


def _source(function):
    """The text of a function; its instructions where that is not to be had, or holds more (a lambda's whole line)."""
    try:
        if function.__name__ != "<lambda>":
            return textwrap.dedent("".join(inspect.getsourcelines(function)[0]))
    except (OSError, TypeError):
        pass
    return list(_instructions(function.__code__))


def _instructions(code):
    yield code.co_code.hex()
    yield repr(code.co_names)
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _instructions(each)
        else:
            yield repr(sorted(map(repr, each)) if isinstance(each, frozenset) else each)
