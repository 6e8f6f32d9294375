"""The golden files say what the code says; the documents are valid by their own standards."""

import json
import re
import sys

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import validate

from hub import asyncapi, golden
from hub.core import roles
from realtime import codes, wire
from schemas import catalogue
from schemas.catalogue import ASKABLE
from schemas.seating import SeatParty

ASYNCAPI_SCHEMA = golden.ROOT / "tests/vendor/asyncapi-3.0.0.schema.json"


@pytest.fixture(scope="module")
def socket_document():
    return json.loads((golden.ROOT / "schemas/golden/asyncapi.json").read_text())


def parts(thing, at=()):
    """Every object in a document, with the way to it."""
    if isinstance(thing, dict):
        yield at, thing
        for key, part in thing.items():
            yield from parts(part, (*at, key))
    elif isinstance(thing, list):
        for index, part in enumerate(thing):
            yield from parts(part, (*at, index))


def follow(document, ref):
    assert ref.startswith("#/"), ref
    for step in ref[2:].split("/"):
        document = document[step]
    return document


def test_golden_files_are_current():
    odd = [path.name for path, text in golden.files().items() if not path.exists() or path.read_text() != text]
    assert not odd, f"run `make golden` and look at the difference in {odd}"


def test_openapi_is_valid_and_has_every_command():
    document = json.loads((golden.ROOT / "schemas/golden/openapi.json").read_text())
    validate(document)
    assert {f"/api/commands/{name}" for name in ASKABLE} <= set(document["paths"])


def test_json_schema_is_valid_and_tells_good_from_bad():
    schema = json.loads((golden.ROOT / "schemas/golden/wire.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    seat = jsonschema.Draft202012Validator({"$ref": "#/$defs/SeatParty", "$defs": schema["$defs"]})
    good = {"command": "seat_party", "site_id": "s1", "key": "12345678", "table_ids": ["t1"], "covers": 4}
    assert seat.is_valid(good)
    assert not seat.is_valid({**good, "covers": 21})
    assert not seat.is_valid({**good, "colour": "red"})


def test_asyncapi_is_valid_by_its_own_standard(socket_document):
    standard = json.loads(ASYNCAPI_SCHEMA.read_text())
    wrong = jsonschema.Draft7Validator(standard).iter_errors(socket_document)
    assert not [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:200]}" for fault in wrong]
    jsonschema.Draft7Validator.check_schema({"definitions": socket_document["components"]["schemas"]})


def test_asyncapi_refers_to_what_is_there_and_operations_stay_on_their_channel(socket_document):
    """What the standard asks for in prose, and its schema cannot see."""
    for _, part in parts(socket_document):
        if isinstance(part.get("$ref"), str):
            follow(socket_document, part["$ref"])
    for channel in socket_document["channels"].values():
        assert set(re.findall(r"{(\w+)}", channel["address"])) == set(channel.get("parameters", ()))
    told = {}
    for name, operation in socket_document["operations"].items():
        for end in filter(None, (operation, operation.get("reply"))):
            for message in end["messages"]:
                assert message["$ref"].startswith(f"{end['channel']['$ref']}/messages/"), name
                told[message["$ref"]] = name
    messages = {
        f"#/channels/{c}/messages/{m}" for c, said in socket_document["channels"].items() for m in said["messages"]
    }
    assert told.keys() == messages, "a message nobody sends or receives"


def test_asyncapi_examples_are_what_they_are_examples_of(socket_document):
    found = 0
    for way, message in parts(socket_document["channels"]):
        for example in message.get("examples", ()) if "payload" in message else ():
            schema = socket_document | {"$ref": "/".join(("#/channels", *way, "payload"))}
            jsonschema.Draft7Validator(schema).validate(example["payload"])
            found += 1
    assert found >= len(asyncapi.EXAMPLES)


def test_screens_need_not_say_a_commands_name_twice():
    """The path or the method has it; the words of the journal always do."""
    declared = golden.typescript()
    assert '"command"?: "seat_party"' in declared and '"command": "' not in declared
    assert "command" in golden.components("{name}")["SeatParty"]["required"]


def test_asyncapi_has_every_request_channel_command_and_code(socket_document):
    taken = {field.encode_name for field in msgspec.structs.fields(wire.Command)} - {"id"}
    assert taken == asyncapi.REQUESTS.keys() | asyncapi.NOT_TAKEN.keys()
    assert roles.CHANNEL_READ.keys() | {"socket", "commands"} == socket_document["channels"].keys()
    for_guests = {"answer_ticket", "cancel_own", "move_own", "scan_table", "send_code", "try_code"}
    assert ASKABLE.keys() - for_guests <= socket_document["operations"].keys()
    assert not for_guests & socket_document["operations"].keys()
    errors, *ends = (socket_document[kind] for kind in ("x-errors", "x-disconnects", "x-unsubscribes"))
    listed = {said["code"] for said in [*errors, *ends[0], *ends[1]]}
    assert {why.code for why in vars(codes).values() if isinstance(why, codes.Error | codes.Close)} <= listed
    assert {109, 102} <= listed, "the gate's own"
    again = {said["code"] for said in [*ends[0], *ends[1]] if said["again"]}
    assert {3008, 2500} <= again
    assert not {1009, 3500, 2000} & again


def test_the_page_on_the_protocol_tells_every_request_code_and_limit(socket_document):
    page = (golden.ROOT / "docs/protocol.md").read_text()
    assert {name for name in (*asyncapi.REQUESTS, *asyncapi.NOT_TAKEN) if f"`{name}`" not in page} == {"ping"}
    lists = (socket_document[kind] for kind in ("x-errors", "x-disconnects", "x-unsubscribes"))
    told = {int(code) for code in re.findall(r"^\| (\d+)\*? \|", page, re.MULTILINE)}
    assert told == {said["code"] for listed in lists for said in listed}
    for name, limit in socket_document["x-limits"].items():
        assert re.search(rf"(?<!\d)(?<!\d ){limit:,}(?! ?\d)".replace(",", " "), page), f"{name} is {limit}"


@pytest.mark.parametrize("change", ["a field of a command", "a request of the protocol", "a code"])
def test_a_changed_word_fails_the_check(change, monkeypatch, capsys):
    """F-RT-03: nobody changes what others read without a golden file that says so."""
    if change == "a field of a command":
        changed = msgspec.defstruct(
            "SeatParty", [("colour", str | None, None)], bases=(SeatParty,), frozen=True, kw_only=True, tag="seat_party"
        )  # fmt: skip
        for words in (catalogue.COMMANDS, catalogue.ASKABLE):
            monkeypatch.setitem(words, "seat_party", changed)
        expected = {"openapi.json", "asyncapi.json", "wire.schema.json", "wire.d.ts"}
    elif change == "a request of the protocol":
        requests = {field.name: field.type for field in msgspec.structs.fields(wire.Command)}
        requests["rpc"] = wire.Publish | None
        monkeypatch.setattr(wire, "Command", msgspec.defstruct("Command", requests.items()))
        expected = {"asyncapi.json"}
    else:
        monkeypatch.setattr(codes, "ERRORS", (*codes.ERRORS, codes.Error(190, "too tired")))
        expected = {"asyncapi.json"}
    monkeypatch.setattr(sys, "argv", ["golden", "--check"])
    assert golden.main() == 1
    said = capsys.readouterr().out
    assert {file.rsplit("/", 1)[1] for file in said.removeprefix("differs: ").strip().split(", ")} == expected
