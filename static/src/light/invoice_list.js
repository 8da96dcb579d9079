import { registry } from "@web/core/registry";
import { accountMoveUploadListView } from "@account/views/account_move_list/account_move_list_view";
import { ListLight } from "./list_light";
import { ProposalBanner } from "./proposal_banner";

/** Odoo's list of customer invoices, with KSeF's light in its control panel. */
export class InvoiceListController extends accountMoveUploadListView.Controller {
    static template = "l10n_pl_ksef.InvoiceList";
    static components = {
        ...accountMoveUploadListView.Controller.components,
        ListLight,
        ProposalBanner,
    };
}

registry.category("views").add("l10n_pl_ksef_invoice_list", {
    ...accountMoveUploadListView,
    Controller: InvoiceListController,
});
