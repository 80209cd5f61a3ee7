// One filled struct of each payload, and payloads by their name: for wire_test and for the contract test.
#ifndef SMSQUITTO_TESTS_UNIT_WIRE_SAMPLES_H
#define SMSQUITTO_TESTS_UNIT_WIRE_SAMPLES_H

#include "common/wire.h"

#define SAMPLE_ID "SM019aa33ac4c07c4d8e5f60718293a4b5"
#define SAMPLE_ID_2 "SM019aa33ac4c17aaa9e5f60718293a4b5"
#define SAMPLE_AT 1795222923456

// The structs, ready to be encoded.
extern const struct wire_send sample_send;
extern const struct wire_cancel sample_cancel;
extern const struct wire_query sample_query;
extern const struct wire_receipt sample_receipt;
extern const struct wire_config sample_config;
extern const struct wire_inbox sample_inbox;
extern const struct wire_reports sample_reports;
extern const struct wire_inbounds sample_inbounds;
extern const struct wire_status sample_status;

// One kind of payload, by the leaf of its topic.
struct wire_kind {
    const char *name;
    // The sample as an owned text; NULL for a kind that C only decodes.
    char *(*encode)(void);
    // Decodes payload and, where C encodes the kind, encodes it again into *again (owned, else NULL).
    bool (*pass)(char **again, const char *payload, size_t length, struct field_error *error);
};

enum { WIRE_KINDS = 10 };

extern const struct wire_kind wire_kinds[WIRE_KINDS];

#endif
