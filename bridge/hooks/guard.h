// Which addresses a webhook may be posted to. A webhook is a URL that an app gives us: without a guard it
// could make the bridge talk to what only this machine and its network can reach (server-side request
// forgery).
#ifndef SMSQUITTO_BRIDGE_HOOKS_GUARD_H
#define SMSQUITTO_BRIDGE_HOOKS_GUARD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { GUARD_RANGES_MAX = 32 };

struct guard {
    struct guard_range {
        uint8_t address[16]; // IPv6, IPv4 as ::ffff:a.b.c.d
        int bits;
    } allowed[GUARD_RANGES_MAX];
    int count;
};

// Reads a list of addresses and CIDR ranges, separated by spaces or commas ("127.0.0.1 10.0.0.0/8 fd00::/8").
// False when one of them is none, or there are too many.
bool guard_parse(struct guard *guard, const char *list);

// Whether a connection to that resolved address may be made: a public unicast address, or one that the list
// allows. IPv4 addresses inside IPv6 ones (mapped, compatible, NAT64, 6to4, Teredo) are judged as what they
// are. Sources: IANA's special-purpose address registries (RFC 6890), RFC 6598, RFC 4193, RFC 6052, RFC 3056.
bool guard_allows(const struct guard *guard, const struct sockaddr *address);

#endif
