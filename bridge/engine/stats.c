// Counting what happens, an hour a row.
#include "bridge/engine/stats.h"

#include "bridge/store/stat.h"

#include <stdlib.h>

enum {
    SLOTS = 1024,
    ENTRIES_FEW = 32, // so few rows are written each second
    ENTRIES_MAX = 4096,
    WRITE_EACH_MS = 10000,
    SWEEP_EACH_MS = 60000,
    SWEEP_ROWS = 500,
};

static const int64_t KEEP_MS = INT64_C(400) * 24 * STAT_HOUR_MS;

struct entry {
    struct entry *next;
    struct stat stat;
};

struct stats {
    struct entry *slots[SLOTS];
    size_t count;
    int64_t write_at, sweep_at;
};

struct stats *stats_new(void)
{
    return calloc(1, sizeof(struct stats));
}

static void forget(struct stats *stats)
{
    for (size_t i = 0; i < SLOTS; i++)
        while (stats->slots[i] != NULL) {
            struct entry *entry = stats->slots[i];
            stats->slots[i] = entry->next;
            free(entry);
        }
    stats->count = 0;
}

void stats_free(struct stats *stats)
{
    if (stats != NULL)
        forget(stats);
    free(stats);
}

static bool same(const struct stat *stat, const struct stat *key)
{
    return stat->account == key->account && stat->hour == key->hour && stat->device == key->device &&
           stat->sim == key->sim && stat->lane == key->lane;
}

// The figures with that key, made when there are none; NULL when memory runs out.
static struct stat *find(struct stats *stats, const struct stat *key)
{
    uint64_t hash = (uint64_t)key->account * 31 + (uint64_t)key->hour / STAT_HOUR_MS;
    hash = (hash * 31 + (uint64_t)key->device) * 31 + (uint64_t)key->sim * 8 + (uint64_t)key->lane;
    struct entry **slot = &stats->slots[hash % SLOTS];
    for (struct entry *entry = *slot; entry != NULL; entry = entry->next)
        if (same(&entry->stat, key))
            return &entry->stat;
    struct entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL)
        return NULL;
    *entry = (struct entry){.next = *slot, .stat = *key};
    *slot = entry;
    stats->count++;
    return &entry->stat;
}

// Which figure counts that kind of event; FIGURES for none.
static enum figure figure_of(int64_t kind)
{
    switch (kind) {
    case 0:
        return FIGURE_ACCEPTED;
    case STATE_RECEIVED:
        return FIGURE_RECEIVED;
    case STATE_SENT:
        return FIGURE_SENT;
    case STATE_DELIVERED:
        return FIGURE_DELIVERED;
    case STATE_UNDELIVERED:
        return FIGURE_UNDELIVERED;
    case STATE_FAILED:
        return FIGURE_FAILED;
    case STATE_EXPIRED:
        return FIGURE_EXPIRED;
    case STATE_CANCELLED:
        return FIGURE_CANCELLED;
    case STATE_UNKNOWN:
        return FIGURE_UNKNOWN;
    default:
        return FIGURES;
    }
}

// A device's clock may be wrong: what did not happen between the message's beginning and now, happened now.
static int64_t hour_of(const struct stat_event *event, int64_t now)
{
    int64_t at = event->at >= event->begun_at && event->at <= now ? event->at : now;
    return at - at % STAT_HOUR_MS;
}

static void count(struct core *core, const struct stat_event *event)
{
    enum figure figure = figure_of(event->kind);
    if (figure == FIGURES)
        return;
    struct stat *stat = find(core->stats, &(struct stat){.account = event->account,
                                                         .hour = hour_of(event, core->now),
                                                         .device = event->device,
                                                         .sim = event->sim,
                                                         .lane = event->lane});
    if (stat == NULL)
        return; // the mark stays; what is missing is counted after the next start
    stat->figures[figure]++;
    if (figure == FIGURE_SENT)
        stat->figures[FIGURE_PARTS] += event->parts;
    else if (figure == FIGURE_DELIVERED)
        stat->delays[stat_delay_of(event->at - event->begun_at)]++;
}

static void count_again(void *context, const struct stat_event *event)
{
    count(context, event);
}

bool stats_load(struct core *core)
{
    int64_t message = 0, event = 0;
    forget(core->stats);
    core->stats->write_at = core->now + WRITE_EACH_MS;
    return store_stat_mark(core->store, &message, &event) &&
           store_stat_since(core->store, message, event, count_again, core);
}

void stats_accepted(struct core *core, const struct message *message)
{
    count(core, &(struct stat_event){.account = message->account, .at = core->now, .lane = message->lane});
}

void stats_entered(struct core *core, const struct message *message, enum state state, int64_t at)
{
    int64_t begun_at = message->send_at > message->created_at ? message->send_at : message->created_at;
    count(core, &(struct stat_event){.account = message->account,
                                     .at = at,
                                     .lane = message->lane,
                                     .kind = state,
                                     .device = message->device,
                                     .sim = message->sim,
                                     .parts = message->parts,
                                     .begun_at = begun_at});
}

static void write_all(struct core *core)
{
    struct stats *stats = core->stats;
    for (size_t i = 0; i < SLOTS; i++)
        for (const struct entry *entry = stats->slots[i]; entry != NULL; entry = entry->next)
            (void)store_stat_put(core->store, &entry->stat);
    (void)store_stat_mark_set(core->store, core->last_message, core->last_event);
    forget(stats);
}

void stats_upkeep(struct core *core)
{
    struct stats *stats = core->stats;
    bool due = core->now >= stats->write_at || stats->write_at > core->now + WRITE_EACH_MS;
    if (stats->count > 0 && (due || stats->count <= ENTRIES_FEW || stats->count >= ENTRIES_MAX))
        write_all(core);
    if (due)
        stats->write_at = core->now + WRITE_EACH_MS;
    if (core->now < stats->sweep_at && stats->sweep_at <= core->now + SWEEP_EACH_MS)
        return;
    stats->sweep_at = core->now + SWEEP_EACH_MS;
    (void)store_stat_sweep(core->store, core->now - KEEP_MS, SWEEP_ROWS);
}
