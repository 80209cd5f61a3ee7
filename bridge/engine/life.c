// The life of a message.
#include "bridge/engine/life.h"

#include "bridge/engine/jobs.h"
#include "bridge/engine/room.h"
#include "bridge/engine/stats.h"
#include "bridge/engine/vitals.h"
#include "bridge/store/retention.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

// message is what the event is about, or NULL.
static void add_event(struct core *core, struct event *event, const struct message *message, const char *code,
                      const char *detail)
{
    event->n = ++core->last_event;
    text_copy(event->reason, sizeof(event->reason), code);
    text_copy(event->detail, sizeof(event->detail), detail);
    core->effects.last_event = event->n;
    (void)store_event_add(core->store, event);
    jobs_event(core, event, message);
}

static void message_event(struct core *core, const struct message *message, int64_t kind, int64_t at,
                          int64_t part, const char *code, const char *detail)
{
    struct event event = {
        .account = message->account,
        .kind = kind,
        .message = message->n,
        .device = message->device,
        .at = at,
        .lease = message->lease,
        .part = part,
    };
    add_event(core, &event, message, code, detail);
}

void life_note(struct core *core, const struct message *message, enum event_kind kind, int64_t at,
               int64_t part, const char *code, const char *detail)
{
    message_event(core, message, kind, at, part, code, detail);
}

void life_device_event(struct core *core, const struct fleet_device *device, enum event_kind kind,
                       const char *code, const char *detail)
{
    struct event event = {
        .account = device->row.account, .kind = kind, .device = device->row.n, .at = core->now};
    add_event(core, &event, NULL, code, detail);
}

void life_subject_event(struct core *core, int64_t account, enum event_kind kind, const char *subject,
                        const char *code, const char *detail)
{
    struct event event = {.account = account, .kind = kind, .at = core->now};
    text_copy(event.subject, sizeof(event.subject), subject);
    add_event(core, &event, NULL, code, detail);
}

// Leaves only the beginning of the number. A row that is not written yet gets it with the rest.
static void hide_number(struct core *core, struct message *message)
{
    const size_t hidden = strlen(NUMBER_HIDDEN);
    size_t length = strlen(message->peer);
    if (length <= hidden || strcmp(message->peer + length - hidden, NUMBER_HIDDEN) == 0)
        return;
    memcpy(message->peer + length - hidden, NUMBER_HIDDEN, hidden);
    (void)store_message_set_peer(core->store, message->n, message->peer);
}

// A text or number that was to stay only until the message was sent is not needed from then on.
static void redact(struct core *core, struct message *message)
{
    if (message->state != STATE_SENT && !state_final(message->state))
        return;
    if (message->redact == REDACT_WHEN_SENT) {
        memset(message->text, 0, strlen(message->text));
        message->redact = REDACT_DONE;
    }
    if (message->hide_number)
        hide_number(core, message);
}

// What ended so stays in a queue until somebody sees to it.
static bool is_dead_letter(enum state state)
{
    return state == STATE_FAILED || state == STATE_UNDELIVERED || state == STATE_EXPIRED ||
           state == STATE_UNKNOWN;
}

// Writes the state and what explains it, with its event.
static void enter(struct core *core, struct message *message, enum state to, int64_t at, const char *code,
                  const char *detail)
{
    message->state = to;
    text_copy(message->reason, sizeof(message->reason), code);
    text_copy(message->detail, sizeof(message->detail), detail);
    message->updated_at = core->now;
    core->counters.moves[to]++;
    stats_entered(core, message, to, at);
    message_event(core, message, to, at, 0, code, detail);
    if (is_dead_letter(to) && message->purpose == PURPOSE_TEXT) {
        (void)store_dead_add(core->store, message->n, message->account);
        room_failed(core, message->account);
    }
    redact(core, message);
    cache_touch(core->cache, message);
}

void life_due(struct core *core, struct message *message, int64_t due_at)
{
    bool waits =
        message->turn == TURN_WAITS || message->state == STATE_HELD || message->state == STATE_SCHEDULED;
    if (waits && message->expires_at != 0 && (due_at == 0 || due_at > message->expires_at))
        due_at = message->expires_at;
    message->due_at = due_at;
    if (due_at != 0 && due_at < core->next_due)
        core->next_due = due_at;
    cache_touch(core->cache, message);
}

struct message *life_add_take(struct core *core, struct message *message)
{
    struct message *added = cache_add_take(core->cache, message);
    if (added == NULL)
        return NULL;
    fleet_tally(core->fleet, added, 1);
    core->counters.moves[added->state]++;
    if (added->direction == DIRECTION_OUTBOUND)
        stats_accepted(core, added);
    else
        stats_entered(core, added, added->state, core->now);
    message_event(core, added, added->state, core->now, 0, added->reason, added->detail);
    life_due(core, added, added->due_at);
    return added;
}

bool life_move(struct core *core, struct message *message, enum state to, int64_t at, const char *code,
               const char *detail)
{
    if (!state_may_move(message->state, to))
        return false;
    fleet_tally(core->fleet, message, -1);
    if (to == STATE_SENT || state_final(to))
        message->turn = TURN_NONE;
    message->asked = 0;
    enter(core, message, to, at, code, detail);
    if (to == STATE_DELIVERED || to == STATE_UNDELIVERED)
        vitals_report(core, message->device, true);
    if (state_final(to))
        life_due(core, message, 0);
    fleet_tally(core->fleet, message, 1);
    return true;
}

// Whether waiting for code (NULL = only for its turn) is nothing new to tell of the message.
static bool stays_held(struct core *core, const struct message *message, const char *code)
{
    return message->state == STATE_HELD &&
           strcmp(message->reason, code != NULL ? code : LIFE_AT_LIMIT) == 0 &&
           (code != NULL || fleet_route_limited(core->fleet, message->route));
}

// Enters held or queued, unless the message only goes on waiting.
static void keep_waiting(struct core *core, struct message *message, const char *code, const char *detail)
{
    if (!stays_held(core, message, code))
        enter(core, message, code != NULL ? STATE_HELD : STATE_QUEUED, core->now, code, detail);
    else if (detail != NULL)
        text_copy(message->detail, sizeof(message->detail), detail);
}

void life_wait(struct core *core, struct message *message, int64_t route, const char *code,
               const char *detail)
{
    fleet_tally(core->fleet, message, -1);
    message->turn = TURN_WAITS;
    message->route = route;
    keep_waiting(core, message, code, detail);
    life_due(core, message, 0);
    fleet_tally(core->fleet, message, 1);
}

void life_reroute(struct core *core, struct message *message, int64_t route)
{
    fleet_tally(core->fleet, message, -1);
    message->route = route;
    fleet_tally(core->fleet, message, 1);
    cache_touch(core->cache, message);
}

void life_hold_until(struct core *core, struct message *message, int64_t until, const char *code,
                     const char *detail)
{
    fleet_tally(core->fleet, message, -1);
    message->turn = TURN_NONE;
    keep_waiting(core, message, code, detail);
    life_due(core, message, until);
}

static void tell_move(struct core *core, const struct message *message, const struct fleet_device *before,
                      const struct fleet_device *device)
{
    char detail[DETAIL_SIZE];
    snprintf(detail, sizeof(detail), "%s takes it over from %s", device->row.id, before->row.id);
    life_note(core, message, EVENT_MOVED, core->now, 0, NULL, detail);
}

void life_lease(struct core *core, struct message *message, struct fleet_device *device)
{
    const struct fleet_device *before = fleet_device(core->fleet, message->device);
    fleet_tally(core->fleet, message, -1);
    message->turn = TURN_OUT;
    message->route = message->device = device->row.n;
    message->lease++;
    message->lease_until = core->now + core->options.lease_ms;
    message->asked = 0;
    message->parts_sent = message->parts_delivered = 0;
    if (message->state != STATE_QUEUED)
        enter(core, message, STATE_QUEUED, core->now, NULL, NULL);
    if (before != NULL && before != device)
        tell_move(core, message, before, device);
    life_due(core, message, core->now + core->options.confirm_ms);
    fleet_tally(core->fleet, message, 1);
}

void life_release(struct core *core, struct message *message)
{
    fleet_tally(core->fleet, message, -1);
    message->turn = TURN_NONE;
    message->cancelling = false;
    cache_touch(core->cache, message);
}
