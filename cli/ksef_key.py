"""``odoo ksef_key -d DATABASE``: exchange the key that encrypts KSeF secrets.

Loaded by Odoo's command line without the addon's package, so nothing of it is imported here.
"""

import optparse
import sys

import odoo.tools.config
from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry


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
            vault = api.Environment(cursor, SUPERUSER_ID, {})["l10n_pl_ksef.vault"]
            count = vault._seal_anew() if options.reseal else vault._exchange_key()
        sys.stdout.write(f"{count} KSeF secrets are encrypted with the new key.\n")
