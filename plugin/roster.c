// The table of logins: an array, and slots of open addressing that point into it. Names come from the
// administrator, so the hash need not resist attacks.
#include "plugin/roster.h"

#include "common/fnv1a.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 16, EMPTY = 0 }; // a slot holds 1 + the place in the array

struct roster {
    int64_t generation;
    struct login *logins;
    size_t count;
    size_t room;
    uint32_t *slots;
    size_t slot_count; // a power of two, at least twice the room
};

struct roster *roster_new(int64_t generation)
{
    struct roster *roster = calloc(1, sizeof *roster);
    if (roster != NULL)
        roster->generation = generation;
    return roster;
}

void roster_free(struct roster *roster)
{
    if (roster == NULL)
        return;
    if (roster->logins != NULL)
        secret_clear(roster->logins, roster->count * sizeof roster->logins[0]);
    free(roster->logins);
    free(roster->slots);
    free(roster);
}

// The slot of a name, or the empty one where it belongs. The table has slots and one is empty.
static uint32_t *slot_of(const struct roster *roster, const char *name)
{
    size_t mask = roster->slot_count - 1;
    size_t at = (size_t)fnv1a(name) & mask;
    while (roster->slots[at] != EMPTY && strcmp(roster->logins[roster->slots[at] - 1].name, name) != 0)
        at = (at + 1) & mask;
    return &roster->slots[at];
}

static bool grow(struct roster *roster)
{
    size_t slot_count = roster->slot_count == 0 ? SLOTS_MIN : roster->slot_count * 2;
    struct login *logins = realloc(roster->logins, slot_count / 2 * sizeof *logins);
    if (logins == NULL)
        return false;
    roster->logins = logins;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    free(roster->slots);
    roster->slots = slots;
    roster->slot_count = slot_count;
    roster->room = slot_count / 2;
    for (size_t i = 0; i < roster->count; i++)
        *slot_of(roster, logins[i].name) = (uint32_t)i + 1;
    return true;
}

bool roster_add(struct roster *roster, const struct login *login)
{
    if (roster->count == ROSTER_LOGINS_MAX || (roster->count == roster->room && !grow(roster)))
        return false;
    uint32_t *slot = slot_of(roster, login->name);
    if (*slot != EMPTY)
        return false;
    roster->logins[roster->count++] = *login;
    *slot = (uint32_t)roster->count;
    return true;
}

const struct login *roster_find(const struct roster *roster, const char *name)
{
    if (roster == NULL || name == NULL || roster->count == 0 || strnlen(name, DEVICE_ID_SIZE) > DEVICE_ID_MAX)
        return NULL;
    uint32_t slot = *slot_of(roster, name);
    return slot == EMPTY ? NULL : &roster->logins[slot - 1];
}

int64_t roster_generation(const struct roster *roster)
{
    return roster->generation;
}

size_t roster_count(const struct roster *roster)
{
    return roster->count;
}

bool role_parse(enum role *role, const char *word)
{
    static const char *const words[] = {
        [ROLE_DEVICE] = "device", [ROLE_BRIDGE] = "bridge", [ROLE_OPERATOR] = "operator"};
    for (int i = 0; i < (int)(sizeof words / sizeof words[0]); i++) {
        if (strcmp(words[i], word) == 0) {
            *role = (enum role)i;
            return true;
        }
    }
    return false;
}
