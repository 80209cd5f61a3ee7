// Texts with placeholders such as "Hello {{name}}", and their languages.
//
// A placeholder is "{{", a name and "}}"; spaces around the name do not matter. A name is a letter and then
// letters, digits and '_'. Nothing else has a meaning: "}}" alone and single braces stand for themselves, and
// what a value holds is never read as a placeholder. Pure logic; any thread.
#ifndef SMSQUITTO_COMMON_TEMPLATE_H
#define SMSQUITTO_COMMON_TEMPLATE_H

#include "common/fields.h"

enum {
    TEMPLATE_VARIABLE_SIZE = 33,      // a variable's name: 32 bytes
    TEMPLATE_VARIABLES_MAX = 32,      // of one template in all its languages, and of one request
    TEMPLATE_VALUE_MAX_BYTES = 6400,  // no text is longer
    TEMPLATE_LANGUAGE_SIZE = 12,      // "zh-Hant-TW"
    TEMPLATE_LANGUAGE_MIN_LENGTH = 2, // "fr"
};

// The variables of one text or several, each once, in the order of their first use.
struct template_names {
    char names[TEMPLATE_VARIABLES_MAX][TEMPLATE_VARIABLE_SIZE];
    size_t count;
};

struct template_value {
    const char *name, *text; // borrowed
};

// Values with their texts in one owned block: template_values_clear frees it.
struct template_values {
    struct template_value *items;
    size_t count;
};

// Adds the variables of text to *names, which the caller has emptied before the first text. False with
// *error, whose path is the given one, when a placeholder is not well formed or there are too many variables.
bool template_names_add(struct template_names *names, const char *text, const char *path,
                        struct field_error *error);
bool template_names_have(const struct template_names *names, const char *name);

// Writes text with the values in place of its placeholders; of two values with one name the first counts.
// False with *error: "variables.<name>" for the first variable without a value, "variables" when the result
// takes size bytes or more, "text" for a placeholder that is not well formed.
bool template_render(char *out, size_t size, const char *text, const struct template_value *values,
                     size_t count, struct field_error *error);

// Reads {"name": "Ada", "count": 3}: texts and whole numbers. NULL gives none. False with *error, whose path
// begins with prefix ("variables" when that is ""), and *out empty.
bool template_values_read(struct template_values *out, const json_t *object, const char *prefix,
                          struct field_error *error);
// Frees what it owns and leaves it empty.
void template_values_clear(struct template_values *values);

// The usual form of a language tag: "fr_ch" becomes "fr-CH". False when it is none, or too long.
bool template_language(char out[TEMPLATE_LANGUAGE_SIZE], const char *text);
// Makes the tag one step wider: "fr-CH", "fr", "". False when it was "" already.
bool template_language_widen(char language[TEMPLATE_LANGUAGE_SIZE]);

#endif
