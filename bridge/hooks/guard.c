// Which addresses a webhook may be posted to.
#include "bridge/hooks/guard.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { V4_BITS = 96 }; // of the prefix ::ffff:0:0/96

// What is not public. IPv4 first, as ::ffff:a.b.c.d.
static const struct {
    const char *address;
    int bits;
} REFUSED[] = {
    {"::ffff:0.0.0.0", V4_BITS + 8},        // this network
    {"::ffff:10.0.0.0", V4_BITS + 8},       // private
    {"::ffff:100.64.0.0", V4_BITS + 10},    // carrier-grade NAT
    {"::ffff:127.0.0.0", V4_BITS + 8},      // loopback
    {"::ffff:169.254.0.0", V4_BITS + 16},   // link-local, cloud metadata
    {"::ffff:172.16.0.0", V4_BITS + 12},    // private
    {"::ffff:192.0.0.0", V4_BITS + 24},     // protocol assignments
    {"::ffff:192.0.2.0", V4_BITS + 24},     // documentation
    {"::ffff:192.88.99.0", V4_BITS + 24},   // 6to4 relays
    {"::ffff:192.168.0.0", V4_BITS + 16},   // private
    {"::ffff:198.18.0.0", V4_BITS + 15},    // benchmarks
    {"::ffff:198.51.100.0", V4_BITS + 24},  // documentation
    {"::ffff:203.0.113.0", V4_BITS + 24},   // documentation
    {"::ffff:168.63.129.16", V4_BITS + 32}, // a cloud's metadata
    {"::ffff:224.0.0.0", V4_BITS + 3},      // multicast, reserved, broadcast
};

// Public IPv6 is 2000::/3 without these.
static const struct {
    const char *address;
    int bits;
} REFUSED_V6[] = {
    {"2001::", 23},     // protocol assignments
    {"2001:db8::", 32}, // documentation
    {"3fff::", 20},     // documentation
    {"5f00::", 16},     // segment routing
};

// Prefixes that carry an IPv4 address, and where in it.
static const struct {
    const char *prefix;
    int bits, offset;
    bool inverted;
} CARRIERS[] = {
    {"::", 96, 12, false},           // compatible
    {"::ffff:0:0:0", 96, 12, false}, // translated
    {"64:ff9b::", 96, 12, false},    // NAT64
    {"64:ff9b:1::", 48, 12, false},  // NAT64, local
    {"2002::", 16, 2, false},        // 6to4
    {"2001::", 32, 12, true},        // Teredo
};

static bool within(const uint8_t address[16], const uint8_t prefix[16], int bits)
{
    int bytes = bits / 8, rest = bits % 8;
    if (memcmp(address, prefix, (size_t)bytes) != 0)
        return false;
    return rest == 0 || ((address[bytes] ^ prefix[bytes]) >> (8 - rest)) == 0;
}

static bool within_text(const uint8_t address[16], const char *text, int bits)
{
    uint8_t prefix[16];
    return inet_pton(AF_INET6, text, prefix) == 1 && within(address, prefix, bits);
}

static void map_v4(uint8_t out[16], const uint8_t v4[4])
{
    memset(out, 0, 10);
    memset(out + 10, 0xff, 2);
    memcpy(out + 12, v4, 4);
}

static bool parse_range(struct guard_range *range, char *text)
{
    uint8_t v4[4];
    char *slash = strchr(text, '/'), *end = NULL;
    long bits = -1;
    if (slash != NULL) {
        *slash = '\0';
        bits = strtol(slash + 1, &end, 10);
        if (slash[1] == '\0' || *end != '\0' || bits < 0)
            return false;
    }
    if (inet_pton(AF_INET, text, v4) == 1) {
        map_v4(range->address, v4);
        range->bits = V4_BITS + (bits < 0 ? 32 : (int)bits);
        return bits <= 32;
    }
    range->bits = bits < 0 ? 128 : (int)bits;
    return inet_pton(AF_INET6, text, range->address) == 1 && bits <= 128;
}

bool guard_parse(struct guard *guard, const char *list)
{
    char copy[1024], *rest = NULL;
    *guard = (struct guard){.count = 0};
    if (strlen(list) >= sizeof(copy))
        return false;
    memcpy(copy, list, strlen(list) + 1);
    for (char *word = strtok_r(copy, " ,", &rest); word != NULL; word = strtok_r(NULL, " ,", &rest))
        if (guard->count == GUARD_RANGES_MAX || !parse_range(&guard->allowed[guard->count++], word))
            return false;
    return true;
}

static bool is_allowed(const struct guard *guard, const uint8_t address[16])
{
    for (int i = 0; i < guard->count; i++)
        if (within(address, guard->allowed[i].address, guard->allowed[i].bits))
            return true;
    return false;
}

static bool is_public(const uint8_t address[16])
{
    if (within_text(address, "::ffff:0:0", V4_BITS)) {
        for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++)
            if (within_text(address, REFUSED[i].address, REFUSED[i].bits))
                return false;
        return true;
    }
    for (size_t i = 0; i < sizeof(REFUSED_V6) / sizeof(REFUSED_V6[0]); i++)
        if (within_text(address, REFUSED_V6[i].address, REFUSED_V6[i].bits))
            return false;
    return within_text(address, "2000::", 3);
}

// Replaces an IPv6 address that carries an IPv4 one by that.
static void unwrap(uint8_t address[16])
{
    for (size_t i = 0; i < sizeof(CARRIERS) / sizeof(CARRIERS[0]); i++) {
        uint8_t v4[4];
        if (!within_text(address, CARRIERS[i].prefix, CARRIERS[i].bits) ||
            (i == 0 && within_text(address, "::", 127)))
            continue; // :: and ::1 are themselves
        for (int byte = 0; byte < 4; byte++)
            v4[byte] = address[CARRIERS[i].offset + byte] ^ (CARRIERS[i].inverted ? 0xff : 0);
        map_v4(address, v4);
        return;
    }
}

bool guard_allows(const struct guard *guard, const struct sockaddr *address)
{
    uint8_t bytes[16];
    if (address->sa_family == AF_INET)
        map_v4(bytes, (const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    else if (address->sa_family == AF_INET6)
        memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, sizeof(bytes));
    else
        return false;
    if (is_allowed(guard, bytes))
        return true;
    unwrap(bytes);
    return is_allowed(guard, bytes) || is_public(bytes);
}
