"""Requests for a unit of a company, for an EU entity, and by fingerprint."""

import pytest

from ksef import certificates, environments, xades

UNIT, ENTITY = "5265877635-12345", "5265877635-DE123456789"


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"internal_id": UNIT}, f"<InternalId>{UNIT}</InternalId>"),
        ({"nip_vat_ue": ENTITY}, f"<NipVatUe>{ENTITY}</NipVatUe>"),
        ({"nip": "5265877635"}, "<Nip>5265877635</Nip>"),
    ],
)
def test_the_request_names_its_context(challenge, context, expected):
    text = xades.auth_token_request(challenge, **context).decode()
    assert f"<ContextIdentifier>{expected}</ContextIdentifier>" in text
    assert "<SubjectIdentifierType>certificateSubject</SubjectIdentifierType>" in text
    text = xades.auth_token_request(challenge, **context, by_fingerprint=True).decode()
    assert "<SubjectIdentifierType>certificateFingerprint</SubjectIdentifierType>" in text


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"nip": "5265877635", "internal_id": UNIT},
        {"internal_id": "5265877635"},
        {"internal_id": "5265877635-12345\n"},
        {"nip_vat_ue": UNIT},
        {"nip_vat_ue": "5265877635-IE1<12345X"},
    ],
)
def test_it_takes_nothing_else(challenge, context):
    with pytest.raises(ValueError, match=r"one of|no InternalId|no NipVatUe"):
        xades.auth_token_request(challenge, **context)


@pytest.fixture
def signed(challenge):
    made = certificates.self_signed_person("Łucja", "Żółć", "90010112349")

    def signed(**context):
        request = xades.auth_token_request(challenge, **context)
        return xades.sign(request, made.key, made.certificate)

    return signed


def codes(examination):
    return [problem.code for problem in examination.problems]


def test_what_was_signed_is_compared(signed, challenge):
    test = {"environment": environments.TEST}
    for context, kind, value in (
        ({"internal_id": UNIT}, "InternalId", UNIT),
        ({"nip_vat_ue": ENTITY}, "NipVatUe", ENTITY),
        ({"nip": "5265877635"}, "Nip", "5265877635"),
    ):
        got = xades.examine(signed(**context), challenge, **context, **test)
        assert codes(got) == []
        assert (got.context_type, got.context) == (kind, value)
        assert got.nip == (value if kind == "Nip" else "")
        assert got.signer.masked_pesel == "*******2349"
        # nothing to compare with
        assert codes(xades.examine(signed(**context), challenge, **test)) == []


@pytest.mark.parametrize(
    ("made_for", "wanted", "code", "words"),
    [
        ({"internal_id": UNIT}, {"nip": "5265877635"}, "context_other", "InternalId"),
        ({"nip": "5265877635"}, {"internal_id": UNIT}, "context_other", "Nip instead of Int"),
        ({"nip_vat_ue": ENTITY}, {"internal_id": UNIT}, "context_other", "NipVatUe instead"),
        ({"internal_id": UNIT}, {"internal_id": "5265877635-54321"}, "identifier_other", UNIT),
        ({"nip_vat_ue": ENTITY}, {"nip_vat_ue": "x"}, "identifier_other", ENTITY),
    ],
)
def test_another_context_is_a_wall(signed, challenge, made_for, wanted, code, words):
    got = xades.examine(signed(**made_for), challenge, **wanted, environment=environments.TEST)
    assert [problem.code for problem in got.walls] == [code]
    assert words in got.walls[0].message
    assert not got.ok
