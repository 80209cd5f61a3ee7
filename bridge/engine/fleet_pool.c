// Pools in memory.
#include "bridge/engine/fleet_pool.h"

#include "bridge/engine/fleet_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_POOL "default"

// Takes over what of the row the group goes by.
static void set_up(struct fleet *fleet, struct fleet_pool *pool)
{
    bool in_turn = pool->row.policy == POOL_ROUND_ROBIN || pool->row.policy == POOL_WEIGHTED;
    fleet_unqueue_group(fleet, &pool->group);
    pool->group.order = in_turn ? FLEET_IN_TURN : FLEET_BY_LOAD;
    pool->group.priority = (int)pool->row.priority;
    struct fleet_account *account = pool->group.account;
    if (strcmp(pool->row.name, USUAL_POOL) == 0)
        account->usual = pool;
    else if (account->usual == pool)
        account->usual = NULL;
}

struct fleet_pool *fleet_add_pool(struct fleet *fleet, const struct pool *row, int64_t now)
{
    struct fleet_account *account = fleet_account(fleet, row->account);
    struct fleet_pool *pool = account != NULL ? calloc(1, sizeof(*pool)) : NULL;
    if (pool == NULL)
        return NULL;
    pool->row = *row;
    pool->group = (struct fleet_group){
        .route = ROUTE_POOL(row->n), .account = account, .pool = pool, .away_since = now};
    set_up(fleet, pool);
    pool->next = account->pools;
    account->pools = pool;
    struct fleet_pool **bucket = &fleet->pools_by_n[(size_t)row->n % FLEET_BUCKETS];
    pool->next_by_n = *bucket;
    *bucket = pool;
    return pool;
}

static void free_pool(struct fleet_pool *pool)
{
    for (size_t i = 0; i < FLEET_CLASS_BUCKETS; i++)
        while (pool->classes[i] != NULL) {
            struct fleet_class *class = pool->classes[i];
            pool->classes[i] = class->next;
            free(class);
        }
    free(pool->carriers);
    free(pool);
}

void fleet_free_pools(struct fleet_account *account)
{
    while (account->pools != NULL) {
        struct fleet_pool *pool = account->pools;
        account->pools = pool->next;
        free_pool(pool);
    }
}

// Takes the device out of every group of the pool.
static void leave_all(const struct fleet_pool *pool, struct fleet_device *device, int64_t now)
{
    for (struct fleet_place *place = device->places, *next; place != NULL; place = next) {
        next = place->next_of_device;
        if (place->group->pool == pool)
            fleet_leave(place, now);
    }
}

void fleet_remove_pool(struct fleet *fleet, struct fleet_pool *pool, int64_t now)
{
    struct fleet_account *account = pool->group.account;
    for (struct fleet_device *device = account->devices; device != NULL; device = device->next_in_account) {
        leave_all(pool, device, now);
        for (int64_t sim = 0; sim <= WIRE_SIMS_MAX; sim++)
            (void)fleet_member_drop(pool, device, sim);
    }
    fleet_unqueue_group(fleet, &pool->group);
    if (account->usual == pool)
        account->usual = NULL;
    struct fleet_pool **link = &account->pools;
    while (*link != pool)
        link = &(*link)->next;
    *link = pool->next;
    link = &fleet->pools_by_n[(size_t)pool->row.n % FLEET_BUCKETS];
    while (*link != pool)
        link = &(*link)->next_by_n;
    *link = pool->next_by_n;
    free_pool(pool);
}

struct fleet_pool *fleet_pool(const struct fleet *fleet, int64_t n)
{
    struct fleet_pool *pool = fleet->pools_by_n[(size_t)n % FLEET_BUCKETS];
    while (pool != NULL && pool->row.n != n)
        pool = pool->next_by_n;
    return pool;
}

struct fleet_pool *fleet_pool_named(const struct fleet_account *account, const char *name)
{
    struct fleet_pool *pool = account->pools;
    while (pool != NULL && strcmp(pool->row.name, name) != 0 && strcmp(pool->row.id, name) != 0)
        pool = pool->next;
    return pool;
}

void fleet_pools_arrive(struct fleet *fleet, int64_t now)
{
    for (struct fleet_account *account = fleet->accounts; account != NULL; account = account->next)
        for (struct fleet_pool *pool = account->pools; pool != NULL; pool = pool->next)
            if (pool->group.away_since != 0)
                pool->group.away_since = now;
}

bool fleet_pool_add_carrier(struct fleet_pool *pool, const struct pool_carrier *carrier)
{
    struct pool_carrier *more = realloc(pool->carriers, (pool->carrier_count + 1) * sizeof(*pool->carriers));
    if (more == NULL)
        return false;
    pool->carriers = more;
    pool->carriers[pool->carrier_count++] = *carrier;
    return true;
}

void fleet_pool_clear_carriers(struct fleet_pool *pool)
{
    free(pool->carriers);
    pool->carriers = NULL;
    pool->carrier_count = 0;
}

static struct fleet_member *find_member(const struct fleet_pool *pool, const struct fleet_device *device,
                                        int64_t sim)
{
    struct fleet_member *member = device->members;
    while (member != NULL && (member->pool != pool || member->sim != sim))
        member = member->next;
    return member;
}

bool fleet_is_member(const struct fleet_pool *pool, const struct fleet_device *device, int64_t sim)
{
    return find_member(pool, device, sim) != NULL;
}

bool fleet_member_put(struct fleet_pool *pool, struct fleet_device *device, int64_t sim, int64_t weight,
                      const char *prefixes)
{
    struct fleet_member *member = find_member(pool, device, sim);
    char *copy = strdup(prefixes);
    if (copy != NULL && member == NULL && (member = calloc(1, sizeof(*member))) != NULL) {
        member->next = device->members;
        device->members = member;
    }
    if (copy == NULL || member == NULL) {
        free(copy);
        return false;
    }
    free(member->prefixes);
    member->pool = pool;
    member->sim = sim;
    member->weight = weight;
    member->prefixes = copy;
    return true;
}

bool fleet_member_drop(const struct fleet_pool *pool, struct fleet_device *device, int64_t sim)
{
    struct fleet_member **link = &device->members;
    while (*link != NULL && ((*link)->pool != pool || (*link)->sim != sim))
        link = &(*link)->next;
    struct fleet_member *member = *link;
    if (member == NULL)
        return false;
    *link = member->next;
    free(member->prefixes);
    free(member);
    return true;
}

size_t fleet_member_count(const struct fleet_device *device)
{
    size_t count = 0;
    for (const struct fleet_member *member = device->members; member != NULL; member = member->next)
        count++;
    return count;
}

void fleet_free_members(struct fleet_device *device)
{
    while (device->members != NULL)
        (void)fleet_member_drop(device->members->pool, device, device->members->sim);
}

bool fleet_has_tag(const struct fleet_device *device, const char *tag)
{
    size_t length = strlen(tag);
    for (const char *word = device->tags; word != NULL && *word != '\0';) {
        size_t end = strcspn(word, " ");
        if (end == length && memcmp(word, tag, length) == 0)
            return true;
        word += end + (word[end] == ' ');
    }
    return false;
}

static struct fleet_class *find_class(const struct fleet_pool *pool, const char *key)
{
    struct fleet_class *class = pool->classes[fleet_bucket(key) % FLEET_CLASS_BUCKETS];
    while (class != NULL && strcmp(class->key, key) != 0)
        class = class->next;
    return class;
}

// Puts the device into the class of that key, which is made when there is none.
static bool join_class(struct fleet *fleet, struct fleet_pool *pool, const char *key,
                       struct fleet_device *device, int64_t sim, int64_t now)
{
    struct fleet_class *class = find_class(pool, key);
    if (class == NULL) {
        struct fleet_class **bucket = &pool->classes[fleet_bucket(key) % FLEET_CLASS_BUCKETS];
        if ((class = calloc(1, sizeof(*class))) == NULL)
            return false;
        class->group = (struct fleet_group){.account = pool->group.account, .pool = pool};
        snprintf(class->key, sizeof(class->key), "%s", key);
        class->next = *bucket;
        *bucket = class;
    }
    return fleet_join(fleet, &class->group, device, sim, 1, now) != NULL;
}

static bool join_prefixes(struct fleet *fleet, struct fleet_pool *pool, struct fleet_device *device,
                          int64_t sim, const char *prefixes, int64_t now)
{
    bool joined = true;
    while (joined && *prefixes != '\0') {
        char key[CARRIER_SIZE];
        size_t length = strcspn(prefixes, " ");
        snprintf(key, sizeof(key), "%.*s", (int)length, prefixes);
        joined = join_class(fleet, pool, key, device, sim, now);
        prefixes += length + (prefixes[length] == ' ');
    }
    return joined;
}

static void lower(char out[CARRIER_SIZE], const char *word)
{
    snprintf(out, CARRIER_SIZE, "%s", word);
    for (char *c = out; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
}

static bool join_carriers(struct fleet *fleet, struct fleet_pool *pool, struct fleet_device *device,
                          int64_t sim, int64_t now)
{
    char key[CARRIER_SIZE];
    bool joined = true;
    for (size_t i = 0; i < device->card_count && joined; i++) {
        const struct fleet_card *card = &device->cards[i];
        lower(key, card->carrier);
        if (key[0] != '\0' && (sim == 0 || sim == card->slot))
            joined = join_class(fleet, pool, key, device, card->slot, now);
    }
    return joined;
}

static bool join(struct fleet *fleet, struct fleet_pool *pool, struct fleet_device *device, int64_t sim,
                 int64_t weight, const char *prefixes, int64_t now)
{
    int64_t times = pool->row.policy == POOL_WEIGHTED ? weight : 1;
    if (fleet_join(fleet, &pool->group, device, sim, times, now) == NULL)
        return false;
    if (pool->row.policy == POOL_PREFIX)
        return join_prefixes(fleet, pool, device, sim, prefixes, now);
    return pool->row.policy != POOL_CARRIER || join_carriers(fleet, pool, device, sim, now);
}

// Forgets the classes that nobody is in.
static void tidy(struct fleet_pool *pool)
{
    for (size_t i = 0; i < FLEET_CLASS_BUCKETS; i++)
        for (struct fleet_class **link = &pool->classes[i]; *link != NULL;) {
            struct fleet_class *class = *link;
            if (class->group.places != NULL) {
                link = &class->next;
                continue;
            }
            *link = class->next;
            free(class);
        }
}

// Puts the device where it belongs in the pool: by hand, else by its tag.
static bool refit(struct fleet *fleet, struct fleet_pool *pool, struct fleet_device *device, int64_t now)
{
    bool joined = true, by_hand = false;
    int64_t away_since = pool->group.away_since;
    leave_all(pool, device, now);
    if (device->row.removed_at != 0)
        return true;
    for (const struct fleet_member *member = device->members; member != NULL && joined; member = member->next)
        if (member->pool == pool) {
            by_hand = true;
            joined = join(fleet, pool, device, member->sim, member->weight, member->prefixes, now);
        }
    if (!by_hand && pool->row.tag[0] != '\0' && fleet_has_tag(device, pool->row.tag))
        joined = join(fleet, pool, device, 0, 1, "", now);
    if (pool->group.away_since != 0 && away_since != 0)
        pool->group.away_since = away_since;
    return joined;
}

bool fleet_pool_refit(struct fleet *fleet, struct fleet_pool *pool, int64_t now)
{
    bool fitted = true;
    set_up(fleet, pool);
    for (struct fleet_device *device = pool->group.account->devices; device != NULL;
         device = device->next_in_account)
        fitted = refit(fleet, pool, device, now) && fitted;
    tidy(pool);
    return fitted;
}

bool fleet_device_refit(struct fleet *fleet, struct fleet_device *device, int64_t now)
{
    bool fitted = true;
    for (struct fleet_pool *pool = device->account->pools; pool != NULL; pool = pool->next)
        fitted = refit(fleet, pool, device, now) && fitted;
    return fitted;
}

// The carrier of a recipient by the longest prefix; NULL when none fits.
static const char *carrier_of(const struct fleet_pool *pool, const char *to)
{
    const char *found = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < pool->carrier_count; i++) {
        size_t length = strlen(pool->carriers[i].prefix);
        if (length > longest && strncmp(to, pool->carriers[i].prefix, length) == 0) {
            longest = length;
            found = pool->carriers[i].carrier;
        }
    }
    return found;
}

struct fleet_group *fleet_pool_prefers(const struct fleet_pool *pool, const char *to)
{
    char key[CARRIER_SIZE];
    struct fleet_class *class = NULL;
    if (pool->row.policy == POOL_CARRIER) {
        const char *carrier = carrier_of(pool, to);
        lower(key, carrier != NULL ? carrier : "");
        class = find_class(pool, key);
    } else if (pool->row.policy == POOL_PREFIX) {
        snprintf(key, sizeof(key), "%s", to);
        for (size_t length = strlen(key); length > 1 && (class == NULL || class->group.places == NULL);
             length--) {
            key[length] = '\0';
            class = find_class(pool, key);
        }
    }
    return class != NULL && class->group.places != NULL ? &class->group : NULL;
}
