// The text that carries a one-time code.
#include "bridge/engine/otp_text.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *language, *wording;
} WORDINGS[] = {
    {"en", "{{code}} is your code, valid for {{minutes}} min. Do not share it."},
    {"ar", "{{code}} هو رمزك، صالح لمدة {{minutes}} دقيقة. لا تشاركه مع أحد."},
    {"de", "{{code}} ist Ihr Code, gültig für {{minutes}} Min. Geben Sie ihn nicht weiter."},
    {"es", "{{code}} es tu código, válido {{minutes}} min. No lo compartas."},
    {"fr", "{{code}} est votre code, valable {{minutes}} min. Ne le partagez pas."},
    {"it", "{{code}} è il tuo codice, valido {{minutes}} min. Non condividerlo."},
    {"nl", "{{code}} is je code, {{minutes}} min geldig. Deel hem met niemand."},
    {"pl", "{{code}} to Twój kod, ważny {{minutes}} min. Nie podawaj go nikomu."},
    {"pt", "{{code}} é o seu código, válido por {{minutes}} min. Não o partilhe."},
    {"ru", "{{code}} — ваш код, действует {{minutes}} мин. Никому его не сообщайте."},
    {"tr", "{{code}} kodunuz, {{minutes}} dk geçerli. Kimseyle paylaşmayın."},
    {"uk", "{{code}} — ваш код, дійсний {{minutes}} хв. Нікому його не повідомляйте."},
};

enum { WORDINGS_COUNT = sizeof(WORDINGS) / sizeof(WORDINGS[0]) };

// The wording in a language, by its first part ("de" of "de-AT"); NULL when there is none.
static const char *find(const char *language)
{
    size_t length = strcspn(language, "-_");
    for (size_t i = 0; i < WORDINGS_COUNT; i++)
        if (strlen(WORDINGS[i].language) == length && strncmp(WORDINGS[i].language, language, length) == 0)
            return WORDINGS[i].wording;
    return NULL;
}

bool otp_language_known(const char *language)
{
    return find(language) != NULL;
}

// Variables that we give, beside those of a request.
static const char *const OURS[] = {"code", "app", "minutes"};
enum { OURS_COUNT = sizeof(OURS) / sizeof(OURS[0]) };

static bool is_ours(const char *name)
{
    for (size_t i = 0; i < OURS_COUNT; i++)
        if (strcmp(OURS[i], name) == 0)
            return true;
    return false;
}

struct buffer {
    char *out;
    size_t length;
    bool full;
};

static void put_text(struct buffer *buffer, const char *text)
{
    size_t length = strlen(text);
    if (buffer->length + length >= OTP_TEXT_SIZE) {
        buffer->full = true;
        return;
    }
    memcpy(buffer->out + buffer->length, text, length + 1);
    buffer->length += length;
}

// Fills the wording in behind what is there.
static bool fill(struct buffer *buffer, const char *wording, const struct otp_text *input,
                 const struct template_values *values, struct field_error *error)
{
    char number[24];
    struct template_value all[OURS_COUNT + TEMPLATE_VARIABLES_MAX] = {
        {OURS[0], input->code}, {OURS[1], input->app}, {OURS[2], number}};
    size_t count = values != NULL ? values->count : 0;
    snprintf(number, sizeof(number), "%lld", (long long)input->minutes);
    for (size_t i = 0; i < count; i++)
        all[OURS_COUNT + i] = values->items[i];
    if (!template_render(buffer->out + buffer->length, OTP_TEXT_SIZE - buffer->length, wording, all,
                         OURS_COUNT + count, error))
        return false;
    buffer->length += strlen(buffer->out + buffer->length);
    return true;
}

bool otp_wording_valid(const char *wording)
{
    char out[OTP_TEXT_SIZE];
    const struct otp_text sample = {.code = "1234567890", .app = "", .minutes = 10};
    struct buffer buffer = {.out = out};
    struct template_names names = {.count = 0};
    struct field_error error;
    return template_names_add(&names, wording, "text", &error) && template_names_have(&names, "code") &&
           fill(&buffer, wording, &sample, NULL, &error);
}

const char *otp_wording_of(const struct template_row *row, const struct template_names *known,
                           const struct template_wish *wish, const char *app, struct field_error *error)
{
    char path[sizeof("variables.") + TEMPLATE_VARIABLE_SIZE];
    struct template_names names = {.count = 0};
    const struct template_text *text = template_pick(row, wish->language);
    if (text == NULL || !template_names_add(&names, text->text, "template", error) ||
        !template_names_have(&names, "code")) {
        field_fail(error, "template", "has no {{code}} in its text%s%s",
                   text != NULL && text->language[0] != '\0' ? " for " : "",
                   text != NULL ? text->language : "");
        return NULL;
    }
    if (template_names_have(&names, "app") && app[0] == '\0') {
        field_fail(error, "app", "is missing: the template has {{app}}");
        return NULL;
    }
    for (size_t i = 0; i < wish->values.count; i++)
        if (is_ours(wish->values.items[i].name)) {
            snprintf(path, sizeof(path), "variables.%s", wish->values.items[i].name);
            field_fail(error, path, "is what the gateway gives itself");
            return NULL;
        }
    return template_check_values(known, &wish->values, error) ? text->text : NULL;
}

// What phone and browser look for.
static void put_marks(struct buffer *buffer, const struct otp_text *input)
{
    if (input->android_hash[0] != '\0') {
        put_text(buffer, "\n");
        put_text(buffer, input->android_hash);
    }
    if (input->domain[0] != '\0') {
        put_text(buffer, "\n@");
        put_text(buffer, input->domain);
        put_text(buffer, " #");
        put_text(buffer, input->code);
    }
}

bool otp_text(char out[OTP_TEXT_SIZE], const struct otp_text *input, const struct template_values *values,
              struct field_error *error)
{
    struct buffer buffer = {.out = out};
    const char *wording = input->wording;
    out[0] = '\0';
    if (wording == NULL && input->app[0] != '\0') {
        put_text(&buffer, input->app);
        put_text(&buffer, ": ");
    }
    if (wording == NULL)
        wording = find(input->language);
    if (!fill(&buffer, wording != NULL ? wording : WORDINGS[0].wording, input, values, error))
        return false;
    put_marks(&buffer, input);
    return !buffer.full ||
           field_fail(error, "variables", "make a text of more than %d bytes", OTP_TEXT_SIZE - 1);
}
