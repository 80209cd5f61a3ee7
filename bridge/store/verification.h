// One-time codes in the store. Writes are the engine's, reads any thread's (store.h, query.h).
#ifndef SMSQUITTO_BRIDGE_STORE_VERIFICATION_H
#define SMSQUITTO_BRIDGE_STORE_VERIFICATION_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

enum {
    OTP_SEED_BYTES = 16,
    OTP_PURPOSE_SIZE = 33,
    OTP_CLIENT_SIZE = 46, // an IPv6 address
    OTP_REGION_SIZE = 3,
};

// Stored in the database: never reuse or renumber.
enum otp_state {
    OTP_PENDING = 1,
    OTP_VERIFIED = 2,
    OTP_FAILED = 3,
    OTP_EXPIRED = 4,
    OTP_CANCELLED = 5,
    OTP_REPLACED = 6
};

struct verification {
    int64_t n, account;
    char id[ID_SIZE];
    char number[NUMBER_SIZE];
    char purpose[OTP_PURPOSE_SIZE];
    char region[OTP_REGION_SIZE];
    uint8_t seed[OTP_SEED_BYTES];
    int64_t digits;
    enum otp_state state;
    int64_t checks_left, sends;
    char message[ID_SIZE];
    int64_t created_at, expires_at, ended_at;
};

struct otp_send {
    int64_t account, key, at;
    char number[NUMBER_SIZE], range[NUMBER_SIZE], client[OTP_CLIENT_SIZE];
    char region[OTP_REGION_SIZE];
};

// Which column a limit counts by.
enum otp_limit { OTP_BY_NUMBER, OTP_BY_RANGE, OTP_BY_KEY, OTP_BY_CLIENT, OTP_BY_REGION, OTP_LIMITS };

int64_t store_verification_last(struct store *store);
bool store_verification_add(struct store *store, const struct verification *row);
// Writes state, checks_left, sends, message, ended_at.
bool store_verification_update(struct store *store, const struct verification *row);
bool store_verification_load(struct store *store, struct verification *out, int64_t account, const char *id);
// The newest one for that number and purpose.
bool store_verification_newest(struct store *store, struct verification *out, int64_t account,
                               const char *number, const char *purpose);
// Fills out[limit] with pending ones whose time was over at that time; returns the count.
size_t store_verifications_over(struct store *store, struct verification *out, size_t limit, int64_t at);
// Notes that the message carries the code; fills ids[limit] with all that do, newest first, and returns how
// many.
bool store_verification_text_add(struct store *store, int64_t verification, const char *message);
size_t store_verification_texts(struct store *store, char (*ids)[ID_SIZE], size_t limit,
                                int64_t verification);
bool store_otp_send_add(struct store *store, const struct otp_send *row);
// How many sends after `since` count against the limit with this one, up to max, and when the oldest of them
// was.
int64_t store_otp_sends(struct store *store, const struct otp_send *row, enum otp_limit limit, int64_t since,
                        int64_t max, int64_t *oldest);
// Adds to the figures of an hour.
bool store_otp_count(struct store *store, int64_t account, const char *region, int64_t hour, int64_t sent,
                     int64_t verified, int64_t failed);
// Deletes at most limit rows each: sends before, verifications that ended before, figures of hours before.
void store_otp_sweep(struct store *store, int64_t sends_before, int64_t ended_before, int64_t hours_before,
                     size_t limit);

enum query_status query_verification(struct query *query, struct verification *out, int64_t account,
                                     const char *id);
// The newest one for that number and purpose.
enum query_status query_verification_newest(struct query *query, struct verification *out, int64_t account,
                                            const char *number, const char *purpose);
struct otp_figures {
    char region[OTP_REGION_SIZE];
    int64_t sent, verified, failed;
};
// The account's figures of the hours in [from, to), by region, most sent first; at most limit.
enum query_status query_otp_stats(struct query *query, struct otp_figures *out, size_t limit, size_t *count,
                                  int64_t account, int64_t from, int64_t to);

// The word of the API for a state.
const char *otp_state_name(enum otp_state state);

#endif
