"""Three people: the owner, who administers; an accountant who sends; one who must not send."""

from dataclasses import dataclass

BOOKKEEPING = (
    "base.group_user",
    # Odoo writes on the customer when it looks them up in Peppol.
    "base.group_partner_manager",
    "account.group_account_invoice",
    "account.group_account_user",
)


@dataclass(frozen=True)
class Person:
    login: str  # the password is the same word
    name: str
    groups: tuple[str, ...]


PEOPLE = {
    "accountant": Person("ksiegowa", "Anna Nowak", (*BOOKKEEPING, "l10n_pl_ksef.group_user")),
    "bookkeeper": Person("fakturzystka", "Marta Wójcik", BOOKKEEPING),
}


def load(records, companies: tuple) -> None:
    env = records.env
    everywhere = [(6, 0, [company.id for company in companies])]
    if not records.known("admin"):
        admin = env.ref("base.user_admin")
        records.adopt("admin", admin)
        admin.write(
            {
                "name": "Jan Kowalski",
                "email": "jan@kowalski-informatyka.example",
                "lang": "pl_PL",
                "tz": "Europe/Warsaw",
                "signature": "Jan Kowalski",
                "company_ids": everywhere,
                "group_ids": [(4, env.ref("account.group_account_manager").id)],
                "tour_enabled": False,
            }
        )
    for name, person in PEOPLE.items():
        records.make(
            name,
            "res.users",
            {
                "login": person.login,
                "password": person.login,
                "name": person.name,
                "email": f"{person.login}@pracownia-bystrzyca.example",
                "lang": "pl_PL",
                "tz": "Europe/Warsaw",
                "company_id": companies[0].id,
                "company_ids": everywhere,
                "group_ids": [(6, 0, [env.ref(group).id for group in person.groups])],
                "tour_enabled": False,
            },
            env=env(context={**env.context, "no_reset_password": True}),
        )
