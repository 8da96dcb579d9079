import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** Announcements and deadlines are in Warsaw's time, and so is this page, wherever its reader is. */
const ZONE = "Europe/Warsaw";
const CLOCK = { hour: "numeric", minute: "2-digit" };
const DAY = { day: "numeric", month: "short", year: "numeric" };

export function moment(iso) {
    return DateTime.fromISO(iso, { zone: ZONE });
}

/** 14:05 */
export function clock(iso) {
    return moment(iso).toLocaleString(CLOCK);
}

/** 14:05:30 */
export function clockWithSeconds(iso) {
    return moment(iso).toLocaleString({ ...CLOCK, second: "2-digit" });
}

/** 3 May 2026 */
export function day(iso) {
    return moment(iso).toLocaleString(DAY);
}

/** 14:05, or with the day if it is another one than today. */
export function when(iso) {
    const found = moment(iso);
    return found.hasSame(DateTime.now().setZone(ZONE), "day")
        ? found.toLocaleString(CLOCK)
        : found.toLocaleString({ ...DAY, ...CLOCK });
}

/** Whether the reader's clock shows another time than Warsaw's. */
export function isElsewhere() {
    const now = DateTime.now();
    return now.offset !== now.setZone(ZONE).offset;
}

/** A duration in words: 25 min, 3 h 5 min, 2 d 4 h. */
export function long(minutes) {
    minutes = Math.max(0, Math.round(minutes));
    if (minutes < 60) {
        return _t("%(minutes)s min", { minutes });
    }
    const hours = Math.floor(minutes / 60);
    if (hours < 48) {
        return minutes % 60
            ? _t("%(hours)s h %(minutes)s min", { hours, minutes: minutes % 60 })
            : _t("%(hours)s h", { hours });
    }
    return _t("%(days)s d %(hours)s h", { days: Math.floor(hours / 24), hours: hours % 24 });
}

export function minutesBetween(start, end) {
    return moment(end).diff(moment(start), "minutes").minutes;
}
