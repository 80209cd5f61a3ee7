// Parts that wait for a delivery report.
#include "device/radios/pending.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUFFIX_DIGITS = 7 }; // networks write numbers with and without country

static void pending_drop(struct pending *pending, size_t at)
{
    pending->count--;
    memmove(&pending->parts[at], &pending->parts[at + 1], (pending->count - at) * sizeof pending->parts[0]);
}

static bool read_part(struct pending_part *part, const json_t *json)
{
    const char *ref, *to;
    json_int_t at;
    *part = (struct pending_part){.reference = 0};
    if (json_unpack((json_t *)json, "{s:s, s:s, s:i, s:i, s:i, s:I}", "ref", &ref, "to", &to, "reference",
                    &part->reference, "part", &part->part, "parts", &part->parts, "at", &at) != 0 ||
        strlen(ref) >= sizeof part->ref || strlen(to) >= sizeof part->to)
        return false;
    memcpy(part->ref, ref, strlen(ref));
    memcpy(part->to, to, strlen(to));
    part->at = at;
    return true;
}

bool pending_open(struct pending *pending, const char *file)
{
    *pending = (struct pending){.file = file};
    if (file == NULL || (access(file, F_OK) != 0 && errno == ENOENT))
        return true;
    json_t *list = json_load_file(file, 0, NULL);
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value)
    {
        if (pending->count < PENDING_MAX && read_part(&pending->parts[pending->count], value))
            pending->count++;
    }
    bool good = json_is_array(list);
    json_decref(list);
    return good;
}

// A new file takes the old one's place, so that a crash leaves one of the two.
static void pending_write(const struct pending *pending)
{
    char *path;
    if (pending->file == NULL || asprintf(&path, "%s.new", pending->file) < 0)
        return;
    json_t *list = json_array();
    for (size_t i = 0; i < pending->count; i++) {
        const struct pending_part *part = &pending->parts[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:i, s:i, s:I}", "ref", part->ref, "to",
                                              part->to, "reference", part->reference, "part", part->part,
                                              "parts", part->parts, "at", (json_int_t)part->at));
    }
    FILE *file = fopen(path, "we");
    bool written = file != NULL && json_dumpf(list, file, JSON_COMPACT) == 0 && fflush(file) == 0 &&
                   fsync(fileno(file)) == 0;
    if (file != NULL)
        fclose(file);
    if (!written || rename(path, pending->file) != 0)
        fputs("the file of pending delivery reports cannot be written\n", stderr);
    json_decref(list);
    free(path);
}

void pending_add(struct pending *pending, const struct pending_part *part)
{
    if (pending->count == PENDING_MAX)
        pending_drop(pending, 0);
    pending->parts[pending->count++] = *part;
    pending_write(pending);
}

static bool may_be(const char *to, const char *number)
{
    size_t a = strlen(to), b = strlen(number);
    if (a < SUFFIX_DIGITS || b < SUFFIX_DIGITS)
        return strcmp(to, number) == 0;
    return strcmp(to + a - SUFFIX_DIGITS, number + b - SUFFIX_DIGITS) == 0;
}

bool pending_take(struct pending *pending, struct pending_part *part, int reference, const char *number)
{
    for (size_t i = 0; i < pending->count; i++) {
        if (pending->parts[i].reference != reference || !may_be(pending->parts[i].to, number))
            continue;
        *part = pending->parts[i];
        pending_drop(pending, i);
        pending_write(pending);
        return true;
    }
    return false;
}
