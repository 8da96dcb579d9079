"""Invoices of both companies and bills of their vendors, some posted today, some still drafts."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Sale:
    """``lines`` are (product, quantity, discount in percent)."""

    company: str
    partner: str
    posted: bool
    lines: tuple[tuple[str, float, float], ...]
    currency: str = "PLN"


@dataclass(frozen=True)
class Bill:
    """``lines`` are (what, quantity, net price, purchase tax)."""

    company: str
    partner: str
    number: str
    posted: bool
    lines: tuple[tuple[str, float, float, str], ...]
    days_ago: int = 2
    days_to_pay: int = 14


SALES = {
    "sale_every_rate": Sale(
        "limited",
        "school",
        True,
        (
            ("board", 4, 0),
            ("assembly", 3, 0),
            ("water", 20, 0),
            ("textbook", 28, 5),
            ("laptop", 6, 0),
            ("training", 1, 0),
        ),
    ),
    "sale_furniture": Sale("limited", "office", True, (("desk", 30, 10), ("projector", 2, 0))),
    "sale_books": Sale("limited", "trader", True, (("textbook", 60, 25),)),
    "sale_consumer": Sale("limited", "consumer", True, (("board", 1, 0),)),
    "sale_german": Sale("limited", "german", True, (("desk", 24, 0), ("board", 6, 0))),
    "draft_training": Sale("limited", "school", False, (("training", 2, 0), ("apples", 5, 0))),
    "draft_projectors": Sale("limited", "office", False, (("projector", 3, 0), ("assembly", 6, 0))),
    "draft_books": Sale("limited", "trader", False, (("textbook", 24, 20), ("water", 2, 0))),
    "draft_consumer": Sale("limited", "consumer", False, (("textbook", 1, 0),)),
    "draft_german": Sale("limited", "german", False, (("projector", 2, 0),), currency="EUR"),
    "draft_norwegian": Sale("limited", "norwegian", False, (("desk", 12, 0),)),
    "trader_support": Sale("sole_trader", "office", True, (("support", 1, 0), ("hour", 6.5, 0))),
    "trader_draft": Sale("sole_trader", "trader", False, (("hour", 12, 0),)),
}

BILLS = {
    "bill_paper": Bill(
        "limited",
        "wholesaler",
        "FS/11482/H",
        True,
        (
            ("Papier ksero A4 80 g, karton", 20, 98.40, "vz_kraj_23"),
            ("Zeszyt A5 60 kartek, 10 szt.", 50, 21.90, "vz_kraj_23"),
            ("Podręcznik „Matematyka od nowa”, klasa 7", 120, 24.60, "vz_kraj_5"),
        ),
    ),
    "bill_energy": Bill(
        "limited",
        "energy",
        "EW/0098123/F",
        True,
        (("Energia elektryczna, okres rozliczeniowy", 1, 1_148.27, "vz_kraj_23"),),
        days_ago=6,
    ),
    "bill_rent": Bill(
        "limited",
        "landlord",
        "38/WYN",
        False,
        (("Czynsz najmu lokalu, ul. Kunickiego 45", 1, 4_200.00, "vz_kraj_usl_23"),),
    ),
    "bill_trader_paper": Bill(
        "sole_trader",
        "wholesaler",
        "FS/11490/H",
        True,
        (("Toner do drukarki laserowej", 2, 219.00, "vz_kraj_23"),),
        days_ago=3,
    ),
}

# PLN for one euro, so that the draft in euros has a rate
EURO_RATE = 4.2480


def load(records, today) -> None:
    env = records.env
    euro = env.ref("base.EUR")
    euro.active = True
    for company in ("limited", "sole_trader"):
        values = {
            "name": today,
            "currency_id": euro.id,
            "company_id": records.get(company).id,
            "inverse_company_rate": EURO_RATE,
        }
        records.make(f"{company}_euro_rate", "res.currency.rate", values)
    for name, sale in SALES.items():
        if not records.known(name):
            _sell(records, name, sale, today)
    for name, bill in BILLS.items():
        if not records.known(name):
            _buy(records, name, bill, today)


def _in_company(records, name: str):
    company = records.get(name)
    return records.env(context={**records.env.context, "allowed_company_ids": [company.id]})


def _sell(records, name: str, sale: Sale, today) -> None:
    env = _in_company(records, sale.company)
    currency = env.ref(f"base.{sale.currency}")
    values = {
        "move_type": "out_invoice",
        "partner_id": records.get(sale.partner).id,
        "currency_id": currency.id,
        "invoice_user_id": env.ref("base.user_admin").id,
        # a draft gets its dates when it is posted
        "invoice_date": today if sale.posted else False,
        "taxable_supply_date": today if sale.posted else False,
        "invoice_line_ids": [
            (0, 0, {"product_id": records.get(product).id, "quantity": amount, "discount": percent})
            for product, amount, percent in sale.lines
        ],
    }
    move = records.make(name, "account.move", values, env=env)
    if sale.posted:
        move.action_post()


def _buy(records, name: str, bill: Bill, today) -> None:
    env = _in_company(records, bill.company)
    issued = today - timedelta(days=bill.days_ago)
    chart = env["account.chart.template"].with_company(records.get(bill.company))
    values = {
        "move_type": "in_invoice",
        "partner_id": records.get(bill.partner).id,
        "ref": bill.number,
        "invoice_date": issued,
        "invoice_date_due": issued + timedelta(days=bill.days_to_pay),
        "invoice_line_ids": [
            (
                0,
                0,
                {
                    "name": title,
                    "quantity": amount,
                    "price_unit": price,
                    "tax_ids": [(6, 0, [chart.ref(tax).id])],
                },
            )
            for title, amount, price, tax in bill.lines
        ],
    }
    move = records.make(name, "account.move", values, env=env)
    if bill.posted:
        move.action_post()
