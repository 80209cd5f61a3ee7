// The quick reader of JSON against jansson's own: what one takes the other takes, and both give the same
// tree.
#include "common/json_quick.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t depth_of(const json_t *value)
{
    size_t deepest = 0, i;
    const char *name;
    json_t *inner;
    json_object_foreach((json_t *)value, name, inner)
    {
        size_t depth = depth_of(inner);
        deepest = depth > deepest ? depth : deepest;
    }
    json_array_foreach(value, i, inner)
    {
        size_t depth = depth_of(inner);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + (json_is_object(value) || json_is_array(value));
}

// Whether jansson's tree of data is one that the quick reader should have given too.
static bool is_plain(const json_t *tree, const uint8_t *data, size_t size)
{
    return tree != NULL && size <= JSON_QUICK_MAX_BYTES && (data[0] == '{' || data[0] == '[') &&
           memchr(data, '\0', size) == NULL && depth_of(tree) <= JSON_QUICK_NESTING_MAX;
}

// Dumped with what tells one double from the next.
static void check_same(const json_t *one, const json_t *other)
{
    char *first = json_dumps(one, JSON_REAL_PRECISION(17));
    char *second = json_dumps(other, JSON_REAL_PRECISION(17));
    if (!json_equal(one, other) || first == NULL || second == NULL || strcmp(first, second) != 0)
        abort();
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool short_of_memory;
    json_t *quick = json_quick((const char *)data, size, &short_of_memory);
    json_t *thorough = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (short_of_memory || (quick != NULL) != is_plain(thorough, data, size))
        abort();
    if (quick != NULL)
        check_same(quick, thorough);
    json_decref(quick);
    json_decref(thorough);
    return 0;
}
