"""What docstrings say of parameters and attributes, read from the source as it is written."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PARAMETER = re.compile(r"^:param (\w+): *(.*?)(?=^:|^\S|\n\n|\Z)", re.MULTILINE | re.DOTALL)
_SOURCE = re.compile(r"Source: (.*?)(?:\.\s|\.?\Z|\n\n)", re.DOTALL)


class NothingSaidError(Exception):
    """The code does not say what the reference is to show; the message names the place."""


def summary_of(documented: object) -> str:
    """The first paragraph of a docstring, in one line."""
    return _one_line(_docstring(documented).split("\n\n", maxsplit=1)[0])


def sources_of(*documented: object) -> list[str]:
    """Where the rules come from: what docstrings say after ``Source:``, of those that do."""
    found = (_SOURCE.search(_docstring(one)) for one in documented)
    return [_one_line(match[1]) for match in found if match]


def parameters_of(function: Callable[..., object]) -> dict[str, str]:
    """What a function's docstring says of each parameter."""
    found = _PARAMETER.finditer(_docstring(function))
    return {name: _one_line(text) for name, text in (match.groups() for match in found)}


def attributes_of(documented: type) -> dict[str, tuple[str, str]]:
    """The annotation and the text below it of each attribute and property of a class.

    They are read from its source: at run time a class has neither.
    """
    [module] = ast.parse(textwrap.dedent(inspect.getsource(documented))).body
    said: dict[str, tuple[str, str]] = {}
    name = annotation = ""
    for statement in module.body if isinstance(module, ast.ClassDef) else ():
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)):
                annotation = ast.unparse(statement.annotation)
                continue
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                said[name] = annotation, _one_line(text)
            case ast.FunctionDef(returns=ast.expr() as returned) if _is_property(statement):
                text = ast.get_docstring(statement) or ""
                said[statement.name] = ast.unparse(returned), _one_line(text)
            case _:
                pass
        name = ""
    return said


def _is_property(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(decorator) == "property" for decorator in function.decorator_list)


def _docstring(documented: object) -> str:
    text = inspect.getdoc(documented)
    if not text:
        raise NothingSaidError(f"{documented!r} has no docstring")
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split())
