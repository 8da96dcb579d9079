"""The people of the simulator and what they may do.

Permissions bear the names of OpenAPI's `PersonalPermissionScope`. A permission is granted to an
identifier (Pesel, Nip or Fingerprint) in one context NIP, or in all of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .signatures import Identity

PERMISSIONS = frozenset(
    {
        "CredentialsManage",
        "CredentialsRead",
        "InvoiceWrite",
        "InvoiceRead",
        "Introspection",
        "SubunitManage",
        "EnforcementOperations",
        "VatUeManage",
        "CollectiveIdentifierManage",
    }
)
# The owner holds everything about invoices and administration; VatUeManage belongs to an EU
# entity's administrator and EnforcementOperations to bailiffs and enforcement authorities.
OWNER = PERMISSIONS - {"VatUeManage", "EnforcementOperations"}
ACCOUNTANT = frozenset({"InvoiceRead", "InvoiceWrite"})

_PESEL_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
_NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True)
class Person:
    """Somebody who can sign. `nip` is the sole trader's own: its holder owns that context."""

    key: str
    first_name: str
    last_name: str
    pesel: str
    nip: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def identity(self) -> Identity:
        return Identity("Pesel", self.first_name, self.last_name, self.pesel, self.nip)


@dataclass(frozen=True)
class Grant:
    """Permissions of one identifier in one context: a NIP, or an InternalId or NipVatUe.

    `context` None means every NIP and InternalId.
    """

    kind: str
    value: str
    context: str | None
    permissions: frozenset[str]


# Born between 2181 and 2186: well-formed numbers that no living person bears.
_FIRST = (
    (Person("owner", "Jan", "Kowalski", "81452317036"), OWNER),
    (Person("accountant", "Anna", "Nowak", "86510914420"), ACCOUNTANT),
    (Person("stranger", "Piotr", "Zieliński", "84421905155"), frozenset()),
)


class People:
    """The register of persons and permissions; the control API adds to it."""

    def __init__(self) -> None:
        self.persons: dict[str, Person] = {}
        self.grants: list[Grant] = []
        for person, permissions in _FIRST:
            self.persons[person.key] = person
            if permissions:
                self.grants.append(Grant("Pesel", person.pesel, None, permissions))

    def permissions(self, identity: Identity, context: str, kind: str = "Nip") -> set[str]:
        """What an identity may do in a context; nothing means status 415.

        `kind` is the type of the context. In an EU entity's (NipVatUe) only those have rights who
        were granted them there.
        """
        found: set[str] = set()
        everywhere = None if kind in ("Nip", "InternalId") else context
        for grant in self.grants:
            if (grant.kind, grant.value) == identity.key and grant.context in (everywhere, context):
                found |= grant.permissions
        if kind == "Nip" and context in self._own_contexts(identity):
            found |= OWNER
        return found

    def tied(self, key: tuple[str, str]) -> set[tuple[str, str]]:
        """An identifier with the NIP or PESEL that the tax register ties to it."""
        kind, value = key
        found = {key}
        for person in self.persons.values():
            pair = {("Pesel", person.pesel), ("Nip", person.nip)}
            if person.nip and (kind, value) in pair:
                found |= pair
        return found

    def is_owner(self, identity: Identity, nip: str) -> bool:
        """Whether the identity has the owner's rights in the context of a NIP."""
        return self.permissions(identity, nip) >= OWNER

    def find(self, identity: Identity) -> Person | None:
        """The registered person with this PESEL."""
        if identity.kind != "Pesel":
            return None
        return next((p for p in self.persons.values() if p.pesel == identity.pesel), None)

    def grant(
        self, kind: str, value: str, context: str | None, permissions: Iterable[str]
    ) -> Grant:
        """Grants permissions; ValueError for an unknown permission or identifier."""
        wanted = frozenset(permissions)
        if unknown := wanted - PERMISSIONS:
            raise ValueError(f"Unknown permission: {', '.join(sorted(unknown))}")
        if kind not in ("Pesel", "Nip", "Fingerprint"):
            raise ValueError(f"Unknown kind of identifier: {kind}")
        if context is not None and not valid_nip(context.partition("-")[0]):
            raise ValueError(f"Not a NIP: {context}")
        grant = Grant(kind, value, context, wanted)
        self.grants.append(grant)
        return grant

    def revoke(self, kind: str, value: str, context: str | None = None) -> int:
        """Takes back what an identifier was granted (in one context, or everything)."""
        kept = [
            grant
            for grant in self.grants
            if (grant.kind, grant.value) != (kind, value)
            or (context is not None and grant.context != context)
        ]
        taken = len(self.grants) - len(kept)
        self.grants = kept
        return taken

    def add(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Adds or replaces a person from the control API's JSON; ValueError says what is wrong.

        Keys: key, firstName, lastName, pesel, optional nip, permissions (list of names, or
        "owner"), contexts ("*" or a list of NIPs).
        """
        if not isinstance(body, Mapping):
            raise ValueError("A person is a JSON object")
        person = Person(
            key=_text(body, "key"),
            first_name=_text(body, "firstName"),
            last_name=_text(body, "lastName"),
            pesel=_text(body, "pesel"),
            nip=_text(body, "nip", required=False),
        )
        if not valid_pesel(person.pesel):
            raise ValueError(f"Not a PESEL: {person.pesel}")
        if person.nip and not valid_nip(person.nip):
            raise ValueError(f"Not a NIP: {person.nip}")
        contexts = body.get("contexts", "*")
        permissions = body.get("permissions", [])
        if permissions == "owner":
            permissions = OWNER
        if not _texts([] if contexts == "*" else contexts) or not _texts(permissions):
            raise ValueError("permissions and contexts are lists of texts")
        nips = [None] if contexts == "*" else contexts
        # Everything is checked before anything changes.
        wanted = [People.grant(People(), "Pesel", person.pesel, nip, permissions) for nip in nips]
        if old := self.persons.get(person.key):
            self.revoke("Pesel", old.pesel)
        self.revoke("Pesel", person.pesel)
        self.persons[person.key] = person
        self.grants.extend(grant for grant in wanted if grant.permissions)
        return self._person_json(person)

    def as_json(self) -> list[dict[str, Any]]:
        """The persons as the control API shows them, in the form that `add` takes."""
        return [self._person_json(person) for person in self.persons.values()]

    def dump(self) -> dict[str, Any]:
        """Everything, for keeping it between two runs."""
        return {
            "persons": [vars(person) for person in self.persons.values()],
            "grants": [
                {**vars(grant), "permissions": sorted(grant.permissions)} for grant in self.grants
            ],
        }

    @classmethod
    def load(cls, saved: Mapping[str, Any]) -> "People":
        """The register that `dump` wrote."""
        people = cls()
        people.persons = {p["key"]: Person(**p) for p in saved["persons"]}
        people.grants = []
        for saved_grant in saved["grants"]:
            grant = dict(saved_grant)
            if "nip" in grant:  # as older simulators wrote it
                grant["context"] = grant.pop("nip")
            people.grants.append(Grant(**{**grant, "permissions": frozenset(grant["permissions"])}))
        return people

    def _own_contexts(self, identity: Identity) -> set[str]:
        """The NIPs an identity owns: its certificate's, and the one tied to its PESEL."""
        if identity.kind == "Nip":
            return {identity.nip}
        person = self.find(identity)
        return {person.nip} - {""} if person else set()

    def _person_json(self, person: Person) -> dict[str, Any]:
        grants = [g for g in self.grants if (g.kind, g.value) == ("Pesel", person.pesel)]
        everywhere = any(g.context is None for g in grants) or not grants
        return {
            "key": person.key,
            "firstName": person.first_name,
            "lastName": person.last_name,
            "pesel": person.pesel,
            "nip": person.nip or None,
            "permissions": sorted({p for g in grants for p in g.permissions}),
            "contexts": "*" if everywhere else sorted({g.context for g in grants if g.context}),
        }


def valid_pesel(text: str) -> bool:
    """Eleven digits with the right check digit."""
    if len(text) != 11 or not text.isascii() or not text.isdigit():
        return False
    total = sum(w * int(d) for w, d in zip(_PESEL_WEIGHTS, text, strict=False))
    return (10 - total % 10) % 10 == int(text[10])


def valid_nip(text: str) -> bool:
    """Ten digits with the right check digit."""
    if len(text) != 10 or not text.isascii() or not text.isdigit():
        return False
    total = sum(w * int(d) for w, d in zip(_NIP_WEIGHTS, text, strict=False))
    return total % 11 == int(text[9])


def _texts(value: Any) -> bool:
    return isinstance(value, list | frozenset) and all(isinstance(item, str) for item in value)


def _text(body: Mapping[str, Any], key: str, *, required: bool = True) -> str:
    value = body.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} is missing")
    return value.strip()
