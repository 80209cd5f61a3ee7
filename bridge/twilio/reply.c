// Texts that an app wants sent in answer to one that came in.
#include "bridge/twilio/twilio_internal.h"
#include "bridge/twilio/twiml.h"
#include "common/segments.h"
#include "common/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// What Twilio takes for TwiML; frameworks say text/html of it.
static bool is_twiml(const char *type)
{
    static const char *const TYPES[] = {"text/xml", "application/xml", "text/html"};
    size_t length = type != NULL ? strcspn(type, "; ") : 0;
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
        if (length == strlen(TYPES[i]) && strncasecmp(type, TYPES[i], length) == 0)
            return true;
    return false;
}

// Whom the text goes to, and from where: the other side, from the device and SIM that it wrote to, unless the
// answer says otherwise. False with error set.
static bool address(struct command_send *send, const struct twiml_message *message,
                    const struct message_view *view, char error[HOOK_ERROR_SIZE])
{
    const char *to = message->to[0] != '\0' ? message->to : view->message.peer;
    send->to = calloc(1, sizeof(*send->to));
    send->count = 1;
    if (send->to == NULL || number_normalize(send->to[0], to, strlen(to), NULL) != NUMBER_OK) {
        snprintf(error, HOOK_ERROR_SIZE, "its answer cannot be sent: its recipient is no number");
        return false;
    }
    if (message->from[0] != '\0' && strlen(message->from) < sizeof(send->from)) {
        api_copy(send->from, sizeof(send->from), message->from);
    } else {
        api_copy(send->device, sizeof(send->device), view->device_id);
        send->sim = view->message.sim;
    }
    return true;
}

// False with error set.
static bool fill(struct command_send *send, const struct twiml_message *message,
                 const struct message_view *view, char error[HOOK_ERROR_SIZE])
{
    struct segments segments;
    const char *why;
    size_t length = strlen(message->body);
    if (!address(send, message, view, error))
        return false;
    send->text = strdup(message->body);
    send->callback_url = message->callback[0] != '\0' ? strdup(message->callback) : NULL;
    if (send->text == NULL || !segments_count(&segments, message->body, length) ||
        api_characters(message->body) > SEND_TEXT_MAX_CHARACTERS) {
        snprintf(error, HOOK_ERROR_SIZE, "its answer cannot be sent: a text is too long");
        return false;
    }
    if (send->callback_url != NULL && !url_check(send->callback_url, HOOK_URL_MAX, &why)) {
        snprintf(error, HOOK_ERROR_SIZE, "its answer has a statusCallback that %.50s", why);
        return false;
    }
    send->callback_form = HOOK_TWILIO_FORM;
    send->encoding = segments.encoding;
    send->parts = segments.parts;
    send->qos = 1;
    send->lane = LANE_NORMAL;
    send->report = true;
    send->answer = true;
    secret_hash(send->request_hash, message->body, length);
    return true;
}

// The commands for all texts, linked by next; NULL with error set when one of them cannot be.
static struct command *make(const struct twiml *twiml, const struct message_view *view, const char *event_id,
                            char error[HOOK_ERROR_SIZE])
{
    struct command *first = NULL, **end = &first;
    for (size_t i = 0; i < twiml->count; i++) {
        struct command *command = command_new(COMMAND_SEND, ORIGIN_NONE, view->message.account);
        if (command == NULL || !fill(&command->send, &twiml->messages[i], view, error)) {
            command_free(command);
            for (struct command *next; first != NULL; first = next) {
                next = first->next;
                command_free(first);
            }
            return NULL;
        }
        // The same event told again, and answered again, sends nothing twice.
        snprintf(command->send.idempotency_key, sizeof(command->send.idempotency_key), "twiml-%s-%zu",
                 event_id, i);
        *end = command;
        end = &command->next;
    }
    return first;
}

// False when the engine has no room for one of them now.
static bool submit_take(struct engine *engine, struct command *first)
{
    bool all = true;
    for (struct command *next; first != NULL; first = next) {
        next = first->next;
        first->next = NULL;
        if (!all || !engine_submit(engine, first)) {
            command_free(first);
            all = false;
        }
    }
    return all;
}

bool twilio_hook_answered(struct query *store, struct engine *engine, const struct hook_post *post,
                          const struct hook_answer *answer, char error[HOOK_ERROR_SIZE])
{
    struct twiml twiml;
    char why[TWIML_WHY_SIZE];
    struct hook_content content = {0};
    if (post->event == 0 || !is_twiml(answer->type) ||
        query_hook_content(store, &content, post->event) != QUERY_OK)
        return true;
    bool taken = true;
    if (content.message.message.id[0] == '\0' || content.message.message.direction != DIRECTION_INBOUND) {
        // nobody is waiting for an answer
    } else if (!twiml_parse(&twiml, why, answer->text, answer->length)) {
        snprintf(error, HOOK_ERROR_SIZE, "its answer %.80s", why);
    } else {
        taken = submit_take(engine, make(&twiml, &content.message, answer->event_id, error));
        twiml_clear(&twiml);
        if (!taken)
            snprintf(error, HOOK_ERROR_SIZE, "its answer cannot be stored now");
    }
    message_view_clear(&content.message);
    return taken;
}
