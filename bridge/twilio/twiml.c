// TwiML by libexpat's events. No document type is taken, so there are no entities to expand.
#include "bridge/twilio/twiml.h"

#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum place { OUTSIDE, IN_RESPONSE, IN_MESSAGE, IN_BODY, BEHIND };

struct reader {
    XML_Parser parser;
    struct twiml *out;
    char *why;
    enum place place;
    char *text; // owned: of the present message
    size_t used, room;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static void fail(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    if (reader->failed)
        return;
    va_start(arguments, format);
    vsnprintf(reader->why, TWIML_WHY_SIZE, format, arguments);
    va_end(arguments);
    reader->failed = true;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void XMLCALL on_document_type(void *context, const char *name, const char *system, const char *public,
                                     int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    fail(context, "has a document type");
}

static void take_attribute(struct reader *reader, char *out, size_t size, const char *value)
{
    if (strlen(value) >= size)
        fail(reader, "has an attribute that is too long");
    else
        memcpy(out, value, strlen(value) + 1);
}

static void begin_message(struct reader *reader, const char **attributes)
{
    if (reader->out->count == TWIML_MESSAGES_MAX) {
        fail(reader, "has more than %d messages", TWIML_MESSAGES_MAX);
        return;
    }
    struct twiml_message *message = &reader->out->messages[reader->out->count++];
    *message = (struct twiml_message){.body = NULL};
    for (; *attributes != NULL; attributes += 2) {
        const char *name = attributes[0], *value = attributes[1];
        if (strcmp(name, "to") == 0)
            take_attribute(reader, message->to, sizeof(message->to), value);
        else if (strcmp(name, "from") == 0)
            take_attribute(reader, message->from, sizeof(message->from), value);
        else if (strcmp(name, "statusCallback") == 0 || strcmp(name, "action") == 0)
            take_attribute(reader, message->callback, sizeof(message->callback), value);
        else if (strcmp(name, "method") != 0 || strcmp(value, "POST") != 0)
            fail(reader, "has a Message with %.24s, which is not served", name);
    }
    reader->used = 0;
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes)
{
    struct reader *reader = context;
    bool message = strcmp(name, "Message") == 0 || strcmp(name, "Sms") == 0;
    if (reader->place == OUTSIDE && strcmp(name, "Response") == 0) {
        reader->place = IN_RESPONSE;
    } else if (reader->place == IN_RESPONSE && message) {
        reader->place = IN_MESSAGE;
        begin_message(reader, attributes);
    } else if (reader->place == IN_MESSAGE && strcmp(name, "Body") == 0) {
        reader->place = IN_BODY;
    } else {
        fail(reader,
             reader->place == OUTSIDE ? "is no Response, but %.40s" : "has %.40s, which is not served", name);
    }
}

// Puts the text without the blanks around it into the message.
static void end_message(struct reader *reader)
{
    static const char BLANKS[] = " \t\r\n";
    struct twiml_message *message = &reader->out->messages[reader->out->count - 1];
    size_t start = 0;
    while (start < reader->used && strchr(BLANKS, reader->text[start]) != NULL)
        start++;
    while (reader->used > start && strchr(BLANKS, reader->text[reader->used - 1]) != NULL)
        reader->used--;
    if (reader->used == start) {
        fail(reader, "has a Message without a text");
        return;
    }
    message->body = strndup(reader->text + start, reader->used - start);
    if (message->body == NULL)
        fail(reader, "cannot be read now: out of memory");
}

static void XMLCALL on_end(void *context, const char *name)
{
    struct reader *reader = context;
    (void)name;
    if (reader->failed)
        return;
    if (reader->place == IN_MESSAGE)
        end_message(reader);
    reader->place = reader->place == IN_BODY      ? IN_MESSAGE
                    : reader->place == IN_MESSAGE ? IN_RESPONSE
                                                  : BEHIND;
}

static void XMLCALL on_text(void *context, const char *text, int length)
{
    struct reader *reader = context;
    if (reader->failed || (reader->place != IN_MESSAGE && reader->place != IN_BODY))
        return;
    size_t need = reader->used + (size_t)length; // at most TWIML_BYTES_MAX, as expat expands nothing
    if (need > reader->room) {
        char *more = realloc(reader->text, need * 2);
        if (more == NULL) {
            fail(reader, "cannot be read now: out of memory");
            return;
        }
        reader->text = more;
        reader->room = need * 2;
    }
    memcpy(reader->text + reader->used, text, (size_t)length);
    reader->used = need;
}

static void parse(struct reader *reader, const char *text, size_t length)
{
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_document_type);
    if (XML_Parse(reader->parser, text, (int)length, XML_TRUE) == XML_STATUS_ERROR)
        fail(reader, "is no XML: %s in line %lu", XML_ErrorString(XML_GetErrorCode(reader->parser)),
             XML_GetCurrentLineNumber(reader->parser));
}

bool twiml_parse(struct twiml *out, char why[TWIML_WHY_SIZE], const char *text, size_t length)
{
    struct reader reader = {.out = out, .why = why};
    out->count = 0;
    why[0] = '\0';
    if (length == 0)
        return true;
    if (length <= TWIML_BYTES_MAX)
        reader.parser = XML_ParserCreate(NULL);
    if (reader.parser == NULL) {
        snprintf(why, TWIML_WHY_SIZE,
                 length > TWIML_BYTES_MAX ? "is too long" : "cannot be read now: out of memory");
        return false;
    }
    parse(&reader, text, length);
    XML_ParserFree(reader.parser);
    free(reader.text);
    if (reader.failed)
        twiml_clear(out);
    return !reader.failed;
}

void twiml_clear(struct twiml *twiml)
{
    for (size_t i = 0; i < twiml->count; i++)
        free(twiml->messages[i].body);
    twiml->count = 0;
}
