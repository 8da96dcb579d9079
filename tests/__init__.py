from . import test_authorise
from . import test_wrong_files
