"""Names that every FA(3) document carries."""

#: namespace of FA(3), schema 1-0E of 25 June 2025
FA3 = "http://crd.gov.pl/wzor/2025/06/25/13775/"
#: namespace of the base types (StrukturyDanych), which no element of a document bears
BASE_TYPES = "http://crd.gov.pl/xml/schematy/dziedzinowe/mf/2022/01/05/eD/DefinicjeTypy/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

FORM_CODE = "FA"
FORM_SYSTEM_CODE = "FA (3)"
FORM_SCHEMA_VERSION = "1-0E"
