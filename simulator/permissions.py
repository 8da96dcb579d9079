"""The caller's own permissions."""

from __future__ import annotations

import uuid
from typing import Any

from simulator.auth import current_permissions, is_owner
from simulator.clock import iso_seconds
from simulator.operations import Answer, Call, operation
from simulator.practice_pki import VALID_FROM
from simulator.reading import Fields, whole_number_of_query

_SCOPES = ("CredentialsManage", "CredentialsRead", "InvoiceWrite", "InvoiceRead", "Introspection",
           "SubunitManage", "EnforcementOperations", "VatUeManage",
           "CollectiveIdentifierManage")  # fmt: skip
_NAMESPACE = uuid.UUID("5d0f5c7e-5d0b-4d8e-9d3a-0f9c1f6f2a11")


@operation("POST /permissions/query/personal/grants")
def personal_grants(call: Call) -> Answer:
    offset = whole_number_of_query(call.query, "pageOffset", default=0, least=0)
    size = whole_number_of_query(call.query, "pageSize", default=10, least=10, most=100)
    body = Fields.of_body(call.body or b"{}")
    wanted = body.choices("permissionTypes", _SCOPES)
    active = not body.has("permissionState") or (
        body.choice("permissionState", ("Active", "Inactive")) == "Active"
    )
    held = current_permissions(call.world, call.caller)
    owner = is_owner(call.world, call.caller)
    # an owner's rights are no grants: they stand in a list of their own
    granted = [] if owner or not active else sorted(held)
    if wanted:
        granted = [scope for scope in granted if scope in wanted]
    shown = granted[offset * size : (offset + 1) * size]
    content: dict[str, Any] = {
        "permissions": [_as_json(call, scope) for scope in shown],
        "hasMore": len(granted) > (offset + 1) * size,
    }
    if owner:
        content["ownerPermissions"] = sorted(held - {"VatUeManage"})
    return Answer(200, content)


def _as_json(call: Call, scope: str) -> dict[str, Any]:
    subject, context = call.caller.subject, call.caller.context
    content: dict[str, Any] = {
        "id": str(uuid.uuid5(_NAMESPACE, f"{subject.key}/{context}/{scope}")),
        "permissionScope": scope,
        "description": f"Uprawnienie {scope}",
        "permissionState": "Active",
        "startDate": iso_seconds(VALID_FROM),
        "canDelegate": False,
    }
    if call.caller.context_type in ("Nip", "InternalId"):
        content["contextIdentifier"] = {"type": call.caller.context_type, "value": context}
    if subject.kind == "Pesel":
        content["subjectPersonDetails"] = {
            "subjectDetailsType": "PersonByIdentifier",
            "firstName": subject.first_name,
            "lastName": subject.last_name,
        }
    return content
