// Every handler of the API and of its other faces: whatever the request says, it is answered once, and what
// is handed to the engine holds its limits. A store with a few rows is behind it, and no engine.
#include "bridge/api/api.h"
#include "tests/fuzz/fake_request.h"

#include "bridge/smsgate/smsgate.h"
#include "bridge/store/store.h"
#include "bridge/twilio/twilio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/smsquitto-fuzz-XXXXXX";
static struct query *query;

static void clean_up(void)
{
    static const char *const SUFFIXES[] = {"", "-wal", "-shm", "-lock", ".lock"};
    query_close(query);
    for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
        char path[96];
        snprintf(path, sizeof(path), "%s/store.db%s", folder, SUFFIXES[i]);
        unlink(path);
    }
    rmdir(folder);
}

// What handlers may look up: a phone, and a message of it.
static void put_rows(struct store *store)
{
    const struct account account = {
        .n = 1, .id = "AC0190f3c2a1b27c4d8e5f60718293a4b5", .name = "Shop", .created_at = 1};
    const struct device device = {.n = 1, .account = 1, .id = "phone", .name = "A phone", .created_at = 1};
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
    store_begin(store);
    if (!store_account_add(store, &account) || !store_device_add(store, &device) ||
        !store_message_add(store, &message) || store_commit(store) != STORE_OK)
        abort();
}

static void set_up(void)
{
    char path[96];
    enum store_status status;
    if (mkdtemp(folder) == NULL)
        abort();
    atexit(clean_up);
    snprintf(path, sizeof(path), "%s/store.db", folder);
    struct store *store = store_open(path, 1000, &status);
    if (store == NULL)
        abort();
    put_rows(store);
    store_close(store);
    query = query_open(path);
    if (query == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct http_face *const faces[] = {smsgate_face(), twilio_messages_face(), twilio_verify_face(),
                                             NULL};
    size_t count;
    const struct http_route *routes = api_routes(&count);
    if (query == NULL)
        set_up();
    return fake_request_run(routes, count, faces, query, NULL, (const char *)data, size) ? 0 : -1;
}
