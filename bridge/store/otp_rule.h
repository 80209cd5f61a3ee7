// To which countries the codes of an account go, in the store. Writes are the engine's, reads any thread's.
#ifndef SMSQUITTO_BRIDGE_STORE_OTP_RULE_H
#define SMSQUITTO_BRIDGE_STORE_OTP_RULE_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

enum {
    OTP_COUNTRIES_MAX = 250,                    // there are fewer
    OTP_COUNTRIES_SIZE = OTP_COUNTRIES_MAX * 3, // two letters and a space or the end
};

struct otp_rule {
    int64_t account;
    char countries[OTP_COUNTRIES_SIZE]; // two letters each with spaces between: only to these; "" = to all
    char refused[OTP_COUNTRIES_SIZE];   // but not to these
    int64_t per_country;                // codes an hour to each country; 0 = the bridge's limit alone
};

// Writes the rule, or removes one that rules nothing.
bool store_otp_rule_set(struct store *store, const struct otp_rule *row);
// The account's rule; one that rules nothing when there is none.
void store_otp_rule_load(struct store *store, struct otp_rule *out, int64_t account);
// The same for readers; QUERY_NONE when there is none.
enum query_status query_otp_rule(struct query *query, struct otp_rule *out, int64_t account);

#endif
