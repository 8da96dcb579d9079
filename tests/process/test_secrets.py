"""Secrets stay secret in real processes: database, files, log and what a browser is told."""

import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.process.support import practice_keys, secrets, template
from tests.process.support.odoo_server import OdooServer
from tests.process.support.people import Person, Refused
from tests.process.support.waiting import wait_until
from tests.process.support.world import World
from tools.odoo import Installation
from tools.settings import ODOO_DATA

CONNECTION = "l10n_pl_ksef.connection"
WIZARD = "l10n_pl_ksef.authorise"
PASSWORD = "Hasło-do-klucza-9f2c"
PESEL = "81452317036"  # of the simulator's owner
LOUD = ("--log-handler=:DEBUG", "--log-handler=odoo.sql_db:DEBUG")


class Listener(Person):
    """Keeps every answer, to look for what should not have come."""

    def __init__(self, url: str, database: str, login: str):
        self.answers: list[str] = []
        super().__init__(url, database, login)
        self._session.hooks["response"].append(
            lambda answer, **_options: self.answers.append(answer.text)
        )

    def tries(self, model: str, method: str, *args, **kwargs) -> bool:
        """Whether Odoo let them; what it said is kept either way."""
        try:
            self.call(model, method, *args, **kwargs)
        except Refused:
            return False
        return True

    def fetches(self, path: str) -> None:
        """A file over the web; the answer may be that there is none."""
        self._session.get(self.url + path, timeout=90)


class Safe:
    """A company's Odoo with a data directory of its own, and every secret that was put into it."""

    def __init__(self, world: World, installation: Installation, folder: Path):
        self.world = world
        self.data = folder
        self._installation = installation
        self.secrets: dict[str, bytes] = {}
        filestore = Path("filestore") / world.records.database
        shutil.copytree(ODOO_DATA / filestore, folder / filestore)
        self.server: OdooServer = world.prepared(*LOUD, f"--data-dir={folder}")

    @property
    def key_file(self) -> Path:
        return self.data / "l10n_pl_ksef" / "secret.key"

    @property
    def keys(self) -> str:
        return self.server.environment.get("L10N_PL_KSEF_KEY") or self.key_file.read_text()

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """``odoo ksef_key`` as an administrator of the server calls it."""
        python, dash_m, odoo, paths, *options = self._installation.command(
            self.world.records.database, f"--data-dir={self.data}", *arguments
        )
        process = self._installation.start(
            [python, dash_m, odoo, paths, "ksef_key", *options],
            self.data / "command.log",
            environment,
        )
        code = process.wait(120)
        said = (self.data / "command.log").read_text()
        (self.data / "command.log").unlink()
        return subprocess.CompletedProcess(process.args, code, said)

    def look(self) -> None:
        """Nothing that was put in, or that lies sealed, stands anywhere in the clear."""
        for name, secret in secrets.kept(self.world.records, self.keys).items():
            if "sealed_inputs" not in name:
                # of a key the Base64 is sealed
                self.secrets[name] = b64decode(secret) if "sealed_key" in name else secret
        assert secrets.found_in(secrets.tables(self.world.records), self.secrets) == []
        assert secrets.found_in(secrets.files(self.data), self.secrets) == []
        assert secrets.found_in(self.log(), self.secrets) == []

    def log(self):
        yield "log", self.server.log.read_bytes()

    def person(self, login: str) -> Listener:
        return Listener(self.server.url, self.world.records.database, login)


@pytest.fixture
def safe(fresh_world: World, installation: Installation, tmp_path: Path) -> Safe:
    return Safe(fresh_world, installation, tmp_path / "data")


def hire_manager(admin: Person) -> None:
    """A KSeF administrator without any right in Odoo's settings."""
    names = [("account", "group_account_user"), ("l10n_pl_ksef", "group_manager")]
    groups = []
    for module, name in names:
        domain = [["module", "=", module], ["name", "=", name]]
        [row] = admin.call("ir.model.data", "search_read", domain, ["res_id"])
        groups.append(row["res_id"])
    values = {
        "name": "Maria Zarządca",
        "login": "zarzadca",
        "password": "zarzadca",
        "email": "zarzadca@pracownia-bystrzyca.example",
        "group_ids": [[6, 0, groups]],
    }
    admin.call("res.users", "create", [values])


def begin(person: Person, **values) -> int:
    [wizard] = person.call(WIZARD, "create", [{"environment": "simulator", **values}])
    return wizard


def finish(person: Person, wizard: int, step: str) -> dict:
    def there() -> dict | None:
        person.call(WIZARD, "live_progress", [wizard])
        seen = person.read(WIZARD, wizard, "step", "words", "is_enrolling", "connection_id")
        return seen if seen["step"] == step and not seen["is_enrolling"] else None

    return wait_until(there, f"the login is {step}", 60)


def ask_for_everything(
    person: Listener, model: str, names: tuple[str, ...], records: list[int]
) -> None:
    """Every way on which the web client and other programs read records."""
    everything = [[1, "=", 1]]
    for name in names:
        fields = {name: {}}
        person.tries(model, "search_read", everything, [name])
        person.tries(model, "web_search_read", everything, fields)
        person.tries(model, "formatted_read_group", everything, [name], ["__count"])
        person.tries(model, "formatted_read_group", everything, [], [f"{name}:array_agg"])
        person.tries(model, "onchange", [], {}, [name], fields)
        person.tries(model, "name_search", "", [[name, "!=", False]])
        person.tries(model, "read", records, [name])
        person.tries(model, "web_read", records, fields)
        person.tries(model, "export_data", records, [name])
        person.tries(model, "web_save", records[:1], {}, fields)
        for record in records:
            person.fetches(f"/web/content/{model}/{record}/{name}?debug=1")
    person.tries(model, "copy_data", records)
    person.tries(model, "fields_get")


def test_from_the_first_login_to_the_hundredth_error(safe: Safe):
    world, server = safe.world, safe.server
    server.start()
    admin = safe.person("admin")
    hire_manager(admin)
    manager = safe.person("zarzadca")
    assert not safe.key_file.exists()

    # A certificate with its key: first with a wrong password, then with the right one.
    pair = practice_keys.owner(PASSWORD)
    safe.secrets.update(secrets.of_key(pair.key, PASSWORD.encode()))
    safe.secrets["password"] = PASSWORD.encode()
    files = {
        "certificate_file": b64encode(pair.certificate).decode(),
        "certificate_name": "jan.crt",
        "key_file": b64encode(pair.key).decode(),
        "key_name": "jan.key",
    }
    safe.secrets["wrong password"] = "Błędne-hasło-77".encode()
    wizard = begin(manager, method="certificate", key_password="Błędne-hasło-77", **files)
    assert secrets.mode(safe.key_file) == 0o600
    assert secrets.mode(safe.key_file.parent) == 0o700
    safe.look()
    with pytest.raises(Refused, match="password"):
        manager.call(WIZARD, "action_begin", [wizard])
    safe.look()
    manager.call(WIZARD, "write", [wizard], {"key_password": PASSWORD, **files})
    names = ["certificate_file", "key_file", "key_password", "token"]
    assert not any(manager.read(WIZARD, wizard, *names)[name] for name in names)
    safe.look()
    manager.call(WIZARD, "action_begin", [wizard])
    safe.look()
    done = finish(manager, wizard, "done")
    connection = done["connection_id"][0]
    held = world.records.ask("SELECT * FROM l10n_pl_ksef_certificate ORDER BY id")
    assert [one["state"] for one in held] == ["active"] * 2, "uploaded, and enrolled"
    safe.look()
    assert sum("certificate.sealed_key" in name for name in safe.secrets) == 2

    # Invoices, with and without trouble.
    accountant = safe.person("ksiegowa")
    invoices = world.records.demo_invoices("")[:4]
    accountant.send_to_ksef(invoices[0])
    for invoice, kind in zip(invoices[1:], ("html_502", "lost_response", "error_500"), strict=True):
        world.simulator.trouble(kind, "POST /sessions/online/{referenceNumber}/invoices", times=1)
        accountant.send_to_ksef(invoice)
    world.simulator.ask("POST", "tokens/expire", {"kind": "access"})
    manager.call(CONNECTION, "action_check", [connection])
    safe.look()
    assert any("session.sealed_key" in name for name in safe.secrets)

    # A KSeF token: one that KSeF does not know, then a good one.
    [nip] = {row["nip"] for row in world.records.ask("SELECT nip FROM l10n_pl_ksef_connection")}
    answer = world.simulator.ask(
        "POST", "ksef-tokens", {"nip": nip, "permissions": ["InvoiceRead", "InvoiceWrite"]}
    )
    token = answer["token"]
    wrong = token[:-8] + "0" * 8
    for number, (value, step) in enumerate(((wrong, "refused"), (token, "done"))):
        safe.secrets[f"KSeF token {number}"] = value.encode()
        safe.secrets[f"secret of KSeF token {number}"] = value.split("|")[-1].encode()
        wizard = begin(manager, connection_id=connection, method="token", token=value)
        assert not manager.read(WIZARD, wizard, "token")["token"]
        safe.look()
        manager.call(WIZARD, "action_begin", [wizard])
        finish(manager, wizard, step)
        safe.look()

    # The Trusted Profile, a certificate of our own making, and inputs that nobody sends.
    template.connect(manager, world.simulator)
    safe.look()
    wizard = begin(manager, connection_id=connection, method="test_certificate")
    manager.call(WIZARD, "action_begin", [wizard])
    finish(manager, wizard, "done")
    begin(manager, method="token", token=token, key_password=PASSWORD, **files)
    safe.look()

    assert server.errors() == []
    # Whoever asks, in whatever way, is told none of it; nonsense makes Odoo itself complain.
    everybody = (admin, manager, accountant)
    asked = {
        CONNECTION: (*secrets.SEALED["l10n_pl_ksef_connection"], "access_end"),
        "l10n_pl_ksef.authorisation": secrets.SEALED["l10n_pl_ksef_authorisation"],
        WIZARD: (*secrets.SEALED["l10n_pl_ksef_authorise"], *names),
        "l10n_pl_ksef.session": ("sealed_key", "initialization_vector"),
        "l10n_pl_ksef.certificate": ("sealed_key",),
    }
    for model, fields in asked.items():
        records = admin.call(model, "search", [])
        assert records
        for person in everybody:
            ask_for_everything(person, model, fields, records)
    kept = secrets.kept(world.records, safe.keys)
    columns = {
        row["value"].encode()
        for table, sealed in secrets.SEALED.items()
        for column in sealed
        for row in world.records.ask(f"SELECT {column} AS value FROM {table} WHERE {column} <> ''")
    }
    assert len(columns) >= len(kept)
    for person in everybody:
        said = "\n".join(person.answers).encode()
        assert len(person.answers) > 100, person.user
        told = secrets.found_in(iter([("what Odoo said", said)]), {**safe.secrets, **kept})
        assert told == []
        assert not any(column in said for column in columns), "not even sealed"

    # And it ends: revoked, expired, disconnected.
    world.simulator.ask("POST", "tokens/expire", {"kind": "all"})
    manager.call(CONNECTION, "action_check", [connection])
    manager.call(CONNECTION, "action_disconnect", [connection])
    safe.look()

    log = server.log.read_text()
    assert "SELECT" in log and "DEBUG" in log and "urllib3.connectionpool" in log
    assert "/v2/auth/xades-signature" in log and "/v2/certificates/enrollments" in log
    for private in (
        PESEL,
        "<Faktura",
        "<ds:Signature",
        "AuthTokenRequest",
        "-----BEGIN",
        "Bearer ",
    ):
        lines = [line[:300] for line in log.splitlines() if private in line]
        assert lines == [], private


def test_the_key_is_exchanged(safe: Safe):
    """While Odoo runs; the old key opens nothing any more and everything works."""
    world, server = safe.world, safe.server
    server.start()
    admin = safe.person("admin")
    connection = template.connect(admin, world.simulator)
    finish_certificates(admin, connection)
    [first, second, third, *_others] = world.records.demo_invoices("")
    admin.send_to_ksef(first)
    old = safe.key_file.read_text().strip()
    before = secrets.kept(world.records, old)
    assert len(before) >= 5

    done = safe.command()
    assert done.returncode == 0, done.stdout
    assert f"{len(before)} KSeF secrets are encrypted with the new key." in done.stdout
    new = safe.key_file.read_text().split(",")[0]
    assert new != old
    assert secrets.mode(safe.key_file) == 0o600
    assert [path.name for path in safe.key_file.parent.iterdir()] == ["secret.key"]
    assert secrets.kept(world.records, new) == before
    with pytest.raises(AssertionError, match="cannot be opened"):
        secrets.kept(world.records, old)
    admin.send_to_ksef(second)
    works(admin, connection)

    # From the file to the environment: the key is the administrator's from now on.
    server.stop()
    own = Fernet.generate_key().decode()
    refused = safe.command(L10N_PL_KSEF_KEY=own)
    assert refused.returncode != 0
    assert "Put a new key in front of it there" in refused.stdout
    assert "Traceback" not in refused.stdout
    both = f"{own},{safe.key_file.read_text()}"
    done = safe.command("--reseal", L10N_PL_KSEF_KEY=both)
    assert done.returncode == 0, done.stdout
    assert secrets.kept(world.records, own) == secrets.kept(world.records, both)
    safe.key_file.unlink()
    server.environment = {"L10N_PL_KSEF_KEY": own}
    server.start()
    admin = safe.person("admin")
    admin.send_to_ksef(third)
    works(admin, connection)
    assert not safe.key_file.exists(), "no file where there is a key"
    assert server.errors() == []


def test_the_key_is_lost_and_found(safe: Safe):
    """Words, one activity, no traceback; with the file everything is back."""
    world, server = safe.world, safe.server
    server.start()
    admin = safe.person("admin")
    connection = template.connect(admin, world.simulator)
    finish_certificates(admin, connection)
    elsewhere = safe.data / "found.key"
    shutil.move(safe.key_file, elsewhere)
    for _time in range(3):
        admin.call(CONNECTION, "action_check", [connection])
    [invoice, *_others] = world.records.demo_invoices("")
    admin.send_to_ksef(invoice)
    seen = admin.read(CONNECTION, connection, "state", "trouble", "last_check_result", "next_step")
    assert seen["trouble"] == "key"
    assert "secret.key" in seen["last_check_result"]
    assert "secret.key" in seen["next_step"]
    assert world.records.documents(invoice)[0]["state"] == "prepared"
    for method in ("action_sessions", "action_certificates"):
        with pytest.raises(Refused, match="another one"):
            admin.call(CONNECTION, method, [connection])
    activities = world.records.ask(
        "SELECT id FROM mail_activity WHERE res_model = %s AND res_id = %s", CONNECTION, connection
    )
    assert len(activities) == 1
    assert server.errors() == []
    # A new key lies there meanwhile; what it has sealed is not worth keeping.
    refused = safe.command("--reseal")
    assert refused.returncode == 0, refused.stdout
    assert "Traceback" not in refused.stdout

    shutil.move(elsewhere, safe.key_file)
    works(admin, connection)
    world.records.let_time_pass(invoice, 5)
    world.records.let_cron_finish(invoice)
    seen = admin.read(CONNECTION, connection, "state", "trouble", "activity_ids")
    assert (seen["state"], seen["trouble"], seen["activity_ids"]) == ("connected", False, [])
    assert server.errors() == []


def finish_certificates(person: Person, connection: int) -> None:
    def there() -> bool:
        person.call(CONNECTION, "live_progress", [connection])
        held = person.read(
            CONNECTION, connection, "authentication_certificate_id", "offline_certificate_id"
        )
        return all(held.values())

    wait_until(there, "both certificates are there", 60)


def works(person: Person, connection: int) -> None:
    person.call(CONNECTION, "action_check", [connection])
    seen = person.read(CONNECTION, connection, "state", "last_check_result")
    assert seen["state"] == "connected"
    assert seen["last_check_result"] == "KSeF answers and accepts our login."
