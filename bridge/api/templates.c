// /v1/templates: texts with variables.
#include "bridge/api/api_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX_BYTES = TEMPLATE_OUT_SIZE - 1,
    PARTS_MAX = 25,
    PAGE_MAX_BYTES = 1024 * 1024, // of texts: a page ends early behind them
};

struct body {
    const char *name, *text, *language;
    json_t *languages, *variables;
    int64_t max_parts;
};

static const struct field PUT_FIELDS[] = {
    {"text", FIELD_STRING, offsetof(struct body, text), true, 1, TEXT_MAX_BYTES},
    {"languages", FIELD_OBJECT, offsetof(struct body, languages), false, 0, TEMPLATE_TEXTS_MAX - 1},
    {"max_parts", FIELD_INT, offsetof(struct body, max_parts), false, 1, PARTS_MAX},
    {"name", FIELD_STRING, offsetof(struct body, name), true, 1, TEMPLATE_NAME_SIZE - 1}, // create only
};
static const struct field PREVIEW_FIELDS[] = {
    {"language", FIELD_STRING, offsetof(struct body, language), false, 1, TEMPLATE_LANGUAGE_SIZE - 1},
    {"variables", FIELD_OBJECT, offsetof(struct body, variables), false, 0, TEMPLATE_VARIABLES_MAX},
};

static json_t *languages_json(const struct template_row *row)
{
    json_t *languages = json_object();
    for (size_t i = 0; i < row->text_count; i++)
        if (row->texts[i].language[0] != '\0')
            json_object_set_new(languages, row->texts[i].language, json_string(row->texts[i].text));
    return languages;
}

static json_t *template_json(const struct template_row *row)
{
    struct template_names known;
    struct field_error error;
    json_t *variables = json_array();
    const struct template_text *text = template_pick(row, "");
    if (template_known(&known, row, &error))
        for (size_t i = 0; i < known.count; i++)
            json_list_add_take(&variables, json_string(known.names[i]));
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "name", row->name, "text",
                     api_text(text != NULL ? text->text : NULL), "languages", languages_json(row),
                     "variables", variables, "max_parts",
                     row->max_parts != 0 ? json_integer(row->max_parts) : json_null(), "created_at",
                     api_time(row->created_at), "updated_at", api_time(row->updated_at));
}

// Adds a text to the row, which has room for it.
static bool add_text(struct template_row *row, const char *language, const char *text, const char *path,
                     struct field_error *error)
{
    struct template_text *out = &row->texts[row->text_count];
    if (api_characters(text) > TEMPLATE_OUT_MAX_CHARACTERS)
        return field_fail(error, path, "has more than %d characters", TEMPLATE_OUT_MAX_CHARACTERS);
    for (size_t i = 0; i < row->text_count; i++)
        if (strcmp(row->texts[i].language, language) == 0)
            return field_fail(error, path, "stands there twice");
    api_copy(out->language, sizeof(out->language), language);
    out->text = strdup(text);
    row->text_count += out->text != NULL;
    return out->text != NULL || field_no_memory(error, path);
}

static bool add_language(struct template_row *row, const char *language, const json_t *text,
                         struct field_error *error)
{
    char tag[TEMPLATE_LANGUAGE_SIZE], path[sizeof("languages.") + TEMPLATE_LANGUAGE_SIZE];
    if (!template_language(tag, language))
        return field_fail(error, "languages", "has a name that is no language such as fr or fr-CH");
    snprintf(path, sizeof(path), "languages.%s", tag);
    if (!json_is_string(text) || json_string_length(text) < 1)
        return field_fail(error, path, "must be a text that is not empty");
    return add_text(row, tag, json_string_value(text), path, error);
}

static size_t count_bytes(const struct template_row *row)
{
    size_t bytes = 0;
    for (size_t i = 0; i < row->text_count; i++)
        bytes += strlen(row->texts[i].text);
    return bytes;
}

static int compare_texts(const void *a, const void *b)
{
    const struct template_text *first = a, *second = b;
    return strcmp(first->language, second->language);
}

static bool read_template(struct template_row *row, const json_t *json, bool named, struct field_error *error)
{
    struct body body = {.name = row->name};
    size_t fields = sizeof(PUT_FIELDS) / sizeof(PUT_FIELDS[0]);
    const char *language;
    json_t *text;
    if (!fields_decode(&body, json, PUT_FIELDS, named ? fields : fields - 1, "", error))
        return false;
    if (!template_name_valid(body.name))
        return field_fail(error, "name", "must be 1 to %d of a-z, 0-9, - and _", TEMPLATE_NAME_SIZE - 1);
    if (named)
        api_copy(row->name, sizeof(row->name), body.name);
    row->max_parts = body.max_parts;
    row->texts = calloc(TEMPLATE_TEXTS_MAX, sizeof(*row->texts));
    if (row->texts == NULL)
        return field_no_memory(error, "text");
    if (!add_text(row, "", body.text, "text", error))
        return false;
    json_object_foreach(body.languages, language, text)
    {
        if (!add_language(row, language, text, error))
            return false;
    }
    if (count_bytes(row) > TEMPLATE_TEXTS_MAX_BYTES)
        return field_fail(error, "languages", "bring the texts to more than %d bytes in all",
                          TEMPLATE_TEXTS_MAX_BYTES);
    qsort(row->texts, row->text_count, sizeof(*row->texts), compare_texts);
    return true;
}

static void stored(struct request *request, struct command *command)
{
    request_reply_json_take(request, command->template.added ? 201 : 200,
                            template_json(&command->template.row));
}

static void removed(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

// Puts what the body says, under the name given (NULL = the body has it).
static void put(struct request *request, const char *name)
{
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_TEMPLATE_PUT, ORIGIN_HTTP, request_principal(request)->account);
    if (command != NULL) {
        command->template.only_new = name == NULL;
        api_copy(command->template.row.name, sizeof(command->template.row.name), name);
    }
    if (command == NULL) {
        request_unavailable(request);
    } else if (!read_template(&command->template.row, json, name == NULL, &error)) {
        request_invalid(request, &error);
    } else {
        request_submit_take(request, command, stored);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_templates_create(struct request *request)
{
    put(request, NULL);
}

// The name in the path; NULL after replying.
static const char *named(struct request *request)
{
    const char *name = request_param(request, 0);
    if (template_name_valid(name))
        return name;
    request_not_found(request, "there is no such template");
    return NULL;
}

void api_templates_put(struct request *request)
{
    struct field_error error;
    const char *name = request_param(request, 0);
    if (template_name_valid(name)) {
        put(request, name);
        return;
    }
    field_fail(&error, "name", "must be 1 to %d of a-z, 0-9, - and _", TEMPLATE_NAME_SIZE - 1);
    request_invalid(request, &error);
}

void api_templates_remove(struct request *request)
{
    const char *name = named(request);
    if (name == NULL)
        return;
    struct command *command =
        command_new(COMMAND_TEMPLATE_REMOVE, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    api_copy(command->template.row.name, sizeof(command->template.row.name), name);
    request_submit_take(request, command, removed);
}

// The template of the path, which the caller clears; false after replying.
static bool load(struct request *request, struct template_row *row)
{
    enum query_status status = query_template(request_store(request), row,
                                              request_principal(request)->account, request_param(request, 0));
    if (status == QUERY_NONE)
        request_not_found(request, "there is no such template");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    return status == QUERY_OK;
}

void api_templates_show(struct request *request)
{
    struct template_row row;
    if (!load(request, &row))
        return;
    request_reply_json_take(request, 200, template_json(&row));
    template_row_clear(&row);
}

// The templates of those rows, which have no texts yet, but for those that were removed since; *count becomes
// how many rows were enough for a page. NULL when the store cannot be read.
static json_t *list_json(struct request *request, const struct template_row *rows, size_t *count)
{
    json_t *list = json_array();
    size_t bytes = 0, i = 0;
    for (; i < *count && bytes < PAGE_MAX_BYTES; i++) {
        struct template_row row;
        enum query_status status =
            query_template(request_store(request), &row, rows[i].account, rows[i].name);
        if (status == QUERY_FAILED) {
            json_decref(list);
            return NULL;
        }
        bytes += count_bytes(&row);
        if (status == QUERY_OK)
            json_list_add_take(&list, template_json(&row));
        template_row_clear(&row);
    }
    *count = i;
    return list;
}

void api_templates_list(struct request *request)
{
    static const char *const NAMES[] = {"limit", "cursor", NULL};
    int64_t limit = API_PAGE_DEFAULT;
    size_t count = 0, found = 0;
    if (!request_query_check(request, NAMES) || !api_query_int(request, &limit, "limit", 1, API_PAGE_MAX))
        return;
    const char *cursor = request_query(request, "cursor");
    struct template_row *rows = calloc((size_t)limit, sizeof(*rows));
    json_t *list = NULL;
    if (rows != NULL &&
        query_templates(request_store(request), rows, (size_t)limit, &found,
                        request_principal(request)->account, cursor != NULL ? cursor : "") == QUERY_OK) {
        count = found;
        list = list_json(request, rows, &count);
    }
    bool more = count < found || count == (size_t)limit;
    if (list != NULL)
        request_reply_json_take(request, 200,
                                json_pack("{s:o, s:o}", "templates", list, "next_cursor",
                                          api_text(more ? rows[count - 1].name : NULL)));
    else
        request_unavailable(request);
    free(rows);
}

static json_t *made_json(const struct template_made *made)
{
    const struct segments *segments = &made->segments;
    json_t *counts = json_pack("{s:i, s:s, s:I, s:i, s:i, s:i}", "count", segments->parts, "encoding",
                               segments_encoding_name(segments->encoding), "characters",
                               (json_int_t)api_characters(made->text), "units", segments->units,
                               "units_per_segment", segments->per_part, "units_left", segments->remaining);
    return json_pack("{s:s, s:o, s:o}", "text", made->text, "language", api_text(made->language), "segments",
                     counts);
}

static void preview(struct request *request, const struct template_row *row, const json_t *json)
{
    struct body body = {.language = NULL};
    struct template_wish *wish = NULL;
    struct template_names known;
    struct template_made made;
    struct field_error error;
    if (fields_decode(&body, json, PREVIEW_FIELDS, 2, "", &error) &&
        api_wish_read(&wish, row->name, body.language, body.variables, &error) &&
        template_known(&known, row, &error) &&
        template_make(&made, row, &known, wish->language, &wish->values, NULL, &error))
        request_reply_json_take(request, 200, made_json(&made));
    else
        request_invalid(request, &error);
    template_wish_free(wish);
}

void api_templates_preview(struct request *request)
{
    struct template_row row;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    if (load(request, &row)) {
        preview(request, &row, json);
        template_row_clear(&row);
    }
    json_decref(json);
}
