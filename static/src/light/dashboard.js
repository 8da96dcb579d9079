import { DashboardKanbanRenderer } from "@account/views/account_dashboard_kanban/account_dashboard_kanban_renderer";
import { patch } from "@web/core/utils/patch";
import { ProposalBanner } from "./proposal_banner";

// Other modules make renderers of their own from this one, with components as they were when they
// were loaded: so the banner is no named component.
patch(DashboardKanbanRenderer.prototype, {
    get l10nPlKsefBanner() {
        return ProposalBanner;
    },
});
