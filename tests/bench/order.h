// What the load asks for: one text or one code, in the words of an API.
#ifndef SMSQUITTO_BENCH_ORDER_H
#define SMSQUITTO_BENCH_ORDER_H

#include <stddef.h>
#include <stdint.h>

enum order_api {
    ORDER_MESSAGE, // ours, and the Node service's
    ORDER_KANNEL,  // Kannel's sendsms
    ORDER_OTP,     // ours: start a verification, then check a code
};

struct order {
    enum order_api api;
    const char *key;   // of the app; Kannel's password
    int report_port;   // where Kannel tells its reports, 0 for nowhere; the others know it from elsewhere
    uint64_t receiver; // eight digits of the number
    int64_t now_ns;    // travels in the text, and in the address of Kannel's report
};

// The API of that name; -1 when there is none.
int order_api_of(const char *name);

// Writes the request that begins the order; returns its length.
size_t order_begin(char *out, size_t size, const struct order *order);

// Writes the request that follows on this answer; 0 when the order is done.
size_t order_follow(char *out, size_t size, const struct order *order, const char *answer);

#endif
