"""What handlers of events expect, found faster than NiceGUI finds it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from types import CodeType, FunctionType, MethodType
from typing import Any

from nicegui import helpers

_by_signature = helpers.expects_arguments


def remember_signatures() -> None:
    """The toolkit asks for the signature of each handler of each element; a page has thousands
    of handlers and all of them come from a few hundred pieces of code."""
    helpers.expects_arguments = expects_arguments


def expects_arguments(func: Callable[..., Any]) -> bool:
    """Whether a handler has parameters that it cannot do without."""
    bound = isinstance(func, MethodType)
    function = func.__func__ if isinstance(func, MethodType) else func
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        return _by_signature(func)
    if hasattr(function, "__signature__"):
        return _by_signature(func)
    defaults = len(function.__defaults__ or ())
    return _needs_more(function.__code__, bound, defaults, frozenset(function.__kwdefaults__ or ()))


@cache
def _needs_more(code: CodeType, bound: bool, defaults: int, named: frozenset[str]) -> bool:
    positional = code.co_argcount - defaults
    takes_self = bound and (code.co_argcount > 0 or not code.co_flags & inspect.CO_VARARGS)
    only_named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return positional > takes_self or any(name not in named for name in only_named)
