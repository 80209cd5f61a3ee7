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

struct buffer {
    char *out;
    size_t length;
    bool full;
};

static void put(struct buffer *buffer, const char *text, size_t length)
{
    if (buffer->length + length >= OTP_TEXT_SIZE) {
        buffer->full = true;
        return;
    }
    memcpy(buffer->out + buffer->length, text, length);
    buffer->length += length;
    buffer->out[buffer->length] = '\0';
}

static void put_text(struct buffer *buffer, const char *text)
{
    put(buffer, text, strlen(text));
}

// The value of a variable; NULL for one that we do not know.
static const char *value_of(const struct otp_text *input, const char *name, size_t length, char number[24])
{
    snprintf(number, 24, "%lld", (long long)input->minutes);
    const struct {
        const char *name, *value;
    } values[] = {{"code", input->code}, {"app", input->app}, {"minutes", number}};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (strlen(values[i].name) == length && memcmp(values[i].name, name, length) == 0)
            return values[i].value;
    return NULL;
}

// Fills the wording in; false for a variable that there is not.
static bool fill(struct buffer *buffer, const char *wording, const struct otp_text *input)
{
    char number[24];
    for (const char *open; (open = strstr(wording, "{{")) != NULL;) {
        const char *close = strstr(open, "}}");
        const char *value =
            close != NULL ? value_of(input, open + 2, (size_t)(close - open - 2), number) : NULL;
        if (value == NULL)
            return false;
        put(buffer, wording, (size_t)(open - wording));
        put_text(buffer, value);
        wording = close + 2;
    }
    put_text(buffer, wording);
    return true;
}

bool otp_wording_valid(const char *wording)
{
    char out[OTP_TEXT_SIZE];
    const struct otp_text sample = {.code = "1234567890", .app = "", .minutes = 10};
    struct buffer buffer = {.out = out};
    return strstr(wording, "{{code}}") != NULL && fill(&buffer, wording, &sample) && !buffer.full;
}

bool otp_text(char out[OTP_TEXT_SIZE], const struct otp_text *input)
{
    struct buffer buffer = {.out = out};
    const char *ours = find(input->language);
    out[0] = '\0';
    if (input->wording == NULL && input->app[0] != '\0') {
        put_text(&buffer, input->app);
        put_text(&buffer, ": ");
    }
    if (input->wording != NULL && strstr(input->wording, "{{code}}") == NULL)
        return false;
    if (!fill(&buffer,
              input->wording != NULL ? input->wording
              : ours != NULL         ? ours
                                     : WORDINGS[0].wording,
              input))
        return false;
    if (input->android_hash[0] != '\0') {
        put_text(&buffer, "\n");
        put_text(&buffer, input->android_hash);
    }
    if (input->domain[0] != '\0') {
        put_text(&buffer, "\n@");
        put_text(&buffer, input->domain);
        put_text(&buffer, " #");
        put_text(&buffer, input->code);
    }
    return !buffer.full;
}
