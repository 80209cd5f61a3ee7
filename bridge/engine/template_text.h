// Which text a template makes for a language and values. Pure logic; any thread.
#ifndef SMSQUITTO_BRIDGE_ENGINE_TEMPLATE_TEXT_H
#define SMSQUITTO_BRIDGE_ENGINE_TEMPLATE_TEXT_H

#include "bridge/store/template.h"
#include "common/segments.h"

enum {
    TEMPLATE_OUT_MAX_CHARACTERS = 1600, // as any text that is sent
    TEMPLATE_OUT_SIZE = TEMPLATE_OUT_MAX_CHARACTERS * 4 + 1,
};

// What a request asks for in place of a text.
struct template_wish {
    char name[TEMPLATE_NAME_SIZE];
    char language[TEMPLATE_LANGUAGE_SIZE]; // "" = the default text
    struct template_values values;         // owned
};

struct template_made {
    char text[TEMPLATE_OUT_SIZE];
    char language[TEMPLATE_LANGUAGE_SIZE]; // whose text it is, "" = the default
    struct segments segments;
};

// 1 to 40 of a-z, 0-9, '-' and '_'.
bool template_name_valid(const char *name);

// Reads the variables of all its texts. False with *error, which names the text that is not well formed
// ("text", "languages.fr").
bool template_known(struct template_names *known, const struct template_row *row, struct field_error *error);

// The text for a language: its own, that of a wider one, or the default. Borrowed from row; NULL when row has
// no texts.
const struct template_text *template_pick(const struct template_row *row, const char *language);

// Refuses, naming the first, values that no text of the template asks for.
bool template_check_values(const struct template_names *known, const struct template_values *values,
                           struct field_error *error);

// Makes the text that row has for language. Values of own (may be NULL) go before those of values. False with
// *error, whose path is "variables" or "variables.<name>".
bool template_make(struct template_made *out, const struct template_row *row,
                   const struct template_names *known, const char *language,
                   const struct template_values *values, const struct template_values *own,
                   struct field_error *error);

// Refuses a text of more parts than the template allows.
bool template_check_parts(const struct template_row *row, int64_t parts, struct field_error *error);

// Frees it with all that it owns. NULL does nothing.
void template_wish_free(struct template_wish *wish);

#endif
