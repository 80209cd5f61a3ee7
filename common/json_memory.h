// JSON that is whole, or not there: what jansson's calls leave out when memory runs out is noticed.
#ifndef SMSQUITTO_COMMON_JSON_MEMORY_H
#define SMSQUITTO_COMMON_JSON_MEMORY_H

#include <jansson.h>
#include <stdbool.h>

// Before the first call of jansson, once: from now on its failures are noticed, for each thread by itself.
void json_memory_watch(void);
// Whether it has failed in this thread since this was asked last.
bool json_memory_short(void);

// The text of a value (taken), owned: free it. NULL when there is no value, or memory ran out for it or for
// anything since json_memory_short was asked last.
char *json_text_take(json_t *json);

// Puts item (taken) at the end of *list. When there is none, as memory or the store failed, the list goes as
// well, to NULL: half a list looks like a whole one.
void json_list_add_take(json_t **list, json_t *item);

#endif
