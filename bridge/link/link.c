// The thread that holds the MQTT session.
#include "bridge/link/link_internal.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/secret.h"

#include <mqtt_protocol.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    TICK_MS = 500,
    RETRY_FIRST_MS = 200,
    RETRY_MAX_MS = 10000,
    STOP_MS = 1000,
};

static const char *const FILTERS[] = {"sms/v1/+/report", "sms/v1/+/inbound", "sms/v1/+/status",
                                      "sms/v1/+/presence"};

enum {
    FILTER_COUNT = sizeof(FILTERS) / sizeof(FILTERS[0]),
    // An acknowledgement to the broker would prove nothing: what counts is the receipt that the device gets
    // after the commit. What the session loses is lost at any QoS, as it is a fresh one for each connection,
    // and the broker limits both kinds by max_queued_messages. One for all of them, so that none overtakes
    // another.
    FILTER_QOS = 0,
};

static void on_connect(struct mosquitto *client, void *context, int code, int flags,
                       const mosquitto_property *properties)
{
    struct link *link = context;
    (void)flags, (void)properties;
    if (code != 0) {
        log_event(LOG_ERROR, "the broker refuses the bridge", "code", log_number(code), "why",
                  mosquitto_reason_string(code), NULL);
        link->lost = true;
        return;
    }
    if (mosquitto_subscribe_multiple(client, NULL, FILTER_COUNT, (char *const *)(uintptr_t)FILTERS,
                                     FILTER_QOS, 0, NULL) != MOSQ_ERR_SUCCESS)
        link->lost = true;
}

static void on_subscribe(struct mosquitto *client, void *context, int mid, int count, const int *granted,
                         const mosquitto_property *properties)
{
    struct link *link = context;
    (void)client, (void)mid, (void)properties;
    for (int i = 0; i < count; i++)
        if (granted[i] > 2) {
            log_event(LOG_ERROR, "the broker refuses a subscription of the bridge", "filter", FILTERS[i],
                      NULL);
            link->lost = true;
            return;
        }
    link->up = true;
    log_event(LOG_INFO, "connected to the broker", "socket", link->options.socket_path, NULL);
    link_tell(link, true);
    link_ask_snapshot(link);
}

static void on_disconnect(struct mosquitto *client, void *context, int code,
                          const mosquitto_property *properties)
{
    struct link *link = context;
    (void)client, (void)code, (void)properties;
    link->lost = true;
}

static void on_publish(struct mosquitto *client, void *context, int mid, int code,
                       const mosquitto_property *properties)
{
    (void)client, (void)properties;
    link_acknowledge(context, mid, code == MQTT_RC_NO_MATCHING_SUBSCRIBERS);
}

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    (void)client, (void)properties;
    link_receive(context, message);
}

// A fresh client for each connection: what was under way in an old one is asked for again by the engine.
static bool connect_client(struct link *link)
{
    const struct link_options *options = &link->options;
    link->lost = link->up = false;
    link->client = mosquitto_new(options->name, true, link);
    if (link->client == NULL)
        return false;
    mosquitto_int_option(link->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_username_pw_set(link->client, options->name, options->key);
    mosquitto_connect_v5_callback_set(link->client, on_connect);
    mosquitto_disconnect_v5_callback_set(link->client, on_disconnect);
    mosquitto_subscribe_v5_callback_set(link->client, on_subscribe);
    mosquitto_publish_v5_callback_set(link->client, on_publish);
    mosquitto_message_v5_callback_set(link->client, on_message);
    return mosquitto_connect_bind_v5(link->client, options->socket_path, 0, (int)options->keepalive_s, NULL,
                                     NULL) == MOSQ_ERR_SUCCESS;
}

static void disconnect_client(struct link *link)
{
    if (link->client != NULL)
        mosquitto_destroy(link->client);
    link->client = NULL;
    link_hand_over_acknowledged(link);
    link_forget_mids(link);
    link_batch_forget(link);
    if (link->up) {
        log_event(LOG_WARNING, "lost the broker", "socket", link->options.socket_path, NULL);
        link_tell(link, false);
    }
    link->up = false;
}

static bool must_stop(struct link *link)
{
    pthread_mutex_lock(&link->lock);
    bool stop = link->stop;
    pthread_mutex_unlock(&link->lock);
    return stop;
}

// Tells the engine what it has missed, if it has.
static void ask_states(struct link *link)
{
    bool refused = link->state_refused;
    if (!refused && !link_snapshot_late(link))
        return;
    link->state_refused = false;
    if (refused)
        link_tell(link, true);
    link_ask_snapshot(link);
}

void link_turn(struct link *link)
{
    struct pollfd waits[2] = {
        {.fd = mosquitto_socket(link->client), .events = POLLIN},
        {.fd = link->wake, .events = POLLIN},
    };
    if (mosquitto_want_write(link->client))
        waits[0].events |= POLLOUT;
    poll(waits, 2, TICK_MS);
    if ((waits[1].revents & POLLIN) != 0) {
        uint64_t count;
        ssize_t got = read(link->wake, &count, sizeof(count));
        (void)got;
    }
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
        mosquitto_loop_read(link->client, 1) != MOSQ_ERR_SUCCESS)
        link->lost = true;
    link_drain(link);
    if (mosquitto_want_write(link->client) && mosquitto_loop_write(link->client, 1) != MOSQ_ERR_SUCCESS)
        link->lost = true;
    if (mosquitto_loop_misc(link->client) != MOSQ_ERR_SUCCESS)
        link->lost = true;
    link_hand_over_acknowledged(link);
    link_batch_look(link);
    if (link->up && !engine_full(link->engine))
        ask_states(link);
}

// A random part of the wait, so that many bridges do not come back at once.
static int64_t jitter(int64_t ms)
{
    uint16_t random = 0;
    (void)!secret_random(&random, sizeof(random));
    return ms / 2 + ms * random / 65536 / 2;
}

static void wait_before_retry(struct link *link, int64_t ms)
{
    struct pollfd wait = {.fd = link->wake, .events = POLLIN};
    int64_t until = clock_mono_ms() + jitter(ms);
    for (int64_t now = clock_mono_ms(); now < until && !must_stop(link); now = clock_mono_ms()) {
        uint64_t count;
        if (poll(&wait, 1, (int)(until - now)) > 0 && read(link->wake, &count, sizeof(count)) > 0)
            link_drain(link); // drops what cannot be published now
    }
}

// What the engine's last batches asked to publish still goes out.
static void finish(struct link *link)
{
    int64_t until = clock_mono_ms() + STOP_MS;
    while (link->client != NULL && !link->lost && mosquitto_want_write(link->client) &&
           clock_mono_ms() < until)
        link_turn(link);
    if (link->client != NULL && !link->lost)
        mosquitto_disconnect_v5(link->client, 0, NULL);
}

static void *run(void *context)
{
    struct link *link = context;
    int64_t retry_ms = RETRY_FIRST_MS;
    pthread_setname_np(pthread_self(), "link");
    while (!must_stop(link)) {
        bool connected = connect_client(link);
        while (connected && !link->lost && !must_stop(link)) {
            link_turn(link);
            if (link->up)
                retry_ms = RETRY_FIRST_MS;
        }
        if (must_stop(link)) {
            if (connected && !link->lost)
                link_turn(link);
            finish(link);
        }
        disconnect_client(link);
        wait_before_retry(link, retry_ms);
        retry_ms = retry_ms * 2 < RETRY_MAX_MS ? retry_ms * 2 : RETRY_MAX_MS;
    }
    return NULL;
}

struct link *link_new(const struct link_options *options)
{
    struct link *link = calloc(1, sizeof(*link));
    if (link == NULL)
        return NULL;
    link->options = *options;
    link->queued_end = &link->queued;
    link->batches_end = &link->batches_out;
    pthread_mutex_init(&link->lock, NULL);
    link->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (link->wake >= 0 && mosquitto_lib_init() == MOSQ_ERR_SUCCESS)
        return link;
    link_free(link);
    return NULL;
}

bool link_start(struct link *link, struct engine *engine)
{
    link->engine = engine;
    return pthread_create(&link->thread, NULL, run, link) == 0;
}

void link_stop(struct link *link)
{
    uint64_t one = 1;
    pthread_mutex_lock(&link->lock);
    link->stop = true;
    pthread_mutex_unlock(&link->lock);
    ssize_t written = write(link->wake, &one, sizeof(one));
    (void)written;
    pthread_join(link->thread, NULL);
}

void link_free(struct link *link)
{
    if (link == NULL)
        return;
    link->up = false;
    link_drain(link);
    link_batch_forget(link);
    free(link->acknowledged);
    if (link->wake >= 0)
        close(link->wake);
    pthread_mutex_destroy(&link->lock);
    mosquitto_lib_cleanup();
    free(link);
}
