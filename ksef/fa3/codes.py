"""The schema's code lists, each code with its meaning in short.

The words are short. Those of a page that shows a document are here too, in Polish and English;
what people choose from comes from the addon's own selections.
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

#: the same lists by the elements that use them, in the words of the schema's descriptions
POLISH = {
    "RodzajFaktury": {
        "VAT": "Faktura podstawowa",
        "KOR": "Faktura korygująca",
        "ZAL": "Faktura zaliczkowa",
        "ROZ": "Faktura rozliczeniowa",
        "UPR": "Faktura uproszczona",
        "KOR_ZAL": "Faktura korygująca fakturę zaliczkową",
        "KOR_ROZ": "Faktura korygująca fakturę rozliczeniową",
    },
    "TypKorekty": {
        1: "korekta skutkująca w dacie ujęcia faktury pierwotnej",
        2: "korekta skutkująca w dacie wystawienia faktury korygującej",
        3: "korekta skutkująca w dacie innej, w tym gdy dla różnych pozycji daty te są różne",
    },
    "FormaPlatnosci": {
        1: "gotówka",
        2: "karta",
        3: "bon",
        4: "czek",
        5: "kredyt",
        6: "przelew",
        7: "mobilna",
    },
    "RachunekWlasnyBanku": {
        1: "rachunek do rozliczeń wierzytelności nabywanych przez bank lub SKOK",
        2: "rachunek do pobrania należności i przekazania jej dostawcy towarów lub usługodawcy",
        3: "rachunek prowadzony w ramach gospodarki własnej, niebędący rachunkiem rozliczeniowym",
    },
    "StatusInfoPodatnika": {
        1: "stan likwidacji",
        2: "postępowanie restrukturyzacyjne",
        3: "stan upadłości",
        4: "przedsiębiorstwo w spadku",
    },
    "RolaPU": {
        1: "organ egzekucyjny (art. 106c pkt 1 ustawy)",
        2: "komornik sądowy (art. 106c pkt 2 ustawy)",
        3: "przedstawiciel podatkowy (art. 18a–18d ustawy)",
    },
    "Rola": {
        1: "faktor",
        2: "odbiorca",
        3: "podmiot pierwotny",
        4: "dodatkowy nabywca",
        5: "wystawca faktury",
        6: "dokonujący płatności",
        7: "jednostka samorządu terytorialnego – wystawca",
        8: "jednostka samorządu terytorialnego – odbiorca",
        9: "członek grupy VAT – wystawca",
        10: "członek grupy VAT – odbiorca",
        11: "pracownik",
    },
    "RodzajTransportu": {
        1: "transport morski",
        2: "transport kolejowy",
        3: "transport drogowy",
        4: "transport lotniczy",
        5: "przesyłka pocztowa",
        7: "stałe instalacje przesyłowe",
        8: "żegluga śródlądowa",
    },
    "OpisLadunku": {
        1: "bańka",
        2: "beczka",
        3: "butla",
        4: "karton",
        5: "kanister",
        6: "klatka",
        7: "kontener",
        8: "kosz/koszyk",
        9: "łubianka",
        10: "opakowanie zbiorcze",
        11: "paczka",
        12: "pakiet",
        13: "paleta",
        14: "pojemnik",
        15: "pojemnik do ładunków masowych stałych",
        16: "pojemnik do ładunków masowych w postaci płynnej",
        17: "pudełko",
        18: "puszka",
        19: "skrzynia",
        20: "worek",
    },
}
ENGLISH = {
    "RodzajFaktury": KINDS,
    "TypKorekty": CORRECTION_TYPES,
    "FormaPlatnosci": PAYMENT_FORMS,
    "RachunekWlasnyBanku": OWN_ACCOUNTS,
    "StatusInfoPodatnika": SELLER_STATES,
    "RolaPU": AUTHORISED_ROLES,
    "Rola": THIRD_PARTY_ROLES,
    "RodzajTransportu": TRANSPORTS,
    "OpisLadunku": LOADS,
}
