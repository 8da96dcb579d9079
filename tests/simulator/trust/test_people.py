"""Who may do what."""

import json

import pytest

from simulator.people import ACCOUNTANT, OWNER, PERMISSIONS, People, valid_nip, valid_pesel
from simulator.signatures import Identity

NIP = "5265877635"
OTHER = "1111111111"
NEW = {
    "key": "new",
    "firstName": "Ewa",
    "lastName": "Maj",
    "pesel": "85510100000",
    "permissions": ["InvoiceRead"],
    "contexts": [NIP],
}


@pytest.fixture
def people():
    return People()


def test_the_first_three(people):
    owner, accountant, stranger = (
        people.persons[key] for key in ("owner", "accountant", "stranger")
    )
    assert [p.name for p in (owner, accountant, stranger)] == [
        "Jan Kowalski",
        "Anna Nowak",
        "Piotr Zieliński",
    ]
    assert all(valid_pesel(p.pesel) for p in people.persons.values())
    assert people.permissions(owner.identity, NIP) == OWNER
    assert people.is_owner(owner.identity, OTHER)
    assert people.permissions(accountant.identity, NIP) == ACCOUNTANT
    assert not people.is_owner(accountant.identity, NIP)
    assert people.permissions(stranger.identity, NIP) == set()


def test_a_certificate_owns_its_own_nip(people):
    seal = Identity("Nip", nip=NIP)
    assert people.permissions(seal, NIP) == OWNER
    assert people.permissions(seal, OTHER) == set()


def test_a_fingerprint_has_what_it_was_granted(people):
    someone = Identity("Fingerprint", fingerprint="AB" * 32)
    assert people.permissions(someone, NIP) == set()
    people.grant("Fingerprint", "AB" * 32, NIP, ["InvoiceWrite"])
    assert people.permissions(someone, NIP) == {"InvoiceWrite"}
    assert people.permissions(someone, OTHER) == set()
    assert people.revoke("Fingerprint", "AB" * 32, NIP) == 1
    assert people.permissions(someone, NIP) == set()


def test_adding_a_person(people):
    shown = people.add(NEW)
    assert shown == {**NEW, "nip": None}
    assert shown in people.as_json()
    person = people.persons["new"]
    assert people.permissions(person.identity, NIP) == {"InvoiceRead"}
    assert people.permissions(person.identity, OTHER) == set()
    people.add({**NEW, "permissions": "owner", "contexts": "*"})
    assert people.permissions(person.identity, OTHER) == OWNER


def test_a_sole_trader_owns_the_nip_tied_to_the_pesel(people):
    people.add({**NEW, "nip": OTHER, "permissions": [], "contexts": "*"})
    person = people.persons["new"]
    assert people.permissions(person.identity, OTHER) == OWNER
    assert people.permissions(person.identity, NIP) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"pesel": "85510100008"},
        {"pesel": "8551010000"},
        {"pesel": None},
        {"nip": "1234567890"},
        {"permissions": ["Everything"]},
        {"permissions": "InvoiceRead"},
        {"contexts": ["123"]},
        {"contexts": NIP},
        {"contexts": [5]},
        {"permissions": [{}]},
        {"permissions": None},
        {"firstName": ""},
        {"key": 5},
    ],
)
def test_a_wrong_person_changes_nothing(people, change):
    before = people.dump()
    with pytest.raises(ValueError):
        people.add({**NEW, **change})
    assert people.dump() == before


def test_kept_between_two_runs(people):
    people.add(NEW)
    saved = json.loads(json.dumps(people.dump()))
    assert People.load(saved).dump() == people.dump()


def test_check_digits():
    assert valid_nip(NIP)
    assert not valid_nip("5265877636")
    assert not valid_nip("٥265877635")
    assert not valid_pesel("")
    assert OWNER < PERMISSIONS
