"""Keys and certificates for practice, the same for the same seed.

They prove nothing about anybody: whoever reads this file can make them. That is what a simulator
wants, a file signed yesterday is still good today, and no real certificate is ever near it.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

VALID_FROM = datetime(2024, 1, 1, tzinfo=timezone.utc)
VALID_TO = datetime(2044, 1, 1, tzinfo=timezone.utc)

_EXPONENT = 65537
# Numbers drawn at random need far fewer rounds than numbers that an enemy chose.
_ROUNDS = 6
_STRETCH = 4096  # odd numbers looked through after each start


def _stream(seed: int, name: str) -> Iterator[bytes]:
    """Endless blocks of 512 bytes that depend on nothing but seed and name."""
    number = 0
    while True:
        yield hashlib.shake_256(f"{seed}/{name}/{number}".encode()).digest(512)
        number += 1


@lru_cache(maxsize=1)
def _small_primes() -> tuple[int, ...]:
    """The odd primes below 2**15."""
    sieve = bytearray([1]) * (1 << 15)
    for number in range(2, 182):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(sieve[number * number :: number]))
    return tuple(n for n in range(3, 1 << 15) if sieve[n])


def _is_prime(number: int, stream: Iterator[bytes]) -> bool:
    """Fermat's test to base 2, which nearly every composite number fails, then Miller-Rabin."""
    if pow(2, number - 1, number) != 1:
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _round in range(_ROUNDS):
        base = int.from_bytes(next(stream), "big") % (number - 3) + 2
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        for _step in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def _candidates(start: int) -> Iterator[int]:
    """The next odd numbers from an odd start that no small prime divides."""
    divided = bytearray(_STRETCH)
    for prime in _small_primes():
        # start + 2 * index = 0 modulo the prime; (prime + 1) / 2 is the inverse of 2
        first = -start * ((prime + 1) // 2) % prime
        if first < _STRETCH:
            divided[first::prime] = b"\1" * len(range(first, _STRETCH, prime))
    return (start + 2 * index for index in range(_STRETCH) if not divided[index])


def _prime(bits: int, stream: Iterator[bytes], witnesses: Iterator[bytes]) -> int:
    for block in stream:
        # The two highest bits make the product of two primes exactly twice as long.
        start = int.from_bytes(block[: bits // 8], "big") | (0b11 << (bits - 2)) | 1
        for number in _candidates(start):
            if (
                number.bit_length() == bits
                and number % _EXPONENT != 1
                and _is_prime(number, witnesses)
            ):
                return number
    raise AssertionError("the stream never ends")


@lru_cache(maxsize=32)
def rsa_key(seed: int, name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key that depends only on the arguments; `bits` is a multiple of 16."""
    stream, witnesses = _stream(seed, name), _stream(seed, name + "/witness")
    p = _prime(bits // 2, stream, witnesses)
    q = _prime(bits // 2, stream, witnesses)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, p * q),
    ).private_key()


@lru_cache(maxsize=32)
def ec_key(
    seed: int, name: str, curve: type[ec.EllipticCurve] = ec.SECP256R1
) -> ec.EllipticCurvePrivateKey:
    """An elliptic-curve key that depends only on the arguments."""
    chosen = curve()
    # One bit less than the curve's size is always below its order.
    bits = chosen.key_size - 1
    value = int.from_bytes(next(_stream(seed, name)), "big") >> (512 * 8 - bits)
    return ec.derive_private_key(value | 1, chosen)


def name(**parts: str) -> x509.Name:
    """A distinguished name: CN, O, C, GIVENNAME, SURNAME, SERIALNUMBER, ORGANIZATIONID."""
    oids = {
        "CN": NameOID.COMMON_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "C": NameOID.COUNTRY_NAME,
        "GIVENNAME": NameOID.GIVEN_NAME,
        "SURNAME": NameOID.SURNAME,
        "SERIALNUMBER": NameOID.SERIAL_NUMBER,
        "ORGANIZATIONID": NameOID.ORGANIZATION_IDENTIFIER,
    }
    return x509.Name([x509.NameAttribute(oids[key], value) for key, value in parts.items()])


def _serial(seed: int, text: str) -> int:
    return int.from_bytes(next(_stream(seed, text + "/serial"))[:15], "big") | 1


@lru_cache(maxsize=4)
def practice_ca(seed: int) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """The simulator's certification authority."""
    key = rsa_key(seed, "practice authority")
    subject = name(CN="Symulator KSeF - centrum certyfikacji do ćwiczeń", O="Symulator", C="PL")
    return key, (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(_serial(seed, "practice authority"))
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_TO)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )


@lru_cache(maxsize=4)
def practice_seal(seed: int) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """The practice Trusted Profile's seal: worded like the Minister's, issued by `practice_ca`."""
    key = rsa_key(seed, "practice seal")
    authority_key, authority = practice_ca(seed)
    subject = name(
        CN="Minister do spraw informatyzacji - pieczęć podpisu zaufanego",
        O="Ministerstwo Cyfryzacji",
        ORGANIZATIONID="VATPL-5252955037",
        C="PL",
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return key, (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(_serial(seed, "practice seal"))
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_TO)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(authority_key, hashes.SHA256())
    )


def qualified(
    seed: int, subject: dict[str, str], now: datetime
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A certificate like a qualified signature's or seal's, issued by `practice_ca` for a year."""
    text = "/".join(f"{key}={value}" for key, value in sorted(subject.items()))
    key = ec_key(seed, text)
    authority_key, authority = practice_ca(seed)
    start = now.replace(microsecond=0)
    return key, (
        x509.CertificateBuilder()
        .subject_name(name(**subject, C="PL"))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(_serial(seed, f"{text}/{start}"))
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .sign(authority_key, hashes.SHA256())
    )
