from . import (
    account_journal,
    account_move,
    account_move_send,
    account_tax,
    authorisation,
    connection,
    document,
    res_company,
    res_config_settings,
    session,
    vault,
)
