// What the files of the fleet share.
#ifndef SMSQUITTO_BRIDGE_ENGINE_FLEET_INTERNAL_H
#define SMSQUITTO_BRIDGE_ENGINE_FLEET_INTERNAL_H

#include "bridge/engine/fleet.h"

enum { FLEET_BUCKETS = 4096 }; // chains of a handful at ten thousand devices

struct fleet {
    int64_t window_out, window_unaccepted;
    bool link;
    struct fleet_device *by_id[FLEET_BUCKETS], *by_n[FLEET_BUCKETS];
    struct fleet_account *accounts, **accounts_end;
    struct fleet_device *pump_devices, *owed;
    struct fleet_group *pump_first[FLEET_PRIORITY_MAX + 1], *pump_last[FLEET_PRIORITY_MAX + 1];
    struct fleet_pool *pools_by_n[FLEET_BUCKETS];
    struct fleet_card *by_number[FLEET_BUCKETS];
};

// Looks again at whether the place can take messages; keeps able and away_since of its group.
void fleet_place_able(const struct fleet *fleet, struct fleet_place *place, int64_t now);

// Puts every place of the device into the list of its group that fits, and queues groups that can go on.
void fleet_place_all(struct fleet *fleet, struct fleet_device *device);

// Takes the group out of the queue, wherever it stands.
void fleet_unqueue_group(struct fleet *fleet, struct fleet_group *group);

// Frees what a device has in pools and of SIMs; the pools of an account.
void fleet_free_members(struct fleet_device *device);
void fleet_forget_cards(struct fleet *fleet, struct fleet_device *device);
void fleet_free_pools(struct fleet_account *account);

// Which of FLEET_BUCKETS a short word is in.
size_t fleet_bucket(const char *word);

#endif
