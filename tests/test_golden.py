"""The golden files say what the code says; the documents are valid by their own standards."""

import json

import jsonschema
from openapi_spec_validator import validate

from hub import golden
from schemas.catalogue import ASKABLE


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
