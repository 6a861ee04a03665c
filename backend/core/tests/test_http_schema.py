"""This file holds the tests of the API's description: valid, complete, kept, and readable without a network."""

import copy
import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from core.http.contract import broken_promises
from core.http.docs import described
from core.http.envelope import as_json
from core.testing.fixtures import client_of


@pytest.fixture(scope="module")
def document():
    return json.loads(as_json(described()))


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_description_is_valid_openapi(document):
    OpenAPIV31SpecValidator(document).validate()


def test_making_it_warns_of_nothing(capsys):
    described.cache_clear()
    described()
    assert capsys.readouterr().err == ""


def test_every_operation_names_its_permission_or_is_public(document):
    silent = [
        name
        for name, operation in operations(document)
        if not (operation.get("x-permission") or operation.get("security") == [])
    ]
    assert silent == []
    assert document["paths"]["/api/v1/faculties/"]["post"]["x-permission"] == "faculties.add_faculty"
    assert document["paths"]["/api/v1/faculties/"]["post"]["security"] == [{"token": []}]
    assert document["paths"]["/api/v1/auth/sign-in/"]["post"]["security"] == []


def test_only_the_versioned_addresses_are_described(document):
    assert {path[:8] for path in document["paths"]} == {"/api/v1/"}


def test_no_two_operations_share_a_name(document):
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_json_answer_is_in_the_envelope(document):
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            for media in answer.get("content", {}).values():
                schema = media["schema"]
                if "$ref" in schema:
                    schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
                assert set(schema["properties"]) == {"status", "data", "meta", "errors"}, (name, status)


def test_every_schema_has_an_example_that_it_allows(document):
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        assert schema["examples"], name
        whole = {"components": {"schemas": schemas}, "$ref": f"#/components/schemas/{name}"}
        for example in schema["examples"]:
            Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(example)


def test_a_list_tells_what_it_may_be_asked(document):
    parameters = {one["name"]: one for one in document["paths"]["/api/v1/departments/"]["get"]["parameters"]}
    assert set(parameters) == {
        "X-Institution", "limit", "cursor", "ordering", "count", "search", "fields", "expand",
        "institution", "faculty", "faculty__in", "code", "code__in",
        "closed_on__isnull", "closed_on__lt", "closed_on__gte",
    }  # fmt: skip
    assert parameters["expand"]["schema"]["items"]["enum"] == ["faculty", "merged_into"]
    assert parameters["ordering"]["schema"]["enum"] == ["id", "-id", "name", "-name"]
    assert parameters["closed_on__lt"]["schema"] == {"type": "string", "format": "date"}


def test_the_schema_is_served_to_anybody():
    answer = client_of().get("/api/v1/schema/")
    assert answer.status_code == 200
    assert answer.json()["info"]["version"] == answer["API-Version"]


def test_the_page_of_the_docs_needs_no_network():
    page = client_of().get("/api/v1/docs/")
    assert page.status_code == 200
    assert page["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    addresses = re.findall(r'(?:src|href|data-schema)="([^"]+)"', page.content.decode())
    assert len(addresses) == 5
    for address in addresses:
        assert address == "/api/v1/schema/" or finders.find(address.removeprefix("/static/")), address


# --- What was released is kept ---
def operation_of(document, address="/api/v1/faculties/", method="get"):
    return document["paths"][address][method]


def schema_of(document, name):
    return document["components"]["schemas"][name]


def remove_path(new):
    del new["paths"]["/api/v1/faculties/"]


def remove_operation(new):
    del new["paths"]["/api/v1/faculties/"]["post"]


def remove_shown_field(new):
    del schema_of(new, "Faculty")["properties"]["name"]


def remove_taken_field(new):
    del schema_of(new, "FacultyRequest")["properties"]["name"]


def require_a_field(new):
    schema_of(new, "FacultyRequest")["properties"]["motto"] = {"type": "string"}
    schema_of(new, "FacultyRequest")["required"].append("motto")


def change_a_type(new):
    schema_of(new, "Faculty")["properties"]["name"] = {"type": "integer"}


def shorten_a_text(new):
    schema_of(new, "FacultyRequest")["properties"]["name"]["maxLength"] = 10


def narrow_a_choice(new):
    schema_of(new, "InstitutionRequest")["properties"]["type"]["enum"].remove("vocational")


def remove_a_parameter(new):
    parameters = operation_of(new)["parameters"]
    parameters.remove(next(one for one in parameters if one["name"] == "search"))


def require_a_parameter(new):
    operation_of(new)["parameters"].append({"name": "x", "in": "query", "required": True, "schema": {"type": "string"}})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (remove_path, "GET /api/v1/faculties/ is gone."),
        (remove_operation, "POST /api/v1/faculties/ is gone."),
        (remove_shown_field, "no longer shows name."),
        (remove_taken_field, "no longer takes name."),
        (require_a_field, "now requires motto."),
        (change_a_type, "may now be integer."),
        (shorten_a_text, "now has maxLength 10."),
        (narrow_a_choice, "no longer takes vocational."),
        (remove_a_parameter, "no longer takes the parameter search."),
        (require_a_parameter, "now requires the parameter x."),
    ],
)
def test_a_breaking_change_is_found(document, change, words):
    new = copy.deepcopy(document)
    change(new)
    assert any(words in problem for problem in broken_promises(document, new))


def add_a_field(new):
    schema_of(new, "Faculty")["properties"]["motto"] = {"type": "string"}
    schema_of(new, "FacultyRequest")["properties"]["motto"] = {"type": "string"}


def add_an_operation(new):
    new["paths"]["/api/v1/new/"] = {"get": operation_of(new)}


def widen_a_text(new):
    schema_of(new, "FacultyRequest")["properties"]["name"]["maxLength"] = 10_000


@pytest.mark.parametrize("change", [add_a_field, add_an_operation, widen_a_text])
def test_growing_breaks_nothing(document, change):
    new = copy.deepcopy(document)
    change(new)
    assert broken_promises(document, new) == []


def test_the_command_writes_and_checks(tmp_path):
    with pytest.raises(CommandError, match=r"run `manage\.py openapi`"):
        call_command("openapi", "--check", folder=tmp_path)
    call_command("openapi", "--release", folder=tmp_path)
    call_command("openapi", "--check", folder=tmp_path)
    promise = tmp_path / "released" / "1.0.0.json"
    promised = json.loads(promise.read_text())
    promised["paths"]["/api/v1/gone/"] = {"get": {"responses": {}}}
    promise.write_text(json.dumps(promised))
    with pytest.raises(CommandError, match="GET /api/v1/gone/ is gone"):
        call_command("openapi", "--check", folder=tmp_path)
