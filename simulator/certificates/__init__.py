"""KSeF certificates: enrolment, register, revocation (guide, certyfikaty-KSeF.md)."""
