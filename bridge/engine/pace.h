// How much a SIM may send: parts a minute, hour and day, a least time between two messages, hours of the day;
// to how many people is in recipients.h.
//
// What is given to a device counts at once. A device all of whose SIMs are at a limit is blocked until the
// soonest of them may send again (FLEET_PACED); while only some are, the others send. The hours and days are
// those of the limit's zone. Devices without limits cost nothing. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_PACE_H
#define SMSQUITTO_BRIDGE_ENGINE_PACE_H

#include "bridge/engine/core.h"

enum { PACE_REOPEN_MAX = 4 };

struct pace {
    struct fleet_device *device;
    size_t count;
    struct pace_sim {
        struct sim_limit row;
        int64_t rest_until;    // 0 = may send
        char why[DETAIL_SIZE]; // while it rests, for people
        bool changed;          // its counts are not stored yet
    } sims[SIM_LIMITS_MAX];
    int64_t rest_until;                        // of the whole device, 0 = may send
    bool by_recipients;                        // one of the limits counts recipients
    int64_t reopen[PACE_REOPEN_MAX], reopen_n; // reopen.h: ends, 0 = none; how far the first was looked at
    struct pace *next;
};

// Reads all limits. False when the store cannot be read, or memory runs out.
bool pace_load(struct core *core);
void pace_clear(struct core *core);

// The slot with a limit that a message which names none shall use; 0 = let the device choose. Not one of
// those that are shut (bit k = slot k).
int64_t pace_slot(const struct fleet_device *device, uint64_t shut);
// The slots that the device has (bit k-1 = slot k); of one that does not tell, those that have a limit.
int64_t pace_slots(const struct pace *pace);
// Writes a sentence about one slot (0 = the device): what it does, in the words of pace_next, until when.
void pace_tell(const struct fleet_device *device, int64_t slot, const char *words, int64_t until,
               char out[DETAIL_SIZE]);
// Why the slot (0: the whole device) rests, and until when: for the whole device the limit that ends its
// rest;
// "" when it does not.
const char *pace_why(const struct fleet_device *device, int64_t slot, int64_t *until);

// Counts a message that is given to the device.
void pace_count(struct core *core, struct fleet_device *device, const struct message *message);
// Lets those send whose rest is over.
void pace_step(struct core *core);
// Stores what was counted. Last in a batch, so that counts are committed with what they count.
void pace_flush(struct core *core);
// Looks again at the limits of a device whose SIMs have changed.
void pace_refresh(struct core *core, struct fleet_device *device);

// COMMAND_LIMIT_SET.
void pace_set(struct core *core, struct command *command);

// Pure: when a limit lets the next message go, from now on; *why says what stands in its way, for people (""
// when nothing does).
int64_t pace_next(const struct sim_limit *limit, int64_t now, char why[DETAIL_SIZE]);
// Pure: begins new minutes, hours, days and months.
void pace_roll(struct sim_limit *limit, int64_t now);
// Pure: when the day, and the month, that are counted are over.
int64_t pace_day_end(const struct sim_limit *limit);
int64_t pace_month_end(const struct sim_limit *limit);

#endif
