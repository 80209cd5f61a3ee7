// Who may not be written to.
#include "bridge/engine/suppress.h"

#include "bridge/engine/life.h"
#include "bridge/engine/send.h"
#include "common/failure.h"
#include "common/segments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NOTICE_GAP_MS = 3600000, WITHDRAW_MAX = 100, SWEEP = 500, WORD_MAX = 32, LATE_MS = 3600000 };

static bool remember_account(void *context, int64_t account)
{
    struct core *core = context;
    core->suppressing[(size_t)account % SUPPRESSING_BITS / 8] |= (uint8_t)(1u << ((size_t)account % 8));
    return true;
}

// May say yes for an account that shares its bit with another; never no for one that has entries.
static bool may_have_entries(const struct core *core, int64_t account)
{
    return (core->suppressing[(size_t)account % SUPPRESSING_BITS / 8] >> ((size_t)account % 8) & 1) != 0;
}

bool suppress_load(struct core *core)
{
    memset(core->suppressing, 0, sizeof(core->suppressing));
    return store_suppressed_accounts_each(core->store, remember_account, core);
}

bool suppress_refuses(struct core *core, int64_t account, const char *number, enum purpose purpose,
                      char why[DETAIL_SIZE])
{
    static const char *const WORDS[] = {[SUPPRESSED_STOP] = "the recipient has answered STOP",
                                        [SUPPRESSED_MANUAL] = "the number was blocked",
                                        [SUPPRESSED_IMPORT] = "the number was blocked by an import",
                                        [SUPPRESSED_FAILURE] =
                                            "the network says that the number takes no texts"};
    struct suppression row;
    if (purpose == PURPOSE_NOTICE || (purpose == PURPOSE_OTP && core->options.suppress_otp_exempt) ||
        !may_have_entries(core, account) || !store_suppression_load(core->store, &row, account, number))
        return false;
    snprintf(why, DETAIL_SIZE, "%s%s%s", WORDS[row.source], row.note[0] != '\0' ? ": " : "", row.note);
    return true;
}

// Withdraws what no device has yet.
static void withdraw_waiting(struct core *core, int64_t account, const char *number)
{
    char ids[WITHDRAW_MAX][ID_SIZE];
    cache_flush(core->cache, core->store);
    size_t count = store_messages_to(core->store, ids, WITHDRAW_MAX, account, number);
    for (size_t i = 0; i < count; i++) {
        struct message *message = cache_get(core->cache, core->store, account, ids[i]);
        if (message != NULL && message->turn != TURN_OUT && message->purpose != PURPOSE_NOTICE)
            (void)life_move(core, message, STATE_CANCELLED, core->now, "opted_out",
                            "the recipient must not be written to any more");
    }
}

// Puts one entry, which holds since at; true when it is new.
static bool block(struct core *core, int64_t account, const char *number, enum suppression_source source,
                  const char *note, int64_t at)
{
    struct suppression row = {.account = account, .source = source, .at = at}, known;
    if (may_have_entries(core, account) && store_suppression_load(core->store, &known, account, number))
        return false;
    snprintf(row.number, sizeof(row.number), "%s", number);
    snprintf(row.note, sizeof(row.note), "%s", note);
    (void)remember_account(core, account);
    (void)store_suppression_add(core->store, &row);
    withdraw_waiting(core, account, number);
    life_subject_event(core, account, EVENT_CONTACT_OPTED_OUT, number, suppression_source_name(source), note);
    return true;
}

static bool unblock(struct core *core, int64_t account, const char *number, const char *code)
{
    if (!may_have_entries(core, account) || !store_suppression_remove(core->store, account, number))
        return false;
    life_subject_event(core, account, EVENT_CONTACT_OPTED_IN, number, code, NULL);
    return true;
}

// The text without spaces and punctuation around it; false when it cannot be a single word.
static bool only_word(char word[WORD_MAX], const char *text)
{
    const char *first = text + strspn(text, " \t\r\n.!\"'");
    size_t length = strlen(first);
    while (length > 0 && strchr(" \t\r\n.!\"'", first[length - 1]) != NULL)
        length--;
    if (length == 0 || length >= WORD_MAX)
        return false;
    memcpy(word, first, length);
    word[length] = '\0';
    return true;
}

// Whether the word stands in a list that spaces separate; capitals and small ones of a-z are the same.
static bool is_listed(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (*list != '\0') {
        size_t one = strcspn(list, " ");
        if (one == length && strncasecmp(list, word, length) == 0)
            return true;
        list += one + strspn(list + one, " ");
    }
    return false;
}

// Answers a person, once an hour at most.
static void answer(struct core *core, const struct message *to, const char *device, const char *text)
{
    struct segments segments;
    if (text[0] == '\0' || core->now - store_notice_at(core->store, to->account, to->peer) < NOTICE_GAP_MS ||
        !segments_count(&segments, text, strlen(text)))
        return;
    struct command *inner = command_new(COMMAND_SEND, ORIGIN_NONE, to->account);
    if (inner == NULL) {
        core->broken = true;
        return;
    }
    struct command_send *send = &inner->send;
    send->to = calloc(1, sizeof(*send->to));
    send->text = strdup(text);
    core->broken |= send->to == NULL || send->text == NULL;
    if (!core->broken) {
        snprintf(send->to[0], sizeof(send->to[0]), "%.16s", to->peer);
        snprintf(send->device, sizeof(send->device), "%s", device);
        send->count = 1;
        send->encoding = segments.encoding;
        send->parts = segments.parts;
        send->sim = to->sim;
        send->qos = 1;
        send->lane = LANE_HIGH;
        send->purpose = PURPOSE_NOTICE;
        send_apply(core, inner);
        if (inner->status == COMMAND_OK)
            (void)store_notice_set(core->store, to->account, to->peer, core->now);
    }
    command_free(inner);
}

// A sender whom we could write to: E.164.
static bool is_number(const char *peer)
{
    size_t digits = peer[0] == '+' ? strspn(peer + 1, "0123456789") : 0;
    return digits >= 7 && digits <= 15 && peer[1 + digits] == '\0';
}

// A text that came in long ago, as when an inbox is read again, does not undo what was decided after it.
static bool is_outdated(struct core *core, const struct message *message)
{
    struct suppression row;
    return store_suppression_load(core->store, &row, message->account, message->peer) &&
           message->created_at < row.at;
}

void suppress_inbound(struct core *core, const struct message *message, const char *device)
{
    const struct engine_options *options = &core->options;
    char word[WORD_MAX];
    bool late = core->now - message->created_at > LATE_MS; // nobody waits for an answer any more
    if (!is_number(message->peer) || !only_word(word, message->text))
        return;
    if (is_listed(options->stop_words, word)) {
        if (block(core, message->account, message->peer, SUPPRESSED_STOP, "", message->created_at) && !late)
            answer(core, message, device, options->stop_answer);
    } else if (is_listed(options->start_words, word)) {
        if (!(late && is_outdated(core, message)) &&
            unblock(core, message->account, message->peer, "start") && !late)
            answer(core, message, device, options->start_answer);
    } else if (is_listed(options->help_words, word) && !late) {
        answer(core, message, device, options->help_answer);
    }
}

bool suppress_lists(const struct core *core, const char *code)
{
    const char *listed = core->options.suppress_codes, *number = failure_number(code);
    return code[0] != '\0' && (is_listed(listed, code) || (number != NULL && is_listed(listed, number)));
}

void suppress_failure(struct core *core, int64_t account, const char *number, const char *code)
{
    if (code != NULL && suppress_lists(core, code))
        (void)block(core, account, number, SUPPRESSED_FAILURE, code, core->now);
}

bool suppress_found(struct core *core, int64_t account, const char *number, const char *code, int64_t at,
                    bool dry_run)
{
    struct suppression known;
    if (!dry_run)
        return block(core, account, number, SUPPRESSED_FAILURE, code, at);
    return !may_have_entries(core, account) || !store_suppression_load(core->store, &known, account, number);
}

void suppress_upkeep(struct core *core)
{
    store_notice_sweep(core->store, core->now - NOTICE_GAP_MS, SWEEP);
}

void suppress_add(struct core *core, struct command *command)
{
    struct command_suppress *wish = &command->suppress;
    for (size_t i = 0; i < wish->count; i++)
        wish->changed += block(core, command->account, wish->numbers[i], wish->source, wish->note, core->now);
}

void suppress_remove(struct core *core, struct command *command)
{
    struct command_suppress *wish = &command->suppress;
    if (wish->count == 1 && unblock(core, command->account, wish->numbers[0], "requested"))
        return;
    command_fail(command, COMMAND_NOT_FOUND, "number", "is not suppressed");
}
