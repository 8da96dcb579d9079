import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { onMounted, onWillUnmount, reactive, useState } from "@odoo/owl";

const SECONDS = 60;

/**
 * The lights of the chosen companies, kept fresh as long as a component on the page shows them.
 *
 * They are asked for after the page is there: no list waits for its dot. Going from page to page
 * the last answer is shown until the next one is there, so that nothing blinks.
 */
export const lightService = {
    dependencies: ["orm"],
    start(env, { orm }) {
        const state = reactive({ lights: [] });
        let watchers = 0;
        let asked = 0;
        let timer;

        async function load() {
            asked = Date.now();
            try {
                state.lights = await orm.silent.call("res.company", "l10n_pl_ksef_lights", []);
            } catch (error) {
                // The status page says that the server is away; a dot need not.
                if (!(error instanceof ConnectionLostError)) {
                    throw error;
                }
            }
        }

        function tick() {
            if (!document.hidden && Date.now() - asked >= SECONDS * 1000) {
                load();
            }
        }

        function watch() {
            if (++watchers === 1) {
                timer = setInterval(tick, 1000);
            }
            // What an action may have changed is looked at when the page comes back.
            if (Date.now() - asked >= 1000) {
                load();
            }
        }

        function unwatch() {
            if (--watchers === 0) {
                clearInterval(timer);
            }
        }

        return { state, load, watch, unwatch };
    },
};

registry.category("services").add("l10n_pl_ksef_light", lightService);

/** The lights, for a component. */
export function useLights() {
    const service = useService("l10n_pl_ksef_light");
    onMounted(service.watch);
    onWillUnmount(service.unwatch);
    return { state: useState(service.state), load: service.load };
}
