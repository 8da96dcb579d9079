"""What the two companies sell, with the rates of the Polish VAT act."""

# Exemption: the invoice must name the provision (article 106e (1) (19) of the VAT act).
EXEMPT_BASIS = "art. 43 ust. 1 pkt 29 lit. c ustawy o VAT"

# name: (name, kind, net price in PLN, sale tax of l10n_pl, GTU code)
PRODUCTS = {
    "board": ("Tablica suchościeralna 120 × 90 cm", "consu", 289.00, "vs_kraj_23", False),
    "desk": ("Ławka szkolna dwuosobowa, rozmiar 5", "consu", 342.50, "vs_kraj_23", False),
    "projector": ("Projektor krótkoogniskowy XGA", "consu", 2_449.00, "vs_kraj_23", "GTU_06"),
    "assembly": ("Montaż i uruchomienie na miejscu", "service", 180.00, "vs_kraj_usl_23", False),
    "water": ("Woda mineralna 1,5 l, zgrzewka 6 szt.", "consu", 11.88, "vs_kraj_8", False),
    "apples": ("Jabłka deserowe, skrzynka 10 kg", "consu", 42.00, "vs_kraj_5", False),
    "textbook": ("Podręcznik „Matematyka od nowa”, klasa 7", "consu", 38.10, "vs_kraj_5", False),
    "laptop": ("Laptop uczniowski 14 cali", "consu", 1_990.00, "vs_kraj_0", "GTU_06"),
    "training": ("Szkolenie rady pedagogicznej, 8 h", "service", 1_600.00, "vs_kraj_zw", False),
    "support": ("Opieka informatyczna, abonament", "service", 650.00, "vs_kraj_usl_23", False),
    "hour": ("Prace programistyczne, godzina", "service", 160.00, "vs_kraj_usl_23", False),
}


def load(records, companies: tuple) -> None:
    env = records.env
    for name, (title, kind, price, tax, gtu) in PRODUCTS.items():
        taxes = [_tax(env, company, tax).id for company in companies]
        values = {
            "name": title,
            "type": kind,
            "list_price": price,
            "taxes_id": [(6, 0, taxes)],
            "l10n_pl_vat_gtu": gtu,
            "company_id": False,
        }
        records.make(name, "product.product", values)
    for company in companies:
        tax = _tax(env, company, "vs_kraj_zw")
        if not tax.l10n_pl_ksef_exemption_basis:
            tax.l10n_pl_ksef_exemption_basis = EXEMPT_BASIS
            tax.invoice_legal_notes = f"Zwolnienie z VAT: {EXEMPT_BASIS}"


def _tax(env, company, name: str):
    return env["account.chart.template"].with_company(company).ref(name)
