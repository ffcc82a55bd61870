"""What docstrings say of parameters and attributes."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap

_SECTION = re.compile(r"^Args:\n(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^ {4}(\w+): *(.*?)(?=^ {4}\S|\Z)", re.MULTILINE | re.DOTALL)
_SOURCE = re.compile(r"Source: (.*?)(?:\.\s|\.?\Z|\n\n)", re.DOTALL)


class MissingDocsError(Exception):
    """The code does not document what the reference shows; the message names the place."""


def summary_of(documented: object) -> str:
    """Return the first paragraph of a docstring, in one line."""
    return _one_line(_docstring(documented).split("\n\n", maxsplit=1)[0])


def sources_of(*documented: object) -> list[str]:
    """Return where the rules come from: what the docstrings say after ``Source:``, if they do."""
    found = (_SOURCE.search(_docstring(one)) for one in documented)
    return [_one_line(match[1]) for match in found if match]


def parameters_of(function: object) -> dict[str, str]:
    """Return the text of each parameter in a function's docstring, in one line."""
    section = _SECTION.search(_docstring(function))
    found = _ENTRY.finditer(section[1]) if section else ()
    return {match[1]: _one_line(match[2]) for match in found}


def attributes_of(documented: type) -> dict[str, tuple[str, str]]:
    """Return the annotation of each attribute and property of a class, and the text below it.

    They are read from the source, because a class has neither at run time.
    """
    [module] = ast.parse(textwrap.dedent(inspect.getsource(documented))).body
    found: dict[str, tuple[str, str]] = {}
    name = annotation = ""
    for statement in module.body if isinstance(module, ast.ClassDef) else ():
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)):
                annotation = ast.unparse(statement.annotation)
                continue
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name] = annotation, _one_line(text)
            case ast.FunctionDef(returns=ast.expr() as returned) if _is_property(statement):
                text = ast.get_docstring(statement) or ""
                found[statement.name] = ast.unparse(returned), _one_line(text)
            case _:
                pass
        name = ""
    return found


def _is_property(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(decorator) == "property" for decorator in function.decorator_list)


def _docstring(documented: object) -> str:
    text = inspect.getdoc(documented)
    if not text:
        raise MissingDocsError(f"{documented!r} has no docstring")
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split())
