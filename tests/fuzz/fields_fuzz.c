// JSON text to a tree and to a struct: either a struct within its limits, or an error with a sentence.
#include "common/fields.h"
#include "common/parse.h"

#include <stdlib.h>
#include <string.h>

struct sample {
    const char *word;
    int64_t number;
    bool flag;
    int64_t at;
    json_t *object, *array, *any;
};

#define AT(member) offsetof(struct sample, member)

static const struct field table[] = {
    {"word", FIELD_STRING, AT(word), false, 1, 8},     {"number", FIELD_INT, AT(number), false, -5, 10},
    {"flag", FIELD_BOOL, AT(flag), false, 0, 0},       {"at", FIELD_TIME, AT(at), false, 0, 0},
    {"object", FIELD_OBJECT, AT(object), false, 0, 2}, {"array", FIELD_ARRAY, AT(array), false, 1, 2},
    {"any", FIELD_ANY, AT(any), false, 0, 0},
};

enum { ROWS = sizeof table / sizeof table[0] };

static void check_error(const struct field_error *error)
{
    if (error->detail[0] == '\0' || !parse_utf8_valid(error->path, strlen(error->path)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct field_error error;
    json_t *json = fields_parse((const char *)data, size, &error);
    if (json == NULL) {
        check_error(&error);
        return 0;
    }
    struct sample sample = {.word = "default", .number = 1};
    bool known = fields_decode_known(&sample, json, table, ROWS, "", &error);
    if (!known)
        check_error(&error);
    else if (strlen(sample.word) > 8 || sample.number < -5 || sample.number > 10 || sample.at < 0)
        abort();
    if (fields_decode(&sample, json, table, ROWS, "body", &error) && !known)
        abort(); // strict takes no more than lenient
    json_decref(json);
    return 0;
}
