"""Methods of Faker rewritten so that formatting a text works on expressions.

Python itself turns values into text for f-strings, `%`, `join` and `str`, and no class can
intercept all of these; the copy of a method made here calls functions for them instead.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import types
from collections.abc import Callable, Sequence
from typing import Any

from app.engine.generators.faker import text_templates as ex
from app.engine.generators.faker.text_templates import TextTemplate, Untraceable


def rewritten(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with its text formatting spelled as calls that know expressions; a
    function with a closure (it calls `super()`) stays as it is."""
    if function.__closure__:
        return function
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return function
    definition.decorator_list = []
    definition.returns = None
    for argument in ast.walk(definition.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    code = compile(ast.fix_missing_locations(_Formatting().visit(tree)), "<traced>", "exec")
    inside = next(c for c in code.co_consts if isinstance(c, types.CodeType))
    names = {
        **function.__globals__,
        "_traced_fstring": _fstring,
        "_traced_percent": _percent,
        "_traced_join": _join,
        "_traced_str": _str,
    }
    made = types.FunctionType(inside, names, function.__name__, function.__defaults__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


class _Formatting(ast.NodeTransformer):
    """f"{a}b", "…" % a, "…".join(a) and str(a) as calls."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        if any(
            isinstance(part, ast.FormattedValue)
            and (part.format_spec is not None or part.conversion != -1)
            for part in node.values
        ):
            return node
        self.generic_visit(node)
        parts = [p.value if isinstance(p, ast.FormattedValue) else p for p in node.values]
        return _call("_traced_fstring", parts)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
            return _call("_traced_percent", [node.left, node.right])
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr == "join" and len(node.args) == 1:
            return _call("_traced_join", [called.value, node.args[0]])
        if isinstance(called, ast.Name) and called.id == "str" and len(node.args) == 1:
            return _call("_traced_str", node.args)
        return node


def _call(name: str, args: Sequence[ast.expr]) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def _fstring(*parts: Any) -> Any:
    if not any(isinstance(part, TextTemplate) for part in parts):
        return "".join(map(str, parts))
    texts = [part if isinstance(part, TextTemplate) else str(part) for part in parts]
    return ex.chain([ex.as_text(part) for part in texts if not is_empty(part)])


def _str(value: Any) -> Any:
    return ex.as_text(value) if isinstance(value, TextTemplate) else str(value)


def _join(separator: Any, items: Any) -> Any:
    parts = list(items) if isinstance(separator, str) else separator.join(items)
    if not isinstance(separator, str) or not any(isinstance(part, TextTemplate) for part in parts):
        return separator.join(parts) if isinstance(separator, str) else parts
    spaced = [piece for part in parts for piece in (separator, part)][1:]
    return ex.chain([part for part in spaced if not is_empty(part)])


def _percent(template: Any, values: Any) -> Any:
    """`template % values`, with expressions where a directive is %s or a plain number."""
    given = values if isinstance(values, tuple) else (values,)
    if not any(isinstance(value, TextTemplate) for value in given):
        return template % values
    pieces = re.split(r"(%0?\d*[sdx])", template)
    if len(pieces) != 2 * len(given) + 1 or any("%" in text for text in pieces[::2]):
        raise Untraceable("a template with other directives")
    parts: list[Any] = [pieces[0]]
    for directive, value, text in zip(pieces[1::2], given, pieces[2::2], strict=True):
        parts += [_directive(directive, value), text]
    return ex.chain([part for part in parts if not is_empty(part)])


def _directive(directive: str, value: Any) -> Any:
    if isinstance(value, ex.Leaf):
        return value.change(lambda each: directive % each)
    if directive == "%s":
        return ex.as_text(value)
    raise Untraceable("a number that is put together")


def is_empty(part: Any) -> bool:
    """Whether this part of a text is a literal of no characters."""
    return isinstance(part, str) and not part
