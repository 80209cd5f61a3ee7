// Parts of texts: the numbers fit each other, and UTF-8 is what parse says it is.
#include "common/parse.h"
#include "common/segments.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct segments got;
    bool valid = parse_utf8_valid((const char *)data, size);
    if (segments_count(&got, (const char *)data, size) != valid)
        abort();
    if (!valid)
        return 0;
    // A part may end one unit short, for a pair that does not fit.
    int capacity = got.parts * got.per_part, used = got.units + got.remaining;
    if (got.parts < 1 || got.remaining < 0 || used > capacity || used < capacity - (got.parts - 1))
        abort();
    return 0;
}
