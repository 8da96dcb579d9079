from odoo.exceptions import AccessError

from ..models.vault import SEALED
from .common import KsefCase


class TestAccess(KsefCase):
    """Who may do what with each model, by the access rights alone."""

    #: accountant (KSeF user), KSeF administrator; r w c u = read, write, create, unlink
    RIGHTS = {
        "connection": ("r", "rwcu"),
        "authorisation": ("", "r"),
        "session": ("r", "r"),
        "document": ("r", "r"),
        "certificate": ("r", "r"),
        "key.use": ("", "r"),
        "authorise": ("", "rwcu"),
        "change.environment": ("", "rwcu"),
        "certificates": ("", "rwcu"),
        "certificates.line": ("", "rwcu"),
        "sessions": ("", "rwcu"),
        "sessions.line": ("", "rwcu"),
        "mode.change": ("r", "r"),
        "switch.mode": ("rwcu", "rwcu"),
        "issue.offline": ("rwcu", "rwcu"),
        "technical.correction": ("rwcu", "rwcu"),
        "technical.correction.line": ("rwcu", "rwcu"),
        "confirmation": ("rwcu", "rwcu"),
        "preview": ("rwcu", "rwcu"),
        "probe": ("r", "r"),
        "probe.day": ("r", "r"),
        "answer": ("r", "r"),
        "announcement": ("r", "r"),
        "outage": ("r", "rwc"),
    }
    #: What is known of KSeF itself is the same for every company.
    OF_NO_COMPANY = {"probe", "probe.day", "answer", "announcement", "outage"}
    NAMES = {"r": "read", "w": "write", "c": "create", "u": "unlink"}

    def test_models(self):
        """Each of Odoo's kinds of people, down to those who see the web site only."""
        others = (
            self.bookkeeper,
            self.env.ref("base.public_user").sudo(),
            self.person("ksef_portal", "base.group_portal"),
            self.person("ksef_employee", "base.group_user"),
            self.person("ksef_auditor", "account.group_account_readonly"),
            self.person("ksef_system", "base.group_system"),
        )
        for name, expected in self.RIGHTS.items():
            model = self.env[f"l10n_pl_ksef.{name}"]
            people = [*((user, "") for user in others), *zip(self.ours(), expected, strict=True)]
            for user, rights in people:
                with self.subTest(model=name, user=user.login):
                    own = model.with_user(user)
                    found = "".join(
                        letter for letter, right in self.NAMES.items() if own.has_access(right)
                    )
                    self.assertEqual(found, rights)

    def ours(self):
        return self.accountant, self.manager

    def test_fields_that_nobody_reads(self):
        """Whatever holds something sealed is out of reach for everybody, the system included."""
        admin = self.env.ref("base.user_admin")
        for model, names in SEALED.items():
            for user in (self.bookkeeper, *self.ours(), admin):
                own = self.env[model].with_user(user)
                for name in names:
                    with self.subTest(model=model, field=name, user=user.login):
                        self.assertFalse(own._has_field_access(own._fields[name], "read"))
                        self.assertFalse(own._has_field_access(own._fields[name], "write"))

    def test_every_sealed_field_is_known(self):
        """What the exchange of the key goes through is all there is."""
        found = {
            (model, name)
            for model in self.env.registry
            if model.startswith("l10n_pl_ksef.") and not self.env[model]._abstract
            for name, field in self.env[model]._fields.items()
            if field.store and ("sealed" in name or name.endswith("_token"))
        }
        self.assertEqual(
            found, {(model, name) for model, names in SEALED.items() for name in names}
        )

    def test_no_model_was_forgotten(self):
        models = self.env["ir.model"].sudo().search([("model", "=like", "l10n_pl_ksef.%")])
        stored = {
            model.model.removeprefix("l10n_pl_ksef.")
            for model in models
            if not self.env[model.model]._abstract
        }
        self.assertEqual(stored, set(self.RIGHTS))

    def test_every_model_keeps_companies_apart(self):
        rules = self.env["ir.rule"].sudo().search([("model_id.model", "=like", "l10n_pl_ksef.%")])
        self.assertEqual(
            {rule.model_id.model.removeprefix("l10n_pl_ksef.") for rule in rules},
            set(self.RIGHTS) - self.OF_NO_COMPANY,
        )
        self.assertTrue(all("company_ids" in rule.domain_force for rule in rules))

    def test_groups(self):
        """The chief accountant sends, the KSeF administrator is appointed."""
        chief = self.person("ksef_chief", "account.group_account_manager")
        self.assertTrue(chief.has_group("l10n_pl_ksef.group_user"))
        self.assertFalse(chief.has_group("l10n_pl_ksef.group_manager"))
        self.assertTrue(self.manager.has_group("l10n_pl_ksef.group_user"))
        self.assertFalse(self.bookkeeper.has_group("l10n_pl_ksef.group_user"))
        self.assertFalse(self.accountant.has_group("base.group_system"))
        self.assertFalse(self.manager.has_group("base.group_system"))

    def test_documents_are_not_forged(self):
        """A number is what KSeF gave, not what somebody typed."""
        self.connect()
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        for user in (self.accountant, self.manager):
            own = document.with_user(user)
            for values in ({"ksef_number": "1"}, {"state": "prepared"}, {"upo": False}):
                with self.subTest(user=user.login, values=values), self.assertRaises(AccessError):
                    own.write(values)
            with self.assertRaises(AccessError):
                own.unlink()
            with self.assertRaises(AccessError):
                own.session_id.write({"state": "closed"})

    def test_what_the_bookkeeper_sees(self):
        """State and number are no secret; the methods behind the buttons are guarded."""
        self.connect()
        move = self.invoice().with_user(self.bookkeeper)
        for method in (
            move.action_l10n_pl_ksef_send,
            move.action_l10n_pl_ksef_check,
            move.l10n_pl_ksef_live_progress,
            move.action_l10n_pl_ksef_download_upo,
            move.action_l10n_pl_ksef_download_xml,
            move.action_l10n_pl_ksef_preview,
        ):
            with self.subTest(method=method.__name__), self.assertRaises(AccessError):
                method()
        values = move.read(
            ["l10n_pl_ksef_state", "l10n_pl_ksef_number", "l10n_pl_ksef_can_send", "name"]
        )[0]
        self.assertFalse(values["l10n_pl_ksef_can_send"])
        self.assertTrue(self.env["account.move"].with_user(self.bookkeeper).get_view()["arch"])
