from . import (
    account_move_reversal,
    authorise,
    certificates_at_ksef,
    change_environment,
    issue_offline,
    preview,
    sessions_at_ksef,
    switch_mode,
    technical_correction,
)
