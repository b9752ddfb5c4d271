"""One line of input as a record, or the reason why not.

What a line may hold is said by the types of the structs in db/load/records.py, which the decoder checks as it reads;
what types can't say is checked once for each batch or line.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from db.codes import NAMED_EVENTS
from db.load.records import INT32, KINDS, Event, Option, Record, Rejected

LINE_LIMIT: Final = 64 * 1024
STRING_LIMIT: Final = 2 * 1024
PLAY_TIME_LIMIT: Final = 3600.0


class _Kind(Struct):
    kind: Any = None


_decode_event: Final = msgspec.json.Decoder(Event).decode
_decode_kind: Final = msgspec.json.Decoder(_Kind).decode
_decoders: Final = {kind: msgspec.json.Decoder(type_) for kind, type_ in KINDS.items()}


def read(line: bytes) -> Event | Record:
    """The record of one line. Raises Rejected."""
    if len(line) > LINE_LIMIT:
        raise Rejected("", f"the line has {len(line):,} bytes, at most {LINE_LIMIT:,} are taken")
    try:
        if not line.isascii():
            line.decode()
        record = _read(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        record = _read_slowly(line, error)
    if len(line) > STRING_LIMIT or (b"\\" in line and b"\\u0000" in line):
        _check_texts(record)
    return record


def _read(line: bytes) -> Event | Record:
    # Nearly every line is an event, and to look for a word in it takes a fifth of the time that decoding takes.
    try:
        event = _decode_event(line)
    except msgspec.ValidationError:
        return _read_record(line)
    return _read_record(line) if event.kind else event


def _read_record(line: bytes) -> Event | Record:
    kind = _decode_kind(line).kind
    if kind is None or kind == "":
        return _decode_event(line)
    return _decoders[_known(kind)].decode(line)


def _known(kind: Any) -> str:
    if not isinstance(kind, str) or kind not in KINDS:
        raise Rejected("kind", f"there is no kind {_shown(kind)}; known are {', '.join(KINDS)}")
    return kind


@dataclass(frozen=True, slots=True)
class _Path:
    """Where msgspec found what it could not take."""

    pattern = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
    missing = re.compile(r"missing required field `(?P<field>\w+)`")


def _read_slowly(line: bytes, error: Exception) -> Event | Record:
    """A second, patient reading: fields that nobody asked for may hold anything that JSON can."""
    try:
        value = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Rejected("", "not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise Rejected("", f"not an object but {_shown(value)}")
    kind = value.get("kind")
    type_ = Event if kind is None or kind == "" else KINDS[_known(kind)]
    known = {name: value[name] for name in type_.__struct_fields__ if name in value}
    _check_storable(known)
    try:
        return cast(Event | Record, msgspec.convert(known, type_))
    except msgspec.ValidationError as invalid:
        raise _explained(str(invalid), known) from error


def _explained(message: str, value: dict[str, Any]) -> Rejected:
    if found := _Path.missing.search(message):
        return Rejected(found["field"], "missing")
    path = _Path.pattern.search(message)
    field = path["path"] if path else ""
    name = field.split("[")[0].split(".")[0]
    reason = _Path.pattern.sub("", message)
    if reason.startswith("Invalid enum value") and name != "mediaType":
        reason = "not of the field's type"
    return Rejected(field, f"{_shown(value.get(name))}: {reason[0].lower()}{reason[1:]}")


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _check_storable(value: Any, field: str = "") -> None:
    """Raises Rejected where a text or a number is one that JSON can say but nothing can hold."""
    if isinstance(value, dict):
        for name, part in value.items():
            _check_storable(part, field or name)
    elif isinstance(value, list):
        for part in value:
            _check_storable(part, field)
    elif isinstance(value, float) and math.isinf(value):
        raise Rejected(field, "an infinite number")
    elif isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Rejected(field, "half a surrogate pair") from None


def _check_texts(record: Event | Record) -> None:
    for name in record.__struct_fields__:
        value = getattr(record, name)
        for text in _texts_of(value):
            if "\0" in text:
                raise Rejected(name, "holds U+0000")
            if len(text) * 4 > STRING_LIMIT and len(text.encode()) > STRING_LIMIT:
                raise Rejected(name, f"has {len(text.encode()):,} bytes of UTF-8, at most {STRING_LIMIT:,} are taken")


def _texts_of(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for part in value for text in _texts_of(part)]
    if isinstance(value, Option):
        return _texts_of([value.optionId, value.text])
    return []


def checked(event: Event) -> int:
    """The number of the event's type. Raises Rejected where types alone did not tell what is wrong."""
    kind = event.eventType
    code = kind if isinstance(kind, int) else NAMED_EVENTS.get(kind)
    if code is None or (isinstance(kind, int) and not 0 <= kind <= INT32):
        raise Rejected("eventType", f"there is no event type {_shown(kind)}" if kind != "" else "missing")
    if not event.entryId and (isinstance(kind, int) or kind.startswith("room") or kind == "handRaised"):
        raise Rejected("entryId", "missing; player and room events need one")
    if event.playTime and event.playTime > PLAY_TIME_LIMIT:
        raise Rejected(
            "playTime", f"{event.playTime:g} s since the previous heartbeat; at most {PLAY_TIME_LIMIT:g} are taken"
        )
    return code


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
