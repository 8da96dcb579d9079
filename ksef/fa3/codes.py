"""The schema's code lists, each code with its meaning in short.

The words are English and for programmers; what people read comes from the addon's own selections.
"""

from __future__ import annotations

#: RodzajFaktury
KINDS = {
    "VAT": "ordinary invoice",
    "KOR": "correction",
    "ZAL": "advance invoice",
    "ROZ": "invoice settling advances (art. 106f section 3)",
    "UPR": "simplified invoice (art. 106e section 5 point 3)",
    "KOR_ZAL": "correction of an advance invoice",
    "KOR_ROZ": "correction of an invoice settling advances",
}
#: TypKorekty: when the correction takes effect in the VAT records
CORRECTION_TYPES = {
    1: "at the date of the corrected invoice",
    2: "at the date of the correction",
    3: "at another date, or at different dates for different rows",
}
#: FormaPlatnosci
PAYMENT_FORMS = {
    1: "cash",
    2: "card",
    3: "voucher",
    4: "cheque",
    5: "credit",
    6: "bank transfer",
    7: "mobile",
}
#: RachunekWlasnyBanku: kinds of a bank's own account
OWN_ACCOUNTS = {
    1: "for receivables that the bank buys",
    2: "for collecting payments on behalf of the supplier",
    3: "the bank's own business, not a settlement account",
}
#: StatusInfoPodatnika
SELLER_STATES = {
    1: "in liquidation",
    2: "in restructuring",
    3: "bankrupt",
    4: "enterprise in succession",
}
#: RolaPU
AUTHORISED_ROLES = {
    1: "enforcement authority (art. 106c point 1)",
    2: "bailiff (art. 106c point 2)",
    3: "tax representative (art. 18a to 18d)",
}
#: Podmiot3/Rola
THIRD_PARTY_ROLES = {
    1: "factor",
    2: "recipient: a unit or branch of the buyer",
    3: "original party that was taken over or transformed",
    4: "additional buyer",
    5: "issuer on the seller's behalf",
    6: "payer in the buyer's place",
    7: "local government unit, issuer",
    8: "local government unit, recipient",
    9: "member of a VAT group, issuer",
    10: "member of a VAT group, recipient",
    11: "employee",
}
#: Transport/RodzajTransportu (there is no 6)
TRANSPORTS = {
    1: "sea",
    2: "rail",
    3: "road",
    4: "air",
    5: "post",
    7: "pipelines and lines",
    8: "inland waterway",
}
#: Transport/OpisLadunku
LOADS = {
    1: "can",
    2: "barrel",
    3: "cylinder",
    4: "carton",
    5: "canister",
    6: "cage",
    7: "container",
    8: "basket",
    9: "punnet",
    10: "collective packaging",
    11: "parcel",
    12: "pack",
    13: "pallet",
    14: "receptacle",
    15: "receptacle for solid bulk",
    16: "receptacle for liquid bulk",
    17: "box",
    18: "tin",
    19: "crate",
    20: "sack",
}
#: GTU and GTUZ
GTU = tuple(f"GTU_{number:02d}" for number in range(1, 14))
#: Procedura of a row
PROCEDURES = (
    "WSTO_EE",
    "IED",
    "TT_D",
    "I_42",
    "I_63",
    "B_SPV",
    "B_SPV_DOSTAWA",
    "B_MPV_PROWIZJA",
)
#: ProceduraZ of an order's row: without I_42 and I_63
PROCEDURES_ORDER = tuple(code for code in PROCEDURES if code not in ("I_42", "I_63"))
#: Kol/Typ: kinds of content of a column in an attachment's table
COLUMN_TYPES = ("date", "datetime", "dec", "int", "time", "txt")
