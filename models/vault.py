import logging
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import config

from ..ksef.errors import KsefError

_logger = logging.getLogger(__name__)


#: Every field that holds something sealed; the exchange of the key goes through them.
SEALED = {
    "l10n_pl_ksef.connection": ("access_token", "refresh_token", "sealed_token"),
    "l10n_pl_ksef.authorisation": ("authentication_token", "sealed_token"),
    "l10n_pl_ksef.authorise": ("sealed_inputs",),
    "l10n_pl_ksef.session": ("sealed_key",),
    "l10n_pl_ksef.certificate": ("sealed_key",),
}


class SecretLost(KsefError):
    """A secret of this database cannot be opened: the server has another key, or a broken one."""


class Vault(models.AbstractModel):
    """Encrypts the secrets that the database has to keep.

    The key never lies in the database, so that a dump of it gives nothing away. It comes from the
    first of these that is set:

    1. ``L10N_PL_KSEF_KEY`` in the environment of the Odoo process,
    2. ``l10n_pl_ksef_key`` in Odoo's configuration file,
    3. the file ``l10n_pl_ksef/secret.key`` in Odoo's data directory, made on first use and
       readable by Odoo's system user alone.

    Several hosts that serve one database need the same key: 1 or 2, or a shared data directory.
    The value may hold several Fernet keys separated by commas: the first one encrypts, all of them
    decrypt, which is how a key is exchanged for a new one.
    """

    _name = "l10n_pl_ksef.vault"
    _description = "KSeF vault for secrets"

    @api.model
    def _seal(self, secret):
        """Encrypt ``secret`` (``str`` or ``bytes``) into a text fit for a field."""
        if not secret:
            return False
        data = secret.encode() if isinstance(secret, str) else secret
        return self._vault_cipher().encrypt(data).decode()

    @api.model
    def _open_bytes(self, sealed):
        """Decrypt what :meth:`_seal` made; an error in words when the key is not the same."""
        if not sealed:
            return b""
        try:
            return self._vault_cipher().decrypt(sealed.encode())
        except InvalidToken as error:
            raise UserError(
                self.env._(
                    "A KSeF secret of this database cannot be decrypted, because the key on this"
                    " server is another one than the one it was encrypted with. Restore the key"
                    " file (l10n_pl_ksef/secret.key in Odoo's data directory) or authorise the"
                    " KSeF connection again."
                )
            ) from error

    @api.model
    def _open(self, sealed):
        return self._open_bytes(sealed).decode()

    @api.model
    def _open_for_call(self, sealed):
        """:meth:`_open` for a call to KSeF: without the key the call cannot be made now, which may
        stop neither a cron nor other companies. Raises :class:`SecretLost`."""
        try:
            return self._open(sealed)
        except UserError as error:
            raise SecretLost(str(error)) from error

    @api.model
    def _vault_cipher(self):
        keys = os.environ.get("L10N_PL_KSEF_KEY") or config.get("l10n_pl_ksef_key")
        keys = keys or self._vault_key_file()
        try:
            return MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The KSeF encryption key of this server is not valid. It must be one or more"
                    " Fernet keys (32 bytes in URL-safe Base64), separated by commas."
                )
            ) from error

    @api.model
    def _vault_path(self):
        return Path(config["data_dir"]) / "l10n_pl_ksef" / "secret.key"

    @api.model
    def _vault_key_file(self):
        path = self._vault_path()
        try:
            return path.read_text()
        except FileNotFoundError:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The complete file appears under its name in one step: two workers that start together
        # must not end up with two keys, nor may one read half a key.
        draft = path.with_name(f"secret.key.{os.getpid()}.{os.urandom(4).hex()}")
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
        try:
            os.link(draft, path)
            _logger.info("Made the key that encrypts KSeF secrets: %s", path)
        except FileExistsError:
            _logger.debug("Another worker has made the key first.")
        finally:
            draft.unlink()
        return path.read_text()

    @api.model
    def _seal_anew(self):
        """Encrypt everything with the first key.

        Returns how many secrets that were, and how many stay as they are because none of the keys
        opens them: their key may come back one day.
        """
        count = lost = 0
        for model, names in SEALED.items():
            for record in self.env[model].sudo().with_context(active_test=False).search([]):
                for name in names:
                    if not record[name]:
                        continue
                    try:
                        secret = self._open_for_call(record[name])
                    except SecretLost:
                        lost += 1
                    else:
                        record[name] = self._seal(secret)
                        count += 1
        return count, lost

    @api.model
    def _exchange_key(self):
        """Put a new key in front of the old ones, which are kept to read backups.

        Only for the key file: a key from the environment or the configuration is changed there.
        Everything has to be sealed anew with it then.
        """
        if os.environ.get("L10N_PL_KSEF_KEY") or config.get("l10n_pl_ksef_key"):
            raise UserError(
                self.env._(
                    "The key comes from the environment or from Odoo's configuration. Put a new key"
                    " in front of it there (new,old), restart Odoo and run this command again with"
                    " --reseal."
                )
            )
        old = self._vault_key_file()
        path = self._vault_path()
        draft = path.with_name(f"secret.key.{os.getpid()}.{os.urandom(4).hex()}")
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{Fernet.generate_key().decode()},{old}")
        draft.replace(path)
