// Devices and accounts in memory: who is there, who has room, and how much waits for whom.
//
// The counts follow every change of a message's turn, route and state through fleet_tally; what the store
// says about them is read once at the start. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_FLEET_H
#define SMSQUITTO_BRIDGE_ENGINE_FLEET_H

#include "bridge/store/inbox.h"
#include "bridge/store/records.h"
#include "common/wire.h"

enum { FLEET_WINDOW_MAX = 64 }; // upper bound of engine_options.window_out

// The lists of a group: able devices with room, best first, and those without.
enum { FLEET_FULL = FLEET_WINDOW_MAX + 1, FLEET_LISTS };

// Why a device, or every device of a group, cannot be sent to now.
enum fleet_block {
    FLEET_FREE,
    FLEET_NO_DEVICE, // the group has no device at all
    FLEET_OFFLINE,
    FLEET_NO_HELLO, // connected, but has not said that it is ready
    FLEET_PAUSED,
    FLEET_PACED,   // its SIMs are at their limits
    FLEET_COOLING, // its phone or network refused more; it rests until cool_until
    FLEET_NO_BROKER,
};

struct fleet_account;
struct fleet_device;
struct fleet_pool;
struct fleet_member;
struct pace;

enum { FLEET_PRIORITY_USUAL = 5, FLEET_PRIORITY_MAX = 9 };

// How far the waiting messages of a route have been told what blocks them, or that nothing does.
struct fleet_sweep {
    bool blocked, done;
    int64_t lane, n; // the last one that was told
};

// In which order the devices of a group that have room are taken.
enum fleet_order {
    FLEET_BY_LOAD, // the one that holds least, longest unused first
    FLEET_IN_TURN, // one after the other, each as often in a row as its weight says
};

// Devices that share a route: any of them may take what waits on it. A device may be in several groups.
struct fleet_group {
    int64_t route; // what message.route says of those that wait for it
    struct fleet_account *account;
    struct fleet_pool *pool; // NULL = every device of the account
    enum fleet_order order;
    int priority;          // 0 - FLEET_PRIORITY_MAX: of groups that share a device, the highest goes first
    int64_t waiting;       // messages with turn waits on this route
    int64_t able;          // places that are free (with or without room)
    uint64_t full_windows; // of waiting messages that took all the room
    struct fleet_sweep sweep;
    int64_t rest_told;  // until when it rests, as the store says
    int64_t away_since; // when the last place became unable to take messages; 0 = one can
    struct fleet_place *places;
    struct fleet_place *first[FLEET_LISTS], *last[FLEET_LISTS];
    struct fleet_group *next_pump;
    bool pump_queued;
};

// One device in one group.
struct fleet_place {
    struct fleet_device *device;
    struct fleet_group *group;
    int64_t sim;            // only this slot; 0 = any
    int64_t weight, credit; // in turn: how often in a row, and how often still
    bool able;
    int list; // of the group; -1 = none
    struct fleet_place *list_next, *list_previous;
    struct fleet_place *next_in_group, *previous_in_group, *next_of_device;
};

// One SIM of a device, as the device tells.
struct fleet_card {
    struct fleet_device *device;
    int64_t slot;
    char number[NUMBER_SIZE], carrier[CARRIER_SIZE]; // "" = not known
    struct fleet_card *next_by_number;
};

struct fleet_device {
    struct device row; // without its status, which the store alone keeps
    struct fleet_account *account;
    bool phone;                 // comes by HTTP, with SMSGate's app
    bool ready;                 // online, and its hello has come (or it was online before this bridge)
    int64_t heard_at;           // its last word, or when it became ready
    int64_t skew_ms;            // its clock minus ours, as far as it matters; 0 = not known
    bool silent;                // connected, but taken for offline: it has not said anything for too long
    bool seen_online;           // named by the snapshot that is being read
    struct inbox_request inbox; // the last one
    int64_t cool_until;         // 0 = does not rest
    int64_t waiting;            // messages with turn waits on this device's route
    int64_t out, unaccepted;    // messages with turn out; of these, not yet accepted
    uint64_t full_windows;      // of waiting messages that took all the room
    int64_t warnings;           // that were told: bits of enum warning
    int64_t sims_seen;          // slots that ever had a SIM: bit k-1 = slot k
    int64_t unreported;         // sent messages in a row that no delivery report came for
    int64_t sims;               // bit k-1 = slot k is there; 0 = not known
    uint64_t ahead;             // bit k = uplink up_to + 2 + k is stored already
    int64_t receipted;          // up_to as the last receipt had it, and as the store has it
    struct fleet_sweep sweep;
    int64_t rest_told;  // until when it rests, as the store says
    int64_t away_since; // when it became unable to take messages; 0 = it can
    struct fleet_device *next_by_id, *next_by_n, *next_in_account;
    struct fleet_place *places;   // in all its groups; the group that it served last stands last
    struct fleet_member *members; // what it is in pools by hand
    char *tags;                   // words with spaces between, NULL = none
    struct fleet_card *cards;
    struct pace *pace; // limits of its SIMs, NULL = none; owned by core
    bool limited;      // it has limits
    uint64_t resting;  // bit 0 = the device is at a limit, bit k = its SIM k is
    size_t card_count;
    struct fleet_device *next_owed, *next_pump;
    bool pump_queued, owed_queued;
};

struct fleet_account {
    struct account row;
    struct fleet_group all;       // every device that is not removed
    struct fleet_device *devices; // also removed ones
    struct fleet_pool *pools;
    int64_t waiting; // messages with turn waits, on all its routes
    // see room.h: since when the oldest of them waits, as it was when it was looked up, and when it is looked
    // up again; how many texts failed in which hour
    int64_t oldest_at, look_at, failed, failed_hour;
    bool held_look; // see rehold.h: what is held is looked at again, behind this message
    int64_t held_n;
    struct fleet_pool *usual; // the pool that takes what names no other; NULL = all
    struct fleet_account *next;
};

struct fleet;

// NULL when memory runs out. Windows as in engine_options.
struct fleet *fleet_new(int64_t window_out, int64_t window_unaccepted);
void fleet_free(struct fleet *fleet);
// Forgets all devices, accounts and lists.
void fleet_clear(struct fleet *fleet);

// Add a row as read from or just written to the store. NULL when memory runs out.
struct fleet_account *fleet_add_account(struct fleet *fleet, const struct account *account);
struct fleet_device *fleet_add_device(struct fleet *fleet, const struct device *device);

struct fleet_account *fleet_account(struct fleet *fleet, int64_t n);
// Removed devices are found by n only.
struct fleet_device *fleet_device(struct fleet *fleet, int64_t n);
struct fleet_device *fleet_device_by_id(struct fleet *fleet, const char *id);
// Takes a removed device out of its groups and makes its id free for another; the row stays findable by n.
void fleet_retire(struct fleet *fleet, struct fleet_device *device, int64_t now);
// The group whose route it is; NULL when there is none.
struct fleet_group *fleet_group(struct fleet *fleet, int64_t route);

// The first account, NULL when there is none; go on with ->next, and with ->devices and ->next_in_account.
struct fleet_account *fleet_first_account(struct fleet *fleet);
int64_t fleet_online_count(const struct fleet *fleet);

// Adds (sign 1) or takes away (sign -1) what the message counts for on its route. Call with -1 before a
// change of turn, route or state, and with 1 after it.
void fleet_tally(struct fleet *fleet, const struct message *message, int sign);

// Whether the broker is reachable; affects every device. Call fleet_refresh_all after a change.
void fleet_set_link(struct fleet *fleet, bool up, int64_t now);
bool fleet_link(const struct fleet *fleet);
// Whether there is a way to the device: phones need no broker.
bool fleet_reaches(const struct fleet *fleet, const struct fleet_device *device);

// Looks again at whether the device is free and has room, after a change of its fields; keeps able and
// away_since of all its groups.
void fleet_refresh(struct fleet *fleet, struct fleet_device *device, int64_t now);
void fleet_refresh_all(struct fleet *fleet, int64_t now);

// What blocks one device, or all devices of a group (the mildest of their reasons).
enum fleet_block fleet_device_block(const struct fleet *fleet, const struct fleet_device *device);
enum fleet_block fleet_group_block(const struct fleet *fleet, const struct fleet_group *group);
// Whether the device is free and its windows have room.
bool fleet_has_room(const struct fleet *fleet, const struct fleet_device *device);
// Whether a device of the route (of message.route) has limits of its SIMs.
bool fleet_route_limited(struct fleet *fleet, int64_t route);
// How many messages the device could take now; and all devices of the group together, counted up to max.
size_t fleet_room(const struct fleet *fleet, const struct fleet_device *device);
size_t fleet_group_room(const struct fleet *fleet, const struct fleet_group *group, size_t max);
// Whether the device has that slot (0 = any), as far as known.
bool fleet_has_sim(const struct fleet_device *device, int64_t sim);

// The place with room and that slot (0 = any) that comes first by the order of the group; NULL when there is
// none. One of the device `last` (NULL = none) comes after all others.
struct fleet_place *fleet_first_place(const struct fleet_group *group, int64_t sim,
                                      const struct fleet_device *last);
// An able place without room and with that slot, another one each time; NULL when there is none.
struct fleet_place *fleet_full_place(struct fleet_group *group, int64_t sim);
// The place of the device in the group with that slot; NULL when there is none.
struct fleet_place *fleet_place_of(const struct fleet_device *device, const struct fleet_group *group,
                                   int64_t sim);
// Whether a message for that slot (0 = any) may go by the place, as far as SIMs are concerned.
bool fleet_place_serves(const struct fleet_place *place, int64_t sim);
// Notes that the place was given a message: others come before it.
void fleet_place_used(struct fleet_place *place);

// Puts the device into the group, which owns the place. NULL when memory runs out.
struct fleet_place *fleet_join(struct fleet *fleet, struct fleet_group *group, struct fleet_device *device,
                               int64_t sim, int64_t weight, int64_t now);
// Takes the place out of its group and frees it.
void fleet_leave(struct fleet_place *place, int64_t now);

// Devices and groups that have something waiting and room for it, each once; NULL when there is none left.
struct fleet_device *fleet_pop_device(struct fleet *fleet);
struct fleet_group *fleet_pop_group(struct fleet *fleet);
// Puts them back to be looked at again.
void fleet_push_device(struct fleet *fleet, struct fleet_device *device);
void fleet_push_group(struct fleet *fleet, struct fleet_group *group);

// Takes over what the device tells of its SIMs. Returns whether anything is new; then fleet_device_refit
// follows. What memory does not suffice for stays unknown.
bool fleet_set_cards(struct fleet *fleet, struct fleet_device *device, const struct wire_sim *sims,
                     size_t count);
// The SIM with that E.164 number in the account, in a device that is online if there is one; NULL when no
// device has told it.
const struct fleet_card *fleet_card_by_number(const struct fleet *fleet, int64_t account, const char *number);

// Notes that uplink seq of the device is stored; moves up_to on over what is contiguous. Owes a receipt
// either way.
void fleet_uplink(struct fleet *fleet, struct fleet_device *device, int64_t seq);
// Whether uplink seq was stored before.
bool fleet_uplink_known(const struct fleet_device *device, int64_t seq);
void fleet_owe_receipt(struct fleet *fleet, struct fleet_device *device);
// Devices that are owed a receipt, each once; NULL when there is none left.
struct fleet_device *fleet_pop_owed(struct fleet *fleet);

#endif
