from . import authorise
from . import certificates_at_ksef
from . import change_environment
from . import sessions_at_ksef
