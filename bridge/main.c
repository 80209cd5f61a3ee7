// smsquitto-bridge: reads the configuration, starts and stops the rest in order.
#include "bridge/api/api.h"
#include "bridge/config.h"
#include "bridge/hooks/hooks.h"
#include "bridge/http/server.h"
#include "bridge/http/tls.h"
#include "bridge/link/link.h"
#include "bridge/smsgate/smsgate.h"
#include "bridge/store/backup.h"
#include "bridge/store/db.h"
#include "bridge/store/node.h"
#include "bridge/twilio/twilio.h"
#include "common/clock.h"
#include "common/json_memory.h"
#include "common/log.h"
#include "common/number.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

// Exit codes, as in the manual.
enum { EXIT_OK = 0, EXIT_TROUBLE = 1, EXIT_USAGE = 2, EXIT_CONFIG = 3, EXIT_STORE = 4, EXIT_HTTP = 5 };

struct bridge {
    struct config config;
    char key[SECRET_SIZE], otp_key[SECRET_SIZE];
    struct store *store;
    struct store_checkpointer *checkpointer;
    struct backup *backup;
    struct tls *tls; // NULL: plain HTTP
    struct engine *engine;
    struct http_server *http;
    struct link *link;
    struct hooks *hooks;
    const struct http_face *faces[5]; // ends with NULL
};

static void on_answer(void *bridge, struct command *commands)
{
    http_answer(((struct bridge *)bridge)->http, commands);
}

static void on_publish(void *bridge, struct publish *items)
{
    struct bridge *all = bridge;
    struct publish *parts[2] = {NULL, NULL}, **ends[2] = {&parts[0], &parts[1]}; // by MQTT, by HTTP
    for (struct publish *item = items, *next; item != NULL; item = next) {
        next = item->next;
        item->next = NULL;
        *ends[item->phone] = item;
        ends[item->phone] = &item->next;
    }
    if (parts[0] != NULL)
        link_publish(all->link, parts[0]);
    if (parts[1] != NULL)
        smsgate_publish_take(all->http, all->engine, parts[1]);
}

static void on_roster_changed(void *bridge, const char *kick)
{
    link_roster_changed(((struct bridge *)bridge)->link, kick);
    if (kick[0] != '\0')
        http_push(((struct bridge *)bridge)->http, kick, NULL, NULL);
}

static void on_states_lost(void *bridge)
{
    link_states_lost(((struct bridge *)bridge)->link);
}

static void on_post(void *bridge, struct hook_post *posts)
{
    hooks_post(((struct bridge *)bridge)->hooks, posts);
}

static void on_fed(void *bridge, int64_t last_event)
{
    http_fed(((struct bridge *)bridge)->http, last_event);
}

static void on_keys_changed(void *bridge)
{
    http_keys_changed(((struct bridge *)bridge)->http);
}

static int fail(int code, const char *what, const char *why)
{
    log_event(LOG_ERROR, what, "why", why, NULL);
    return code;
}

// Reads a secret from its file, or makes one that only this user can read.
static bool load_secret(char secret[SECRET_SIZE], const char *path, const char prefix[4])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t length = read(fd, secret, SECRET_SIZE - 1);
        close(fd);
        secret[length > 0 ? length : 0] = '\0';
        secret[strcspn(secret, "\n")] = '\0';
        return strlen(secret) == SECRET_SIZE - 1;
    }
    if (errno != ENOENT || !secret_new(secret, prefix))
        return false;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, secret, SECRET_SIZE - 1) == SECRET_SIZE - 1 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return written;
}

static struct engine *make_engine(struct bridge *bridge, const char **why)
{
    struct engine_options options = bridge->config.engine;
    options.roster_path = bridge->config.mqtt_roster;
    options.otp_countries = bridge->config.otp_countries;
    options.stop_words = bridge->config.stop_words;
    options.start_words = bridge->config.start_words;
    options.help_words = bridge->config.help_words;
    options.stop_answer = bridge->config.stop_answer;
    options.start_answer = bridge->config.start_answer;
    options.help_answer = bridge->config.help_answer;
    options.suppress_codes = bridge->config.suppress_codes;
    options.bridge_name = bridge->config.mqtt_name;
    secret_hash(options.bridge_key_hash, bridge->key, strlen(bridge->key));
    secret_hash(options.otp_key, bridge->otp_key, strlen(bridge->otp_key));
    const struct outlets outlets = {.http = bridge,
                                    .answer = on_answer,
                                    .link = bridge,
                                    .publish = on_publish,
                                    .roster_changed = on_roster_changed,
                                    .states_lost = on_states_lost,
                                    .hooks = bridge,
                                    .post = on_post,
                                    .feed = bridge,
                                    .fed = on_fed,
                                    .keys_changed = on_keys_changed};
    return engine_new(bridge->store, &options, &outlets, why);
}

// The key that signs tokens, made of the one that is there for codes.
static void make_token_key(uint8_t out[SECRET_HASH_BYTES], const char *secret)
{
    char text[SECRET_SIZE + 8];
    int length = snprintf(text, sizeof(text), "tokens %s", secret);
    secret_hash(out, text, (size_t)length);
    secret_clear(text, sizeof(text));
}

static struct http_server *make_http(struct bridge *bridge)
{
    const struct config *config = &bridge->config;
    size_t count;
    const struct http_route *routes = api_routes(&count);
    const struct http_face *faces[] = {smsgate_face(), smsgate_phone_face(), twilio_messages_face(),
                                       twilio_verify_face()};
    memcpy(bridge->faces, faces, sizeof(faces));
    struct http_options options = {
        .bind = config->http_bind,
        .port = config->http_port,
        .socket_path = config->http_socket,
        .socket_mode = strtol(config->http_socket_mode, NULL, 8),
        .cors_origins = config->http_cors_origins,
        .default_country = config->http_default_country,
        .public_host = config->phones_host,
        .public_port = config->phones_port,
        .public_tls = config->phones_tls,
        .public_url = config->phones_url,
        .guesses_per_address = config->pairing_wrong_per_address,
        .guesses = config->pairing_wrong,
        .connections_max = config->http_connections,
        .connections_per_address_max = config->http_connections_per_address,
        .idle_ms = config->http_idle,
        .body_ms = config->http_body,
        .streams_max = config->http_streams,
        .metrics_open = config->http_metrics_open,
        .tls = bridge->tls,
        .backup = bridge->backup,
        .faces = bridge->faces,
    };
    make_token_key(options.token_key, bridge->otp_key);
    return http_new(&options, routes, count);
}

static struct link *make_link(struct bridge *bridge)
{
    return link_new(&(struct link_options){.socket_path = bridge->config.mqtt_socket,
                                           .name = bridge->config.mqtt_name,
                                           .key = bridge->key,
                                           .keepalive_s = bridge->config.mqtt_keepalive});
}

// Each form of a delivery is written by the API that it belongs to.
static char *hook_body(struct query *store, const struct hook_post *post, const char *event_id,
                       const struct hook_content *content)
{
    if (post->signature == HOOK_TWILIO_FORM)
        return twilio_hook_body(store, post, event_id, content);
    return post->signature == HOOK_SMSGATE_FORM ? smsgate_hook_body(store, post, event_id, content)
                                                : api_hook_body(post, event_id, content);
}

static struct hooks *make_hooks(struct bridge *bridge, const struct guard *guard)
{
    const struct config *config = &bridge->config;
    return hooks_new(&(struct hooks_options){.store_path = config_store(config),
                                             .guard = *guard,
                                             .ca_file = config->hooks_ca_file,
                                             .timeout_ms = config->hooks_timeout,
                                             .follow_redirects = config->hooks_follow_redirects,
                                             .body = hook_body,
                                             .answered = twilio_hook_answered});
}

// Reads the certificate, when there is one. False with why.
static bool load_certificate(struct bridge *bridge, char *why, size_t size)
{
    const struct config *config = &bridge->config;
    if (config->http_tls_certificate[0] == '\0')
        return true;
    bridge->tls = tls_new(config->http_tls_certificate, config->http_tls_key, why, size);
    return bridge->tls != NULL;
}

// Says so in the log when this bridge goes on where another one was.
static enum store_status claim_node(struct bridge *bridge)
{
    struct node_claim claim;
    enum store_status status = store_node_claim(bridge->store, bridge->config.node_id, &claim);
    if (status == STORE_OK)
        log_event(LOG_INFO, "node claimed", "node", bridge->config.node_id, "lease", log_number(claim.lease),
                  "taken", log_number(claim.taken), NULL);
    return status;
}

// Opens and makes everything; nothing runs yet.
static int set_up(struct bridge *bridge)
{
    const struct config *config = &bridge->config;
    enum store_status status;
    struct guard guard;
    char refusal[512];
    const char *why;
    if (!guard_parse(&guard, config->hooks_allow))
        return fail(EXIT_CONFIG, "[webhooks] allow is no list of addresses and ranges", config->hooks_allow);
    if (config->http_default_country[0] != '\0' && !number_country_known(config->http_default_country))
        return fail(EXIT_CONFIG, "[http] default-country is not known", config->http_default_country);
    if (!load_certificate(bridge, refusal, sizeof(refusal)))
        return fail(EXIT_CONFIG, "no HTTPS with this certificate", refusal);
    if (!load_secret(bridge->key, config->mqtt_key_file, SECRET_BRIDGE_KEY))
        return fail(EXIT_CONFIG, "the bridge's key file cannot be read or made", config->mqtt_key_file);
    if (!load_secret(bridge->otp_key, config->otp_key_file, SECRET_OTP_KEY))
        return fail(EXIT_CONFIG, "[otp] key-file cannot be read or made", config->otp_key_file);
    bridge->store = store_open(config_store(config), (int)config->store_busy_timeout, &status);
    if (bridge->store == NULL) {
        char cause[512];
        db_explain(cause, sizeof(cause), config_store(config), status);
        return fail(EXIT_STORE, "the database cannot be opened", cause);
    }
    status = claim_node(bridge);
    if (status != STORE_OK)
        return fail(EXIT_STORE, "the node cannot be claimed", store_status_text(status));
    bridge->backup = backup_new(config_store(config));
    bridge->http = make_http(bridge);
    bridge->link = make_link(bridge);
    bridge->hooks = make_hooks(bridge, &guard);
    if (bridge->backup == NULL || bridge->http == NULL || bridge->link == NULL || bridge->hooks == NULL)
        return fail(EXIT_TROUBLE, "cannot start", "out of memory or descriptors");
    bridge->engine = make_engine(bridge, &why);
    return bridge->engine != NULL ? EXIT_OK : fail(EXIT_STORE, "the engine cannot start", why);
}

// A database server looks after its log itself.
static bool start_checkpointer(struct bridge *bridge)
{
    const struct config *config = &bridge->config;
    if (db_is_server(config_store(config)))
        return true;
    bridge->checkpointer = store_checkpointer_start(config->store_path, (int)config->store_checkpoint_pages);
    return bridge->checkpointer != NULL;
}

// Starts the threads, the engine first: what the others submit must be taken.
static int start(struct bridge *bridge)
{
    const struct config *config = &bridge->config;
    char why[256];
    if (!start_checkpointer(bridge) || !engine_start(bridge->engine))
        return fail(EXIT_TROUBLE, "cannot start", "no thread");
    if (!http_start(bridge->http, bridge->engine, config_store(config), why, sizeof(why)))
        return fail(EXIT_HTTP, "the HTTP server cannot start", why);
    if (!hooks_start(bridge->hooks, bridge->engine) || !link_start(bridge->link, bridge->engine))
        return fail(EXIT_TROUBLE, "cannot start", "no thread");
    log_event(LOG_INFO, "bridge ready", "version", SMSQUITTO_VERSION, "speaks",
              bridge->tls != NULL ? "https" : "http", "address", config->http_bind, "port",
              log_number(http_port(bridge->http)), "socket", config->http_socket, NULL);
    return EXIT_OK;
}

// Stops in the order of the flow: no new requests, what has queued up is committed, and goes out.
static void stop(struct bridge *bridge)
{
    http_quiesce(bridge->http);
    hooks_stop(bridge->hooks);
    engine_stop(bridge->engine);
    link_stop(bridge->link);
    http_stop(bridge->http);
}

static void tear_down(struct bridge *bridge)
{
    backup_free(bridge->backup);
    store_checkpointer_stop(bridge->checkpointer);
    engine_free(bridge->engine);
    link_free(bridge->link);
    hooks_free(bridge->hooks);
    http_free(bridge->http);
    tls_free(bridge->tls);
    store_close(bridge->store);
    secret_clear(bridge->key, sizeof(bridge->key));
    secret_clear(bridge->otp_key, sizeof(bridge->otp_key));
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int run(struct bridge *bridge)
{
    sigset_t signals;
    int signal_number = 0;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); // before the threads, which inherit it
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    int code = set_up(bridge);
    if (code == EXIT_OK)
        code = start(bridge);
    if (code != EXIT_OK)
        _exit(code); // half started: the threads that run hold nothing that is not on disk
    while (sigwait(&signals, &signal_number) == 0 && signal_number == SIGHUP)
        http_reload(bridge->http);
    log_event(LOG_INFO, "bridge stops", "signal", log_number(signal_number), NULL);
    stop(bridge);
    tear_down(bridge);
    log_event(LOG_INFO, "bridge stopped", NULL);
    return EXIT_OK;
}

static void usage(FILE *file)
{
    fputs("Usage: smsquitto-bridge [-c FILE] [--check | --print-config]\n"
          "  -c, --config FILE  configuration; without it: defaults and SMSQUITTO_<SECTION>_<KEY>\n"
          "      --check        read configuration and certificate, say what is wrong, and end\n"
          "      --print-config write the effective configuration, and end\n"
          "      --version      write the version, and end\n"
          "  -h, --help         write this, and end\n"
          "Exit codes: 0 ended as asked, 1 trouble, 2 usage, 3 configuration, 4 database, 5 HTTP address.\n",
          file);
}

int main(int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, 'k'},
        {"print-config", no_argument, NULL, 'p'}, {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    static struct bridge bridge;
    const char *file = NULL;
    json_memory_watch();
    int mode = 0;
    for (int option; (option = getopt_long(argc, argv, "c:h", OPTIONS, NULL)) != -1;)
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case 'h':
            usage(stdout);
            return EXIT_OK;
        case 'v':
            puts("smsquitto-bridge " SMSQUITTO_VERSION);
            return EXIT_OK;
        case 'k':
        case 'p':
            mode = option;
            break;
        default:
            usage(stderr);
            return EXIT_USAGE;
        }
    struct setting_error error;
    if (optind < argc) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (!config_load(&bridge.config, file, &error)) {
        fprintf(stderr, "smsquitto-bridge: %s\n", error.text);
        return EXIT_CONFIG;
    }
    char why[512];
    if (mode == 'k' && !load_certificate(&bridge, why, sizeof(why))) {
        fprintf(stderr, "smsquitto-bridge: %s\n", why);
        return EXIT_CONFIG;
    }
    tls_free(mode == 'k' ? bridge.tls : NULL);
    if (mode == 'p')
        config_print(stdout, &bridge.config);
    if (mode != 0)
        return EXIT_OK;
    log_setup((enum log_level)bridge.config.log_level, bridge.config.log_format == 1);
    return run(&bridge);
}
