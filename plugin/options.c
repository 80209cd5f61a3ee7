// The table of options and the reader that walks it.
#include "plugin/options.h"

#include "common/parse.h"

#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { PATH, FLAG, NUMBER };

static const struct row {
    const char *key;
    enum kind kind;
    size_t offset;    // of the field in struct options
    bool required;    // a path only
    int64_t standard; // a number only
    int64_t min;
    int64_t max;
} rows[] = {
    {"roster", PATH, offsetof(struct options, roster), true, 0, 0, 0},
    {"bridge_socket", PATH, offsetof(struct options, bridge_socket), false, 0, 0, 0},
    {"allow_operator", FLAG, offsetof(struct options, allow_operator), false, 0, 0, 0},
    {"keepalive_max", NUMBER, offsetof(struct options, keepalive_max_s), false, 1200, 1, 65535},
    {"uplink_max_bytes", NUMBER, offsetof(struct options, uplink_max_bytes), false, 65536, 256, 268435455},
    {"uplink_rate", NUMBER, offsetof(struct options, uplink_rate), false, 100, 0, 1000000},
    {"uplink_burst", NUMBER, offsetof(struct options, uplink_burst), false, 400, 1, 1000000},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static void *field(struct options *options, const struct row *row)
{
    return (char *)options + row->offset;
}

static const struct row *find(const char *key)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].key, key) == 0)
            return &rows[i];
    }
    return NULL;
}

static bool read_path(char **path, struct options_error *error, const char *key, const char *value)
{
    if (value[0] != '/') {
        snprintf(error->text, sizeof error->text, "option %s must be an absolute path", key);
        return false;
    }
    *path = strdup(value);
    if (*path == NULL)
        snprintf(error->text, sizeof error->text, "out of memory");
    return *path != NULL;
}

static bool read_flag(bool *flag, struct options_error *error, const char *key, const char *value)
{
    *flag = strcmp(value, "true") == 0;
    if (*flag || strcmp(value, "false") == 0)
        return true;
    snprintf(error->text, sizeof error->text, "option %s must be true or false", key);
    return false;
}

static bool read_number(int64_t *number, struct options_error *error, const struct row *row,
                        const char *value)
{
    if (parse_int(number, value, strlen(value), row->min, row->max))
        return true;
    snprintf(error->text, sizeof error->text, "option %s must be a number from %lld to %lld", row->key,
             (long long)row->min, (long long)row->max);
    return false;
}

static bool read_one(struct options *options, struct options_error *error, const struct row *row,
                     const char *value)
{
    void *target = field(options, row);
    switch (row->kind) {
    case PATH:
        return read_path(target, error, row->key, value);
    case FLAG:
        return read_flag(target, error, row->key, value);
    case NUMBER:
        return read_number(target, error, row, value);
    }
    return false;
}

static void set_defaults(struct options *options)
{
    *options = (struct options){0};
    for (int i = 0; i < ROW_COUNT; i++) {
        if (rows[i].kind == NUMBER)
            *(int64_t *)field(options, &rows[i]) = rows[i].standard;
    }
}

static bool read_list(struct options *options, struct options_error *error, const struct mosquitto_opt *list,
                      int count)
{
    bool seen[ROW_COUNT] = {false};
    for (int i = 0; i < count; i++) {
        const struct row *row = find(list[i].key);
        if (row == NULL) {
            snprintf(error->text, sizeof error->text, "unknown option %.100s", list[i].key);
            return false;
        }
        if (seen[row - rows]) {
            snprintf(error->text, sizeof error->text, "option %s is given twice", row->key);
            return false;
        }
        seen[row - rows] = true;
        if (!read_one(options, error, row, list[i].value == NULL ? "" : list[i].value))
            return false;
    }
    for (int i = 0; i < ROW_COUNT; i++) {
        if (rows[i].required && !seen[i]) {
            snprintf(error->text, sizeof error->text, "option %s is missing", rows[i].key);
            return false;
        }
    }
    return true;
}

bool options_read(struct options *options, struct options_error *error, const struct mosquitto_opt *list,
                  int count)
{
    set_defaults(options);
    if (read_list(options, error, list, count))
        return true;
    options_clear(options);
    return false;
}

void options_clear(struct options *options)
{
    free(options->roster);
    free(options->bridge_socket);
    *options = (struct options){0};
}
