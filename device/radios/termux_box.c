// What Android's message boxes say.
#include "device/radios/termux_box.h"

#include "common/parse.h"
#include "common/secret.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SUFFIX_DIGITS = 7 }; // phones write numbers with and without country

struct row {
    int64_t id, at_ms;
    const char *type, *address, *body; // never NULL
};

static const char *trim(const char *text, size_t *length)
{
    // As Java's String.trim: everything up to the space.
    *length = strlen(text);
    while (*length > 0 && (unsigned char)text[*length - 1] <= ' ')
        (*length)--;
    for (; *length > 0 && (unsigned char)text[0] <= ' '; (*length)--)
        text++;
    return text;
}

bool box_add(struct box *box, const char *ref, const char *to, const char *text, int64_t sim)
{
    size_t length;
    const char *trimmed = trim(text, &length);
    for (size_t i = 0; i < BOX_TEXTS; i++) {
        struct box_text *added = &box->texts[i];
        if (added->stage != BOX_FREE)
            continue;
        if (length >= sizeof added->text || strlen(ref) >= sizeof added->ref ||
            strlen(to) >= sizeof added->to)
            return false;
        *added = (struct box_text){.stage = BOX_WAITING, .sim = sim, .order = box->orders++};
        memcpy(added->ref, ref, strlen(ref));
        memcpy(added->to, to, strlen(to));
        memcpy(added->text, trimmed, length);
        return true;
    }
    return false;
}

struct box_text *box_next(struct box *box)
{
    struct box_text *next = NULL;
    for (size_t i = 0; i < BOX_TEXTS; i++) {
        struct box_text *text = &box->texts[i];
        if (text->stage == BOX_WAITING && (next == NULL || text->order < next->order))
            next = text;
    }
    return next;
}

void box_handed(struct box *box, struct box_text *text, int64_t deadline_ms)
{
    text->stage = BOX_HANDED;
    text->after_id = box->newest;
    text->deadline_ms = deadline_ms;
}

void box_remove(struct box_text *text)
{
    *text = (struct box_text){.stage = BOX_FREE};
}

struct box_text *box_first_due(struct box *box)
{
    struct box_text *first = NULL;
    for (size_t i = 0; i < BOX_TEXTS; i++) {
        struct box_text *text = &box->texts[i];
        if (text->stage == BOX_HANDED && (first == NULL || text->deadline_ms < first->deadline_ms))
            first = text;
    }
    return first;
}

void box_listen(struct box *box, int64_t since_ms)
{
    box->listening = true;
    box->since_ms = since_ms - since_ms % 1000; // rows have whole seconds
    box->told = 0;
}

static const char *string_of(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value != NULL ? value : "";
}

static int64_t time_of(const char *local)
{
    struct tm fields = {.tm_isdst = -1};
    const char *end = strptime(local, "%Y-%m-%d %H:%M:%S", &fields);
    time_t at = end != NULL && *end == '\0' ? mktime(&fields) : 0;
    return at > 0 ? (int64_t)at * 1000 : 0;
}

static bool row_read(struct row *row, const json_t *json)
{
    row->id = json_integer_value(json_object_get(json, "_id"));
    row->at_ms = time_of(string_of(json, "received"));
    row->type = string_of(json, "type");
    row->address = string_of(json, "address");
    if (row->address[0] == '\0')
        row->address = string_of(json, "number");
    row->body = string_of(json, "body");
    return row->id > 0;
}

// The last digits of a number as people and networks write it. Returns how many there are.
static size_t last_digits(char digits[SUFFIX_DIGITS], const char *number)
{
    size_t count = 0;
    for (size_t i = strlen(number); i > 0 && count < SUFFIX_DIGITS; i--) {
        if (isdigit((unsigned char)number[i - 1]))
            digits[count++] = number[i - 1];
    }
    return count;
}

static bool same_number(const char *a, const char *b)
{
    char x[SUFFIX_DIGITS], y[SUFFIX_DIGITS];
    size_t count = last_digits(x, a);
    return count > 0 && count == last_digits(y, b) && memcmp(x, y, count) == 0;
}

static bool same_text(const char *ours, const char *body)
{
    size_t length;
    const char *trimmed = trim(body, &length);
    return strlen(ours) == length && memcmp(ours, trimmed, length) == 0;
}

static bool is_claimed(const struct box *box, int64_t id)
{
    for (size_t i = 0; i < BOX_CLAIMS; i++) {
        if (box->claims[i] == id)
            return true;
    }
    return false;
}

static struct box_text *text_of(struct box *box, const struct row *row)
{
    struct box_text *found = NULL;
    for (size_t i = 0; i < BOX_TEXTS; i++) {
        struct box_text *text = &box->texts[i];
        if (text->stage == BOX_HANDED && row->id > text->after_id && same_number(text->to, row->address) &&
            same_text(text->text, row->body) && (found == NULL || text->order < found->order))
            found = text;
    }
    return found;
}

static void read_outgoing(struct box *box, const struct row *row, const struct box_handler *handler,
                          void *context)
{
    bool sent = strcmp(row->type, "sent") == 0;
    if ((!sent && strcmp(row->type, "failed") != 0) || is_claimed(box, row->id))
        return;
    struct box_text *text = text_of(box, row);
    if (text == NULL)
        return;
    box->claims[box->claim_count++ % BOX_CLAIMS] = row->id;
    if (sent)
        handler->sent(context, text->ref);
    else
        handler->failed(context, text->ref);
    box_remove(text);
}

// The longest beginning of text that fits and ends with a whole character.
static size_t fitting(const char *text, size_t max)
{
    size_t length = strlen(text);
    if (length <= max)
        return length;
    for (length = max; length > 0 && !parse_utf8_valid(text, length); length--)
        continue;
    return length;
}

// A row keeps its uid whenever and by whichever run it is read.
static void uid_of(char uid[BOX_UID_SIZE], const struct row *row)
{
    uint8_t hash[SECRET_HASH_BYTES];
    char *line;
    int length =
        asprintf(&line, "%" PRId64 "\n%" PRId64 "\n%s\n%s", row->id, row->at_ms, row->address, row->body);
    if (length < 0)
        abort();
    secret_hash(hash, line, (size_t)length);
    free(line);
    snprintf(uid, BOX_UID_SIZE, "termux-");
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(uid + 7 + 2 * i, 3, "%02x", hash[i]);
}

static void read_inbound(const struct box *box, const struct row *row, const struct box_handler *handler,
                         void *context)
{
    char uid[BOX_UID_SIZE], from[WIRE_WORD_MAX_BYTES + 1], text[WIRE_TEXT_MAX_BYTES + 1];
    if (!box->listening || strcmp(row->type, "inbox") != 0 || row->id <= box->told ||
        row->at_ms < box->since_ms)
        return;
    size_t from_length = fitting(row->address, sizeof from - 1), length = fitting(row->body, sizeof text - 1);
    memcpy(from, row->address, from_length);
    memcpy(text, row->body, length);
    from[from_length] = text[length] = '\0';
    uid_of(uid, row);
    struct wire_inbound inbound = {.uid = uid, .from = from, .text = text, .received_at = row->at_ms};
    handler->inbound(context, &inbound);
}

// Whether everything of interest is younger than this row, the oldest of the list.
static bool reaches_back(const struct box *box, const struct row *oldest)
{
    if (box->listening && oldest->id > box->told && oldest->at_ms >= box->since_ms)
        return false;
    for (size_t i = 0; i < BOX_TEXTS; i++) {
        if (box->texts[i].stage == BOX_HANDED && oldest->id > box->texts[i].after_id)
            return false;
    }
    return true;
}

bool box_read(struct box *box, const json_t *rows, size_t limit, const struct box_handler *handler,
              void *context)
{
    struct row row;
    size_t count = json_array_size(rows);
    if (count >= limit && limit < BOX_ROWS_MOST && row_read(&row, json_array_get(rows, 0)) &&
        !reaches_back(box, &row))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!row_read(&row, json_array_get(rows, i)))
            continue;
        read_outgoing(box, &row, handler, context);
        read_inbound(box, &row, handler, context);
        if (row.id > box->newest)
            box->newest = row.id;
    }
    if (box->listening) {
        box->told = box->newest;
        box->since_ms = 0; // from now on ids decide: a clock may be set back
    }
    return true;
}
