// The radio's side of the lines between it and its device.
#include "device/radios/side.h"

#include "device/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define AT(member) offsetof(struct side_command, member)

static const struct field send_fields[] = {
    {"ref", FIELD_STRING, AT(ref), true, 1, WIRE_WORD_MAX_BYTES},
    {"to", FIELD_STRING, AT(to), true, 2, NUMBER_SIZE - 1},
    {"text", FIELD_STRING, AT(text), true, 0, WIRE_TEXT_MAX_BYTES},
    {"sim", FIELD_INT, AT(sim), false, 0, WIRE_SIMS_MAX},
    {"report", FIELD_BOOL, AT(report), false, 0, 0},
};
static const struct field inbox_fields[] = {{"since", FIELD_INT, AT(since), true, 0, INT64_MAX}};
static const struct field stored_fields[] = {{"uid", FIELD_STRING, AT(uid), true, 1, WIRE_UID_MAX_BYTES}};

static const struct {
    const char *word;
    enum side_op op;
    const struct field *fields;
    size_t count;
} ops[] = {
    {"send", SIDE_SEND, send_fields, COUNT(send_fields)},
    {"info", SIDE_INFO, NULL, 0},
    {"inbox", SIDE_INBOX, inbox_fields, COUNT(inbox_fields)},
    {"stored", SIDE_STORED, stored_fields, COUNT(stored_fields)},
};

// Returns false when the line is no command that this radio knows.
static bool decode(struct side_command *command, const json_t *json, struct field_error *error)
{
    const char *word = json_string_value(json_object_get(json, "op"));
    *command = (struct side_command){.sim = 0};
    for (size_t i = 0; word != NULL && i < COUNT(ops); i++) {
        if (strcmp(ops[i].word, word) != 0)
            continue;
        command->op = ops[i].op;
        if (!fields_decode_known(command, json, ops[i].fields, ops[i].count, "", error))
            return false;
        return command->op != SIDE_SEND || message_number_valid(command->to) ||
               field_fail(error, "to", "must be '+' and digits");
    }
    return field_fail(error, "op", "must be a command of the radio protocol");
}

static void take_line(const char *line, size_t length,
                      void (*on_command)(void *context, const struct side_command *command), void *context)
{
    struct field_error error;
    struct side_command command;
    json_t *json = fields_parse(line, length, &error);
    if (json != NULL && decode(&command, json, &error))
        on_command(context, &command);
    else
        fprintf(stderr, "a command is not understood: %s %s\n", error.path, error.detail);
    json_decref(json);
}

bool side_read(struct side_input *input, void (*command)(void *context, const struct side_command *command),
               void *context)
{
    ssize_t count = read(STDIN_FILENO, input->bytes + input->length, sizeof input->bytes - input->length);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    input->length += (size_t)count;
    size_t start = 0;
    for (char *end; (end = memchr(input->bytes + start, '\n', input->length - start)) != NULL;) {
        take_line(input->bytes + start, (size_t)(end - (input->bytes + start)), command, context);
        start = (size_t)(end - input->bytes) + 1;
    }
    memmove(input->bytes, input->bytes + start, input->length - start);
    input->length -= start;
    return count > 0 && input->length < sizeof input->bytes;
}

void side_say_take(json_t *event)
{
    if (event != NULL && json_dumpf(event, stdout, JSON_COMPACT) == 0)
        putchar('\n');
    json_decref(event);
    if (fflush(stdout) != 0)
        exit(0);
}

void side_say_taken(const char *ref)
{
    side_say_take(json_pack("{s:s, s:s}", "event", "taken", "ref", ref));
}

static void say_part(const char *event, const char *ref, int part, int parts)
{
    side_say_take(
        json_pack("{s:s, s:s, s:i, s:i}", "event", event, "ref", ref, "part", part, "parts", parts));
}

void side_say_sent(const char *ref, int part, int parts)
{
    say_part("sent", ref, part, parts);
}

void side_say_fate(const char *ref, int part, int parts, bool delivered)
{
    say_part(delivered ? "delivered" : "undelivered", ref, part, parts);
}

static const char *kind_word(enum wire_error_kind kind)
{
    static const char *const words[] = {
        [WIRE_ERROR_NONE] = "permanent",
        [WIRE_ERROR_TEMPORARY] = "temporary",
        [WIRE_ERROR_PERMANENT] = "permanent",
        [WIRE_ERROR_LIMIT] = "limit",
    };
    return words[kind];
}

void side_say_failed(const char *ref, enum wire_error_kind kind, const char *code, const char *text)
{
    side_say_take(json_pack("{s:s, s:s, s:s, s:s, s:s*}", "event", "failed", "ref", ref, "kind",
                            kind_word(kind), "code", code, "text", text));
}

void side_say_unknown(const char *ref, const char *code, const char *text)
{
    side_say_take(
        json_pack("{s:s, s:s, s:s, s:s*}", "event", "unknown", "ref", ref, "code", code, "text", text));
}

void side_say_inbound(const struct wire_inbound *inbound)
{
    side_say_take(json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "event", "inbound", "uid", inbound->uid, "from",
                            inbound->from, "text", inbound->text, "sim", (json_int_t)inbound->sim,
                            "received_at", (json_int_t)inbound->received_at));
}
