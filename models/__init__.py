# The parts of which others are made come first.
from . import login, trouble, vault

# isort: split
from . import (
    account_journal,
    account_move,
    account_move_offline,
    account_move_paper,
    account_move_send,
    account_move_send_offline,
    account_tax,
    authorisation,
    certificate,
    company_light,
    company_mode,
    connection,
    connection_deadlines,
    document,
    document_deadline,
    document_offline,
    ir_ui_menu,
    key_use,
    mode_change,
    res_company,
    res_config_settings,
    session,
)
