// What a phone needs to connect, as one URI for a QR code.
//
//   smsquitto://pair?h=HOST&p=PORT&t=1&d=DEVICE&k=KEY     t: 1 = TLS, 0 = none
#ifndef SMSQUITTO_ADMIN_CLI_PAIR_H
#define SMSQUITTO_ADMIN_CLI_PAIR_H

#include <stdbool.h>
#include <stddef.h>

enum { PAIR_HOST_SIZE = 256 };

struct pair {
    const char *host; // name or address where phones reach the broker
    int port;
    bool tls;
    const char *device, *key;
};

// The URI, with everything but letters, digits and "-._~:" percent-encoded. Owned, holds the key; NULL when
// memory runs out.
char *pair_uri(const struct pair *pair);

// Finds the address under which this machine is seen from outside (of its default route), else its name. No
// packet is sent.
void pair_own_host(char host[PAIR_HOST_SIZE]);

#endif
