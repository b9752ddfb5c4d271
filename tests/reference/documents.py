"""GraphQL documents: parsed, and answered from plain objects.

An object is a dict of field name → value, or function of the field's arguments. Only what a client sends is
understood: no validation, no introspection.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Object = Mapping[str, Any]

TOKEN = re.compile(r'[\s,]+|#[^\n]*|(\.\.\.|[{}()\[\]:=!@|$]|"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\w+)')
INTERFACES = {"Node", "BreakdownRow"}


@dataclass(frozen=True)
class Variable:
    name: str


@dataclass
class Selection:
    """A field, or a fragment where `on` or `spread` is set."""

    name: str = ""
    alias: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    directives: dict[str, dict[str, Any]] = field(default_factory=dict)
    inner: list["Selection"] = field(default_factory=list)
    on: str | None = None
    spread: str | None = None


@dataclass
class Document:
    selections: list[Selection]
    defaults: dict[str, Any]
    fragments: dict[str, Selection]


class Parser:
    """Reads one document from front to back."""

    def __init__(self, text: str) -> None:
        self.tokens = [match[1] for match in TOKEN.finditer(text) if match[1]]
        self.place = 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def next(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1]

    def skip(self, token: str) -> bool:
        if self.peek() == token:
            self.place += 1
            return True
        return False

    def document(self) -> Document:
        document = Document([], {}, {})
        while self.peek():
            if self.skip("fragment"):
                name, _, on = self.next(), self.next(), self.next()
                document.fragments[name] = Selection(on=on, inner=self.selections())
                continue
            if self.peek() != "{":
                self.next()
                if self.peek() not in "({":
                    self.next()
                document.defaults = self.variables()
            document.selections = self.selections()
        return document

    def variables(self) -> dict[str, Any]:
        """Defaults of the operation's variables."""
        defaults: dict[str, Any] = {}
        if not self.skip("("):
            return defaults
        while not self.skip(")"):
            self.skip("$")
            name = self.next()
            while self.peek() not in ("$", ")", "="):
                self.next()
            if self.skip("="):
                defaults[name] = self.value()
        return defaults

    def selections(self) -> list[Selection]:
        found = []
        if self.skip("{"):
            while not self.skip("}"):
                found.append(self.fragment() if self.skip("...") else self.one_field())
        return found

    def fragment(self) -> Selection:
        if self.skip("on"):
            return Selection(on=self.next(), directives=self.directives(), inner=self.selections())
        if self.peek() in "@{":
            return Selection(on="", directives=self.directives(), inner=self.selections())
        return Selection(spread=self.next(), directives=self.directives())

    def one_field(self) -> Selection:
        alias = name = self.next()
        if self.skip(":"):
            name = self.next()
        return Selection(name, alias, self.arguments(), self.directives(), self.selections())

    def directives(self) -> dict[str, dict[str, Any]]:
        found = {}
        while self.skip("@"):
            name = self.next()
            found[name] = self.arguments()
        return found

    def arguments(self) -> dict[str, Any]:
        return self.pairs(")") if self.skip("(") else {}

    def pairs(self, closing: str) -> dict[str, Any]:
        found = {}
        while not self.skip(closing):
            name = self.next()
            self.skip(":")
            found[name] = self.value()
        return found

    def value(self) -> Any:
        token = self.next()
        match token[0]:
            case "$":
                return Variable(self.next())
            case "{":
                return self.pairs("}")
            case "[":
                items = []
                while not self.skip("]"):
                    items.append(self.value())
                return items
            case '"' | "-" | "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9":
                return json.loads(token)
        return {"true": True, "false": False, "null": None}.get(token, token)


def ask(root: Object, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The data that the document selects of the root."""
    document = Parser(text).document()
    return answer(root, document.selections, document, {**document.defaults, **(variables or {})})


def answer(of: Object, selections: list[Selection], document: Document, variables: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for chosen in selections:
        if not included(chosen, variables):
            continue
        if chosen.spread is not None or chosen.on is not None:
            fragment = document.fragments[chosen.spread] if chosen.spread else chosen
            if fragment.on in {"", of["__typename"]} | INTERFACES:
                merge(data, answer(of, fragment.inner, document, variables))
            continue
        value = of[chosen.name]
        if callable(value):
            value = value(
                {name: filled(it, variables) for name, it in chosen.arguments.items() if given(it, variables)}
            )
        merge(data, {chosen.alias: completed(value, chosen.inner, document, variables)})
    return data


def completed(value: Any, inner: list[Selection], document: Document, variables: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [completed(item, inner, document, variables) for item in value]
    return answer(value, inner, document, variables) if isinstance(value, Mapping) else value


def merge(data: dict[str, Any], more: dict[str, Any]) -> None:
    """Fields asked for twice are answered once, with all that was asked of them."""
    for name, value in more.items():
        old = data.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            merge(old, value)
        elif isinstance(old, list) and isinstance(value, list) and all(isinstance(item, dict) for item in old):
            for one, other in zip(old, value, strict=True):
                merge(one, other)
        else:
            data[name] = value


def included(chosen: Selection, variables: dict[str, Any]) -> bool:
    directives = chosen.directives
    if "skip" in directives and filled(directives["skip"]["if"], variables):
        return False
    return "include" not in directives or bool(filled(directives["include"]["if"], variables))


def given(value: Any, variables: dict[str, Any]) -> bool:
    return not isinstance(value, Variable) or value.name in variables


def filled(value: Any, variables: dict[str, Any]) -> Any:
    """The argument with its variables replaced."""
    if isinstance(value, Variable):
        return variables.get(value.name)
    if isinstance(value, dict):
        return {name: filled(it, variables) for name, it in value.items() if given(it, variables)}
    return [filled(it, variables) for it in value] if isinstance(value, list) else value
