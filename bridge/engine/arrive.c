// Devices that come and go.
#include "bridge/engine/arrive.h"

#include "bridge/engine/due.h"
#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/inbox.h"
#include "bridge/engine/life.h"
#include "bridge/engine/pace.h"
#include "bridge/engine/vitals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_WINDOW = FLEET_WINDOW_MAX };

#define SKEW_MIN_MS 5000LL                  // less may be the way of the status
#define SKEW_MAX_MS (20LL * 365 * 86400000) // more is no clock

void arrive_configure(struct core *core, const struct fleet_device *device)
{
    struct publish *item = effects_publish(&core->effects, device, TOPIC_CONFIG, 1);
    if (item == NULL)
        return;
    item->config.telemetry_interval_ms = core->options.telemetry_interval_ms;
    item->config.min_gap_ms = core->options.min_gap_ms;
    item->config.paused = device->row.paused;
}

static void set_online(struct core *core, struct fleet_device *device, bool online, int64_t at)
{
    if (device->row.online != online) {
        device->row.online = online;
        device->row.online_at = at != 0 ? at : core->now;
        life_device_event(core, device, online ? EVENT_DEVICE_ONLINE : EVENT_DEVICE_OFFLINE, NULL, NULL);
        (void)store_device_update(core->store, &device->row);
    }
    device->ready = device->ready && online;
    device->silent = false;
    fleet_refresh(core->fleet, device, core->now);
}

// What the device holds is asked for at once: its answers may have been lost. When its journal was lost, it
// cannot say what it has sent, and at QoS 2 nobody may send that again.
static void ask_about_out(struct core *core, struct fleet_device *device, bool journal_lost)
{
    struct message window[OUT_WINDOW];
    if (device->out == 0)
        return;
    cache_flush(core->cache, core->store);
    size_t count = store_messages_turn(core->store, window, OUT_WINDOW, TURN_OUT, device->row.n, 0, 0);
    for (size_t i = 0; i < count; i++) {
        struct message *message = cache_merge_take(core->cache, core->store, &window[i]);
        if (message == NULL || message->turn != TURN_OUT || message->qos == 0)
            continue;
        if (journal_lost && message->qos == 2)
            (void)life_move(core, message, STATE_UNKNOWN, core->now, "journal_lost",
                            "the device was given it, then lost its journal: it may have been sent");
        else
            due_look(core, message);
    }
}

// The device can be sent to from now on.
static void set_ready(struct core *core, struct fleet_device *device, bool journal_lost)
{
    device->ready = true;
    device->heard_at = core->now;
    fleet_refresh(core->fleet, device, core->now);
    ask_about_out(core, device, journal_lost);
    inbox_ready(core, device);
    fleet_owe_receipt(core->fleet, device);
}

// Connected, and without a word for too long: nobody knows whether it still does anything.
static bool is_silent(const struct core *core, const struct fleet_device *device)
{
    int64_t usual = 2 * core->options.telemetry_interval_ms, limit = core->options.heartbeat_ms;
    return device->ready && device->heard_at + (limit > usual ? limit : usual) < core->now;
}

void arrive_heartbeats(struct core *core)
{
    if (core->options.heartbeat_ms == 0)
        return;
    struct fleet_account *account = fleet_first_account(core->fleet);
    for (; account != NULL; account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL; device = device->next_in_account)
            if (fleet_reaches(core->fleet, device) && is_silent(core, device)) {
                device->silent = true;
                device->row.online = device->ready = false;
                device->row.online_at = core->now;
                life_device_event(core, device, EVENT_DEVICE_OFFLINE, "no_heartbeat",
                                  "connected, but has not said anything for too long");
                (void)store_device_update(core->store, &device->row);
                fleet_refresh(core->fleet, device, core->now);
                core->counters.devices_online = fleet_online_count(core->fleet);
            }
}

void arrive_word(struct core *core, struct fleet_device *device)
{
    device->row.seen_at = device->heard_at = core->now;
    if (!device->silent)
        return;
    device->silent = false;
    set_online(core, device, true, core->now);
    set_ready(core, device, false);
    core->counters.devices_online = fleet_online_count(core->fleet);
}

void arrive_link(struct core *core, struct command *command)
{
    core->counters.link_up = command->link.up;
    core->counters.plugin_ok = false;
    fleet_set_link(core->fleet, command->link.up, core->now);
}

// Devices that were online when the plugin was asked have said hello to this bridge or to its last run.
static void apply_snapshot(struct core *core)
{
    struct fleet_account *account = fleet_first_account(core->fleet);
    for (; account != NULL; account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL;
             device = device->next_in_account) {
            if (device->row.removed_at != 0 || device->phone)
                continue;
            set_online(core, device, device->seen_online, 0);
            if (device->seen_online)
                set_ready(core, device, false);
            device->seen_online = false;
        }
}

// One that has begun before and did not come to its end counts for nothing.
static void forget_snapshot(struct core *core)
{
    struct fleet_account *account = fleet_first_account(core->fleet);
    for (; account != NULL; account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL; device = device->next_in_account)
            device->seen_online = false;
}

void arrive_online(struct core *core, struct command *command)
{
    if (command->online.first)
        forget_snapshot(core);
    for (size_t i = 0; i < command->online.count; i++) {
        struct fleet_device *device = fleet_device_by_id(core->fleet, command->online.devices[i]);
        if (device != NULL)
            device->seen_online = true;
    }
    if (command->online.last) {
        apply_snapshot(core);
        core->counters.plugin_ok = true;
    }
    core->counters.devices_online = fleet_online_count(core->fleet);
}

void arrive_presence(struct core *core, struct command *command)
{
    struct fleet_device *device = fleet_device_by_id(core->fleet, command->presence.device);
    if (device == NULL)
        return;
    set_online(core, device, command->presence.online, command->presence.at);
    core->counters.devices_online = fleet_online_count(core->fleet);
}

// Another journal starts its own numbers; the same one can have less than we thought when our store was
// restored from a backup. Returns whether another one is gone.
static bool take_journal(struct fleet_device *device, const struct wire_status *status)
{
    bool same = strcmp(device->row.journal, status->journal) == 0;
    bool lost = !same && device->row.journal[0] != '\0';
    if (same && status->oldest - 1 <= device->row.up_to)
        return false;
    snprintf(device->row.journal, sizeof(device->row.journal), "%s", status->journal);
    device->row.up_to = status->oldest - 1;
    device->ahead = 0;
    return lost;
}

static void take_sims(struct core *core, struct fleet_device *device, const struct wire_status *status)
{
    if (!fleet_set_cards(core->fleet, device, status->sims, status->sim_count))
        return;
    if (!fleet_device_refit(core->fleet, device, core->now))
        core->broken = true;
    pace_refresh(core, device);
}

// Phones without a network's time can be far off; what is meant to end at a time is told them in their own.
static void compare_clocks(const struct core *core, struct fleet_device *device, int64_t at)
{
    int64_t skew_ms = at - core->now;
    device->skew_ms = llabs(skew_ms) >= SKEW_MIN_MS && llabs(skew_ms) <= SKEW_MAX_MS ? skew_ms : 0;
}

// What the device tells of itself.
static void take_news(struct core *core, struct fleet_device *device, struct command *command)
{
    (void)store_device_status_put(core->store, device->row.n, command->status_report.text);
    compare_clocks(core, device, command->status_report.status.at);
    take_sims(core, device, &command->status_report.status);
    vitals_status(core, device, &command->status_report.status);
}

void arrive_status(struct core *core, struct command *command)
{
    const struct wire_status *status = &command->status_report.status;
    struct fleet_device *device = fleet_device_by_id(core->fleet, command->status_report.device);
    if (device == NULL) {
        core->counters.bad_reports++;
        return;
    }
    arrive_word(core, device);
    if (!command->status_report.bare)
        take_news(core, device, command);
    bool journal_lost = take_journal(device, status);
    inbox_taken(core, device, status->inbox);
    if (status->hello) {
        set_online(core, device, true, core->now);
        arrive_configure(core, device);
        set_ready(core, device, journal_lost);
        core->counters.devices_online = fleet_online_count(core->fleet);
    }
    (void)store_device_update(core->store, &device->row);
}
