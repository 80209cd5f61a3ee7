// What the sources of the Verify part of Twilio's face share.
#ifndef SMSQUITTO_BRIDGE_TWILIO_VERIFY_INTERNAL_H
#define SMSQUITTO_BRIDGE_TWILIO_VERIFY_INTERNAL_H

#include "bridge/store/quota.h"
#include "bridge/store/service.h"
#include "bridge/twilio/twilio_internal.h"

enum { VERIFY_ROOT_SIZE = 320 };

// The account's SID. False after replying.
bool verify_account(struct request *request, char sid[ID_SIZE]);
// The service that the first '*' names. False after replying.
bool verify_service(struct request *request, struct otp_service *service);
// Where clients find the services: this host, as they came to it.
void verify_root(struct request *request, char out[VERIFY_ROOT_SIZE]);
// A time as version 2 has it: 2026-11-21T08:30:00Z, JSON null for 0. Owned.
json_t *verify_time(int64_t at_ms);

// The handlers of the route table.
void verify_services_create(struct request *request);
void verify_services_list(struct request *request);
void verify_services_fetch(struct request *request);
void verify_services_update(struct request *request);
void verify_services_remove(struct request *request);
void verify_quotas_create(struct request *request);
void verify_quotas_list(struct request *request);
void verify_quotas_fetch(struct request *request);
void verify_quotas_update(struct request *request);
void verify_quotas_remove(struct request *request);
void verify_buckets_create(struct request *request);
void verify_buckets_list(struct request *request);
void verify_buckets_fetch(struct request *request);
void verify_buckets_update(struct request *request);
void verify_buckets_remove(struct request *request);
void verify_create(struct request *request);
void verify_fetch(struct request *request);
void verify_update(struct request *request);
void verify_check(struct request *request);

#endif
