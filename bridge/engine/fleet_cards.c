// The SIMs of devices, and which of them has a number.
#include "bridge/engine/fleet_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same(const struct fleet_card *card, const struct wire_sim *sim)
{
    return card->slot == sim->slot && strcmp(card->number, sim->number != NULL ? sim->number : "") == 0 &&
           strcmp(card->carrier, sim->carrier != NULL ? sim->carrier : "") == 0;
}

static bool same_cards(const struct fleet_device *device, const struct wire_sim *sims, size_t count)
{
    bool equal = device->card_count == count;
    for (size_t i = 0; i < count && equal; i++)
        equal = same(&device->cards[i], &sims[i]);
    return equal;
}

void fleet_forget_cards(struct fleet *fleet, struct fleet_device *device)
{
    for (size_t i = 0; i < device->card_count; i++) {
        struct fleet_card *card = &device->cards[i];
        struct fleet_card **link = &fleet->by_number[fleet_bucket(card->number)];
        while (*link != NULL && *link != card)
            link = &(*link)->next_by_number;
        if (*link == card)
            *link =
                card->next_by_number; // NOLINT(clang-analyzer-core.NullDereference): as many as card_count
    }
    free(device->cards);
    device->cards = NULL;
    device->card_count = 0;
    device->sims = 0;
}

bool fleet_set_cards(struct fleet *fleet, struct fleet_device *device, const struct wire_sim *sims,
                     size_t count)
{
    if (same_cards(device, sims, count))
        return false;
    fleet_forget_cards(fleet, device);
    for (size_t i = 0; i < count; i++)
        if (sims[i].slot >= 1 && sims[i].slot <= WIRE_SIMS_MAX)
            device->sims |= (int64_t)1 << (sims[i].slot - 1);
    device->cards = count > 0 ? calloc(count, sizeof(*device->cards)) : NULL;
    device->card_count = device->cards != NULL ? count : 0;
    for (size_t i = 0; i < device->card_count; i++) {
        struct fleet_card *card = &device->cards[i];
        card->device = device;
        card->slot = sims[i].slot;
        snprintf(card->number, sizeof(card->number), "%s", sims[i].number != NULL ? sims[i].number : "");
        snprintf(card->carrier, sizeof(card->carrier), "%s", sims[i].carrier != NULL ? sims[i].carrier : "");
        if (card->number[0] == '\0')
            continue;
        struct fleet_card **bucket = &fleet->by_number[fleet_bucket(card->number)];
        card->next_by_number = *bucket;
        *bucket = card;
    }
    return true;
}

const struct fleet_card *fleet_card_by_number(const struct fleet *fleet, int64_t account, const char *number)
{
    const struct fleet_card *found = NULL;
    for (const struct fleet_card *card = fleet->by_number[fleet_bucket(number)]; card != NULL;
         card = card->next_by_number)
        if (card->device->row.account == account && strcmp(card->number, number) == 0 &&
            (found == NULL || (card->device->row.online && !found->device->row.online)))
            found = card;
    return found;
}
