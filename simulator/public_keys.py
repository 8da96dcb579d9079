"""The keys that callers encrypt with: two valid ones per use, from the start."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from simulator import ministry, practice_pki
from simulator.clock import iso_seconds
from simulator.errors import BadRequest
from simulator.operations import Answer, Call, operation
from simulator.records import PublicKey

if TYPE_CHECKING:
    from simulator.world import World

FOR_TOKENS = "KsefTokenEncryption"
FOR_SYMMETRIC_KEYS = "SymmetricKeyEncryption"
USES = (FOR_TOKENS, FOR_SYMMETRIC_KEYS)
_LIFETIME = timedelta(days=730)
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


@operation("GET /security/public-key-certificates", group="anonymous", token=())
def public_key_certificates(call: Call) -> Answer:
    return Answer(200, [_as_json(key) for key in published(call.world)])


def published(world: World) -> list[PublicKey]:
    """What the list shows now.  A use that runs out of keys, as time is moved, gets a new one."""
    keys = _known(world)
    for use in USES:
        if not any(key.usage == use and key.valid_from <= world.now() for key in keys):
            keys.append(_publish(world, use, world.now().replace(microsecond=0)))
    return keys


def _known(world: World) -> list[PublicKey]:
    now = world.now()
    return [
        key
        for key in world.store.all(PublicKey)
        if not key.withdrawn and key.published <= now < key.valid_to
    ]


def publish_first(world: World) -> None:
    """An older and a newer certificate of each use, both valid."""
    year = world.now().replace(month=1, day=1, hour=6, minute=0, second=0, microsecond=0)
    for use in USES:
        _publish(world, use, year - timedelta(days=300))
        _publish(world, use, year - timedelta(days=30))


def rotate(world: World, *, emergency: bool) -> list[PublicKey]:
    """A new key of each use.  In an emergency the older ones are withdrawn at once."""
    if emergency:
        for key in _known(world):
            key.withdrawn = True
            world.store.save(key)
    return [_publish(world, use, world.now().replace(microsecond=0)) for use in USES]


def decrypt(world: World, data: bytes, use: str, key_id: str | None) -> bytes:
    """With the named key or, without a name, with any accepted one.

    Raises BadRequest 21470 for an unknown or withdrawn key, ValueError when nothing fits.
    """
    now = world.now()
    keys = [key for key in published(world) if key.usage == use and key.valid_from <= now]
    if key_id is not None:
        keys = [key for key in keys if key.id == key_id]
        if not keys:
            raise BadRequest(21470, f"Klucz o identyfikatorze {key_id} nie jest wspierany.")
    for key in keys:
        try:
            return practice_pki.rsa_key(world.seed, key.name).decrypt(data, _OAEP)
        except ValueError:
            continue
    raise ValueError("no accepted key decrypts this")


def _publish(world: World, use: str, valid_from: datetime) -> PublicKey:
    name = f"public-key-{world.store.count(PublicKey)}"
    private_key, certificate = ministry.certificate(
        world.seed, name, valid_from, valid_from + _LIFETIME
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    public = private_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = PublicKey(
        id=_digest(public),
        name=name,
        usage=use,
        certificate=der,
        certificate_id=_digest(der),
        valid_from=valid_from,
        valid_to=valid_from + _LIFETIME,
        published=world.now(),
    )
    world.store.save(key)
    return key


def _digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _as_json(key: PublicKey) -> dict[str, object]:
    return {
        "certificate": base64.b64encode(key.certificate).decode(),
        "certificateId": key.certificate_id,
        "publicKeyId": key.id,
        "validFrom": iso_seconds(key.valid_from),
        "validTo": iso_seconds(key.valid_to),
        "usage": [key.usage],
    }
