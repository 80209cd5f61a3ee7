// The MQTT port on Eclipse Paho's asynchronous client. Its threads only append to the queue; mqtt_step
// empties it on the owner's thread.
#include "device/mqtt_queue.h"

#include <MQTTAsync.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ATTEMPTS = 8,
    DISCONNECT_WAIT_MS = 1000,
};

// What a callback gets as its context: it outlives the client that it was made for.
struct attempt {
    struct mqtt *mqtt;
    int64_t number;
};

struct mqtt {
    char *ca_file, *client_id, *password, *uri;
    struct mqtt_options options;
    struct mqtt_handler handler;
    void *context;
    MQTTAsync client; // NULL = no attempt
    bool connected;
    struct attempt attempts[ATTEMPTS];
    int64_t attempt;
    struct mqtt_queue queue;
};

const bool mqtt_has_websockets = true;

static void push_text(const struct attempt *attempt, enum mqtt_event_kind kind, int reason, const char *text)
{
    mqtt_queue_push(&attempt->mqtt->queue, attempt->number, kind, reason, NULL, text, strlen(text));
}

static void on_connected(void *context, MQTTAsync_successData5 *response)
{
    (void)response;
    push_text(context, MQTT_EVENT_CONNECTED, 0, "");
}

static void on_connect_failed(void *context, MQTTAsync_failureData5 *response)
{
    // A refusal by the broker comes as code, with the CONNACK's reason in it.
    int reason =
        (int)response->reasonCode >= MQTT_REASON_FAILURES ? (int)response->reasonCode : response->code;
    const char *text =
        reason >= MQTT_REASON_FAILURES ? MQTTReasonCode_toString((enum MQTTReasonCodes)reason) : NULL;
    if (text == NULL)
        text = response->message != NULL ? response->message : "no connection";
    push_text(context, MQTT_EVENT_LOST, reason, text);
}

static void on_lost(void *context, char *cause)
{
    push_text(context, MQTT_EVENT_LOST, 0, cause != NULL ? cause : "connection lost");
}

static void on_disconnected(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
    (void)properties;
    const char *text = MQTTReasonCode_toString(reason);
    push_text(context, MQTT_EVENT_LOST, 0, text != NULL ? text : "disconnected by the broker");
}

static int on_message(void *context, char *topic, int topic_length, MQTTAsync_message *message)
{
    (void)topic_length; // 0 unless the topic has a NUL, which no topic of ours has
    const struct attempt *attempt = context;
    mqtt_queue_push(&attempt->mqtt->queue, attempt->number, MQTT_EVENT_MESSAGE, 0, topic, message->payload,
                    (size_t)message->payloadlen);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static void on_subscribed(void *context, MQTTAsync_successData5 *response)
{
    int reason = response->reasonCode;
    for (int i = 0; i < response->alt.sub.reasonCodeCount; i++) {
        if ((int)response->alt.sub.reasonCodes[i] > reason)
            reason = response->alt.sub.reasonCodes[i];
    }
    push_text(context, MQTT_EVENT_SUBSCRIBED, reason, "");
}

static void on_subscribe_failed(void *context, MQTTAsync_failureData5 *response)
{
    (void)response;
    push_text(context, MQTT_EVENT_SUBSCRIBED, MQTT_REASON_FAILURES, "");
}

static void on_published(void *context, MQTTAsync_successData5 *response)
{
    push_text(context, MQTT_EVENT_PUBLISHED, response->reasonCode, "");
}

static void on_publish_failed(void *context, MQTTAsync_failureData5 *response)
{
    if ((int)response->reasonCode >=
        MQTT_REASON_FAILURES) // otherwise the connection ended, which is told elsewhere
        push_text(context, MQTT_EVENT_PUBLISHED, response->reasonCode, "");
}

static void on_closed(void *context, MQTTAsync_successData5 *response)
{
    (void)response;
    push_text(context, MQTT_EVENT_DISCONNECTED, 0, "");
}

struct mqtt *mqtt_new(const struct mqtt_options *options, const struct mqtt_handler *handler, void *context)
{
    struct mqtt *mqtt = calloc(1, sizeof *mqtt);
    if (mqtt == NULL)
        return NULL;
    *mqtt = (struct mqtt){.options = *options, .handler = *handler, .context = context};
    bool ready = mqtt_queue_init(&mqtt->queue);
    mqtt->client_id = strdup(options->client_id);
    mqtt->password = strdup(options->password);
    mqtt->ca_file = strdup(options->ca_file);
    bool web = options->websocket[0] != '\0';
    const char *scheme = options->tls ? web ? "wss" : "ssl" : web ? "ws" : "tcp";
    if (asprintf(&mqtt->uri, "%s://%s:%lld%s", scheme, options->host, (long long)options->port,
                 options->websocket) < 0)
        mqtt->uri = NULL;
    if (!ready || mqtt->client_id == NULL || mqtt->password == NULL || mqtt->ca_file == NULL ||
        mqtt->uri == NULL) {
        mqtt_free(mqtt);
        return NULL;
    }
    MQTTAsync_init_options init = MQTTAsync_init_options_initializer;
    init.do_openssl_init = 1;
    MQTTAsync_global_init(&init);
    return mqtt;
}

static void mqtt_drop_client(struct mqtt *mqtt)
{
    if (mqtt->client != NULL)
        MQTTAsync_destroy(&mqtt->client);
    mqtt->client = NULL;
    mqtt->connected = false;
}

void mqtt_free(struct mqtt *mqtt)
{
    if (mqtt == NULL)
        return;
    mqtt_disconnect(mqtt);
    mqtt_drop_client(mqtt);
    if (mqtt->password != NULL)
        explicit_bzero(mqtt->password, strlen(mqtt->password));
    free(mqtt->password);
    free(mqtt->client_id);
    free(mqtt->ca_file);
    free(mqtt->uri);
    mqtt_queue_clear(&mqtt->queue);
    free(mqtt);
}

static int mqtt_start(struct mqtt *mqtt, struct attempt *attempt)
{
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL};
    expiry.value.integer4 = (unsigned)mqtt->options.session_expiry_s;
    MQTTProperties_add(&properties, &expiry);
    ssl.enableServerCertAuth = 1;
    ssl.verify = 1;
    ssl.sslVersion = MQTT_SSL_VERSION_TLS_1_2;
    if (mqtt->ca_file[0] != '\0')
        ssl.trustStore = mqtt->ca_file;
    options.keepAliveInterval = (int)mqtt->options.keepalive_s;
    options.cleanstart = 0;
    options.connectTimeout = (int)mqtt->options.connect_timeout_s;
    options.username = mqtt->client_id;
    options.password = mqtt->password;
    options.connectProperties = &properties;
    options.ssl = mqtt->options.tls ? &ssl : NULL;
    options.onSuccess5 = on_connected;
    options.onFailure5 = on_connect_failed;
    options.context = attempt;
    int result = MQTTAsync_connect(mqtt->client, &options);
    MQTTProperties_free(&properties);
    return result;
}

// Each attempt gets a new client: what an old one still holds is the journal's to repeat, not the library's.
void mqtt_connect(struct mqtt *mqtt)
{
    mqtt_drop_client(mqtt);
    mqtt->attempt++;
    struct attempt *attempt = &mqtt->attempts[mqtt->attempt % ATTEMPTS];
    *attempt = (struct attempt){.mqtt = mqtt, .number = mqtt->attempt};
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
    int result = MQTTAsync_createWithOptions(&mqtt->client, mqtt->uri, mqtt->client_id,
                                             MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
    if (result == MQTTASYNC_SUCCESS) {
        MQTTAsync_setCallbacks(mqtt->client, attempt, on_lost, on_message, NULL);
        MQTTAsync_setDisconnected(mqtt->client, attempt, on_disconnected);
        result = mqtt_start(mqtt, attempt);
    }
    if (result != MQTTASYNC_SUCCESS)
        push_text(attempt, MQTT_EVENT_LOST, 0, "the MQTT library could not start the attempt");
}

void mqtt_subscribe(struct mqtt *mqtt, char *const topics[], size_t count)
{
    int qos[8];
    for (size_t i = 0; i < count && i < 8; i++)
        qos[i] = 1;
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    struct attempt *attempt = &mqtt->attempts[mqtt->attempt % ATTEMPTS];
    response.onSuccess5 = on_subscribed;
    response.onFailure5 = on_subscribe_failed;
    response.context = attempt;
    if (MQTTAsync_subscribeMany(mqtt->client, (int)count, topics, qos, &response) != MQTTASYNC_SUCCESS)
        push_text(attempt, MQTT_EVENT_SUBSCRIBED, MQTT_REASON_FAILURES, "");
}

bool mqtt_publish(struct mqtt *mqtt, const char *topic, const char *payload, size_t length, int qos)
{
    if (!mqtt->connected)
        return false;
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    response.onSuccess5 = on_published;
    response.onFailure5 = on_publish_failed;
    response.context = &mqtt->attempts[mqtt->attempt % ATTEMPTS];
    return MQTTAsync_send(mqtt->client, topic, (int)length, payload, qos, 0, &response) == MQTTASYNC_SUCCESS;
}

void mqtt_disconnect(struct mqtt *mqtt)
{
    if (!mqtt->connected)
        return;
    mqtt->connected = false;
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer5;
    options.timeout = DISCONNECT_WAIT_MS;
    options.onSuccess5 = on_closed;
    options.context = &mqtt->attempts[mqtt->attempt % ATTEMPTS];
    if (MQTTAsync_disconnect(mqtt->client, &options) == MQTTASYNC_SUCCESS)
        mqtt_queue_wait_end(&mqtt->queue, DISCONNECT_WAIT_MS);
}

int mqtt_fd(const struct mqtt *mqtt)
{
    return mqtt->queue.wake;
}

void mqtt_step(struct mqtt *mqtt)
{
    for (struct mqtt_event *event = mqtt_queue_take(&mqtt->queue), *next; event != NULL; event = next) {
        next = event->next;
        if (event->attempt == mqtt->attempt) {
            mqtt->connected =
                event->kind != MQTT_EVENT_LOST && (mqtt->connected || event->kind == MQTT_EVENT_CONNECTED);
            mqtt->attempt += event->kind == MQTT_EVENT_LOST; // what this client still says is of no interest
            mqtt_event_tell(event, &mqtt->handler, mqtt->context);
        }
        free(event);
    }
}
