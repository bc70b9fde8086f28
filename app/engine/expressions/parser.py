"""Parsing by operator precedence (Pratt 1973): one loop, two calls a level of nesting.

From loose to tight: or, and, not, comparisons (chained, in, is null), + -, * / // %, unary -, **.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from app.engine.expressions.errors import ExpressionError
from app.engine.expressions.names import Names, names
from app.engine.expressions.operations import OPERATIONS, is_function
from app.engine.expressions.tokens import Token, tokens
from app.engine.expressions.tree import Call, ColumnName, Literal, Node, depth, walk

MAX_NESTING = 50
MAX_DEPTH = 150
MAX_NODES = 2_000

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _MINUS, _POWER = range(1, 9)
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_BINDING = {
    "or": _OR, "and": _AND, "in": _COMPARISON, "is": _COMPARISON, "not": _COMPARISON,
    **dict.fromkeys(_COMPARISONS, _COMPARISON),
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT,
    "**": _POWER,
}  # fmt: skip


def parse_tree(text: str, columns: Collection[str]) -> Node:
    """The tree of `text`.

    Raises:
        ExpressionError: for a fault of syntax, an unknown name or function, or a size above the
            bounds.
    """
    parser = _Parser(text, names(columns))
    tree = parser.expression(0)
    parser.expect_end()
    parser.check_size(tree)
    return tree


class _Parser:
    def __init__(self, text: str, known: Names) -> None:
        self.text, self.names = text, known
        self.tokens = list(tokens(text))
        self.index = 0
        self.nesting = 0

    @property
    def current(self) -> Token:
        return self.tokens[self.index]

    def fail(self, message: str, token: Token, hint: str | None = None) -> ExpressionError:
        return ExpressionError(message, self.text, token.position, hint)

    def advance(self) -> Token:
        token = self.current
        self.index += token.kind != "end"
        return token

    def at(self, *values: str) -> bool:
        return self.current.kind in ("symbol", "word") and self.current.value in values

    def expect(self, value: str, why: str) -> Token:
        if not self.at(value):
            raise self.fail(f"{_shown(self.current)} where {value!r} {why}", self.current)
        return self.advance()

    def expect_end(self) -> None:
        if self.current.kind != "end":
            raise self.fail(f"{_shown(self.current)} is not expected here", self.current)

    def check_size(self, tree: Node) -> None:
        if sum(1 for _ in walk(tree)) > MAX_NODES:
            raise self.fail(f"more than {MAX_NODES:,} parts", self.tokens[0])
        if depth(tree) > MAX_DEPTH:
            raise self.fail(f"nested more than {MAX_DEPTH} deep", self.tokens[0])

    def expression(self, binding: int) -> Node:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.fail(f"nested more than {MAX_NESTING} deep", self.current)
        left = self.operand()
        while self.binds_tighter(binding):
            left = self.infix(left)
        self.nesting -= 1
        return left

    def binds_tighter(self, binding: int) -> bool:
        token = self.current
        infix = token.kind in ("symbol", "word") and token.value in _BINDING
        return infix and _BINDING[token.value] > binding

    def operand(self) -> Node:
        token = self.advance()
        if token.kind == "number":
            return Literal(_number(token, self), token.position)
        if token.kind == "text":
            return Literal(token.value, token.position)
        if token.kind in ("name", "quoted"):
            return self.name(token)
        if token.kind == "word" and token.value in ("true", "false", "null"):
            value = {"true": True, "false": False, "null": None}[token.value]
            return Literal(value, token.position)
        return self.prefix(token)

    def prefix(self, token: Token) -> Node:
        if token.kind == "symbol" and token.value == "(":
            inside = self.expression(0)
            self.expect(")", "should close the bracket")
            return inside
        if token.kind == "symbol" and token.value in "+-":
            inside = self.expression(_MINUS)
            return inside if token.value == "+" else _negated(inside, token)
        if token.kind == "word" and token.value == "not":
            return Call("not", (self.expression(_NOT),), token.position)
        raise self.fail(f"{_shown(token)} where a value should stand", token)

    def infix(self, left: Node) -> Node:
        token = self.advance()
        if token.value in _COMPARISONS:
            return self.comparison(left, token)
        if token.value == "is":
            negated = self.at("not") and bool(self.advance())
            self.expect("null", "should follow 'is'")
            return _maybe_not(Call("is null", (left,), token.position), negated)
        if token.value in ("in", "not"):
            if token.value == "not":
                self.expect("in", "should follow 'not'")
            return _maybe_not(self.membership(left, token), token.value == "not")
        binding = _BINDING[token.value] - (token.value == "**")
        return Call(token.value, (left, self.expression(binding)), token.position)

    def comparison(self, left: Node, token: Token) -> Node:
        """``a < b <= c`` is ``a < b and b <= c``."""
        chain: Node | None = None
        while True:
            right = self.expression(_COMPARISON)
            self.refuse_null(left, right, token)
            link = Call(token.value, (left, right), token.position)
            chain = link if chain is None else Call("and", (chain, link), token.position)
            if not self.at(*_COMPARISONS):
                return chain
            left, token = right, self.advance()

    def refuse_null(self, left: Node, right: Node, token: Token) -> None:
        for side in (left, right):
            if isinstance(side, Literal) and side.value is None:
                hint = "write 'is null' or 'is not null'"
                raise self.fail("nothing is equal to null", token, hint)

    def membership(self, left: Node, token: Token) -> Node:
        self.expect("(", "should follow 'in'")
        items = self.arguments()
        for item in items:
            if not isinstance(item, Literal) or item.value is None:
                hint = "list numbers or texts, such as in (1, 2, 3)"
                raise ExpressionError("'in' takes literal values", self.text, item.position, hint)
        if not items:
            raise self.fail("the list of 'in' is empty", token)
        return Call("in", (left, *items), token.position)

    def arguments(self) -> tuple[Node, ...]:
        """What stands between brackets, the first of which has been read."""
        found: list[Node] = []
        while not self.at(")"):
            if found:
                self.expect(",", "or ')' should follow")
            found.append(self.expression(0))
        self.advance()
        return tuple(found)

    def name(self, token: Token) -> Node:
        if token.kind == "name" and self.at("("):
            return self.call(token)
        name, quoted = token.value, token.kind == "quoted"
        while self.at("."):
            self.advance()
            part = self.advance()
            if part.kind not in ("name", "quoted", "word"):
                raise self.fail(f"{_shown(part)} where a column's name should stand", part)
            name = f"{name}.{part.value}"
        return self.column(name, token, quoted)

    def column(self, name: str, token: Token, quoted: bool) -> Node:
        found = (name,) if quoted and name in self.names.exact else self.names.find(name)
        if len(found) > 1:
            choices = " and ".join(f"`{column}`" for column in found)
            raise self.fail(f"{name!r} may be {choices}", token, "write the one meant in backticks")
        if not found:
            nearest = self.names.nearest(name)
            hint = f"did you mean {nearest}?" if nearest else None
            raise self.fail(f"no column is named {name!r}", token, hint)
        return ColumnName(found[0], token.position)

    def call(self, token: Token) -> Node:
        if not is_function(token.value):
            functions = [name for name in OPERATIONS if is_function(name)]
            near = get_close_matches(token.value, functions, 1)
            hint = f"did you mean {near[0]}?" if near else "known are " + ", ".join(functions)
            raise self.fail(f"no function is named {token.value!r}", token, hint)
        self.expect("(", "should follow")
        arguments = self.arguments()
        low, high = OPERATIONS[token.value].arity
        if not low <= len(arguments) <= high:
            wanted = (
                str(low) if low == high else f"{low} to {high}" if high < 99 else f"{low} or more"
            )
            raise self.fail(f"{token.value} takes {wanted} values, got {len(arguments)}", token)
        return Call(token.value, arguments, token.position)


def _number(token: Token, parser: _Parser) -> int | float:
    if token.value.isdecimal() and len(token.value) < 20 and int(token.value) < 2**63:
        return int(token.value)
    value = float(token.value)
    if value == float("inf"):
        raise parser.fail("the number is too large", token)
    return value


def _negated(inside: Node, token: Token) -> Node:
    number = isinstance(inside, Literal) and type(inside.value) in (int, float)
    if isinstance(inside, Literal) and number:
        return Literal(-inside.value, token.position)  # type: ignore[operator]
    return Call("negative", (inside,), token.position)


def _maybe_not(node: Node, negated: bool) -> Node:
    return Call("not", (node,), node.position) if negated else node


def _shown(token: Token) -> str:
    return "the end" if token.kind == "end" else repr(token.value)
