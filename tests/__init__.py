from . import (
    test_answers,
    test_authorise,
    test_bytes,
    test_login,
    test_no_answer,
    test_send,
    test_wrong_files,
)
