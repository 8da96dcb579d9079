import re

from ...ksef import numbers
from ...ksef.fa3 import model as fa3
from .common import one_line

# fmt: off
#: Prefixes of EU VAT numbers (TKodyKrajowUE); Greece is EL, and XI is Northern Ireland for goods.
EU_PREFIXES = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "RO", "SE", "SI", "SK", "XI",
})
# fmt: on


class Parties:
    """The parties of an invoice: seller, buyer, addresses and contacts."""

    def _seller(self, move):
        company = move.company_id
        partner = company.partner_id
        nip = numbers.normalise_nip(company.vat or "")
        _ = self.env._
        if not numbers.check_nip(nip):
            self._stop(move, _("The company has no valid NIP."), company)
        address = self._address(partner)
        if not address:
            self._stop(move, _("The company's address is incomplete: street or city."), partner)
        return fa3.Podmiot1(
            # art. 97 section 10: the prefix stands on invoices for deliveries within the EU.
            PrefiksPodatnika="PL" if self._rates(move) & {"0 WDT", "np II"} else None,
            DaneIdentyfikacyjne=fa3.TPodmiot1(NIP=nip, Nazwa=one_line(company.name)),
            Adres=address,
            DaneKontaktowe=self._contacts(partner),
        )

    def _buyer(self, move):
        partner = move.commercial_partner_id
        _ = self.env._
        if not partner.name:
            self._stop(move, _("The customer has no name."), partner)
        return fa3.Podmiot2(
            DaneIdentyfikacyjne=self._buyer_identity(move, partner),
            Adres=self._address(partner),
            DaneKontaktowe=self._contacts(partner),
            NrKlienta=one_line(partner.ref, 256) or None,
            JST=2,
            GV=2,
        )

    def _buyer_identity(self, move, partner):
        _ = self.env._
        vat = re.sub(r"[\s.\-/]", "", partner.vat or "").upper()
        if vat in ("", "NA"):
            return fa3.TPodmiot2(BrakID=1, Nazwa=one_line(partner.name))
        country = partner.country_id.code
        prefix = vat[:2] if vat[:2].isalpha() else country
        prefix = {"GR": "EL"}.get(prefix, prefix)
        rest = vat[2:] if vat[:2].isalpha() else vat
        if prefix == "PL":
            nip = numbers.normalise_nip(vat)
            if not numbers.check_nip(nip):
                self._stop(move, _("“%(vat)s” is not a valid NIP.", vat=partner.vat), partner)
            return fa3.TPodmiot2(NIP=nip, Nazwa=one_line(partner.name))
        if prefix in EU_PREFIXES:
            return fa3.TPodmiot2(KodUE=prefix, NrVatUE=rest, Nazwa=one_line(partner.name))
        return fa3.TPodmiot2(
            KodKraju=country or None, NrID=one_line(partner.vat), Nazwa=one_line(partner.name)
        )

    def _address(self, partner):
        street = one_line(" ".join(filter(None, [partner.street, partner.street2])))
        city = one_line(" ".join(filter(None, [partner.zip, partner.city])))
        lines = [line for line in (street, city) if line]
        if not lines:
            return None
        return fa3.TAdres(
            KodKraju=partner.country_id.code or "PL",
            AdresL1=lines[0],
            AdresL2=lines[1] if len(lines) > 1 else None,
        )

    def _contacts(self, partner):
        email = one_line(partner.email)
        # The schema has room for 16 characters; people type blanks and hyphens into numbers. What
        # says more than a number ("ext. 5", two numbers) would become another number.
        phone = re.sub(r"[\s()./-]", "", partner.phone or "")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email or ""):
            email = None
        if not re.fullmatch(r"\+?\d{1,15}", phone):
            phone = None
        if not email and not phone:
            return []
        return [fa3.DaneKontaktowe(Email=email or None, Telefon=phone or None)]
