# The parts of which others are made come first.
from . import login, trouble, vault

# isort: split
from . import (
    account_journal,
    account_move,
    account_move_paper,
    account_move_send,
    account_tax,
    authorisation,
    certificate,
    connection,
    document,
    ir_ui_menu,
    key_use,
    res_company,
    res_config_settings,
    session,
)
