// Wrong codes on public paths: how many an address, and all together, may try.
#include "bridge/http/http_internal.h"

#include "common/clock.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

// The buckets of addresses are a bounded set, so that nobody fills our memory by having many.
enum { ALL = -1, FIRST_ADDRESS = -2, ADDRESSES = 4096 };

// An IPv6 customer has 2^64 addresses: the first 64 bits count.
static size_t address_bytes(uint8_t out[16], const struct sockaddr *address)
{
    if (address == NULL)
        return 0;
    if (address->sa_family == AF_INET) {
        memcpy(out, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
        return 4;
    }
    if (address->sa_family != AF_INET6)
        return 0; // the local socket
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    size_t skip = IN6_IS_ADDR_V4MAPPED(six) ? 12 : 0, count = skip != 0 ? 4 : 8;
    memcpy(out, six->s6_addr + skip, count);
    return count;
}

// The bucket of the client's address: a keyed hash, so that nobody can look for one to share with another.
static int64_t bucket_of(const struct request *request)
{
    uint8_t input[sizeof(request->server->guess_key) + 16], hash[SECRET_HASH_BYTES];
    memcpy(input, request->server->guess_key, sizeof(request->server->guess_key));
    size_t length = address_bytes(input + sizeof(request->server->guess_key), http_client_address(request));
    secret_hash(hash, (const char *)input, sizeof(request->server->guess_key) + length);
    return FIRST_ADDRESS - (hash[0] << 8 | hash[1]) % ADDRESSES;
}

bool request_may_guess(struct request *request)
{
    const struct http_options *options = &request->server->options;
    int64_t now = clock_mono_ms();
    struct rate_answer all = rate_take(request->server->rates, ALL, options->guesses, 0, now);
    struct rate_answer own =
        rate_take(request->server->rates, bucket_of(request), options->guesses_per_address, 0, now);
    if (all.allowed && own.allowed)
        return true;
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)(own.wait_s > all.wait_s ? own.wait_s : all.wait_s));
    request_add_header(request, "Retry-After", text);
    request_problem(request, 429, "limited", "Too many for now", "code",
                    own.allowed ? "too many wrong codes came from everywhere: try again in a moment"
                                : "too many wrong codes came from this address");
    return false;
}

void request_wrong_guess(struct request *request)
{
    const struct http_options *options = &request->server->options;
    int64_t now = clock_mono_ms();
    (void)rate_take(request->server->rates, ALL, options->guesses, 1, now);
    (void)rate_take(request->server->rates, bucket_of(request), options->guesses_per_address, 1, now);
}
