// The choice of a device.
#include "bridge/engine/route.h"

#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/life.h"
#include "bridge/engine/pace.h"
#include "bridge/engine/recipients.h"
#include "common/isotime.h"

#include <stdio.h>
#include <string.h>

// The place in the group of who wrote to this recipient last, so that a person always sees the same number;
// NULL when it is not known, or its device has just given this message back.
static struct fleet_place *last_place(struct core *core, const struct message *message,
                                      const struct fleet_group *group)
{
    int64_t n, sim;
    if (!store_peer_device(core->store, &n, &sim, message->account, message->peer) ||
        (message->lease > 0 && n == message->device))
        return NULL;
    const struct fleet_device *device = fleet_device(core->fleet, n);
    if (device == NULL)
        return NULL;
    struct fleet_place *place = message->want_sim == 0 ? fleet_place_of(device, group, sim) : NULL;
    return place != NULL ? place : fleet_place_of(device, group, message->want_sim);
}

// That place, when it has room now.
static struct fleet_place *sticky_place(struct core *core, const struct message *message,
                                        const struct fleet_group *group)
{
    struct fleet_place *place = group->able >= 2 ? last_place(core, message, group) : NULL;
    return place != NULL && fleet_has_room(core->fleet, place->device) ? place : NULL;
}

// Notes which slot the message shall use there.
static struct route_choice take_place(struct message *message, struct fleet_place *place)
{
    message->sim = message->want_sim != 0 ? message->want_sim : place->sim;
    fleet_place_used(place);
    return (struct route_choice){.takes = place->device};
}

// The device itself, or a wait for it behind what waits there already.
static struct route_choice take_or_wait(struct core *core, struct message *message, struct fleet_place *place)
{
    if (place->device->waiting == 0 && fleet_has_room(core->fleet, place->device))
        return take_place(message, place);
    return (struct route_choice){.waits_for = place->device};
}

// A preferred device that is only busy is waited for; when none of them can send, anybody may.
static struct route_choice pick_preferred(struct core *core, struct message *message,
                                          struct fleet_group *prefers)
{
    const struct fleet_device *gave_back =
        message->lease > 0 ? fleet_device(core->fleet, message->device) : NULL;
    struct fleet_place *place = fleet_first_place(prefers, message->want_sim, gave_back);
    if (place == NULL)
        place = fleet_full_place(prefers, message->want_sim);
    return place != NULL ? take_or_wait(core, message, place) : (struct route_choice){.takes = NULL};
}

static struct route_choice pick_sticky(struct core *core, struct message *message,
                                       const struct fleet_group *group)
{
    struct fleet_place *place = last_place(core, message, group);
    return place != NULL && place->able ? take_or_wait(core, message, place)
                                        : (struct route_choice){.takes = NULL};
}

static struct route_choice pick_by_policy(struct core *core, struct message *message,
                                          const struct fleet_pool *pool, struct fleet_group *group)
{
    struct fleet_group *prefers;
    if (pool->row.policy == POOL_STICKY)
        return pick_sticky(core, message, group);
    if ((prefers = fleet_pool_prefers(pool, message->peer)) != NULL)
        return pick_preferred(core, message, prefers);
    return (struct route_choice){.takes = NULL};
}

// Whether the device may write to the recipient; when it takes the message now, notes by which slot.
static bool admits(struct core *core, struct message *message, const struct route_choice *choice)
{
    const struct fleet_device *device = choice->takes != NULL ? choice->takes : choice->waits_for;
    int64_t sim = choice->takes != NULL ? message->sim : message->want_sim;
    int64_t slot = recipients_slot(core, device, message->peer, sim);
    if (slot != RECIPIENTS_NONE && choice->takes != NULL)
        message->sim = slot;
    return slot != RECIPIENTS_NONE;
}

// The choice when it may write to the recipient, else none.
static struct route_choice admitted(struct core *core, struct message *message, struct route_choice choice)
{
    bool chosen = choice.takes != NULL || choice.waits_for != NULL;
    return chosen && admits(core, message, &choice) ? choice : (struct route_choice){.takes = NULL};
}

// Another place than the rules prefer, because its SIM may write to nobody new: the one that knows the
// recipient, else, of those that take somebody new, the one that holds least.
static struct route_choice pick_other(struct core *core, struct message *message, struct fleet_group *group)
{
    struct route_choice choice = {.takes = NULL};
    struct fleet_place *best = NULL, *place = last_place(core, message, group);
    char why[DETAIL_SIZE];
    if (place != NULL && place->able)
        choice = admitted(core, message, take_or_wait(core, message, place));
    if (choice.takes != NULL || choice.waits_for != NULL)
        return choice;
    place = group->places;
    for (int i = 0; place != NULL && i < ROUTE_PLACES_MAX; i++, place = place->next_in_group) {
        int64_t sim = message->want_sim != 0 ? message->want_sim : place->sim;
        if (!place->able || !fleet_place_serves(place, message->want_sim) ||
            recipients_until(core, place->device, sim, why) != 0)
            continue;
        if (!fleet_has_room(core->fleet, place->device))
            choice.waits_for = place->device;
        else if (best == NULL || place->device->out < best->device->out)
            best = place;
    }
    return best != NULL ? admitted(core, message, take_place(message, best)) : choice;
}

// By the rules of the group alone.
static struct route_choice pick_by_rules(struct core *core, struct message *message,
                                         struct fleet_group *group)
{
    struct fleet_place *place = NULL;
    if (group->pool == NULL) {
        place = sticky_place(core, message, group);
    } else {
        struct route_choice choice = pick_by_policy(core, message, group->pool, group);
        if (choice.takes != NULL || choice.waits_for != NULL)
            return choice;
    }
    if (place == NULL)
        place = fleet_first_place(group, message->want_sim,
                                  message->lease > 0 ? fleet_device(core->fleet, message->device) : NULL);
    return place != NULL ? take_place(message, place) : (struct route_choice){.takes = NULL};
}

struct route_choice route_pick(struct core *core, struct message *message, struct fleet_group *group)
{
    struct route_choice choice = pick_by_rules(core, message, group);
    if ((choice.takes == NULL && choice.waits_for == NULL) || admits(core, message, &choice))
        return choice;
    return pick_other(core, message, group);
}

struct fleet_pool *route_stand_in(const struct core *core, struct fleet_pool *pool)
{
    struct fleet_pool *each = pool;
    for (int depth = 0; each != NULL && depth < ROUTE_DEPTH_MAX; depth++) {
        const struct fleet_group *group = &each->group;
        if (group->able > 0)
            return each;
        if (!fleet_link(core->fleet) || core->now - group->away_since < each->row.fallback_after_ms)
            break;
        each = fleet_pool(core->fleet, each->row.fallback);
    }
    return pool;
}

// The group of a message that names no device; NULL when its pool was removed.
static struct fleet_group *group_of(struct core *core, const struct message *message)
{
    struct fleet_account *account = fleet_account(core->fleet, message->account);
    if (account == NULL)
        return NULL; // the store is damaged
    struct fleet_pool *pool =
        message->want_pool != 0 ? fleet_pool(core->fleet, message->want_pool) : account->usual;
    if (pool == NULL)
        return message->want_pool != 0 ? NULL : &account->all;
    return &route_stand_in(core, pool)->group;
}

struct route_choice route_named(struct core *core, struct message *message, struct fleet_device *device)
{
    if (!fleet_has_room(core->fleet, device))
        return (struct route_choice){.takes = NULL};
    if (message->want_device == 0) {
        const struct fleet_group *group = group_of(core, message);
        struct fleet_place *place = group != NULL ? fleet_place_of(device, group, message->want_sim) : NULL;
        return place != NULL && place->able ? admitted(core, message, take_place(message, place))
                                            : (struct route_choice){.takes = NULL};
    }
    message->sim = message->want_sim;
    return admitted(core, message,
                    (struct route_choice){.takes = fleet_has_sim(device, message->want_sim) ? device : NULL});
}

struct route_way route_of(struct core *core, const struct message *message)
{
    if (message->want_device != 0) {
        struct fleet_device *device = fleet_device(core->fleet, message->want_device);
        enum fleet_block block = device != NULL ? fleet_device_block(core->fleet, device) : FLEET_NO_DEVICE;
        return (struct route_way){.route = message->want_device,
                                  .block = block,
                                  .named = device,
                                  .gone = block == FLEET_NO_DEVICE ? "device_removed" : NULL};
    }
    struct fleet_group *group = group_of(core, message);
    if (group == NULL)
        return (struct route_way){
            .route = ROUTE_POOL(message->want_pool), .block = FLEET_NO_DEVICE, .gone = "pool_removed"};
    return (struct route_way){
        .route = group->route, .block = fleet_group_block(core->fleet, group), .group = group};
}

struct route_choice route_take(struct core *core, struct message *message, const struct route_way *way)
{
    struct route_choice none = {.takes = NULL};
    if (way->block != FLEET_FREE)
        return none;
    if (way->named != NULL)
        return way->named->waiting == 0 ? route_named(core, message, way->named) : none;
    return way->group->waiting == 0 ? route_pick(core, message, way->group) : none;
}

bool route_want_read(struct route_want *want, struct core *core, int64_t account_n, const char *from)
{
    const struct fleet_account *account = fleet_account(core->fleet, account_n);
    const struct fleet_device *device = fleet_device_by_id(core->fleet, from);
    const struct fleet_card *card =
        from[0] == '+' ? fleet_card_by_number(core->fleet, account_n, from) : NULL;
    *want = (struct route_want){.pool = fleet_pool_named(account, from)};
    if (want->pool != NULL)
        return true;
    if (card != NULL) {
        want->device = card->device;
        want->sim = card->slot;
    } else if (device != NULL && device->row.account == account_n) {
        want->device = device;
    }
    return want->device != NULL;
}

static int64_t rest_of(const struct fleet_device *device)
{
    return device->cool_until != 0 ? device->cool_until : device->pace != NULL ? device->pace->rest_until : 0;
}

int64_t route_rest_end(const struct route_way *way)
{
    int64_t soonest = INT64_MAX;
    if (way->block != FLEET_PACED && way->block != FLEET_COOLING)
        return 0;
    if (way->named != NULL)
        return rest_of(way->named);
    const struct fleet_place *place = way->group->places;
    for (; place != NULL; place = place->next_in_group) {
        int64_t end = place->device->ready ? rest_of(place->device) : 0;
        if (end != 0 && end < soonest)
            soonest = end;
    }
    return soonest != INT64_MAX ? soonest : 0;
}

// What a sentence calls those who could take the message.
static void subject_of(char *out, size_t size, const struct fleet_pool *pool)
{
    if (pool == NULL)
        snprintf(out, size, "the account");
    else if (strncmp(pool->row.name, ROUTE_TAG, strlen(ROUTE_TAG)) == 0)
        snprintf(out, size, "tag %s", pool->row.tag);
    else
        snprintf(out, size, "pool %s", pool->row.name);
}

// Writes a sentence with the word in the place of its %.
static void tell(char *detail, const char *sentence, const char *word)
{
    const char *tail = strchr(sentence, '%');
    int head = tail != NULL ? (int)(tail - sentence) : (int)strlen(sentence);
    snprintf(detail, DETAIL_SIZE, "%.*s%s%s", head, sentence, tail != NULL ? word : "",
             tail != NULL ? tail + 1 : "");
}

const char *route_reason(const struct route_way *way, char *detail)
{
    static const struct {
        const char *code, *one, *any;
    } REASONS[] = {
        [FLEET_NO_DEVICE] = {"no_device", "device % was removed", "% has no device"},
        [FLEET_OFFLINE] = {"device_offline", "device % is offline", "no device of % is online"},
        [FLEET_NO_HELLO] = {"device_not_ready", "device % is connected, but has not said that it is ready",
                            "the devices of % are connected, but have not said that they are ready"},
        [FLEET_PAUSED] = {"device_paused", "device % is paused", "every device of % is paused"},
        [FLEET_PACED] = {LIFE_AT_LIMIT, "device % is at a limit of its SIM",
                         "every device of % is at a limit of its SIM"},
        [FLEET_COOLING] = {"device_limit", "device % rests, because its phone or network refused more",
                           "every device of % rests, because its phone or network refused more"},
        [FLEET_NO_BROKER] = {"no_broker", "the gateway has no connection to its MQTT broker",
                             "the gateway has no connection to its MQTT broker"},
        [FLEET_FREE] = {NULL, "", ""},
    };
    char subject[POOL_NAME_SIZE + 8];
    char time[ISOTIME_SIZE];
    int64_t until = way->gone == NULL ? route_rest_end(way) : 0;
    if (way->named != NULL && way->block == FLEET_PACED) {
        snprintf(detail, DETAIL_SIZE, "%s", pace_why(way->named, 0, &until));
        until = 0; // it is in that sentence
    } else if (way->named != NULL) {
        tell(detail, REASONS[way->block].one, way->named->row.id);
    } else if (way->gone != NULL) {
        snprintf(detail, DETAIL_SIZE, "the %s that it was to go by was removed",
                 way->route < 0 ? "pool" : "device");
    } else {
        subject_of(subject, sizeof(subject), way->group->pool);
        tell(detail, REASONS[way->block].any, subject);
    }
    if (until != 0) {
        size_t length = strlen(detail);
        isotime_format(time, until);
        snprintf(detail + length, DETAIL_SIZE - length, " until %s", time);
    }
    return REASONS[way->block].code;
}
