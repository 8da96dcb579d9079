from . import test_authorise, test_login, test_wrong_files
