// Every handler of the API and of its other faces: whatever the request says, it is answered once, and what
// is handed to the engine holds its limits. A store with a few rows is behind it, and an engine that stands
// still. Its credentials, which the handlers do not see, are read as well; a request with the line
// "X-Signature: own" is signed as a phone would.
#include "bridge/api/api.h"
#include "tests/fuzz/fake_request.h"

#include "bridge/engine/engine.h"
#include "bridge/http/auth.h"
#include "bridge/smsgate/smsgate.h"
#include "bridge/store/phone.h"
#include "bridge/store/phone_settings.h"
#include "bridge/store/store.h"
#include "bridge/twilio/twilio.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/smsquitto-fuzz-XXXXXX";
static struct store *store;
static struct query *query;
static struct engine *engine;
static struct auth *auth;

#define PHONE_KEY "sqd_phone"
#define APP_KEY "sqk_app"
#define SIGNING_KEY "signing"

static void clean_up(void)
{
    static const char *const FILES[] = {"store.db",      "store.db-wal",  "store.db-shm",
                                        "store.db-lock", "store.db.lock", "roster.db",
                                        "roster.db-wal", "roster.db-shm", "roster.db-journal"};
    auth_free(auth);
    query_close(query);
    engine_free(engine);
    store_close(store);
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        char path[96];
        snprintf(path, sizeof(path), "%s/%s", folder, FILES[i]);
        unlink(path);
    }
    rmdir(folder);
}

// What handlers may look up: an app's key, a phone that comes by HTTP, and a message of it.
static void put_rows(void)
{
    const struct account account = {
        .n = 1, .id = "AC0190f3c2a1b27c4d8e5f60718293a4b5", .name = "Shop", .created_at = 1};
    struct app_key key = {.n = 1, .account = 1, .id = "SK0190f3c2a1b27c4d8e5f60718293a4b5", .created_at = 1};
    struct device device = {.n = 1, .account = 1, .id = "phone", .name = "A phone", .created_at = 1};
    const struct phone_settings settings = {.settings = (char *)"{}", .signing_key = SIGNING_KEY};
    const struct message message = {.n = 1,
                                    .account = 1,
                                    .id = "SM018bcfe5680170008000000000000001",
                                    .peer = "+4915112345678",
                                    .text = (char *)"Hello",
                                    .state = STATE_QUEUED,
                                    .lane = LANE_NORMAL,
                                    .qos = 1,
                                    .parts = 1,
                                    .created_at = 1,
                                    .updated_at = 1,
                                    .expires_at = 2000000000000};
    secret_hash(key.hash, APP_KEY, strlen(APP_KEY));
    secret_hash(device.key_hash, PHONE_KEY, strlen(PHONE_KEY));
    store_begin(store);
    if (!store_account_add(store, &account) || !store_key_add(store, &key) ||
        !store_device_add(store, &device) || !store_phone_add(store, 1) ||
        !store_phone_settings_set(store, 1, &settings) || !store_message_add(store, &message) ||
        store_commit(store) != STORE_OK)
        abort();
}

static void set_up(void)
{
    static const struct outlets outlets = {0};
    static char roster[96]; // kept by the engine
    char path[96];
    const struct engine_options options = {
        .queue_max = 4, .cache_messages = 4, .roster_path = roster, .bridge_name = "bridge"};
    enum store_status status;
    const char *why;
    if (mkdtemp(folder) == NULL)
        abort();
    atexit(clean_up);
    snprintf(path, sizeof(path), "%s/store.db", folder);
    store = store_open(path, 1000, &status);
    if (store == NULL)
        abort();
    put_rows();
    query = query_open(path);
    snprintf(roster, sizeof(roster), "%s/roster.db", folder);
    engine = engine_new(store, &options, &outlets, &why);
    auth = auth_new();
    if (query == NULL || engine == NULL || auth == NULL)
        abort();
    fake_request_engine(engine);
}

// The value of that header in the lines of text, owned; NULL without it.
static char *header_of(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at != NULL ? strndup(at + strlen(name), strcspn(at + strlen(name), "\n")) : NULL;
}

// Nobody is let in but with the key of an app.
static void check_credentials(const char *text)
{
    char *header = header_of(text, "\nAuthorization: ");
    for (int basic = 0; basic < 2 && header != NULL; basic++) {
        struct principal principal = {.account = 0};
        bool used;
        enum auth_status status = auth_check(auth, &principal, &used, query, header, basic == 1, 1);
        if (status == AUTH_FAILED || (status == AUTH_OK) != (principal.account == 1))
            abort();
        if (status == AUTH_OK && basic == 0 && strstr(header, APP_KEY) == NULL)
            abort();
    }
    free(header);
}

// The request with a signature in place of "own", owned; NULL when it wants none.
static char *sign(const char *text, size_t *length)
{
    static const char OWN[] = "\nX-Signature: own\n";
    const char *own = strstr(text, OWN), *body = strstr(text, "\n\n");
    char *timestamp = header_of(text, "\nX-Timestamp: "), *content = NULL, *out = NULL, hex[65] = "";
    unsigned char mac[EVP_MAX_MD_SIZE];
    if (own == NULL || body == NULL || own > body || timestamp == NULL) {
        free(timestamp);
        return NULL;
    }
    if (asprintf(&content, "%s%s", body + 2, timestamp) < 0 ||
        HMAC(EVP_sha256(), SIGNING_KEY, sizeof(SIGNING_KEY) - 1, (const unsigned char *)content,
             strlen(content), mac, NULL) == NULL)
        abort();
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    int count =
        asprintf(&out, "%.*s\nX-Signature: %s\n%s", (int)(own - text), text, hex, own + sizeof(OWN) - 1);
    if (count < 0)
        abort();
    *length = (size_t)count;
    free(content);
    free(timestamp);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct http_face *const faces[] = {smsgate_face(), smsgate_phone_face(), twilio_messages_face(),
                                             twilio_verify_face(), NULL};
    size_t count, length = size;
    const struct http_route *routes = api_routes(&count);
    if (query == NULL)
        set_up();
    char *text = strndup((const char *)data, size);
    if (text == NULL)
        abort();
    check_credentials(text);
    char *own = strlen(text) == size ? sign(text, &length) : NULL;
    bool known =
        fake_request_run(routes, count, faces, query, NULL, own != NULL ? own : (const char *)data, length);
    free(own);
    free(text);
    return known ? 0 : -1;
}
