// Which uplinks are to be published now: a window over the journal's sequence numbers, with receipts, repeats
// and back-off.
//
// Pure logic, no I/O; now_ms is any steady clock in milliseconds, random 32 random bits for jitter. Any
// thread. The owner keeps the uplinks themselves (journal or memory) until a receipt covers them.
#ifndef SMSQUITTO_DEVICE_UPLINK_H
#define SMSQUITTO_DEVICE_UPLINK_H

#include <stdbool.h>
#include <stdint.h>

enum {
    UPLINK_WINDOW = 200,      // seqs on the way without a receipt
    UPLINK_REPEAT_MS = 10000, // without progress: publish again
    UPLINK_REPEAT_MAX_MS = 60000,
    UPLINK_ASKED_MS = 2000, // a receipt without progress this long after sending is the bridge asking again
};

struct uplink {
    int64_t acked;    // all up to here have a receipt
    int64_t sent;     // published up to here on this connection
    int64_t next;     // the seq that the next uplink gets
    int64_t since_ms; // since when the first one without a receipt waits for it
    int64_t hold_ms;  // publish nothing before this time
    int32_t wait_ms;  // present repeat time
    bool online;
};

// oldest is the lowest seq that is kept, next the seq of the next one (oldest == next: none is kept).
void uplink_init(struct uplink *uplink, int64_t oldest, int64_t next);

// A connection is ready: everything without a receipt is due again.
void uplink_online(struct uplink *uplink, int64_t now_ms);
void uplink_offline(struct uplink *uplink);

// Gives the next seq away.
int64_t uplink_add(struct uplink *uplink);

// The seqs to publish now, *from to *to inclusive. Returns false when there are none.
bool uplink_due(const struct uplink *uplink, int64_t *from, int64_t *to, int64_t now_ms);

// All up to up_to have been handed to the broker's connection.
void uplink_sent(struct uplink *uplink, int64_t up_to, int64_t now_ms);

// A receipt for this journal arrived. Returns true when it covers something new, which the owner may then
// forget (all up to uplink->acked).
bool uplink_receipt(struct uplink *uplink, int64_t up_to, int64_t now_ms);

// The broker refused a publish: wait, then publish again from the first one without a receipt.
void uplink_refused(struct uplink *uplink, int64_t now_ms, uint32_t random);

// Repeats what has waited too long. Call when uplink_deadline has passed.
void uplink_tick(struct uplink *uplink, int64_t now_ms, uint32_t random);

// When uplink_tick or uplink_due has something to do next; INT64_MAX = only after another event.
int64_t uplink_deadline(const struct uplink *uplink);

#endif
