// Groups of devices: who is in them, and who of them is next.
#include "bridge/engine/fleet_internal.h"

#include <stdlib.h>

enum fleet_block fleet_group_block(const struct fleet *fleet, const struct fleet_group *group)
{
    static const int MILDNESS[] = {
        [FLEET_NO_DEVICE] = 0, [FLEET_PAUSED] = 1, [FLEET_OFFLINE] = 2,   [FLEET_NO_HELLO] = 3,
        [FLEET_COOLING] = 4,   [FLEET_PACED] = 5,  [FLEET_NO_BROKER] = 6, [FLEET_FREE] = 7,
    };
    if (group->able > 0)
        return FLEET_FREE;
    enum fleet_block mildest = FLEET_NO_DEVICE;
    for (const struct fleet_place *place = group->places; place != NULL; place = place->next_in_group) {
        enum fleet_block block = fleet_device_block(fleet, place->device);
        if (MILDNESS[block] > MILDNESS[mildest])
            mildest = block;
    }
    return mildest;
}

size_t fleet_group_room(const struct fleet *fleet, const struct fleet_group *group, size_t max)
{
    size_t room = 0;
    for (int list = 0; list < FLEET_FULL; list++)
        for (const struct fleet_place *place = group->first[list]; place != NULL && room < max;
             place = place->list_next)
            room += fleet_room(fleet, place->device);
    return room < max ? room : max;
}

bool fleet_route_limited(struct fleet *fleet, int64_t route)
{
    const struct fleet_group *group = fleet_group(fleet, route);
    const struct fleet_device *device = group == NULL ? fleet_device(fleet, route) : NULL;
    const struct fleet_place *place = group != NULL ? group->places : NULL;
    while (place != NULL && !place->device->limited)
        place = place->next_in_group;
    return place != NULL || (device != NULL && device->limited);
}

static void list_remove(struct fleet_place *place)
{
    struct fleet_group *group = place->group;
    if (place->list < 0)
        return;
    *(place->list_previous != NULL ? &place->list_previous->list_next : &group->first[place->list]) =
        place->list_next;
    *(place->list_next != NULL ? &place->list_next->list_previous : &group->last[place->list]) =
        place->list_previous;
    place->list = -1;
}

static void list_append(struct fleet_place *place, int list)
{
    struct fleet_group *group = place->group;
    place->list = list;
    place->list_next = NULL;
    place->list_previous = group->last[list];
    *(group->last[list] != NULL ? &group->last[list]->list_next : &group->first[list]) = place;
    group->last[list] = place;
}

static void list_prepend(struct fleet_place *place, int list)
{
    struct fleet_group *group = place->group;
    place->list = list;
    place->list_previous = NULL;
    place->list_next = group->first[list];
    *(group->first[list] != NULL ? &group->first[list]->list_previous : &group->last[list]) = place;
    group->first[list] = place;
}

// Which list the place belongs in.
static int list_of(const struct fleet *fleet, const struct fleet_place *place)
{
    if (!place->able)
        return -1;
    if (!fleet_has_room(fleet, place->device))
        return FLEET_FULL;
    return place->group->order == FLEET_BY_LOAD ? (int)place->device->out : 0;
}

// A place whose turn was cut short by a lack of room goes on with it.
static void settle(const struct fleet *fleet, struct fleet_place *place)
{
    int list = list_of(fleet, place);
    if (list == place->list)
        return;
    list_remove(place);
    if (list == 0 && place->credit < place->weight)
        list_prepend(place, list);
    else if (list >= 0)
        list_append(place, list);
}

void fleet_place_able(const struct fleet *fleet, struct fleet_place *place, int64_t now)
{
    struct fleet_group *group = place->group;
    bool able =
        fleet_device_block(fleet, place->device) == FLEET_FREE && fleet_has_sim(place->device, place->sim);
    if (able == place->able)
        return;
    place->able = able;
    group->able += able ? 1 : -1;
    group->away_since = group->able > 0 ? 0 : group->away_since != 0 ? group->away_since : now;
}

void fleet_place_all(struct fleet *fleet, struct fleet_device *device)
{
    for (struct fleet_place *place = device->places; place != NULL; place = place->next_of_device) {
        settle(fleet, place);
        if (place->group->waiting > 0 && place->list >= 0 && place->list < FLEET_FULL)
            fleet_push_group(fleet, place->group);
    }
}

bool fleet_place_serves(const struct fleet_place *place, int64_t sim)
{
    return place->sim == sim || ((place->sim == 0 || sim == 0) && fleet_has_sim(place->device, sim));
}

struct fleet_place *fleet_first_place(const struct fleet_group *group, int64_t sim,
                                      const struct fleet_device *last)
{
    struct fleet_place *found = NULL;
    for (int list = 0; list < FLEET_FULL; list++)
        for (struct fleet_place *place = group->first[list]; place != NULL; place = place->list_next) {
            if (!fleet_place_serves(place, sim))
                continue;
            if (place->device != last)
                return place;
            found = place;
        }
    return found;
}

struct fleet_place *fleet_full_place(struct fleet_group *group, int64_t sim)
{
    struct fleet_place *place = group->first[FLEET_FULL];
    while (place != NULL && !fleet_place_serves(place, sim))
        place = place->list_next;
    if (place != NULL) {
        list_remove(place);
        list_append(place, FLEET_FULL);
    }
    return place;
}

struct fleet_place *fleet_place_of(const struct fleet_device *device, const struct fleet_group *group,
                                   int64_t sim)
{
    struct fleet_place *place = device->places;
    while (place != NULL && (place->group != group || !fleet_place_serves(place, sim)))
        place = place->next_of_device;
    return place;
}

// Moves the place behind the others of its device, so that groups that share a device take turns.
static void stand_last(struct fleet_place *place)
{
    struct fleet_place **link = &place->device->places;
    if (place->next_of_device == NULL)
        return;
    while (*link != place)
        link = &(*link)->next_of_device;
    *link = place->next_of_device;
    place->next_of_device = NULL;
    while (*link != NULL)
        link = &(*link)->next_of_device;
    *link = place;
}

void fleet_place_used(struct fleet_place *place)
{
    stand_last(place);
    if (place->group->order == FLEET_BY_LOAD || --place->credit > 0)
        return;
    int list = place->list;
    place->credit = place->weight;
    list_remove(place);
    if (list >= 0)
        list_append(place, list);
}

struct fleet_place *fleet_join(struct fleet *fleet, struct fleet_group *group, struct fleet_device *device,
                               int64_t sim, int64_t weight, int64_t now)
{
    struct fleet_place *place = calloc(1, sizeof(*place));
    if (place == NULL)
        return NULL;
    *place = (struct fleet_place){.device = device,
                                  .group = group,
                                  .sim = sim,
                                  .weight = weight,
                                  .credit = weight,
                                  .list = -1,
                                  .next_in_group = group->places,
                                  .next_of_device = device->places};
    if (group->places != NULL)
        group->places->previous_in_group = place;
    group->places = device->places = place;
    fleet_place_able(fleet, place, now);
    fleet_place_all(fleet, device);
    return place;
}

void fleet_leave(struct fleet_place *place, int64_t now)
{
    struct fleet_group *group = place->group;
    struct fleet_place **link = &place->device->places;
    list_remove(place);
    if (place->able && --group->able == 0)
        group->away_since = now;
    if (place->next_in_group != NULL)
        place->next_in_group->previous_in_group = place->previous_in_group;
    *(place->previous_in_group != NULL ? &place->previous_in_group->next_in_group : &group->places) =
        place->next_in_group;
    while (*link != place)
        link = &(*link)->next_of_device;
    *link = place->next_of_device;
    free(place);
}

void fleet_push_group(struct fleet *fleet, struct fleet_group *group)
{
    struct fleet_group **last = &fleet->pump_last[group->priority];
    if (group->pump_queued)
        return;
    group->pump_queued = true;
    group->next_pump = NULL;
    *(*last != NULL ? &(*last)->next_pump : &fleet->pump_first[group->priority]) = group;
    *last = group;
}

struct fleet_group *fleet_pop_group(struct fleet *fleet)
{
    int priority = FLEET_PRIORITY_MAX;
    while (priority > 0 && fleet->pump_first[priority] == NULL)
        priority--;
    struct fleet_group *group = fleet->pump_first[priority];
    if (group == NULL)
        return NULL;
    fleet->pump_first[priority] = group->next_pump;
    if (group->next_pump == NULL)
        fleet->pump_last[priority] = NULL;
    group->pump_queued = false;
    return group;
}

void fleet_unqueue_group(struct fleet *fleet, struct fleet_group *group)
{
    struct fleet_group *previous = NULL, **link = &fleet->pump_first[group->priority];
    if (!group->pump_queued)
        return;
    for (; *link != group; link = &previous->next_pump)
        previous = *link;
    *link = group->next_pump;
    if (fleet->pump_last[group->priority] == group)
        fleet->pump_last[group->priority] = previous;
    group->pump_queued = false;
}
