// The table of the bridge's configuration.
#include "bridge/config.h"

#include "bridge/store/db.h"
#include "common/number.h"
#include "common/topic.h"

#include <string.h>

#define MEMBER(name) offsetof(struct config, name)
#define MAX_MS(days) ((int64_t)(days)*86400000)

static const struct setting TABLE[] = {
    {"http", "bind", SETTING_STRING, MEMBER(http_bind), 1, 64, "127.0.0.1", NULL,
     "Address on which apps connect; give it TLS, its own or a proxy's, before it is more than this machine"},
    {"http", "port", SETTING_INT, MEMBER(http_port), 0, 65535, "8080", NULL,
     "Port on which apps connect; 0 takes any"},
    {"http", "tls-certificate-file", SETTING_STRING, MEMBER(http_tls_certificate), 0, 255, "", NULL,
     "Certificate chain (PEM) by which that port speaks HTTPS; read again when it changes; empty for plain "
     "HTTP"},
    {"http", "tls-key-file", SETTING_STRING, MEMBER(http_tls_key), 0, 255, "", NULL,
     "Private key (PEM, without passphrase) of that certificate"},
    {"http", "socket", SETTING_STRING, MEMBER(http_socket), 0, 255, "/run/smsquitto/bridge/bridge.sock", NULL,
     "Unix socket for the admin command on this machine; empty for none"},
    {"http", "socket-mode", SETTING_STRING, MEMBER(http_socket_mode), 3, 4, "0600", NULL,
     "Permission bits of that socket; the peer must be root or the bridge's own user all the same"},
    {"http", "cors-origins", SETTING_STRING, MEMBER(http_cors_origins), 0, 255, "", NULL,
     "Origins of web pages that may call the API, separated by blanks; * for all, empty for none"},
    {"http", "default-country", SETTING_STRING, MEMBER(http_default_country), 0, 2, "", NULL,
     "Country of numbers that are written without a country code, such as DE; empty refuses them"},
    {"http", "connections", SETTING_INT, MEMBER(http_connections), 1, 100000, "2000", NULL,
     "Connections at once"},
    {"http", "connections-per-address", SETTING_INT, MEMBER(http_connections_per_address), 0, 100000, "0",
     NULL, "Connections at once from one address; 0 for no limit of its own"},
    {"http", "streams", SETTING_INT, MEMBER(http_streams), 0, 10000, "100", NULL,
     "Live event streams at once"},
    {"http", "idle-timeout", SETTING_DURATION, MEMBER(http_idle), 1000, MAX_MS(1), "60s", NULL,
     "A connection that brings no whole request head for this long is closed"},
    {"http", "body-timeout", SETTING_DURATION, MEMBER(http_body), 1000, MAX_MS(1), "30s", NULL,
     "A request whose body takes longer is closed"},
    {"http", "metrics-open", SETTING_BOOL, MEMBER(http_metrics_open), 0, 0, "false", NULL,
     "Whether /metrics needs no key"},
    {"phones", "host", SETTING_STRING, MEMBER(phones_host), 0, 255, "", NULL,
     "Name or address of the broker as phones reach it, shown when a device is added"},
    {"phones", "port", SETTING_INT, MEMBER(phones_port), 1, 65535, "8883", NULL,
     "Port of the broker as phones reach it"},
    {"phones", "tls", SETTING_BOOL, MEMBER(phones_tls), 0, 0, "true", NULL, "Whether phones use TLS"},
    {"phones", "url", SETTING_STRING, MEMBER(phones_url), 0, 255, "", NULL,
     "Address of this API as phones reach it, such as https://sms.example.org: they get their credentials "
     "there, so let it have TLS; empty for [http] bind and port"},
    {"pairing", "ttl", SETTING_DURATION, MEMBER(engine.pairing_ttl_ms), 10000, MAX_MS(7), "10m", NULL,
     "How long a code lives that a device exchanges for its credentials"},
    {"pairing", "open", SETTING_INT, MEMBER(engine.pairings_max), 1, 10000, "50", NULL,
     "Codes of one account that may be open"},
    {"pairing", "wrong-per-address", SETTING_INT, MEMBER(pairing_wrong_per_address), 1, 100000, "10", NULL,
     "Wrong codes a minute from one address before it has to wait"},
    {"pairing", "wrong", SETTING_INT, MEMBER(pairing_wrong), 1, 1000000, "600", NULL,
     "Wrong codes a minute from all addresses together before everybody has to wait"},
    {"store", "path", SETTING_STRING, MEMBER(store_path), 1, 255, "/var/lib/smsquitto/smsquitto.db", NULL,
     "The database"},
    {"store", "url", SETTING_STRING, MEMBER(store_url), 0, 255, "", NULL,
     "A PostgreSQL database to use instead of that file, such as "
     "postgresql://smsquitto@db.example/smsquitto; "
     "its password is best put into a file (docs/postgresql.md)"},
    {"store", "busy-timeout", SETTING_DURATION, MEMBER(store_busy_timeout), 0, 60000, "2s", NULL,
     "How long to wait while another program locks the database, before requests get 'try later'"},
    {"store", "checkpoint-pages", SETTING_INT, MEMBER(store_checkpoint_pages), 100, 1000000, "4000", NULL,
     "Pages in the write-ahead log before they are copied into the database"},
    {"node", "id", SETTING_STRING, MEMBER(node_id), 1, DEVICE_ID_MAX, "main", NULL,
     "Name of this bridge with its broker among those that work, one after the other, on the same store"},
    {"mqtt", "socket", SETTING_STRING, MEMBER(mqtt_socket), 1, 107, "/run/smsquitto/broker/broker.sock", NULL,
     "The broker's unix-socket listener for the bridge"},
    {"mqtt", "name", SETTING_STRING, MEMBER(mqtt_name), 1, DEVICE_ID_MAX, "bridge", NULL,
     "User name and client id of this bridge at the broker"},
    {"mqtt", "key-file", SETTING_STRING, MEMBER(mqtt_key_file), 1, 255, "/var/lib/smsquitto/bridge.key", NULL,
     "File with the bridge's own key; made when it is missing"},
    {"mqtt", "roster", SETTING_STRING, MEMBER(mqtt_roster), 1, 255, "/var/lib/smsquitto/roster/roster.db",
     NULL, "File that tells the broker's plugin who may log in"},
    {"mqtt", "keepalive", SETTING_INT, MEMBER(mqtt_keepalive), 5, 1200, "30", NULL,
     "Seconds between signs of life"},
    {"engine", "default-ttl", SETTING_DURATION, MEMBER(engine.default_ttl_ms), 1000, MAX_MS(30), "24h", NULL,
     "How long a message may take to be sent when it does not say so itself"},
    {"engine", "lease", SETTING_DURATION, MEMBER(engine.lease_ms), 1000, MAX_MS(1), "5m", NULL,
     "How long a device may take to begin sending before another one may have the message"},
    {"engine", "confirm", SETTING_DURATION, MEMBER(engine.confirm_ms), 100, 3600000, "15s", NULL,
     "First wait for a device's word before it is asked again; doubles up to 16 times"},
    {"engine", "offline-grace", SETTING_DURATION, MEMBER(engine.offline_grace_ms), 0, MAX_MS(1), "30s", NULL,
     "How long a device may be away before its waiting messages are held"},
    {"engine", "heartbeat", SETTING_DURATION, MEMBER(engine.heartbeat_ms), 0, MAX_MS(1), "2m", NULL,
     "How long a connected device may be silent before it is taken for offline, at least twice "
     "telemetry-interval; "
     "0s for ever"},
    {"engine", "answer-wait", SETTING_DURATION, MEMBER(engine.answer_wait_ms), 0, MAX_MS(30), "1h", NULL,
     "How long past its end of life a message waits for a device that may have sent it; then it is unknown"},
    {"engine", "delivery-wait", SETTING_DURATION, MEMBER(engine.delivery_wait_ms), 1000, MAX_MS(30), "72h",
     NULL, "How long a sent message waits for its delivery report"},
    {"engine", "retry-delay", SETTING_DURATION, MEMBER(engine.retry_delay_ms), 10, MAX_MS(1), "30s", NULL,
     "Wait after a first temporary failure; doubles with each"},
    {"engine", "retries", SETTING_INT, MEMBER(engine.retries), 0, 20, "3", NULL,
     "Temporary failures after which a message is tried again"},
    {"engine", "cool-down", SETTING_DURATION, MEMBER(engine.cool_down_ms), 100, MAX_MS(1), "15m", NULL,
     "How long a device rests when its phone or network refuses more"},
    {"engine", "window-out", SETTING_INT, MEMBER(engine.window_out), 1, 64, "20", NULL,
     "Messages that a device may hold without having sent them"},
    {"engine", "window-unaccepted", SETTING_INT, MEMBER(engine.window_unaccepted), 1, 19, "10", NULL,
     "Of these, messages that it has not confirmed yet"},
    {"engine", "idempotency-keep", SETTING_DURATION, MEMBER(engine.idempotency_keep_ms), 60000, MAX_MS(30),
     "24h", NULL, "How long idempotency keys are remembered"},
    {"engine", "telemetry-interval", SETTING_DURATION, MEMBER(engine.telemetry_interval_ms), 1000, MAX_MS(1),
     "60s", NULL, "Time between two states of health of a device"},
    {"engine", "min-gap", SETTING_DURATION, MEMBER(engine.min_gap_ms), 0, 3600000, "0s", NULL,
     "Least time between two messages into one radio"},
    {"engine", "queue-max", SETTING_INT, MEMBER(engine.queue_max), 16, 1000000, "4096", NULL,
     "Requests and reports that may wait for the engine"},
    {"engine", "cache-messages", SETTING_INT, MEMBER(engine.cache_messages), 64, 1000000, "8192", NULL,
     "Messages kept in memory"},
    {"contacts", "stop-words", SETTING_STRING, MEMBER(stop_words), 0, 255,
     "STOP STOPALL UNSUBSCRIBE END QUIT STOPP ABMELDEN ABBESTELLEN ARRET ARRÊT BAJA ALTO PARAR SAIR CANCELA "
     "AFMELDEN "
     "DUR IPTAL СТОП Стоп стоп",
     NULL, "Texts that suppress their sender, each one word"},
    {"contacts", "start-words", SETTING_STRING, MEMBER(start_words), 0, 255, "START UNSTOP", NULL,
     "Texts that end that"},
    {"contacts", "help-words", SETTING_STRING, MEMBER(help_words), 0, 255,
     "HELP INFO HILFE AIDE AYUDA AJUDA AIUTO", NULL, "Texts that ask for help"},
    {"contacts", "stop-answer", SETTING_STRING, MEMBER(stop_answer), 0, 255,
     "You will get no more messages from us. Reply START to get them again.", NULL,
     "What the sender of a stop word is told; empty for nothing"},
    {"contacts", "start-answer", SETTING_STRING, MEMBER(start_answer), 0, 255,
     "You will get our messages again. Reply STOP to end them.", NULL,
     "What the sender of a start word is told"},
    {"contacts", "help-answer", SETTING_STRING, MEMBER(help_answer), 0, 255, "", NULL,
     "What the sender of a help word is told"},
    {"contacts", "suppress-on", SETTING_STRING, MEMBER(suppress_codes), 0, 255,
     "unknown_number landline blocked", NULL, "Codes of final failures that suppress the number"},
    {"contacts", "otp-exempt", SETTING_BOOL, MEMBER(engine.suppress_otp_exempt), 0, 0, "false", NULL,
     "Whether one-time codes go to suppressed numbers all the same"},
    {"otp", "key-file", SETTING_STRING, MEMBER(otp_key_file), 0, 255, "", NULL,
     "File with the key behind one-time codes, made when it is not there; empty for otp.key beside the "
     "database"},
    {"otp", "checks", SETTING_INT, MEMBER(engine.otp_checks), 1, 100, "3", NULL,
     "Wrong codes that end a verification"},
    {"otp", "per-number", SETTING_INT, MEMBER(engine.otp_per_hour[OTP_BY_NUMBER]), 0, 1000, "3", NULL,
     "Codes an hour to one number; 0 for no limit"},
    {"otp", "per-range", SETTING_INT, MEMBER(engine.otp_per_hour[OTP_BY_RANGE]), 0, 1000000, "30", NULL,
     "Codes an hour to numbers that differ only in their last four digits, against SMS pumping; 0 for no "
     "limit"},
    {"otp", "countries", SETTING_STRING, MEMBER(otp_countries), 0, 255, "", NULL,
     "Countries whose numbers get codes, such as DE AT CH; empty for all"},
    {"otp", "per-country", SETTING_INT, MEMBER(engine.otp_per_hour[OTP_BY_REGION]), 0, 1000000, "0", NULL,
     "Codes an hour to numbers of one country; 0 for no limit"},
    {"otp", "per-key", SETTING_INT, MEMBER(engine.otp_per_hour[OTP_BY_KEY]), 0, 1000000, "0", NULL,
     "Codes an hour with one app key; 0 for no limit"},
    {"otp", "per-client", SETTING_INT, MEMBER(engine.otp_per_hour[OTP_BY_CLIENT]), 0, 1000000, "10", NULL,
     "Codes an hour for one client_address; 0 for no limit"},
    {"otp", "keep", SETTING_DURATION, MEMBER(engine.otp_keep_ms), 60000, MAX_MS(365), "30d", NULL,
     "How long ended verifications can be looked at"},
    {"smsgate", "backlog-max", SETTING_INT, MEMBER(engine.backlog_max), 0, 100000000, "0", NULL,
     "Messages of an account that may wait before its apps get 503 from this API; 0 for any number"},
    {"smsgate", "backlog-age", SETTING_DURATION, MEMBER(engine.backlog_age_ms), 0, MAX_MS(30), "0s", NULL,
     "How long a message of an account may have waited for its turn before its apps get 503; 0s for any "
     "time"},
    {"smsgate", "failed-max", SETTING_INT, MEMBER(engine.failed_max), 0, 100000000, "0", NULL,
     "Messages of an account that may fail in an hour of the clock before its apps get 503 until the next "
     "one; 0 for "
     "any number"},
    {"smsgate", "access-ttl", SETTING_DURATION, MEMBER(engine.token_ttl_ms), 1000, MAX_MS(365), "15m", NULL,
     "How long an access token lives when the request does not say; never longer than refresh-ttl"},
    {"smsgate", "refresh-ttl", SETTING_DURATION, MEMBER(engine.token_refresh_ms), 1000, MAX_MS(365), "30d",
     NULL, "How long a refresh token lives"},
    {"twilio", "answers-max", SETTING_INT, MEMBER(engine.answers_max), 0, 100000, "50", NULL,
     "Answers by TwiML to one number in a row; more fail, because machines may be answering each other. 0 "
     "for "
     "any number"},
    {"twilio", "answers-gap", SETTING_DURATION, MEMBER(engine.answers_gap_ms), 1000, MAX_MS(1), "10m", NULL,
     "How long there must be no answer to that number before they are counted anew"},
    {"webhooks", "allow", SETTING_STRING, MEMBER(hooks_allow), 0, 255, "", NULL,
     "Private addresses and ranges that webhooks may be posted to, such as 127.0.0.1 10.0.0.0/8; all others "
     "must be public"},
    {"webhooks", "ca-file", SETTING_STRING, MEMBER(hooks_ca_file), 0, 255, "", NULL,
     "Certificates that receivers are checked against; empty for the system's"},
    {"webhooks", "timeout", SETTING_DURATION, MEMBER(hooks_timeout), 100, 60000, "10s", NULL,
     "How long a receiver may take to answer"},
    {"webhooks", "follow-redirects", SETTING_BOOL, MEMBER(hooks_follow_redirects), 0, 0, "false", NULL,
     "Whether redirects are followed, three at most"},
    {"webhooks", "retries", SETTING_STRING, MEMBER(hooks_retries), 1, 255, "5s 30s 2m 10m 30m 2h 6h 12h 24h",
     NULL, "Waits behind failed deliveries, up to 16; after the last one the delivery is dead"},
    {"webhooks", "pause-after", SETTING_INT, MEMBER(engine.hook_pause_after), 1, 10000, "20", NULL,
     "Failures in a row after which a webhook is paused and only probed"},
    {"webhooks", "probe", SETTING_DURATION, MEMBER(engine.hook_probe_ms), 10, 3600000, "1m", NULL,
     "First wait before a paused webhook is tried again; doubles up to 60 times as long"},
    {"webhooks", "give-up", SETTING_DURATION, MEMBER(engine.hook_give_up_ms), 1000, MAX_MS(30), "3d", NULL,
     "Age at which an event that was not delivered is dead"},
    {"webhooks", "keep", SETTING_DURATION, MEMBER(engine.hook_keep_ms), 1000, MAX_MS(365), "7d", NULL,
     "How long delivered events stay in the log"},
    {"webhooks", "keep-dead", SETTING_DURATION, MEMBER(engine.hook_keep_dead_ms), 1000, MAX_MS(365), "30d",
     NULL, "How long dead deliveries can be made again"},
    {"webhooks", "waiting-max", SETTING_INT, MEMBER(engine.hook_waiting_max), 100, 10000000, "100000", NULL,
     "Events that may wait for one webhook; further ones are dead at once"},
    {"log", "level", SETTING_CHOICE, MEMBER(log_level), 0, 0, "info", "error|warning|info|debug",
     "Lowest level that is logged"},
    {"log", "format", SETTING_CHOICE, MEMBER(log_format), 0, 0, "text", "text|json", "Form of a log line"},
};

enum { TABLE_COUNT = sizeof(TABLE) / sizeof(TABLE[0]) };

// Puts the folder of the configuration file before a relative path.
static bool anchor(config_text path, const char *file, struct setting_error *error)
{
    config_text joined;
    const char *slash = file != NULL ? strrchr(file, '/') : NULL;
    if (path[0] == '\0' || path[0] == '/' || slash == NULL)
        return true;
    int length = snprintf(joined, sizeof(joined), "%.*s/%s", (int)(slash - file), file, path);
    if (length < 0 || length >= (int)sizeof(joined)) {
        snprintf(error->text, sizeof(error->text), "%.100s: the path %.100s is too long", file, path);
        return false;
    }
    memcpy(path, joined, sizeof(joined));
    return true;
}

// "5s 30s 2m" into the engine's table.
static bool read_retries(struct config *config)
{
    struct engine_options *engine = &config->engine;
    config_text copy;
    char *rest = NULL;
    memcpy(copy, config->hooks_retries, sizeof(copy));
    engine->hook_delays = 0;
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (engine->hook_delays == HOOK_DELAYS_MAX ||
            !settings_duration(&engine->hook_delays_ms[engine->hook_delays++], word, 1, MAX_MS(30)))
            return false;
    }
    return engine->hook_delays > 0;
}

// Words of two capital letters that are countries.
static bool countries_known(const char *list)
{
    while (*(list += strspn(list, " ")) != '\0') {
        size_t length = strcspn(list, " ");
        char country[3] = {0};
        if (length != 2)
            return false;
        memcpy(country, list, length);
        if (!number_country_known(country))
            return false;
        list += length;
    }
    return true;
}

static bool check(struct config *config, const char *path, struct setting_error *error)
{
    const char *wrong = NULL;
    if (!device_id_valid(config->mqtt_name, strlen(config->mqtt_name)))
        wrong = "[mqtt] name: must be 1 to 21 of a-z, 0-9 and -, not - at an end";
    else if (!device_id_valid(config->node_id, strlen(config->node_id)))
        wrong = "[node] id: must be 1 to 21 of a-z, 0-9 and -, not - at an end";
    else if (strspn(config->http_socket_mode, "01234567") != strlen(config->http_socket_mode))
        wrong = "[http] socket-mode: must be octal, such as 0660";
    else if ((config->http_tls_certificate[0] != '\0') != (config->http_tls_key[0] != '\0'))
        wrong = "[http] tls-certificate-file, tls-key-file: give both or none";
    else if (!countries_known(config->otp_countries))
        wrong = "[otp] countries: must be countries such as DE AT CH";
    else if (config->store_url[0] != '\0' && !db_is_server(config->store_url))
        wrong = "[store] url: must begin with postgresql://";
    else if (config->store_url[0] != '\0' && !db_has_server())
        wrong = "[store] url: this bridge was built without PostgreSQL";
    else if (!read_retries(config))
        wrong = "[webhooks] retries: must be up to 16 durations, such as 5s 30s 2m";
    if (wrong != NULL)
        snprintf(error->text, sizeof(error->text), "%.100s: %s", path != NULL ? path : "configuration",
                 wrong);
    return wrong == NULL;
}

// The key lies beside the database unless it is put elsewhere.
static bool place_otp_key(struct config *config)
{
    const char *slash = strrchr(config->store_path, '/');
    int folder = slash != NULL ? (int)(slash - config->store_path) + 1 : 0;
    return config->otp_key_file[0] != '\0' ||
           snprintf(config->otp_key_file, sizeof(config->otp_key_file), "%.*sotp.key", folder,
                    config->store_path) < (int)sizeof(config->otp_key_file);
}

bool config_load(struct config *config, const char *path, struct setting_error *error)
{
    *config = (struct config){.http_port = 0};
    return settings_load(config, TABLE, TABLE_COUNT, path, "SMSQUITTO", error) &&
           check(config, path, error) && anchor(config->http_socket, path, error) &&
           anchor(config->http_tls_certificate, path, error) && anchor(config->http_tls_key, path, error) &&
           anchor(config->store_path, path, error) && anchor(config->mqtt_socket, path, error) &&
           anchor(config->mqtt_key_file, path, error) && anchor(config->mqtt_roster, path, error) &&
           anchor(config->hooks_ca_file, path, error) && anchor(config->otp_key_file, path, error) &&
           place_otp_key(config);
}

const char *config_store(const struct config *config)
{
    return config->store_url[0] != '\0' ? config->store_url : config->store_path;
}

// Puts *** where the text has length bytes from at on.
static void hide(config_text text, char *at, size_t length)
{
    config_text rest;
    snprintf(rest, sizeof(rest), "%s", at + length);
    snprintf(at, sizeof(config_text) - (size_t)(at - text), "***%s", rest);
}

// A password stands behind the user's name or among the parameters.
static void hide_passwords(config_text url)
{
    static const char PARAMETER[] = "password=";
    char *begin = strstr(url, "://");
    if (begin == NULL)
        return;
    begin += strlen("://");
    char *at = memchr(begin, '@', strcspn(begin, "/?"));
    char *colon = at != NULL ? memchr(begin, ':', (size_t)(at - begin)) : NULL;
    if (colon != NULL)
        hide(url, colon + 1, (size_t)(at - colon) - 1);
    for (char *next = strstr(begin, PARAMETER); next != NULL; next = strstr(next, PARAMETER)) {
        next += strlen(PARAMETER);
        hide(url, next, strcspn(next, "&"));
    }
}

void config_print(FILE *file, const struct config *config)
{
    struct config shown = *config;
    hide_passwords(shown.store_url);
    settings_print(file, &shown, TABLE, TABLE_COUNT);
}
