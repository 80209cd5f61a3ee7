// /v1/account/otp: to which countries the codes of an account go, and how many an hour to each.
#include "bridge/api/api_internal.h"

#include "bridge/store/otp_rule.h"
#include "common/number.h"

#include <stdio.h>
#include <string.h>

enum { PER_COUNTRY_MAX = 1000000 };

static json_t *countries_json(const char *list)
{
    json_t *json = json_array();
    for (; *list != '\0'; list += strcspn(list, " "), list += strspn(list, " "))
        json_list_add_take(&json, json_stringn(list, strcspn(list, " ")));
    return json;
}

static json_t *rule_json(const struct otp_rule *row)
{
    return json_pack("{s:o, s:o, s:o}", "countries", countries_json(row->countries), "refused_countries",
                     countries_json(row->refused), "per_country",
                     row->per_country != 0 ? json_integer(row->per_country) : json_null());
}

struct body {
    json_t *countries, *refused;
    int64_t per_country;
};

static const struct field FIELDS[] = {
    {"countries", FIELD_ARRAY, offsetof(struct body, countries), false, 0, OTP_COUNTRIES_MAX},
    {"refused_countries", FIELD_ARRAY, offsetof(struct body, refused), false, 0, OTP_COUNTRIES_MAX},
    {"per_country", FIELD_INT, offsetof(struct body, per_country), false, 1, PER_COUNTRY_MAX},
};

// Reads a list of countries into words with spaces between.
static bool read_countries(char out[OTP_COUNTRIES_SIZE], const json_t *list, const char *name,
                           struct field_error *error)
{
    char path[48];
    size_t i, length = 0;
    json_t *value;
    json_array_foreach(list, i, value)
    {
        const char *country = json_string_value(value);
        snprintf(path, sizeof(path), "%s[%zu]", name, i);
        if (country == NULL || strlen(country) != 2 || !number_country_known(country))
            return field_fail(error, path, "must be a country in two letters such as DE");
        length +=
            (size_t)snprintf(out + length, OTP_COUNTRIES_SIZE - length, "%s%s", i > 0 ? " " : "", country);
    }
    return true;
}

static bool read_body(struct otp_rule *row, const json_t *json, struct field_error *error)
{
    struct body body = {.countries = NULL};
    if (!fields_decode(&body, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", error))
        return false;
    row->per_country = body.per_country;
    return read_countries(row->countries, body.countries, "countries", error) &&
           read_countries(row->refused, body.refused, "refused_countries", error);
}

static void rule_done(struct request *request, struct command *command)
{
    request_reply_json_take(request, 200, rule_json(&command->otp_rule));
}

void api_otp_rule_set(struct request *request)
{
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_OTP_RULE, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!read_body(&command->otp_rule, json, &error)) {
        request_invalid(request, &error);
    } else {
        request_submit_take(request, command, rule_done);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_otp_rule_show(struct request *request)
{
    struct otp_rule row = {.account = 0};
    if (query_otp_rule(request_store(request), &row, request_principal(request)->account) == QUERY_FAILED)
        request_unavailable(request);
    else
        request_reply_json_take(request, 200, rule_json(&row));
}
