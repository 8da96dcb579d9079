"""Two taxpayers of one owner: a limited company and a sole trader."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Company:
    name: str
    address: dict[str, str]
    vat: str
    registry: str  # KRS number of the company, REGON of the sole trader
    iban: str
    bank: str


LIMITED = Company(
    name="Pracownia Szkolna Bystrzyca sp. z o.o.",
    address={
        "street": "ul. Kunickiego 45",
        "zip": "20-422",
        "city": "Lublin",
        "phone": "+48 81 555 01 45",
        "email": "biuro@pracownia-bystrzyca.example",
        "website": "https://pracownia-bystrzyca.example",
    },
    vat="PL9998975436",
    registry="KRS 0000999451",
    iban="PL36102055900000701811567352",
    bank="PKO Bank Polski",
)

SOLE_TRADER = Company(
    name="Jan Kowalski Usługi Informatyczne",
    address={
        "street": "ul. Spokojna 7/12",
        "zip": "20-074",
        "city": "Lublin",
        "phone": "+48 600 555 012",
        "email": "jan@kowalski-informatyka.example",
    },
    vat="PL9997273353",
    registry="REGON 380210504",
    iban="PL20114009540000764854708664",
    bank="mBank",
)


def load(records) -> tuple:
    """The two ``res.company`` records with chart of accounts, currency, bank account, journals."""
    env = records.env
    env.ref("base.PLN").active = True
    if not records.known("limited"):
        records.adopt("limited", env.ref("base.main_company"))
        _fill(records, "limited", env.ref("base.main_company"), LIMITED)
    if not records.known("sole_trader"):
        company = env["res.company"].create({"name": SOLE_TRADER.name})
        records.adopt("sole_trader", company)
        _fill(records, "sole_trader", company, SOLE_TRADER)
    return records.get("limited"), records.get("sole_trader")


def _fill(records, name: str, company, data: Company) -> None:
    env = records.env
    company.write(
        {
            **data.address,
            "name": data.name,
            "country_id": env.ref("base.pl").id,
            "currency_id": env.ref("base.PLN").id,
            "vat": data.vat,
            "company_registry": data.registry,
            # else Odoo asks for it before the first invoice is printed
            "external_report_layout_id": env.ref("web.external_layout_standard").id,
        }
    )
    company.partner_id.lang = "pl_PL"
    env["account.chart.template"].try_loading("pl", company=company, install_demo=False)
    bank = records.make(f"{name}_bank", "res.bank", {"name": data.bank})
    account = records.make(
        f"{name}_bank_account",
        "res.partner.bank",
        {
            "acc_number": data.iban,
            "partner_id": company.partner_id.id,
            "company_id": company.id,
            "bank_id": bank.id,
            "currency_id": env.ref("base.PLN").id,
            "allow_out_payment": True,
        },
    )
    journals = env["account.journal"].search([("company_id", "=", company.id)])
    journals.filtered(lambda journal: journal.type == "bank")[:1].bank_account_id = account
    journals.filtered(lambda journal: journal.type == "sale")[:1].code = "FV"
    journals.filtered(lambda journal: journal.type == "purchase")[:1].code = "FZ"
