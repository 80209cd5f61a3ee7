// /v1/suppressions: who may not be written to.
#include "bridge/api/api_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct body {
    const char *number, *note;
    json_t *numbers;
};

static const struct field ADD_FIELDS[] = {
    {"number", FIELD_STRING, offsetof(struct body, number), true, 1, API_NUMBER_MAX},
    {"note", FIELD_STRING, offsetof(struct body, note), false, 1, NAME_SIZE - 1},
};
static const struct field IMPORT_FIELDS[] = {
    {"numbers", FIELD_ARRAY, offsetof(struct body, numbers), true, 1, API_IMPORT_MAX},
    {"note", FIELD_STRING, offsetof(struct body, note), false, 1, NAME_SIZE - 1},
};

static json_t *suppression_json(const struct suppression *row)
{
    return json_pack("{s:s, s:s, s:o, s:o}", "number", row->number, "source",
                     suppression_source_name(row->source), "note", api_text(row->note), "created_at",
                     api_time(row->at));
}

static bool read_number(struct request *request, char out[NUMBER_SIZE], const char *text, const char *path,
                        struct field_error *error)
{
    enum number_status status =
        number_normalize(out, text, strlen(text), request_options(request)->default_country);
    return status == NUMBER_OK || field_fail(error, path, "%s", number_status_text(status));
}

static bool read_numbers(struct request *request, struct command_suppress *wish, const json_t *list,
                         struct field_error *error)
{
    char path[32];
    size_t i;
    json_t *value;
    wish->numbers = calloc(json_array_size(list), sizeof(*wish->numbers));
    if (wish->numbers == NULL)
        return field_no_memory(error, "numbers");
    json_array_foreach(list, i, value)
    {
        snprintf(path, sizeof(path), "numbers[%zu]", i);
        if (!json_is_string(value) || json_string_length(value) > API_NUMBER_MAX)
            return field_fail(error, path, "must be a phone number");
        if (!read_number(request, wish->numbers[i], json_string_value(value), path, error))
            return false;
        wish->count++;
    }
    return true;
}

// One number into a list of one.
static bool read_one(struct request *request, struct command_suppress *wish, const char *number,
                     struct field_error *error)
{
    wish->numbers = calloc(1, sizeof(*wish->numbers));
    wish->count = 1;
    if (wish->numbers == NULL)
        return field_no_memory(error, "number");
    return read_number(request, wish->numbers[0], number, "number", error);
}

static void added(struct request *request, struct command *command)
{
    request_reply_json_take(request, command->suppress.changed > 0 ? 201 : 200,
                            json_pack("{s:s, s:b}", "number", command->suppress.numbers[0], "added",
                                      command->suppress.changed > 0));
}

static void imported(struct request *request, struct command *command)
{
    request_reply_json_take(request, 200,
                            json_pack("{s:I, s:I}", "count", (json_int_t)command->suppress.count, "added",
                                      (json_int_t)command->suppress.changed));
}

static void removed(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

static void add(struct request *request, bool import)
{
    struct body body = {.number = NULL};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_SUPPRESS, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!fields_decode(&body, json, import ? IMPORT_FIELDS : ADD_FIELDS, 2, "", &error) ||
               !(import ? read_numbers(request, &command->suppress, body.numbers, &error)
                        : read_one(request, &command->suppress, body.number, &error))) {
        request_invalid(request, &error);
    } else {
        command->suppress.source = import ? SUPPRESSED_IMPORT : SUPPRESSED_MANUAL;
        api_copy(command->suppress.note, sizeof(command->suppress.note), body.note);
        request_submit_take(request, command, import ? imported : added);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_suppressions_add(struct request *request)
{
    add(request, false);
}

// Its note is a parameter of the path, as a file has no place for it.
static void import_csv(struct request *request)
{
    static const char *const NAMES[] = {"note", NULL};
    struct field_error error;
    if (!request_query_check(request, NAMES))
        return;
    const char *note = request_query(request, "note");
    struct command *command = command_new(COMMAND_SUPPRESS, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if ((note != NULL && strlen(note) >= NAME_SIZE && !field_fail(&error, "note", "is too long")) ||
               !api_import_csv(request, &command->suppress, &error)) {
        request_invalid(request, &error);
    } else {
        command->suppress.source = SUPPRESSED_IMPORT;
        api_copy(command->suppress.note, sizeof(command->suppress.note), note);
        request_submit_take(request, command, imported);
        command = NULL;
    }
    command_free(command);
}

void api_suppressions_import(struct request *request)
{
    if (request_body_is(request, "text/csv"))
        import_csv(request);
    else
        add(request, true);
}

void api_suppressions_remove(struct request *request)
{
    struct field_error error;
    struct command *command =
        command_new(COMMAND_UNSUPPRESS, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL)
        request_unavailable(request);
    else if (read_one(request, &command->suppress, request_param(request, 0), &error))
        request_submit_take(request, command, removed);
    else {
        if (error.memory)
            request_unavailable(request);
        else
            request_not_found(request, "is not suppressed");
        command_free(command);
    }
}

void api_suppressions_show(struct request *request)
{
    char number[NUMBER_SIZE] = "";
    struct suppression row;
    struct field_error error;
    enum query_status status = QUERY_NONE;
    if (read_number(request, number, request_param(request, 0), "number", &error))
        status = query_suppression(request_store(request), &row, request_principal(request)->account, number);
    if (status == QUERY_OK)
        request_reply_json_take(request, 200, suppression_json(&row));
    else if (status == QUERY_NONE)
        request_not_found(request, "the number is not suppressed");
    else
        request_unavailable(request);
}

void api_suppressions_list(struct request *request)
{
    int64_t limit, cursor;
    size_t count;
    struct suppression rows[API_PAGE_MAX];
    if (!api_page(request, &limit, &cursor))
        return;
    if (query_suppressions(request_store(request), rows, (size_t)limit, &count,
                           request_principal(request)->account, cursor) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list, suppression_json(&rows[i]));
    int64_t last = count == (size_t)limit ? rows[count - 1].n : 0;
    api_reply_page_take(request, "suppressions", list, last);
}
