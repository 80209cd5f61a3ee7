// What all payloads share: opening, and the forms of ids and numbers.
#include "common/wire_internal.h"

#include <stdio.h>
#include <string.h>

json_t *wire_open(void *out, const struct field *table, size_t count, const char *payload, size_t length,
                  struct field_error *error)
{
    json_t *json = fields_parse(payload, length, error);
    if (json != NULL && !fields_decode_known(out, json, table, count, "", error)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static bool check(bool good, const char *prefix, const char *name, const char *problem,
                  struct field_error *error)
{
    char path[FIELD_PATH_SIZE];
    if (good)
        return true;
    snprintf(path, sizeof path, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", name);
    return field_fail(error, path, "%s", problem);
}

bool wire_check_id(const char *id, const char *prefix, const char *name, struct field_error *error)
{
    return check(id_valid(id, strlen(id), ID_MESSAGE), prefix, name, "must be the id of a message", error);
}

bool wire_check_number(const char *number, const char *prefix, const char *name, struct field_error *error)
{
    enum { DIGITS_MIN = 5, DIGITS_MAX = NUMBER_SIZE - 2 };
    size_t digits = number[0] == '+' ? strspn(number + 1, "0123456789") : 0;
    bool good =
        digits >= DIGITS_MIN && digits <= DIGITS_MAX && number[digits + 1] == '\0' && number[1] != '0';
    return check(good, prefix, name, "must be a number in E.164 form", error);
}
