from . import (
    test_answers,
    test_authorise,
    test_bytes,
    test_dates,
    test_locked,
    test_login,
    test_no_answer,
    test_send,
    test_send_and_print,
    test_sessions,
    test_wrong_files,
)
