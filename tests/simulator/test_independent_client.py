"""A client that somebody else wrote, PyPI's ksef-client, goes the whole way."""

import base64
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

import ksef_client.http
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from ksef_caller import digest, fa3, wait
from ksef_client import KsefClient, KsefClientOptions
from ksef_client.exceptions import KsefApiError, KsefRateLimitError
from ksef_client.models import (
    CertificateEnrollmentStatusResponse,
    CertificateRevocationReason,
    CompressionType,
    EnrollCertificateRequest,
    FormCode,
    InvoiceQueryDateRange,
    InvoiceQueryFilters,
    KsefCertificateType,
    PublicKeyCertificate,
    QueryCertificatesRequest,
    RetrieveCertificatesRequest,
    RevokeCertificateRequest,
)
from ksef_client.services.csr import generate_csr_ec, generate_csr_rsa
from ksef_client.services.sessions import OnlineSessionHandle
from ksef_client.services.verification_link import VerificationLinkService
from ksef_client.services.workflows import (
    AuthCoordinator,
    BatchSessionWorkflow,
    OnlineSessionWorkflow,
)
from ksef_client.services.xades import XadesKeyPair
from ksef_client.utils.ksef_number import is_valid_ksef_number
from ksef_client.utils.zip_utils import build_tar_gz, build_zip
from ksef_running import Running
from lxml import etree

NIP = "9999999999"
FORM = FormCode(system_code="FA (3)", schema_version="1-0E", value="FA")


@pytest.fixture
def client(simulator: Running) -> Iterator[KsefClient]:
    options = KsefClientOptions(
        base_url=simulator.url,
        base_lighthouse_url=f"{simulator.url}/latarnia",
        # its guard against links into private networks would refuse any local simulator
        strict_presigned_url_validation=False,
        allow_private_network_presigned_urls=True,
    )
    with KsefClient(options) as made:
        yield made


def self_signed(kind: str) -> XadesKeyPair:
    """A company's seal, as the guide asks of certificates in the test environment."""
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if kind == "RSA":
        key = rsa.generate_private_key(65537, 2048)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "PL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sprzedawca sp. z o.o."),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"VATPL-{NIP}"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Sprzedawca sp. z o.o."),
        ]
    )
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return XadesKeyPair(
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
    )


def with_signature(client: KsefClient, simulator: Running, kind: str) -> str:
    return (
        AuthCoordinator(client.auth)
        .authenticate_with_xades_key_pair(
            key_pair=self_signed(kind),
            context_identifier_type="nip",
            context_identifier_value=NIP,
            subject_identifier_type="certificateSubject",
            poll_interval_seconds=0.05,
        )
        .access_token
    )


def with_token(client: KsefClient, simulator: Running, kind: str) -> str:
    key = newest_key(client, "KsefTokenEncryption")
    return (
        AuthCoordinator(client.auth)
        .authenticate_with_ksef_token(
            token=simulator.ksef_token(NIP),
            public_certificate=key.certificate,
            public_key_id=key.public_key_id,
            context_identifier_type="nip",
            context_identifier_value=NIP,
            poll_interval_seconds=0.05,
        )
        .access_token
    )


def newest_key(client: KsefClient, use: str) -> PublicKeyCertificate:
    keys = client.security.get_public_key_certificates()
    return max(
        (key for key in keys if use in {one.value for one in key.usage}),
        key=lambda key: key.valid_from,
    )


def open_session(client: KsefClient, access: str) -> OnlineSessionHandle:
    key = newest_key(client, "SymmetricKeyEncryption")
    return OnlineSessionWorkflow(client.sessions).open_session(
        form_code=FORM,
        public_certificate=key.certificate,
        public_key_id=key.public_key_id,
        access_token=access,
    )


@pytest.mark.parametrize(
    ("log_in", "kind"), [(with_signature, "RSA"), (with_signature, "EC"), (with_token, "")]
)
def test_it_goes_the_whole_way(
    client: KsefClient,
    simulator: Running,
    log_in: Callable[[KsefClient, Running, str], str],
    kind: str,
) -> None:
    access = log_in(client, simulator, kind)
    session = open_session(client, access)
    xml = fa3(issued="2026-11-02")
    reference = session.send_invoice(xml).reference_number
    done_when(lambda: session.get_invoice_status(reference).status.code)
    status = session.get_invoice_status(reference)
    assert (status.status.code, status.invoice_hash) == (200, digest(xml))
    assert is_valid_ksef_number(status.ksef_number)
    assert status.ksef_number.encode() in session.get_invoice_upo_by_ref(reference)
    session.close()
    done_when(lambda: session.get_status().status.code)
    page = session.get_status().upo.pages[0]
    receipt = session.get_upo(page.reference_number)
    assert etree.fromstring(receipt).tag.endswith("Potwierdzenie")
    fetched = client.invoices.get_invoice_bytes(status.ksef_number, access_token=access)
    assert (fetched.content, fetched.sha256_base64) == (xml, digest(xml))


@pytest.mark.parametrize("kind", [CompressionType.ZIP, CompressionType.TARGZ])
def test_it_sends_a_package(
    client: KsefClient,
    simulator: Running,
    monkeypatch: pytest.MonkeyPatch,
    kind: CompressionType,
) -> None:
    # the guard mentioned above never lets a part go to this machine, whatever the options say
    monkeypatch.setattr(ksef_client.http, "_validate_presigned_url_security", lambda *_: None)
    files = {f"{name}.xml": fa3(number=name, issued="2026-11-02") for name in ("A", "B", "C")}
    archive = build_zip(files) if kind == CompressionType.ZIP else build_tar_gz(files)
    key = newest_key(client, "SymmetricKeyEncryption")
    session = BatchSessionWorkflow(client.sessions, client.http_client).open_session(
        form_code=FORM,
        archive_bytes=archive,
        compression_type=kind,
        public_certificate=key.certificate,
        public_key_id=key.public_key_id,
        access_token=with_token(client, simulator, ""),
        offline_mode=True,
    )
    session.upload_parts(parallelism=2)
    session.close()
    done_when(lambda: session.get_status().status.code)
    status = session.get_status()
    assert (status.status.code, status.successful_invoice_count) == (200, 3)
    listed = session.list_invoices().invoices
    assert {one.invoice_file_name: one.invoice_hash for one in listed} == {
        name: digest(data) for name, data in files.items()
    }
    assert {one.invoicing_mode.value for one in listed} == {"Offline"}
    receipt = session.get_upo(status.upo.pages[0].reference_number)
    assert all(one.ksef_number.encode() in receipt for one in listed)


def test_it_understands_a_duplicate_and_lists(client: KsefClient, simulator: Running) -> None:
    session = open_session(client, with_token(client, simulator, ""))
    xml = fa3(issued="2026-11-02")
    references = [session.send_invoice(xml).reference_number for _ in range(2)]
    for reference in references:
        done_when(lambda reference=reference: session.get_invoice_status(reference).status.code)
    codes = [invoice.status.code for invoice in session.list_invoices().invoices]
    assert codes == [200, 440]
    failed = session.list_failed_invoices().invoices
    assert [invoice.reference_number for invoice in failed] == references[1:]


def test_it_queries_metadata(client: KsefClient, simulator: Running) -> None:
    access = with_token(client, simulator, "")
    session = open_session(client, access)
    reference = session.send_invoice(fa3(issued="2026-11-02")).reference_number
    done_when(lambda: session.get_invoice_status(reference).status.code)
    window = InvoiceQueryDateRange(
        date_type="PermanentStorage",
        from_=(simulator.world.now() - timedelta(days=1)).isoformat(),
    )
    filters = InvoiceQueryFilters(subject_type="Subject1", date_range=window)
    found = client.invoices.query_invoice_metadata(filters, access_token=access)
    assert [invoice.invoice_number for invoice in found.invoices] == ["FV/2026/1"]


def test_it_understands_refusals(client: KsefClient, simulator: Running) -> None:
    access = with_token(client, simulator, "")
    with pytest.raises(KsefApiError) as refused:
        client.sessions.get_session_status(
            "20261120-SO-0000000000-0000000000-00", access_token=access
        )
    assert refused.value.status_code == 400
    assert "21173" in str(refused.value.response_body)
    simulator.fault("limited", times=1, seconds=17)
    with pytest.raises(KsefRateLimitError) as limited:
        client.sessions.get_sessions(session_type="Online", access_token=access)
    assert limited.value.retry_after == 17


def test_it_reads_latarnia(client: KsefClient, simulator: Running) -> None:
    assert client.lighthouse.get_status().status.value == "AVAILABLE"
    simulator.control("POST", "latarnia", {"status": "FAILURE"})
    assert client.lighthouse.get_status().status.value == "FAILURE"
    assert client.lighthouse.get_messages()[0].type.value == "FAILURE_START"


def done_when(code: Callable[[], int]) -> None:
    wait(lambda: {"status": {"code": code()}})


def test_it_enrols_a_certificate_and_logs_in_with_it(
    client: KsefClient, simulator: Running
) -> None:
    access = with_signature(client, simulator, "EC")
    assert client.certificates.get_limits(access).can_request
    pair, serial = enrolled(client, access, "Authentication")
    own = AuthCoordinator(client.auth).authenticate_with_xades_key_pair(
        key_pair=pair,
        context_identifier_type="nip",
        context_identifier_value=NIP,
        subject_identifier_type="certificateSubject",
        poll_interval_seconds=0.05,
    )
    listed = client.certificates.query_certificates(
        QueryCertificatesRequest(type=KsefCertificateType.AUTHENTICATION), access_token=access
    )
    assert [one.certificate_serial_number for one in listed.certificates] == [serial]
    client.certificates.revoke_certificate(
        serial,
        RevokeCertificateRequest(revocation_reason=CertificateRevocationReason.SUPERSEDED),
        access_token=own.access_token,
    )
    listed = client.certificates.query_certificates(QueryCertificatesRequest(), access_token=access)
    assert [one.status.value for one in listed.certificates] == ["Revoked"]


@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_its_second_qr_code_is_confirmed(client: KsefClient, simulator: Running, kind: str) -> None:
    access = with_signature(client, simulator, "EC")
    pair, serial = enrolled(client, access, "Offline", kind)
    options = KsefClientOptions(base_url=simulator.url, base_qr_url=simulator.url)
    link = VerificationLinkService(options).build_certificate_verification_url(
        seller_nip=NIP,
        context_identifier_type="Nip",
        context_identifier_value=NIP,
        certificate_serial=serial,
        invoice_hash=digest(b"faktura"),
        private_key_pem=pair.private_key_pem,
    )
    assert requests.get(link, timeout=10).status_code == 200
    assert requests.get(link[:-3] + "AAA", timeout=10).status_code == 404


def enrolled(
    client: KsefClient, access: str, use: str, kind: str = "EC"
) -> tuple[XadesKeyPair, str]:
    data = client.certificates.get_enrollment_data(access).to_dict()
    made = generate_csr_ec(data) if kind == "EC" else generate_csr_rsa(data)
    request = EnrollCertificateRequest(
        certificate_name="Certyfikat z testu",
        certificate_type=KsefCertificateType(use),
        csr=made.csr_base64,
    )
    sent = client.certificates.send_enrollment(request, access_token=access)
    reference = sent.reference_number

    def status() -> CertificateEnrollmentStatusResponse:
        return client.certificates.get_enrollment_status(reference, access_token=access)

    done_when(lambda: status().status.code)
    serial = status().certificate_serial_number
    assert serial is not None
    (got,) = client.certificates.retrieve_certificate(
        RetrieveCertificatesRequest(certificate_serial_numbers=[serial]), access_token=access
    ).certificates
    certificate = x509.load_der_x509_certificate(base64.b64decode(got.certificate))
    key = serialization.load_der_private_key(base64.b64decode(made.private_key_base64), None)
    assert certificate.public_key() == key.public_key()
    return (
        XadesKeyPair(
            certificate.public_bytes(serialization.Encoding.PEM).decode(),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
        ),
        serial,
    )
