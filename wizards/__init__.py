from . import authorise, certificates_at_ksef, change_environment, sessions_at_ksef
