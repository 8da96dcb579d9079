"""Customers of each kind, and vendors."""

COMPANY, PERSON = True, False

# name: (name, is a company, VAT number, country, street, post code, city, e-mail)
CUSTOMERS = {
    "school": (
        "Niepubliczna Szkoła Podstawowa „Bystrzaki” sp. z o.o.",
        COMPANY,
        "PL9995251264",
        "pl",
        "ul. Szkolna 3",
        "24-100",
        "Puławy",
        "sekretariat@bystrzaki.example",
    ),
    "office": (
        "Lubelskie Centrum Szkoleń S.A.",
        COMPANY,
        "PL9997667661",
        "pl",
        "al. Racławickie 20",
        "20-037",
        "Lublin",
        "faktury@lcs.example",
    ),
    "trader": (
        "Księgarnia „Pod Kasztanem” Tomasz Lis",
        COMPANY,
        "PL9991946472",
        "pl",
        "Rynek 8",
        "22-400",
        "Zamość",
        "tomasz@podkasztanem.example",
    ),
    "consumer": (
        "Katarzyna Zielińska",
        PERSON,
        False,
        "pl",
        "ul. Lipowa 11/4",
        "20-020",
        "Lublin",
        "kasia.zielinska@poczta.example",
    ),
    "german": (
        "Lernwerkstatt Spree GmbH",
        COMPANY,
        "DE317442958",
        "de",
        "Köpenicker Straße 40",
        "10179",
        "Berlin",
        "rechnung@lernwerkstatt-spree.example",
    ),
    "norwegian": (
        "Nordlys Skoleutstyr AS",
        COMPANY,
        False,
        "no",
        "Storgata 15",
        "0155",
        "Oslo",
        "faktura@nordlys-skole.example",
    ),
}

VENDORS = {
    "wholesaler": (
        "Hurtownia Papiernicza „Arkusz” sp. z o.o.",
        COMPANY,
        "PL9998176190",
        "pl",
        "ul. Magazynowa 2",
        "05-850",
        "Ożarów Mazowiecki",
        "sprzedaz@arkusz.example",
    ),
    "energy": (
        "Energia Wschód S.A.",
        COMPANY,
        "PL9999688874",
        "pl",
        "ul. Elektryczna 1",
        "15-080",
        "Białystok",
        "efaktura@energia-wschod.example",
    ),
    "landlord": (
        "Wynajem Lokali Barbara Wrona",
        COMPANY,
        "PL9995761812",
        "pl",
        "ul. Narutowicza 30",
        "20-016",
        "Lublin",
        "barbara@wrona.example",
    ),
}

BANK_ACCOUNTS = {
    "wholesaler": "PL94105062350000408520086338",
    "energy": "PL06124042980000607236611857",
    "landlord": "PL17109014920000120244726399",
}


# days until payment; whoever is not here pays at once
DAYS_TO_PAY = {"school": 14, "office": 21, "trader": 30, "german": 14, "norwegian": 30}


def load(records, companies: tuple) -> None:
    for name, row in (*CUSTOMERS.items(), *VENDORS.items()):
        if not records.known(name):
            partner = _make(records, name, row, supplier=name in VENDORS)
            if name in DAYS_TO_PAY:
                term = _term(records, DAYS_TO_PAY[name])
                for company in companies:
                    partner.with_company(company).property_payment_term_id = term
    for name, iban in BANK_ACCOUNTS.items():
        partner = records.get(name)
        if partner:
            values = {"acc_number": iban, "partner_id": partner.id, "allow_out_payment": True}
            records.make(f"{name}_bank_account", "res.partner.bank", values)


def _make(records, key: str, row: tuple, supplier: bool):
    name, is_company, vat, country, street, post_code, city, email = row
    return records.make(
        key,
        "res.partner",
        {
            "name": name,
            "is_company": is_company,
            "vat": vat,
            "country_id": records.env.ref(f"base.{country}").id,
            "street": street,
            "zip": post_code,
            "city": city,
            "email": email,
            "lang": "pl_PL" if country == "pl" else "en_US",
            "supplier_rank": int(supplier),
            "customer_rank": int(not supplier),
        },
    )


def _term(records, days: int):
    line = {"value": "percent", "value_amount": 100, "nb_days": days}
    values = {"name": f"Przelew {days} dni", "company_id": False, "line_ids": [(0, 0, line)]}
    return records.make(f"term_{days}", "account.payment.term", values)
