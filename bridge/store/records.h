// The rows of the store as structs: what the engine works on and the readers return.
//
// Strings in fixed fields are NUL-terminated; owned pointers are freed by the struct's clear function.
#ifndef SMSQUITTO_BRIDGE_STORE_RECORDS_H
#define SMSQUITTO_BRIDGE_STORE_RECORDS_H

#include "bridge/store/quiet_hours.h"
#include "common/id.h"
#include "common/number.h"
#include "common/secret.h"
#include "common/state.h"
#include "common/topic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NAME_SIZE = 65,    // names that people give to accounts, keys and devices: 64 bytes
    REASON_SIZE = 33,  // codes such as "device_offline": 32 bytes
    DETAIL_SIZE = 161, // one sentence for people: 160 bytes
    PEER_SIZE = 33,    // E.164, or an inbound sender as the network gave it: 32 bytes
    UID_SIZE = 129,
    SUBJECT_SIZE = 35, // an id, or a number
    JOURNAL_SIZE = 65,
    KEY_HINT_SIZE = 13,
    IDEMPOTENCY_KEY_SIZE = 129,
    TAG_SIZE = 22,            // a slug like a device's id
    POOL_NAME_SIZE = 27,      // a slug like a device's id, or "tag:" and a tag
    POOL_PREFIXES_SIZE = 257, // 16 of '+' and 14 digits, with a space before each but the first
    CARRIER_SIZE = 65,
};

// What message.route says of a message that any device of an account may take, or any of a pool. A positive
// route is a device.n. Stored in the database: never change.
#define ROUTE_ACCOUNT(account_n) (-(account_n))
#define ROUTE_POOL(pool_n) (-(INT64_C(1) << 40) - (pool_n))

// Stored in the database: never reuse or renumber.
enum lane { LANE_OTP = 1, LANE_HIGH = 2, LANE_NORMAL = 3, LANE_BULK = 4 };
enum direction { DIRECTION_OUTBOUND = 0, DIRECTION_INBOUND = 1 };
enum turn {
    TURN_NONE = 0,  // nothing to dispatch: scheduled, held until a time, sent, final
    TURN_WAITS = 1, // may go as soon as its route has room
    TURN_OUT = 2,   // leased to the device `route`, and that has not said sent yet
};
// Event kinds below 100 are message states (enum state).
enum event_kind {
    EVENT_MOVED = 100,       // a message changed its device or lease; the timeline shows it
    EVENT_ASKED = 101,       // a hop was asked for again
    EVENT_PART = 102,        // one part of several was reported; reason is its state
    EVENT_FENCED = 103,      // a device that no longer holds the message says that it sent it too
    EVENT_RESCHEDULED = 104, // a scheduled message has another time; detail says which
    EVENT_RETRIED = 105,     // an operator had it sent again: subject is the other message
    EVENT_CONFIRMED = 106,   // the app says that its reader has it
    EVENT_UNCONFIRMED = 107, // and that not
    EVENT_DEVICE_ONLINE = 110,
    EVENT_DEVICE_OFFLINE = 111,
    EVENT_DEVICE_ADDED = 112,
    EVENT_DEVICE_REMOVED = 113,
    EVENT_DEVICE_PAUSED = 114,
    EVENT_DEVICE_RESUMED = 115,
    EVENT_DEVICE_LOW_BATTERY = 116,
    EVENT_DEVICE_WARNING = 117, // reason is the warning's code
    EVENT_OTP_VERIFIED = 120,   // subject is the verification
    EVENT_OTP_FAILED = 121,
    EVENT_CONTACT_OPTED_OUT = 130, // subject is the number
    EVENT_CONTACT_OPTED_IN = 131,
    EVENT_WEBHOOK_PAUSED = 140, // subject is the webhook
    EVENT_WEBHOOK_RESUMED = 141,
};
// What a message is for: some rules do not hold for all of them.
enum purpose {
    PURPOSE_TEXT = 0,   // what an app sends
    PURPOSE_OTP = 1,    // carries a one-time code
    PURPOSE_NOTICE = 2, // the gateway's own answer to STOP, START or HELP
};
// Whether the text stays in the store.
enum redact {
    REDACT_NEVER = 0,
    REDACT_WHEN_SENT = 1, // once the message is sent or final
    REDACT_DONE = 2,      // the text is gone
};
// Beside it in the database: struct message.hide_number.
#define REDACT_NUMBER_BIT 16
// Bits of app_key.scopes.
enum scope {
    SCOPE_MESSAGES_SEND = 1,
    SCOPE_MESSAGES_READ = 2,
    SCOPE_DEVICES_READ = 4,
    SCOPE_DEVICES_WRITE = 8,
    SCOPE_KEYS_WRITE = 16, // also lists keys
    SCOPE_EVENTS_READ = 32,
    SCOPE_METRICS_READ = 64,
    SCOPE_WEBHOOKS_WRITE = 128, // also lists webhooks and their deliveries
    SCOPE_OTP_WRITE = 256,
    SCOPE_CONTACTS_WRITE = 512, // suppression and quiet hours; also lists them
    SCOPE_ROUTING_WRITE = 1024, // pools, limits and queues
    SCOPE_TEMPLATES_WRITE = 2048,
    SCOPE_STATS_READ = 4096,
    SCOPE_ALL = 8191,
};

struct account {
    int64_t n;
    char id[ID_SIZE];
    char name[NAME_SIZE];
    int64_t created_at;
};

// Absent times are 0 throughout.
struct app_key {
    int64_t n, account;
    char id[ID_SIZE];
    char name[NAME_SIZE];
    uint8_t hash[SECRET_HASH_BYTES];
    char hint[KEY_HINT_SIZE];
    int64_t scopes, rate_per_minute;
    int64_t created_at, expires_at, revoked_at, used_at;
};

struct device {
    int64_t n, account;
    char id[DEVICE_ID_SIZE];
    char name[NAME_SIZE];
    uint8_t key_hash[SECRET_HASH_BYTES];
    bool paused, online;
    int64_t created_at, removed_at, online_at, seen_at;
    char journal[JOURNAL_SIZE];
    int64_t up_to;
    char *status; // owned, JSON, or NULL
};

struct message {
    int64_t n, account;
    char id[ID_SIZE];
    char batch[ID_SIZE]; // "" = none
    enum direction direction;
    char peer[PEER_SIZE];
    char *text; // owned, UTF-8
    int64_t encoding, parts;
    enum state state;
    char reason[REASON_SIZE];
    char detail[DETAIL_SIZE];
    enum lane lane;
    int64_t qos;
    int64_t want_device, want_sim; // 0 = any
    bool want_report;
    int64_t device, sim; // 0 = none, not known
    int64_t lease, lease_until, attempts, asked;
    bool cancelling;
    int64_t parts_sent, parts_delivered;
    enum turn turn;
    int64_t route;
    int64_t due_at, send_at, expires_at, created_at, updated_at;
    char *metadata; // owned, or NULL
    char uid[UID_SIZE];
    char *callback_url; // owned, or NULL
    int64_t want_pool;  // pool.n, 0 = any
    enum purpose purpose;
    enum redact redact;
    bool hide_number; // of an outbound message: peer ends with NUMBER_HIDDEN once it is sent or final
    int64_t schedule; // of the recurring send that made it, 0 = none
};

// Which device of a pool takes a message. Stored in the database: never renumber.
enum pool_policy {
    POOL_LEAST_LOADED = 0, // the one that holds least
    POOL_ROUND_ROBIN = 1,  // one after the other
    POOL_WEIGHTED = 2,     // one after the other, each as often in a row as its weight
    POOL_STICKY = 3,       // the one that wrote to the recipient last
    POOL_PREFIX = 4,       // the ones with the longest prefix of the recipient's number
    POOL_CARRIER = 5,      // the ones whose SIM is of the recipient's carrier
};

struct pool {
    int64_t n, account;
    char id[ID_SIZE];
    char name[POOL_NAME_SIZE]; // "tag:…" is the pool that a tag makes
    enum pool_policy policy;
    int64_t priority;          // 0 - 9; of pools that share a device, the highest goes first
    int64_t fallback;          // pool.n that takes over, 0 = none
    int64_t fallback_after_ms; // once no device can send for this long
    char tag[TAG_SIZE];        // devices with this tag are members, "" = none
    int64_t created_at, removed_at;
    bool own_quiet;           // its quiet hours take the place of the account's
    struct quiet_hours quiet; // account is not set
};

struct pool_member {
    int64_t pool, device;
    int64_t sim; // 0 = any
    int64_t weight;
    char prefixes[POOL_PREFIXES_SIZE]; // of recipients' numbers, with spaces between
};

// Recipients whose number begins so are with that carrier.
struct pool_carrier {
    int64_t pool;
    char prefix[NUMBER_SIZE];
    char carrier[CARRIER_SIZE];
};

// Why all who could take what waits on a route take nothing, until when. A time that is over: they do.
#define REST_END_UNKNOWN INT64_MAX
struct route_rest {
    char reason[REASON_SIZE];
    char detail[DETAIL_SIZE];
    int64_t until;
};

struct event {
    int64_t n, account;
    int64_t kind;            // enum state or enum event_kind
    int64_t message, device; // 0 = none
    int64_t at, lease, part;
    char reason[REASON_SIZE];
    char detail[DETAIL_SIZE];
    char subject[SUBJECT_SIZE]; // what it is about when that is no message and no device, "" = none
};

struct idempotency {
    int64_t account;
    char key[IDEMPOTENCY_KEY_SIZE];
    uint8_t request_hash[SECRET_HASH_BYTES];
    char message[ID_SIZE];
    int64_t created_at;
};

// Free what the struct owns and leave it empty; NULL-safe members.
void device_clear(struct device *device);
void message_clear(struct message *message);

// Words of the API for lanes and event kinds ("normal", "message.queued", "device.online"); borrowed for
// ever.
const char *lane_name(enum lane lane);
bool lane_parse(enum lane *lane, const char *name);
const char *event_name(int64_t kind);
// The bit of a kind in a webhook's filter; 0 for kinds that webhooks are not told. Stored in the database:
// never reuse or renumber.
int64_t event_bit(int64_t kind);
// Finds the kind that name is the word for; false when there is none.
bool event_parse(int64_t *kind, const char *name);
// Scope words ("messages:send") to and from bits. scope_name takes one bit.
const char *scope_name(enum scope scope);
bool scope_parse(enum scope *scope, const char *name);
// Policy words ("round_robin").
const char *pool_policy_name(enum pool_policy policy);
bool pool_policy_parse(enum pool_policy *policy, const char *name);

#endif
