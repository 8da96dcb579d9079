"""Checks answers against the Ministry's OpenAPI document, where that document is at hand."""

import base64
import binascii
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT = Path(__file__).resolve().parents[4] / "shared" / "ksef" / "openapi-2.9.0-te.json"
DOCUMENT_URI = "urn:openapi"
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)")


class BreachOfContract(AssertionError):
    """The simulator answered what KSeF never would."""


class Contract:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._schemas = _translated(document["components"]["schemas"])
        resource = DRAFT202012.create_resource({"components": {"schemas": self._schemas}})
        self._registry = Registry().with_resource(DOCUMENT_URI, resource).crawl()
        self._paths = [
            (re.compile(re.sub(r"\{(\w+)\}", r"[^/]+", template) + "/?"), template)
            for template in document["paths"]
        ]
        self._formats = jsonschema.FormatChecker(formats=())
        self._formats.checks("date-time")(_is_date_time)
        self._formats.checks("date", ValueError)(lambda text: bool(datetime.fromisoformat(text)))
        self._formats.checks("byte")(_is_base64)
        self._formats.checks("uri")(lambda text: text.startswith(("http://", "https://")))

    @classmethod
    def load(cls) -> "Contract | None":
        return cls(json.loads(DOCUMENT.read_text())) if DOCUMENT.is_file() else None

    def operations(self) -> dict[str, dict[str, Any]]:
        """By name, as in "GET /sessions"."""
        return {
            f"{method.upper()} {template}": described
            for template, methods in self.document["paths"].items()
            for method, described in methods.items()
        }

    def name_of(self, method: str, path: str) -> str:
        """Of an operation below /v2.  Raises BreachOfContract."""
        fitting = [
            template
            for pattern, template in self._paths
            if pattern.fullmatch(path) and method.lower() in self.document["paths"][template]
        ]
        if not fitting:
            raise BreachOfContract(f"the contract has no operation {method} {path}")
        return f"{method} {min(fitting, key=lambda template: template.count('{'))}"

    def check(
        self, method: str, path: str, status: int, headers: dict[str, str], body: bytes
    ) -> str:
        """The operation's name.  Raises BreachOfContract."""
        name = self.name_of(method, path)
        answers = self.operations()[name]["responses"]
        if str(status) not in answers:
            raise BreachOfContract(f"{name} never answers {status}: {body[:300]!r}")
        described = answers[str(status)]
        for header, description in described.get("headers", {}).items():
            if header.lower() == "x-system-warning":
                continue
            if header.lower() not in headers:
                raise BreachOfContract(f"{name} {status} lacks the header {header}")
            value: Any = headers[header.lower()]
            schema = _translated(description["schema"])
            if self._resolved(schema).get("type") == "integer":
                value = int(value)
            self._validate(value, schema, f"{name} {status} header {header}")
        self._check_body(name, status, described.get("content"), headers, body)
        return name

    def _check_body(
        self,
        name: str,
        status: int,
        content: dict[str, Any] | None,
        headers: dict[str, str],
        body: bytes,
    ) -> None:
        if content is None:
            if body:
                raise BreachOfContract(f"{name} {status} has no body in the contract: {body!r}")
            return
        media_type = headers.get("content-type", "").split(";")[0]
        if media_type not in content:
            raise BreachOfContract(f"{name} {status} came as {media_type!r}, not {list(content)}")
        value = json.loads(body) if "json" in media_type else body.decode()
        self._validate(value, _translated(content[media_type]["schema"]), f"{name} {status}")

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        reference = schema.get("$ref", "")
        return self._schemas[reference.rsplit("/", 1)[1]] if reference else schema

    def _validate(self, value: Any, schema: dict[str, Any], place: str) -> None:
        validator = jsonschema.Draft202012Validator(
            schema, registry=self._registry, format_checker=self._formats
        )
        problems = [
            f"{place}: at {'/'.join(map(str, error.absolute_path)) or 'the top'}: {error.message}"
            for error in validator.iter_errors(value)
        ]
        if problems:
            raise BreachOfContract("\n".join(problems))


def _translated(schema: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema: null, and no properties beyond those described."""
    if isinstance(schema, list):
        return [_translated(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _translated(value) for key, value in schema.items() if key != "nullable"}
    if isinstance(schema.get("$ref"), str):
        result["$ref"] = DOCUMENT_URI + schema["$ref"]
    if "properties" in schema and "additionalProperties" not in schema and "allOf" not in schema:
        result["additionalProperties"] = False
    if schema.get("nullable") is True:
        return {"anyOf": [result, {"type": "null"}]}
    return result


def _is_date_time(text: str) -> bool:
    return isinstance(text, str) and _DATE_TIME.fullmatch(text) is not None


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
