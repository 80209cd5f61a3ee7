// Ids: a shared counter gives time and order, getrandom(2) the rest.
#include "common/id.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

enum { COUNTER_BITS = 12 }; // rand_a

// The last 48-bit millisecond and the counter within it, in one word. The only state: ids of one process must
// differ whoever asks for them.
static _Atomic uint64_t last_tick;

// The next tick: that of now_ms, or the one after the last when that is later (many ids in one millisecond,
// or a clock that was set back). A full counter runs over into the millisecond, ahead of the clock.
static uint64_t next_tick(int64_t now_ms)
{
    uint64_t now = now_ms > 0 ? (uint64_t)now_ms << COUNTER_BITS : 0;
    uint64_t last = atomic_load_explicit(&last_tick, memory_order_relaxed);
    uint64_t next;
    do {
        next = now > last ? now : last + 1;
    } while (!atomic_compare_exchange_weak_explicit(&last_tick, &last, next, memory_order_relaxed,
                                                    memory_order_relaxed));
    return next;
}

static void put_hex(char *out, uint64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = "0123456789abcdef"[value & 15];
        value >>= 4;
    }
}

// A call of the kernel fetches some for the next ids too. One without randomness leaves zeros here; the tick
// still makes the id the only one of its kind in this process.
static uint64_t next_random(void)
{
    enum { STOCK = 32 };
    static _Thread_local uint64_t stock[STOCK];
    static _Thread_local size_t left;
    if (left == 0) {
        memset(stock, 0, sizeof stock);
        (void)!getrandom(stock, sizeof stock, 0);
        left = STOCK;
    }
    return stock[--left];
}

void id_new(char out[ID_SIZE], const char prefix[2], int64_t now_ms)
{
    uint64_t tick = next_tick(now_ms), random = next_random();
    memcpy(out, prefix, 2);
    put_hex(out + 2, tick >> COUNTER_BITS, 12);
    put_hex(out + 14, 0x7000 | (tick & ((1u << COUNTER_BITS) - 1)), 4);
    put_hex(out + 18, (random & 0x3fffffffffffffff) | 0x8000000000000000, 16);
    out[ID_LENGTH] = '\0';
}

bool id_valid(const char *text, size_t length, const char prefix[2])
{
    enum { VERSION_AT = 14, VARIANT_AT = 18 };
    if (length != ID_LENGTH || memcmp(text, prefix, 2) != 0)
        return false;
    for (size_t i = 2; i < ID_LENGTH; i++) {
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return false;
    }
    char variant = text[VARIANT_AT];
    return text[VERSION_AT] == '7' && (variant == '8' || variant == '9' || variant == 'a' || variant == 'b');
}
