// jansson's allocator, watched.
#include "common/json_memory.h"

#include <stdlib.h>

static json_malloc_t real_malloc;
static _Thread_local bool has_failed;

static void *watched_malloc(size_t size)
{
    void *memory = real_malloc(size);
    has_failed |= memory == NULL;
    return memory;
}

void json_memory_watch(void)
{
    json_free_t real_free;
    json_get_alloc_funcs(&real_malloc, &real_free);
    json_set_alloc_funcs(watched_malloc, real_free);
}

bool json_memory_short(void)
{
    bool failed = has_failed;
    has_failed = false;
    return failed;
}

char *json_text_take(json_t *json)
{
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!json_memory_short())
        return text;
    free(text);
    return NULL;
}

void json_list_add_take(json_t **list, json_t *item)
{
    if (*list != NULL && json_array_append_new(*list, item) == 0)
        return;
    if (*list == NULL)
        json_decref(item);
    json_decref(*list);
    *list = NULL;
}
