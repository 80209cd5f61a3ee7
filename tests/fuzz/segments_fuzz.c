// Parts of texts: the numbers fit each other, and UTF-8 is what parse says it is. What takes typographic
// characters out of a text leaves UTF-8, and finds no more of them in it.
#include "common/parse.h"
#include "common/segments.h"
#include "common/smart.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_smart(const char *data, size_t size)
{
    char *text = strndup(data, size), *plain = text != NULL ? smart_text(text) : NULL;
    char *again = plain != NULL ? smart_text(plain) : NULL;
    if (again == NULL || strcmp(plain, again) != 0 || !parse_utf8_valid(plain, strlen(plain)))
        abort();
    free(text);
    free(plain);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct segments got;
    bool valid = parse_utf8_valid((const char *)data, size);
    if (segments_count(&got, (const char *)data, size) != valid)
        abort();
    if (!valid)
        return 0;
    check_smart((const char *)data, size);
    // A part may end one unit short, for a pair that does not fit.
    int capacity = got.parts * got.per_part, used = got.units + got.remaining;
    if (got.parts < 1 || got.remaining < 0 || used > capacity || used < capacity - (got.parts - 1))
        abort();
    return 0;
}
