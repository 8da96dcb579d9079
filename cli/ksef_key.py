"""``odoo --addons-path=FOLDERS ksef_key -c FILE -d DATABASE``: exchange the key of the secrets.

Loaded by Odoo's command line without the addon's package, so nothing of it is imported here.
"""

import optparse
import sys

import odoo.tools.config
from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying


class KsefKey(Command):
    """Exchange the key that encrypts the KSeF secrets of a database"""

    name = "ksef_key"

    def run(self, args):
        parser = odoo.tools.config.parser
        parser.prog = self.prog
        group = optparse.OptionGroup(parser, "KSeF key")
        group.add_option(
            "--reseal",
            action="store_true",
            dest="reseal",
            help="Make no new key; encrypt everything with the first of the keys that are set",
        )
        parser.add_option_group(group)
        options = odoo.tools.config.parse_config(args, setup_logging=True)
        names = odoo.tools.config["db_name"]
        if len(names) != 1:
            sys.exit("Name one database with -d.")
        with Registry(names[0]).cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            vault = env["l10n_pl_ksef.vault"]
            try:
                if not options.reseal:
                    vault._exchange_key()
                # Odoo may be running: a token renewed at this moment must not stop it half way.
                count, lost = retrying(vault._seal_anew, env)
            except UserError as error:
                sys.exit(str(error))
        sys.stdout.write(f"{count} KSeF secrets are encrypted with the new key.\n")
        if lost:
            sys.stdout.write(f"{lost} could not be opened with any key and stay as they are.\n")
