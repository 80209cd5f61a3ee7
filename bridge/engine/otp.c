// One-time codes.
#include "bridge/engine/otp.h"

#include "bridge/engine/life.h"
#include "bridge/engine/otp_text.h"
#include "bridge/engine/quotas.h"
#include "bridge/engine/send.h"
#include "bridge/engine/templates.h"
#include "common/segments.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR_MS = 3600000, SWEEP = 100, SWEEP_ROWS = 500, TEXTS_MAX = 100 };
static const int64_t FIGURES_KEEP_MS = 400LL * 24 * HOUR_MS; // as other figures'

void otp_code(char code[OTP_CODE_SIZE], const uint8_t key[SECRET_HASH_BYTES],
              const uint8_t seed[OTP_SEED_BYTES], int64_t digits)
{
    uint8_t input[OTP_SEED_BYTES + 1], mac[EVP_MAX_MD_SIZE];
    uint64_t range = 1, number;
    unsigned int length;
    for (int64_t i = 0; i < digits; i++)
        range *= 10;
    memcpy(input, seed, OTP_SEED_BYTES);
    input[OTP_SEED_BYTES] = 0;
    do { // the last, incomplete range of 64-bit numbers would make some codes likelier
        HMAC(EVP_sha256(), key, SECRET_HASH_BYTES, input, sizeof(input), mac, &length);
        memcpy(&number, mac, sizeof(number));
        input[OTP_SEED_BYTES]++;
    } while (number >= UINT64_MAX - UINT64_MAX % range);
    snprintf(code, OTP_CODE_SIZE, "%0*llu", (int)digits, (unsigned long long)(number % range));
    secret_clear(mac, sizeof(mac));
}

static int64_t hour_of(int64_t at)
{
    return at - at % HOUR_MS;
}

static struct otp_send row_of_send(const struct core *core, const struct command *command)
{
    const struct command_otp *wish = &command->otp;
    struct otp_send row = {.account = command->account, .key = wish->key, .at = core->now};
    size_t length = strlen(wish->to);
    memcpy(row.number, wish->to, sizeof(row.number));
    memcpy(row.client, wish->client, sizeof(row.client));
    memcpy(row.region, wish->region, sizeof(row.region));
    snprintf(row.range, sizeof(row.range), "%.*s", (int)(length > 4 ? length - 4 : length), wish->to);
    return row;
}

// Whether another code may be sent now; otherwise false with the error set, and when to come back.
static bool check_limits(struct core *core, struct command *command, const struct otp_send *row,
                         const struct otp_rule *rule)
{
    static const struct {
        enum otp_limit limit;
        const char *path, *words;
    } LIMITS[] = {
        {OTP_BY_NUMBER, "to", "codes an hour were sent to this number"},
        {OTP_BY_REGION, "to", "codes an hour were sent to this country"},
        {OTP_BY_RANGE, "to", "codes an hour were sent to numbers like this one"},
        {OTP_BY_KEY, "", "codes an hour were sent with this key"},
        {OTP_BY_CLIENT, "client_address", "codes an hour were asked for from this address"},
    };
    for (size_t i = 0; i < OTP_LIMITS; i++) {
        int64_t max = core->options.otp_per_hour[LIMITS[i].limit], oldest = 0;
        if (LIMITS[i].limit == OTP_BY_REGION && rule->per_country != 0 &&
            (max == 0 || rule->per_country < max))
            max = rule->per_country;
        bool counts = max > 0 && (LIMITS[i].limit != OTP_BY_CLIENT || row->client[0] != '\0') &&
                      (LIMITS[i].limit != OTP_BY_KEY || row->key != 0) &&
                      (LIMITS[i].limit != OTP_BY_REGION || row->region[0] != '\0');
        if (!counts ||
            store_otp_sends(core->store, row, LIMITS[i].limit, core->now - HOUR_MS, max, &oldest) < max)
            continue;
        command->status = COMMAND_LIMITED;
        command->retry_after_ms = oldest + HOUR_MS - core->now;
        return field_fail(&command->error, LIMITS[i].path, "%lld %s", (long long)max, LIMITS[i].words);
    }
    return true;
}

// Whether the country stands in a list of words. NULL is an empty list.
static bool has_country(const char *list, const char *region)
{
    size_t length;
    for (; list != NULL && *(list += strspn(list, " ")) != '\0'; list += length) {
        length = strcspn(list, " ");
        if (length == strlen(region) && memcmp(list, region, length) == 0)
            return true;
    }
    return false;
}

static bool is_empty(const char *list)
{
    return list == NULL || list[strspn(list, " ")] == '\0';
}

// Whether the gateway, and the account, send codes to numbers of that country at all; otherwise false with
// the error set.
static bool check_country(const struct core *core, struct command *command, const struct otp_rule *rule)
{
    const char *region = command->otp.region, *all = core->options.otp_countries;
    if ((is_empty(all) || has_country(all, region)) &&
        (is_empty(rule->countries) || has_country(rule->countries, region)) &&
        !has_country(rule->refused, region))
        return true;
    return command_fail(command, COMMAND_COUNTRY, "to",
                        "is a number of a country to which no codes are sent%s%s",
                        region[0] != '\0' ? ": " : "", region);
}

void otp_rule_set(struct core *core, struct command *command)
{
    command->otp_rule.account = command->account;
    (void)store_otp_rule_set(core->store, &command->otp_rule);
}

// The request to send the text, as an app would make it. Owned; NULL when memory runs out.
static struct command *make_message(const struct command *command, const struct verification *row,
                                    const char *text)
{
    const struct command_otp *wish = &command->otp;
    struct segments segments = {.parts = 1};
    struct command *inner = command_new(COMMAND_SEND, ORIGIN_NONE, command->account);
    if (inner == NULL)
        return NULL;
    struct command_send *send = &inner->send;
    send->to = calloc(1, sizeof(*send->to));
    send->text = strdup(text);
    if (send->to == NULL || send->text == NULL || !segments_count(&segments, text, strlen(text))) {
        command_free(inner);
        return NULL;
    }
    memcpy(send->to[0], wish->to, sizeof(send->to[0]));
    memcpy(send->device, wish->device, sizeof(send->device));
    send->count = 1;
    send->encoding = segments.encoding;
    send->parts = segments.parts;
    send->sim = wish->sim;
    send->qos = 1;
    send->lane = LANE_OTP;
    send->report = true;
    send->expires_at = row->expires_at;
    send->purpose = PURPOSE_OTP;
    send->redact = REDACT_WHEN_SENT;
    return inner;
}

// Writes the code into a text, in the wording of the template (NULL = without one). False with *error.
static bool write_text(char text[OTP_TEXT_SIZE], const struct core *core, const struct command_otp *wish,
                       const struct verification *row, const char *wording, struct field_error *error)
{
    char code[OTP_CODE_SIZE];
    otp_code(code, core->options.otp_key, row->seed, row->digits);
    const struct otp_text input = {.code = code,
                                   .app = wish->app,
                                   .language = wish->language,
                                   .wording = wording != NULL ? wording : wish->wording,
                                   .minutes = (row->expires_at - core->now + 59999) / 60000,
                                   .android_hash = wish->android_hash,
                                   .domain = wish->domain};
    bool done = otp_text(text, &input, wish->wish != NULL ? &wish->wish->values : NULL, error);
    secret_clear(code, sizeof(code));
    if (!done && wish->wish == NULL)
        field_fail(error, "text", "does not give a text with the code");
    return done;
}

// The same in the wording of the template that is wished for. False with the command's error set.
static bool write_by_template(char text[OTP_TEXT_SIZE], struct core *core, struct command *command,
                              const struct verification *row)
{
    const struct command_otp *wish = &command->otp;
    struct template_row template;
    struct template_names known;
    struct segments segments = {.parts = 1};
    if (!templates_load(core, command, wish->wish->name, &template, &known))
        return false;
    const char *wording = otp_wording_of(&template, &known, wish->wish, wish->app, &command->error);
    bool done = wording != NULL && write_text(text, core, wish, row, wording, &command->error);
    if (done && segments_count(&segments, text, strlen(text)))
        done = template_check_parts(&template, segments.parts, &command->error);
    template_row_clear(&template);
    return done;
}

// The request that sends the code. Owned; NULL with the command's error set.
static struct command *make_request(struct core *core, struct command *command,
                                    const struct verification *row)
{
    const struct command_otp *wish = &command->otp;
    char text[OTP_TEXT_SIZE];
    struct command *inner = NULL;
    if (wish->wish != NULL ? !write_by_template(text, core, command, row)
                           : !write_text(text, core, wish, row, NULL, &command->error))
        command->status = COMMAND_INVALID;
    else if ((inner = make_message(command, row, text)) == NULL)
        command->status = COMMAND_UNAVAILABLE;
    secret_clear(text, sizeof(text));
    return inner;
}

// Accepts the text with the code for sending. False with the command's error set.
static bool post(struct core *core, struct command *command, struct verification *row)
{
    struct command *inner = make_request(core, command, row);
    if (inner == NULL)
        return false;
    send_apply(core, inner);
    command->status = inner->status;
    command->error = inner->error;
    if (inner->status == COMMAND_OK && !core->broken)
        memcpy(row->message, inner->send.messages[0].id, sizeof(row->message));
    secret_clear(inner->send.text, strlen(inner->send.text));
    command_free(inner);
    return command->status == COMMAND_OK && !core->broken;
}

static bool is_live(const struct core *core, const struct verification *row)
{
    return row->state == OTP_PENDING && row->expires_at > core->now;
}

static void end(struct core *core, struct verification *row, enum otp_state state)
{
    row->state = state;
    row->ended_at = core->now;
    (void)store_verification_update(core->store, row);
}

static bool begin_new(struct core *core, const struct command *command, struct verification *row)
{
    const struct command_otp *wish = &command->otp;
    *row = (struct verification){.n = core->last_verification + 1,
                                 .account = command->account,
                                 .digits = wish->digits,
                                 .state = OTP_PENDING,
                                 .checks_left = core->options.otp_checks,
                                 .created_at = core->now,
                                 .expires_at = core->now + wish->ttl_ms};
    id_new(row->id, "VE", core->now);
    memcpy(row->number, wish->to, sizeof(row->number));
    memcpy(row->purpose, wish->purpose, sizeof(row->purpose));
    memcpy(row->region, wish->region, sizeof(row->region));
    return secret_random(row->seed, sizeof(row->seed));
}

void otp_send(struct core *core, struct command *command)
{
    struct command_otp *wish = &command->otp;
    struct verification row;
    const struct otp_send count = row_of_send(core, command);
    bool again = store_verification_newest(core->store, &row, command->account, wish->to, wish->purpose) &&
                 is_live(core, &row);
    struct otp_rule rule;
    store_otp_rule_load(core->store, &rule, command->account);
    if (!check_country(core, command, &rule) || !check_limits(core, command, &count, &rule) ||
        !quotas_allow(core, command))
        return;
    if (!again && !begin_new(core, command, &row)) {
        command->status = COMMAND_UNAVAILABLE;
        return;
    }
    if (!post(core, command, &row))
        return;
    row.sends++;
    if (again) {
        (void)store_verification_update(core->store, &row);
    } else {
        core->last_verification++;
        (void)store_verification_add(core->store, &row);
    }
    (void)store_verification_text_add(core->store, row.n, row.message);
    (void)store_otp_send_add(core->store, &count);
    quotas_count(core, command);
    (void)store_otp_count(core->store, row.account, row.region, hour_of(core->now), 1, 0, 0);
    wish->row = row;
    wish->resent = again;
}

// The verification that the command names, by id or number; false with the error set.
static bool find(struct core *core, struct command *command, struct verification *row)
{
    const struct command_otp *wish = &command->otp;
    bool found = wish->id[0] != '\0'
                     ? store_verification_load(core->store, row, command->account, wish->id)
                     : store_verification_newest(core->store, row, command->account, wish->to, wish->purpose);
    if (!found)
        command_fail(command, COMMAND_NOT_FOUND, wish->id[0] != '\0' ? "id" : "to",
                     "there is no such verification");
    return found;
}

static bool is_right(const struct core *core, const struct verification *row, const char *given)
{
    char code[OTP_CODE_SIZE];
    otp_code(code, core->options.otp_key, row->seed, row->digits);
    bool right = strlen(given) == (size_t)row->digits && CRYPTO_memcmp(given, code, (size_t)row->digits) == 0;
    secret_clear(code, sizeof(code));
    return right;
}

static void expire(struct core *core, struct verification *row)
{
    end(core, row, OTP_EXPIRED);
    (void)store_otp_count(core->store, row->account, row->region, hour_of(core->now), 0, 0, 1);
    life_subject_event(core, row->account, EVENT_OTP_FAILED, row->id, "expired",
                       "no right code came in time");
}

static void wrong(struct core *core, struct verification *row)
{
    if (--row->checks_left > 0) {
        (void)store_verification_update(core->store, row);
        return;
    }
    end(core, row, OTP_FAILED);
    (void)store_otp_count(core->store, row->account, row->region, hour_of(core->now), 0, 0, 1);
    life_subject_event(core, row->account, EVENT_OTP_FAILED, row->id, "checks", "too many wrong codes");
}

void otp_check(struct core *core, struct command *command)
{
    struct command_otp *wish = &command->otp;
    struct verification row;
    if (!find(core, command, &row))
        return;
    if (row.state == OTP_PENDING && row.expires_at <= core->now) {
        expire(core, &row);
    } else if (row.state == OTP_PENDING) {
        wish->valid = is_right(core, &row, wish->code);
        if (!wish->valid) {
            wrong(core, &row);
        } else {
            end(core, &row, OTP_VERIFIED);
            (void)store_otp_count(core->store, row.account, row.region, hour_of(core->now), 0, 1, 0);
            life_subject_event(core, row.account, EVENT_OTP_VERIFIED, row.id, NULL, NULL);
        }
    }
    wish->row = row;
}

// Withdraws every text with the code that was not sent yet.
static void withdraw_texts(struct core *core, const struct verification *row)
{
    char ids[TEXTS_MAX][ID_SIZE];
    size_t count = store_verification_texts(core->store, ids, TEXTS_MAX, row->n);
    for (size_t i = 0; i < count; i++) {
        struct message *message = cache_get(core->cache, core->store, row->account, ids[i]);
        if (message != NULL && !state_final(message->state))
            (void)send_withdraw(core, message, "the code was withdrawn");
    }
}

void otp_cancel(struct core *core, struct command *command)
{
    struct verification row;
    if (!find(core, command, &row))
        return;
    if (row.state != OTP_PENDING) {
        command_fail(command, COMMAND_CONFLICT, "", "the verification has ended already");
        return;
    }
    end(core, &row, OTP_CANCELLED);
    command->otp.row = row;
    withdraw_texts(core, &row);
}

void otp_upkeep(struct core *core)
{
    struct verification window[SWEEP];
    size_t count = store_verifications_over(core->store, window, SWEEP, core->now);
    for (size_t i = 0; i < count; i++)
        expire(core, &window[i]);
    store_otp_sweep(core->store, core->now - HOUR_MS, core->now - core->options.otp_keep_ms,
                    core->now - FIGURES_KEEP_MS, SWEEP_ROWS);
    quotas_upkeep(core);
}
