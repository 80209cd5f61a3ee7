// Messages for readers: one, and pages of many.
//
// A page looks at no more than QUERY_SCAN_MAX rows: where a filter is served by no index, its range is cut to
// that many entries of the index that leads it, and the cursor goes on from there.
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ID_ABOVE_ALL "~"

// The time in an id and that of its row may differ when the clock was set in between.
static const int64_t ID_SLACK_MS = 25 * 3600 * 1000;

void message_view_clear(struct message_view *view)
{
    message_clear(&view->message);
}

bool query_read_message(struct message_view *out, struct db_statement *statement)
{
    int column = ROW_MESSAGE_COLUMNS;
    if (!row_message(&out->message, statement)) {
        message_clear(&out->message);
        return false;
    }
    row_text(out->device_id, sizeof(out->device_id), statement, column++);
    row_text(out->want_device_id, sizeof(out->want_device_id), statement, column++);
    row_text(out->want_pool, sizeof(out->want_pool), statement, column++);
    out->device_online = db_int(statement, column++) != 0;
    out->device_paused = db_int(statement, column++) != 0;
    out->device_online_at = db_int(statement, column++);
    row_text(out->schedule_id, sizeof(out->schedule_id), statement, column++);
    row_text(out->rest.reason, sizeof(out->rest.reason), statement, column++);
    row_text(out->rest.detail, sizeof(out->rest.detail), statement, column++);
    out->rest.until = db_int(statement, column++);
    return true;
}

enum query_status query_message(struct query *query, struct message_view *out, int64_t account,
                                const char *id)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_MESSAGE);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK && !query_read_message(out, statement))
        status = QUERY_FAILED;
    db_reset(statement);
    return status;
}

// The rows that one page looks at: by id where the list goes by ids, else by n. From is inclusive, to
// exclusive.
struct range {
    char id_from[ID_SIZE], id_to[ID_SIZE];
    int64_t n_from, n_to;
    bool more; // there may be rows below it
};

// Below every id of that time.
static void id_at(char out[ID_SIZE], int64_t at_ms)
{
    snprintf(out, ID_SIZE, ID_MESSAGE "%012" PRIx64, (uint64_t)(at_ms > 0 ? at_ms : 0));
}

void query_id_range(char from[ID_SIZE], char to[ID_SIZE], int64_t created_from, int64_t created_to)
{
    const int64_t last_ms = INT64_C(0xFFFFFFFFFFFF) - ID_SLACK_MS; // 48 bits
    from[0] = '\0';
    memcpy(to, ID_ABOVE_ALL, sizeof(ID_ABOVE_ALL));
    if (created_from > 0 && created_from < last_ms)
        id_at(from, created_from - ID_SLACK_MS);
    if (created_to > 0 && created_to < last_ms)
        id_at(to, created_to + ID_SLACK_MS);
}

static void id_range(struct range *range, const struct message_filter *filter)
{
    query_id_range(range->id_from, range->id_to, filter->created_from, filter->created_to);
    if (filter->before[0] != '\0' && strcmp(filter->before, range->id_to) < 0)
        memcpy(range->id_to, filter->before, sizeof(range->id_to));
}

// The n of the first message from that id on; *n stays when there is none.
static enum query_status order_of(struct query *query, int64_t *n, int64_t account, const char *id)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_ORDER);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    return query_numbers(statement, n, NULL);
}

// Where the cursor, an id, stands in the order of n.
static enum query_status n_range(struct query *query, struct range *range,
                                 const struct message_filter *filter)
{
    range->n_from = INT64_MIN;
    range->n_to = INT64_MAX;
    if (filter->before[0] == '\0')
        return QUERY_OK;
    enum query_status status = order_of(query, &range->n_to, filter->account, filter->before);
    return status == QUERY_FAILED ? QUERY_FAILED : QUERY_OK;
}

// Cuts the range to QUERY_SCAN_MAX entries of the index that leads the list.
static enum query_status cut_range(struct query *query, struct range *range, enum statement list,
                                   const struct message_filter *filter)
{
    bool by_id = list == STATEMENT_VIEW_MESSAGES;
    struct db_statement *statement =
        query_use(query, by_id                                  ? STATEMENT_VIEW_FLOOR
                         : list == STATEMENT_VIEW_MESSAGES_PEER ? STATEMENT_VIEW_FLOOR_PEER
                                                                : STATEMENT_VIEW_FLOOR_DEAD);
    db_bind_int(statement, 1, filter->account);
    if (by_id) {
        db_bind_text(statement, 2, range->id_to);
        db_bind_text(statement, 4, range->id_from);
    } else {
        db_bind_int(statement, 2, range->n_to);
        db_bind_text(statement, 4, filter->peer);
    }
    db_bind_int(statement, 3, QUERY_SCAN_MAX - 1);
    enum db_step step = db_step(statement);
    char floor[ID_SIZE]; // not in place: id_from is bound
    if (step == DB_ROW) {
        range->more = true;
        row_text(floor, sizeof(floor), statement, 0);
        if (!by_id)
            range->n_from = db_int(statement, 1);
    }
    db_reset(statement);
    if (step == DB_ROW)
        memcpy(range->id_from, floor, sizeof(floor));
    return step == DB_FAILED ? QUERY_FAILED : QUERY_OK;
}

// Whether every row of an index matches.
static bool has_no_other_filter(const struct message_filter *filter)
{
    return filter->states[0] == 0 && filter->direction < 0 && filter->device == 0 &&
           filter->created_from == 0 && filter->created_to == 0 && filter->reason[0] == '\0' &&
           filter->lane == 0 && filter->pool == 0 && !filter->dead;
}

// Whether all messages of the states that the filter names have a turn or a time to be looked at.
static bool are_open(const struct message_filter *filter)
{
    for (size_t i = 0; i < sizeof(filter->states) / sizeof(filter->states[0]); i++)
        if (filter->states[i] > STATE_ACCEPTED)
            return false;
    return filter->states[0] != 0;
}

// Whether the messages that wait for something are few enough to be sorted. Those of the states before sent
// are all among them, but for what nobody asks after (QoS 0).
static enum query_status choose_open(struct query *query, bool *chosen, const struct message_filter *filter)
{
    int64_t due = 0, waiting = 0, out = 0;
    *chosen = false;
    if (!are_open(filter))
        return QUERY_OK;
    enum query_status status = query_numbers(query_use(query, STATEMENT_VIEW_DUE_COUNT), &due, NULL);
    struct db_statement *turns = query_use(query, STATEMENT_VIEW_TURN_COUNT);
    db_bind_int(turns, 1, TURN_WAITS);
    if (status == QUERY_OK)
        status = query_numbers(turns, &waiting, NULL);
    db_bind_int(turns, 1, TURN_OUT);
    if (status == QUERY_OK)
        status = query_numbers(turns, &out, NULL);
    *chosen = due + waiting + out < QUERY_SCAN_MAX;
    return status;
}

// The statement whose index leads to the fewest rows, and the range that it looks at.
static enum query_status choose(struct query *query, enum statement *name, struct range *range,
                                const struct message_filter *filter)
{
    bool open = false;
    id_range(range, filter);
    enum query_status status = n_range(query, range, filter);
    if (status != QUERY_OK || filter->batch[0] != '\0') {
        *name = STATEMENT_VIEW_MESSAGES_BATCH;
        return status;
    }
    if (filter->dead)
        *name = STATEMENT_VIEW_MESSAGES_DEAD;
    else if (filter->peer[0] != '\0')
        *name = STATEMENT_VIEW_MESSAGES_PEER;
    else if ((status = choose_open(query, &open, filter)) == QUERY_OK)
        *name = open ? STATEMENT_VIEW_MESSAGES_OPEN : STATEMENT_VIEW_MESSAGES;
    if (status != QUERY_OK || open || has_no_other_filter(filter))
        return status;
    return cut_range(query, range, *name, filter);
}

static void bind_page(struct db_statement *statement, bool by_id, const struct range *range, size_t limit,
                      const struct message_filter *filter)
{
    db_bind_int(statement, 1, filter->account);
    if (by_id) {
        db_bind_text(statement, 2, range->id_to);
        db_bind_text(statement, 3, range->id_from);
    } else {
        db_bind_int(statement, 2, range->n_to);
        db_bind_int(statement, 3, range->n_from);
    }
    db_bind_int(statement, 4, (int64_t)limit);
    db_bind_int(statement, 5, filter->states[0]);
    db_bind_int(statement, 6, filter->direction);
    db_bind_int(statement, 7, filter->device);
    db_bind_int(statement, 8, filter->created_from);
    db_bind_int(statement, 9, filter->created_to > 0 ? filter->created_to : INT64_MAX);
    db_bind_text(statement, 10, filter->peer);
    db_bind_text(statement, 11, filter->batch);
    db_bind_int(statement, 12, filter->states[1]);
    db_bind_int(statement, 13, filter->states[2]);
    db_bind_text(statement, 14, filter->reason);
    db_bind_int(statement, 15, filter->lane);
    db_bind_int(statement, 16, filter->pool);
}

// Reads the rows, and none when one cannot be read.
static bool read_page(struct db_statement *statement, struct message_view *out, size_t limit, size_t *count)
{
    enum db_step step = DB_DONE;
    for (; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        if (!query_read_message(&out[*count], statement)) {
            step = DB_FAILED;
            break;
        }
    db_reset(statement);
    while (step == DB_FAILED && *count > 0)
        message_view_clear(&out[--*count]);
    return step != DB_FAILED;
}

enum query_status query_messages(struct query *query, struct message_view *out, size_t limit, size_t *count,
                                 char cursor[ID_SIZE], const struct message_filter *filter)
{
    struct range range = {.more = false};
    enum statement name;
    *count = 0;
    if (choose(query, &name, &range, filter) != QUERY_OK)
        return QUERY_FAILED;
    struct db_statement *statement = query_use(query, name);
    bind_page(statement, name == STATEMENT_VIEW_MESSAGES, &range, limit, filter);
    if (!read_page(statement, out, limit, count))
        return QUERY_FAILED;
    const char *next = "";
    if (*count == limit && limit > 0)
        next = out[limit - 1].message.id;
    else if (range.more)
        next = range.id_from;
    memmove(cursor, next, strlen(next) + 1);
    return QUERY_OK;
}

enum query_status query_messages_newer(struct query *query, struct message_view *out, size_t limit,
                                       size_t *count, const char *from, const struct message_filter *filter)
{
    struct range range = {.n_from = INT64_MAX, .n_to = INT64_MAX};
    bool by_id = filter->peer[0] == '\0';
    *count = 0;
    query_id_range(range.id_from, range.id_to, filter->created_from, filter->created_to);
    if (strcmp(from, range.id_from) > 0)
        text_copy(range.id_from, sizeof(range.id_from), from);
    if (!by_id && order_of(query, &range.n_from, filter->account, from) == QUERY_FAILED)
        return QUERY_FAILED;
    struct db_statement *statement =
        query_use(query, by_id ? STATEMENT_VIEW_NEWER : STATEMENT_VIEW_NEWER_PEER);
    bind_page(statement, by_id, &range, limit, filter);
    db_bind_int(statement, 17, QUERY_SCAN_MAX);
    if (!read_page(statement, out, limit, count))
        return QUERY_FAILED;
    for (size_t i = 0; i < *count / 2; i++) {
        struct message_view swap = out[i];
        out[i] = out[*count - 1 - i];
        out[*count - 1 - i] = swap;
    }
    return QUERY_OK;
}

enum query_status query_messages_ahead(struct query *query, int64_t *ahead, const struct message *message)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_AHEAD);
    db_bind_int(statement, 1, TURN_WAITS);
    db_bind_int(statement, 2, message->route);
    db_bind_int(statement, 3, message->lane);
    db_bind_int(statement, 4, message->n);
    return query_numbers(statement, ahead, NULL);
}

static enum query_status count_states(struct query *query, int64_t *count, int64_t account,
                                      const enum state states[3])
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_QUEUE_COUNT);
    db_bind_int(statement, 1, account);
    for (int i = 0; i < 3; i++)
        db_bind_int(statement, 2 + i, states[i]);
    return query_numbers(statement, count, NULL);
}

enum query_status query_queue_counts(struct query *query, int64_t *active, int64_t *held, int64_t *dead,
                                     int64_t account)
{
    static const enum state ACTIVE[3] = {STATE_QUEUED, STATE_DISPATCHED, STATE_ACCEPTED};
    static const enum state HELD[3] = {STATE_HELD};
    enum query_status status = count_states(query, active, account, ACTIVE);
    if (status == QUERY_OK)
        status = count_states(query, held, account, HELD);
    if (status != QUERY_OK)
        return status;
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_DEAD_COUNT);
    db_bind_int(statement, 1, account);
    return query_numbers(statement, dead, NULL);
}
