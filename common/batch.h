// Batches: several payloads for devices in one publish of the bridge to the plugin, which publishes each on
// its topic. What both have agreed on:
//
//     17\n
//     sms/v1/phone-1/send 1 {"id":...}\n
//     sms/v1/phone-2/receipt 0 {"journal":...}\n
//
// The number of the batch, which comes back in the answer; then an entry a line: topic (one that devices
// read), QoS (0, 1 or 2) and payload (not empty), with a space between. JSON as we write it has no line end
// in it.
#ifndef SMSQUITTO_COMMON_BATCH_H
#define SMSQUITTO_COMMON_BATCH_H

enum {
    BATCH_ENTRIES_MAX = 32, // so that others wait well under a millisecond for the broker
    BATCH_BYTES_MAX = 16384,
    BATCH_NUMBER_DIGITS_MAX = 10,
};

#endif
